/**
 * Sums, averages and ends, one value after another. Values that are absent or null are left out.
 *
 *   sum   0 of none, 0n of a bigint field; bigints exactly, numbers exactly and then rounded once: the plan of a query
 *         and the order of its documents change nothing
 *   avg   undefined of none; always a number
 *   min   undefined of none; NaN and invalid dates have no place in an order and are left out; -0 is 0
 */
import { DatabaseError } from '@nuthatch/model';
import { isDateValue } from '../../../document/brands.js';
import { compareValues, type ScalarValue } from '../../../indexes/index-value.js';
import { averageOf } from '../../../structures/average.js';
import { ExactSum } from '../../../structures/exact-sum.js';
import { type ReadField, scalarKind } from './field-kind.js';

export interface Accumulator {
  add(value: unknown): void;
  /** As so many calls of `add`. */
  addTimes(value: unknown, count: number): void;
  result(): unknown;
}

export class Sum implements Accumulator {
  readonly #field: ReadField;
  readonly #numbers = new ExactSum();
  #bigints = 0n;
  /** Values that are there. */
  count = 0;
  #type: string | undefined;

  constructor(field: ReadField) {
    this.#field = field;
  }

  /** @throws DatabaseError `INVALID_QUERY` for what is no number or bigint, or both in one field. */
  add(value: unknown): void {
    if (typeof value === 'number' && this.#type !== 'bigint') this.#numbers.add(value);
    else if (typeof value === 'bigint' && this.#type !== 'number') this.#bigints += value;
    else if (value === undefined || value === null) return;
    else throw noSum(this.#field.name, value);
    this.#type = typeof value;
    this.count++;
  }

  addTimes(value: unknown, count: number): void {
    if (typeof value === 'number' && this.#type !== 'bigint') this.#numbers.addTimes(value, count);
    else if (typeof value === 'bigint' && this.#type !== 'number') this.#bigints += value * BigInt(count);
    else throw noSum(this.#field.name, value);
    this.#type = typeof value;
    this.count += count;
  }

  /** Takes in many values that are added up: all there are. */
  addSum(sum: number | bigint, count: number): void {
    if (count === 0) return;
    if (typeof sum === 'bigint') this.#bigints += sum;
    else this.#numbers.add(sum);
    this.#type = typeof sum;
    this.count += count;
  }

  result(): number | bigint {
    const isBigint = this.#type === 'bigint' || (this.#type === undefined && scalarKind(this.#field.type) === 'bigint');
    return isBigint ? this.#bigints : this.#numbers.value;
  }
}

export class Average implements Accumulator {
  readonly sum: Sum;

  constructor(field: ReadField) {
    this.sum = new Sum(field);
  }

  add(value: unknown): void {
    this.sum.add(value);
  }

  addTimes(value: unknown, count: number): void {
    this.sum.addTimes(value, count);
  }

  result(): number | undefined {
    const { count } = this.sum;
    return count === 0 ? undefined : averageOf(this.sum.result(), count);
  }
}

export class End implements Accumulator {
  readonly #field: string;
  readonly #sign: 1 | -1;
  #best: unknown;
  #bestScalar: ScalarValue | undefined;

  /** @param sign 1: the least value; -1: the greatest. */
  constructor({ name }: ReadField, sign: 1 | -1) {
    this.#field = name;
    this.#sign = sign;
  }

  /** @throws DatabaseError `INVALID_QUERY` for what has no order. */
  add(value: unknown): void {
    if (value === undefined || value === null) return;
    const scalar = this.#scalarOf(value);
    if (Number.isNaN(scalar)) return;
    if (this.#bestScalar !== undefined && compareValues(scalar, this.#bestScalar) * this.#sign >= 0) return;
    this.#best = value;
    this.#bestScalar = scalar;
  }

  addTimes(value: unknown): void {
    this.add(value);
  }

  result(): unknown {
    return this.#best === 0 ? 0 : this.#best;
  }

  #scalarOf(value: unknown): ScalarValue {
    if (isDateValue(value)) return value.getTime();
    if (typeof value !== 'object' && typeof value !== 'function') return value as ScalarValue;
    throw new DatabaseError('INVALID_QUERY', `${this.#field} holds a value without an order: ${typeof value}`, {
      field: this.#field,
    });
  }
}

export function noSum(field: string, value: unknown): DatabaseError {
  const type = isDateValue(value) ? 'date' : typeof value;
  return new DatabaseError('INVALID_QUERY', `${field} holds a ${type}, which cannot be added to the other values`, {
    field,
    type,
  });
}
