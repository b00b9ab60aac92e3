import { type CompositeIndexDecorator, compositeIndex } from './class-index-decorator.js';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types that have an order; absent values are not indexed. */
export type RangeValue = number | bigint | Date | string | null | undefined;

/**
 * An ordered index: many documents per value, asked by bounds and sorted by. On a field or getter, `@Range()`; on the
 * class, `@Range(['club', 'age'])`: equal leading fields, then bounds on the last.
 */
export function Range(): FieldDecorator<RangeValue>;
export function Range<const F extends string>(fields: readonly F[]): CompositeIndexDecorator<F>;
export function Range(fields?: readonly string[], ...rest: readonly unknown[]): unknown {
  if (!Array.isArray(fields)) checkArguments('Range', [fields, ...rest], []);
  if (fields) return compositeIndex('Range', 'range', fields);
  return fieldDecorator<RangeValue>('Range', (draft, field) => {
    draft.indexes.push({ name: field, kind: 'range', fields: [field] });
  });
}
