/** What a field of a view's rows is made of: a count, sum, average, least or greatest value, or the first documents of an order. */
import { type AggregateModel, DatabaseError } from '@nuthatch/model';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Values that have an order. */
export type OrderedValue = string | number | bigint | boolean | Date | undefined;

/** How many documents the group has. On a field of type `number`. */
export function Count(): FieldDecorator<number>;
export function Count(...args: readonly unknown[]): FieldDecorator<number> {
  if (args.length > 0)
    throw new DatabaseError('INVALID_DECORATOR', '@Count takes nothing: write @Count()', { decorator: 'Count' });
  return aggregate('Count', { kind: 'count' });
}

/**
 * The sum of a field over the group's documents; absent and null values are left out; 0 when none has a value. On a field
 * of type `number` or `bigint`, as the document's is. Exact, rounded once: 0.1 ten times is 1, and what goes leaves nothing.
 *
 * @param field of the documents.
 */
export function Sum(field: string): FieldDecorator<number | bigint> {
  return aggregate('Sum', { kind: 'sum', of: named('Sum', field) });
}

/**
 * The average of a field over those documents of the group that have a value: the exact sum, rounded, by their count.
 * Absent when none has one. On a field of type `number`, optional where the document's field is.
 *
 * @param field of the documents.
 */
export function Avg(field: string): FieldDecorator<number | undefined> {
  return aggregate('Avg', { kind: 'avg', of: named('Avg', field) });
}

/**
 * The least value of a field in the group, in the order of a range index; absent when no document has one. NaN has no place
 * in an order and is left out. On a field of the type of the document's, optional where that is.
 *
 * @param field of the documents.
 */
export function Min(field: string): FieldDecorator<OrderedValue> {
  return aggregate('Min', { kind: 'min', of: named('Min', field) });
}

/** The greatest value of a field in the group; otherwise as `@Min`. */
export function Max(field: string): FieldDecorator<OrderedValue> {
  return aggregate('Max', { kind: 'max', of: named('Max', field) });
}

export interface TopOptions {
  /** `desc`, the default: the greatest first; `asc`: the least first. */
  readonly order?: 'asc' | 'desc';
}

/**
 * The first documents of the group by a field: `@Top(3, 'goals') scorers!: Pick<Player, 'id' | 'name'>[]`. Each is shown
 * with the fields of the element type. Documents of equal values come by key, in the same direction; those without a
 * value are left out.
 *
 * @param count how many at most: 1 to 1,000.
 * @param field of the documents, by which they are ordered.
 */
export function Top(count: number, field: string, options: TopOptions = {}): FieldDecorator<readonly object[]> {
  if (!Number.isInteger(count) || count < 1 || count > MAX_TOP)
    throw new DatabaseError('INVALID_DECORATOR', `@Top needs a whole number of 1 to ${MAX_TOP}, got ${String(count)}`, {
      decorator: 'Top',
    });
  const { order = 'desc', ...others } = Object(options) as TopOptions;
  if (typeof options !== 'object' || options === null || Object.keys(others).length > 0 || !isDirection(order)) {
    const what = "@Top takes a count, a field and perhaps { order: 'asc' } or { order: 'desc' }";
    throw new DatabaseError('INVALID_DECORATOR', what, { decorator: 'Top' });
  }
  return aggregate('Top', { kind: 'top', of: named('Top', field), count, order });
}

/** More would make a row of a view larger than most documents. */
const MAX_TOP = 1_000;

function isDirection(order: unknown): order is 'asc' | 'desc' {
  return order === 'asc' || order === 'desc';
}

function aggregate<V>(decorator: string, model: AggregateModel): FieldDecorator<V> {
  return fieldDecorator<V>(decorator, (draft, field) => {
    draft.aggregates ??= new Map();
    if (draft.aggregates.has(field)) {
      const what = `${field} has two decorators that say what it is made of, among them @${decorator}`;
      throw new DatabaseError('INVALID_DECORATOR', what, { decorator, field });
    }
    draft.aggregates.set(field, model);
  });
}

/** For callers without a compiler, and a decorator without brackets, which is handed the class. */
function named(decorator: string, field: unknown): string {
  if (typeof field === 'string' && field !== '') return field;
  const what = `@${decorator} needs the name of a field of the documents, got ${typeof field}`;
  throw new DatabaseError('INVALID_DECORATOR', what, { decorator });
}
