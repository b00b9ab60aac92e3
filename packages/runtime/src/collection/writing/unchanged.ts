/** Whether an update leaves a document as it is. */
import { type FieldModel, fieldBit } from '@nuthatch/model';
import { isSameValue } from './same-value.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether the fields of both hold the same. An update of a field that differs, as nearly all are, costs one comparison.
 *
 * @param bits the fields that may differ, as `CollectionDefinition.differing` gives them.
 */
export function isUnchanged(fields: readonly FieldModel[], before: object, after: object, bits: number): boolean {
  if (bits === 0) return true;
  for (let index = 0; index < fields.length; index++) {
    if ((bits & fieldBit(index)) === 0) continue;
    const { name } = fields[index] as FieldModel;
    if (!isSameValue((before as Fields)[name], (after as Fields)[name])) return false;
  }
  return true;
}
