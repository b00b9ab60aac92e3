/** What the application sees in a replica: the server's version of each document, with its own unanswered edits on top. */
import type { SyncTransaction } from '@nuthatch/runtime/sync';
import type { LocalDocuments } from './local-documents.js';
import type { BaseRecord, LocalState, OutboxEntry } from './local-state.js';
import type { Pending } from './pending-edits.js';

/** Without `pending` its last transaction has just been answered. */
export type ShownBase = Omit<BaseRecord, 'pending'> & { readonly pending: Pending | undefined };

/** Of a document that was never released. */
export const NEVER_RELEASED = { releases: 0, isReleased: false };

export class ShownDocuments {
  readonly #state: LocalState;
  readonly #documents: LocalDocuments;

  constructor(state: LocalState, documents: LocalDocuments) {
    this.#state = state;
    this.#documents = documents;
  }

  /** Puts into memory what the application should see of a document: its last pending edit, or the server's version. */
  show(
    sync: SyncTransaction,
    { collection: name, key, revision, expiresAtMs, bytes, pending, isSuspended, released, taken = [] }: ShownBase,
  ): void {
    const collection = this.#documents.collection(name);
    const last = isSuspended ? undefined : pending?.last;
    const effects = last === undefined ? undefined : this.#state.entry(last)?.effects;
    const effect = effects?.findLast((each) => each.collection === name && each.key === key);
    const document = this.#documents.documentOf(last === undefined ? bytes : effect?.bytes);
    const at = last === undefined ? revision : (effect?.base ?? 0) + 1;
    const expiresAt = (last === undefined ? expiresAtMs : effect?.expiresAtMs) || undefined;
    if (document === undefined) sync.forget(collection, key);
    else sync.putAt(collection, key, document, at, expiresAt);
    if (last === undefined) {
      const sent = taken.map((each) => ({ ...each, document: this.#documents.documentOf(each.bytes)! }));
      collection.replicated?.take(sync.transaction, key, sent);
    }
    const state = last === undefined ? released : effect?.released;
    collection.replicated?.show(sync.transaction, key, state ?? NEVER_RELEASED, at, document, released?.releases);
  }

  /** States of earlier releases are in their records, and in no document. */
  takeBackStates(sync: SyncTransaction, { effects }: OutboxEntry): void {
    for (const { collection: name, key, changed } of [...effects].reverse()) {
      if (changed === undefined) continue;
      const { release, state, before } = changed;
      this.#documents.collection(name).replicated?.takeBackState(sync.transaction, key, release, state, before);
    }
  }
}
