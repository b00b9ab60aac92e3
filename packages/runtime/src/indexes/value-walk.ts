/** The values of a range index with how many entries each has, without a look at an entry. */
import { DatabaseError } from '@nuthatch/model';
import { ExactSum } from '../structures/exact-sum.js';
import type { IndexValue } from './index-value.js';
import type { OrderedKeys } from './ordered-keys.js';
import type { Cut } from './ordered-node.js';
import { widthOfRun } from './slot-run.js';

/**
 * Calls with the values of the first `count` entries after a point, in order. One value may come in several calls, side by
 * side. O(log n + values).
 */
export function walkValues(
  pairs: OrderedKeys,
  from: Cut | undefined,
  count: number,
  visit: (value: IndexValue, entryCount: number) => void,
): void {
  let left = count;
  if (left <= 0) return;
  const place = pairs.seek(from);
  let { index, offset } = place;
  for (let leaf = place.leaf; left > 0; leaf = leaf.next!, index = 0) {
    const { runs, values } = leaf;
    for (; index < runs.length && left > 0; index++, offset = 0) {
      const entryCount = Math.min(widthOfRun(runs[index]!) - offset, left);
      left -= entryCount;
      visit(values[index]!, entryCount);
    }
  }
}

/**
 * Their sum: a number, the exact sum rounded once, or a bigint over bigints; 0 for no entry.
 *
 * @throws DatabaseError `INVALID_QUERY` over anything but numbers, or over bigints.
 */
export function sumOfValues(pairs: OrderedKeys, from: Cut | undefined, count: number, index: string): number | bigint {
  const numbers = new ExactSum();
  let bigintSum: bigint | undefined;
  walkValues(pairs, from, count, (value, entryCount) => {
    if (typeof value === 'number') numbers.addTimes(value, entryCount);
    else if (typeof value === 'bigint') bigintSum = (bigintSum ?? 0n) + value * BigInt(entryCount);
    else
      throw new DatabaseError('INVALID_QUERY', `\`${index}\` holds values that cannot be added up`, {
        index,
        type: typeof value,
      });
  });
  const numberSum = numbers.value;
  if (bigintSum === undefined) return numberSum;
  return numberSum === 0 ? bigintSum : Number(bigintSum) + numberSum;
}
