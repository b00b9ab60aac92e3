/** `setLifetime`: its arguments checked, and the step to another state. */
import { DatabaseError } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { checkOptionsOf } from '../../commit/write-options.js';
import { showValue } from '../../definition/show-value.js';
import type { WritableCollection } from '../writing/writable-collection.js';
import { requireRevision } from '../writing/write-conditions.js';
import { requireRelease } from './release-number.js';
import type { WriteRules } from './write-rules.js';

interface StateSettings {
  readonly ifRevision?: number;
  /** The state that it has to be in now. */
  readonly from?: string;
  /** Another release than the one that the document is now. */
  readonly release?: number;
}

/**
 * Goes to another state: of the document, or of a release that is no longer the document itself.
 *
 * @param rules of a class with `@Lifetime`.
 * @param update the collection's own update of one field.
 * @throws DatabaseError `TRANSITION_REFUSED`, `DOCUMENT_NOT_RELEASED`, `DOCUMENT_NOT_FOUND`, `REVISION_MISMATCH`, `INVALID_OPTION`.
 */
export function setLifetime(
  of: WritableCollection,
  rules: WriteRules,
  transaction: Transaction,
  key: unknown,
  to: unknown,
  options: StateSettings | undefined,
  update: (patch: object) => object,
): object {
  const { released } = rules;
  const lifetime = rules.lifetime!;
  if (options != null) checkOptionsOf('setLifetime', options);
  const { from, release, ifRevision } = options ?? {};
  const slot = of.require(key);
  if (ifRevision !== undefined) requireRevision(of, slot, ifRevision);
  const storeKey = of.store.keyOf(slot);
  const isOwn = release === undefined || released?.isCurrent(storeKey, requireRelease(of, release)) === true;
  const held = isOwn ? of.store.documentOf(slot) : released?.documentOf(storeKey, requireRelease(of, release));
  if (held === undefined) throw noRelease(of, key, release);
  if (from !== undefined && lifetime.stateOf(held) !== from)
    throw lifetime.notIn(of, storeKey, from, lifetime.stateOf(held));
  if (isOwn) return update({ [lifetime.field]: to });
  released!.setState(transaction, slot, release, to as string);
  return released!.documentOf(storeKey, release)!;
}

function noRelease({ definition }: WritableCollection, key: unknown, release: unknown): DatabaseError {
  const { collection } = definition.model;
  const what = `${collection} ${showValue(key)} has no release ${showValue(release)}`;
  return new DatabaseError('DOCUMENT_NOT_RELEASED', what, { collection, key, release });
}
