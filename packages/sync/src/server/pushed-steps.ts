/** What a replica does with releases: released, revised, the state of an earlier release changed. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection, ReleaseStep, SyncTransaction } from '@nuthatch/runtime/sync';
import type { WireEffect } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';

export type SteppedEffect = Extract<WireEffect, { readonly kind: 'release' | 'revise' | 'state' }>;

/** By kind of effect: what a policy is told, and a change says. */
export const STEPS: Readonly<Record<SteppedEffect['kind'], ReleaseStep>> = {
  release: 'release',
  revise: 'revise',
  state: 'lifetime',
};

/**
 * @throws DatabaseError `DOCUMENT_RELEASED`, `DOCUMENT_NOT_RELEASED`, `DOCUMENT_NOT_FOUND`, `TRANSITION_REFUSED`;
 *   `MODEL_MISMATCH` when the server's class is not `@Released()`.
 */
export function takeStep(
  collection: Collection,
  transaction: SyncTransaction['transaction'],
  effect: SteppedEffect,
): void {
  const { releases, name } = collection;
  if (releases === undefined)
    throw new DatabaseError('MODEL_MISMATCH', `documents of ${name} are not released at the server`, {
      collection: name,
    });
  const key = collection.publicKey(effect.key);
  if (effect.kind === 'release') releases.release(transaction, key);
  else if (effect.kind === 'revise') releases.revise(transaction, key);
  else {
    const { release, state } = effect;
    if (release < 1) throw protocolViolation('a release is counted from 1');
    if (collection.lifetime === undefined)
      throw new DatabaseError('MODEL_MISMATCH', `documents of ${name} have no lifetime at the server`, {
        collection: name,
      });
    collection.setLifetime(transaction, key, state, { release });
  }
}

/**
 * An edit of an older revision that meets a release is told so, not of the revision that it made.
 *
 * @throws DatabaseError `DOCUMENT_RELEASED`.
 */
export function requireNotReleased(collection: Collection, { key, base, kind }: WireEffect, revision: number): void {
  if (base === revision || kind === 'revise' || kind === 'state') return;
  const released = collection.rules?.released;
  const state = released?.stateOf(key);
  if (state?.isReleased) throw released!.released(key, state.releases);
}
