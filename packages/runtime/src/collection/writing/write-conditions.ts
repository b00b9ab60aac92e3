/** The conditions of a write on the existing document, and what it must leave as it is: its revision, its key. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { isDateValue } from '../../document/brands.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { WritableCollection } from './writable-collection.js';

/** @throws DatabaseError `REVISION_MISMATCH` when the document has another one. */
export function requireRevision(of: WritableCollection, slot: Slot, ifRevision: number): void {
  const revision = of.store.revisionOf(slot);
  if (revision === ifRevision) return;
  const { collection } = of.definition.model;
  const key = of.publicKey(of.store.keyOf(slot));
  const what = `${collection} ${showValue(key)} has revision ${revision}, expected ${showValue(ifRevision)}`;
  throw new DatabaseError('REVISION_MISMATCH', what, { collection, key, revision, ifRevision });
}

/** A document keeps its key, whatever a patch says. @throws DatabaseError `KEY_CHANGED`. */
export function requireSameKeys(
  of: WritableCollection,
  document: object,
  changes: Readonly<Record<string, unknown>>,
): void {
  for (const field of of.definition.model.key.fields)
    if (Object.hasOwn(changes, field)) requireSameKey(of, document, field, changes[field]);
}

/** The same of one field of the key. @throws DatabaseError `KEY_CHANGED`. */
export function requireSameKey(of: WritableCollection, document: object, field: string, value: unknown): void {
  const held = (document as Record<string, unknown>)[field];
  const isSame = held === value || (isDateValue(held) && isDateValue(value) && held.getTime() === value.getTime());
  if (isSame) return;
  const { collection } = of.definition.model;
  const key = of.publicKey(of.keys.ofDocument(document));
  throw new DatabaseError(
    'KEY_CHANGED',
    `the patch would change the key field ${field} of ${collection} ${showValue(key)}`,
    {
      collection,
      key,
      field,
    },
  );
}

/** The error for a key that another document has. */
export function duplicateKey(of: WritableCollection, key: StoreKey): DatabaseError {
  const { collection } = of.definition.model;
  const holderKey = of.publicKey(key);
  const index = of.definition.model.key.fields.join('_');
  const what = `${collection} already holds a document with ${index} ${showValue(holderKey)}`;
  return new DatabaseError('DUPLICATE_KEY', what, { collection, index, value: holderKey, holderKey });
}
