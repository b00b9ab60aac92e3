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
  // From the lowest bit on: that is the field an update of one field changes.
  for (let index = 31 - Math.clz32(bits & -bits); index < fields.length; index++) {
    if ((bits & fieldBit(index)) === 0) continue;
    const { name } = fields[index]!;
    const was = (before as Fields)[name];
    const is = (after as Fields)[name];
    if (!Object.is(was, is) && (typeof is !== 'object' || !isSameValue(was, is))) return false;
  }
  return true;
}
