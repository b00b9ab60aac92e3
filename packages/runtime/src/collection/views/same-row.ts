import { isSameValue } from '../writing/same-value.js';

/** Whether two rows show the same. */
export function isSameRow(fields: readonly { readonly name: string }[], a: object, b: object): boolean {
  const before = a as Readonly<Record<string, unknown>>;
  const after = b as Readonly<Record<string, unknown>>;
  for (const { name } of fields) if (!isSameValue(before[name], after[name])) return false;
  return true;
}
