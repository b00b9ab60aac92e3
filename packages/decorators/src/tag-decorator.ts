import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types one tag may have. */
export type TagScalar = string | number | bigint | boolean;

/** Types a tagged field may have: one tag, or any number of them. */
export type TagValue = TagScalar | readonly TagScalar[] | ReadonlySet<TagScalar> | null | undefined;

/** Tags: a document has any number of them, a tag any number of documents. On a field or getter. */
export function Tag(): FieldDecorator<TagValue>;
export function Tag(...rest: readonly unknown[]): FieldDecorator<TagValue> {
  checkArguments('Tag', rest, []);
  return fieldDecorator('Tag', (draft, field) => {
    draft.indexes.push({ name: field, kind: 'tag', fields: [field] });
  });
}
