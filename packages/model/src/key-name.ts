import type { DocumentModel } from './document-model.js';

/**
 * The name by which conditions and orders ask for the key: its field. A key of several fields is `id`, or their names joined
 * by `_`, as with a composite index, where a field or an index is called `id`. O(fields).
 */
export function keyName({ key, fields, computed, indexes }: DocumentModel): string {
  const [only] = key.fields as readonly [string];
  if (key.fields.length === 1) return only;
  const isTaken = [...fields, ...computed, ...indexes].some(({ name }) => name === 'id');
  return isTaken ? key.fields.join('_') : 'id';
}
