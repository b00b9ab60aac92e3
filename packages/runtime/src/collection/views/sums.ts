/** The sum and count of the values of one field: of numbers exact, of bigints anyway. What is taken out leaves nothing. */
import { averageOf } from '../../structures/average.js';
import { ExactSum } from '../../structures/exact-sum.js';

export class FieldSum {
  /** Values that are in: neither absent nor null. */
  count = 0;
  readonly #numbers: ExactSum;
  #bigints: bigint | undefined;

  /** @param isBigint the field holds bigints. */
  constructor(isBigint: boolean, numbers: ExactSum = new ExactSum()) {
    this.#numbers = numbers;
    this.#bigints = isBigint ? 0n : undefined;
  }

  /** @param by 1: the value comes; -1: it goes. */
  change(value: unknown, by: 1 | -1): void {
    if (typeof value === 'number' && this.#bigints === undefined) {
      if (by === 1) this.#numbers.add(value);
      else this.#numbers.remove(value);
    } else if (typeof value === 'bigint' && this.#bigints !== undefined) this.#bigints += by === 1 ? value : -value;
    else return;
    this.count += by;
  }

  /** Of none: 0, or 0n. */
  get sum(): number | bigint {
    return this.#bigints ?? this.#numbers.value;
  }

  /** The sum, rounded, by the count; undefined of none. */
  get average(): number | undefined {
    return this.count === 0 ? undefined : averageOf(this.sum, this.count);
  }

  copy(): FieldSum {
    const copy = new FieldSum(this.#bigints !== undefined, this.#numbers.copy());
    copy.count = this.count;
    copy.#bigints = this.#bigints;
    return copy;
  }
}
