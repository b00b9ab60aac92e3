/** What a tree of conditions asks, and by what its documents are found. */
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, Condition, Stretch } from './collection-index.js';

/** The indexes that the conditions ask, at any depth, each once. */
export function indexesOf(conditions: readonly Condition[]): readonly CollectionIndex[] {
  const indexes = new Set<CollectionIndex>();
  const gather = ({ index, parts = [] }: Condition): void => {
    if (index !== undefined) indexes.add(index);
    parts.forEach(gather);
  };
  conditions.forEach(gather);
  return [...indexes];
}

/** Whether one of them asks for keys, at any depth. */
export function asksForKeys(conditions: readonly Condition[]): boolean {
  return conditions.some(({ keys, parts = [] }) => keys !== undefined || asksForKeys(parts));
}

/** Whether one of them asks for documents of other collections, at any depth. */
export function asksForOthers(conditions: readonly Condition[]): boolean {
  return conditions.some(({ kind, parts = [] }) => kind === 'join' || asksForOthers(parts));
}

/** A document that meets the conditions has one of these values, lies in this stretch, or has one of these keys. */
export type Interest =
  | { readonly index: CollectionIndex; readonly values: readonly unknown[] }
  | { readonly index: CollectionIndex; readonly stretch: Stretch }
  | { readonly keys: ReadonlySet<StoreKey> };

/** A stretch may hold any number of values: those are looked up before it. */
const WEIGHT_OF_STRETCH = 1e9;

/**
 * A document that meets all conditions is found by one of these at least; undefined: any document may meet them, as with
 * `not` and `absent`. Of several conditions that of the fewest values is taken, of `or` all parts. O(conditions + values).
 */
export function interestsOf(conditions: readonly Condition[]): readonly Interest[] | undefined {
  let best: readonly Interest[] | undefined;
  let bestWeight = Number.POSITIVE_INFINITY;
  for (const condition of conditions) {
    const interests = interestsOfOne(condition);
    if (interests === undefined) continue;
    const weight = interests.reduce((sum, interest) => sum + weightOf(interest), 0);
    if (weight >= bestWeight) continue;
    best = interests;
    bestWeight = weight;
  }
  return best;
}

function interestsOfOne({
  kind,
  index,
  values,
  stretch,
  keys,
  parts = [],
}: Condition): readonly Interest[] | undefined {
  switch (kind) {
    case 'not':
    case 'absent':
    case 'null':
      return undefined;
    case 'and':
      return interestsOf(parts);
    case 'or': {
      const all = parts.map(interestsOfOne);
      return all.includes(undefined) ? undefined : (all as (readonly Interest[])[]).flat();
    }
    case 'key':
      return [{ keys: keys! }];
    default:
      if (values !== undefined) return [{ index: index!, values }];
      return stretch && [{ index: index!, stretch }];
  }
}

function weightOf(interest: Interest): number {
  if ('values' in interest) return interest.values.length;
  return 'keys' in interest ? interest.keys.size : WEIGHT_OF_STRETCH;
}
