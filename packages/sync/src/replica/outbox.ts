/**
 * The replica's own transactions on their way to the server.
 *
 * An entry is written in the same frame as the edit itself: there is no edit without it, and none that is forgotten. It holds
 * effects with the revisions they were made on, never the function, so that it survives a restart and an upgrade.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import type { Collection, StoreKey, SyncTransaction } from '@nuthatch/runtime/sync';
import { contentDigest } from '../protocol/content-digest.js';
import type { WireEffect } from '../protocol/messages.js';
import { type Edit, editsOf, type Write } from './edits.js';
import type { Leases } from './leases.js';
import type { LocalDocuments } from './local-documents.js';
import type { BaseRecord, LocalState, OutboxEffect, OutboxEntry } from './local-state.js';
import { NEVER_RELEASED } from './shown-documents.js';

/** The replica's transactions that the server has not answered. */
export interface ReplicaOutbox {
  readonly size: number;
  /** Calls the listener with the size at every change. @throws DatabaseError `INVALID_OPTION`. */
  watch(listener: (size: number) => void): Subscription;
}

/** Before its first unanswered transaction. */
type UneditedBase = Omit<BaseRecord, 'pending'> & { readonly pending: undefined };

type HiddenRevision = (collection: string, key: StoreKey) => number;

const NO_DIGEST = new Uint8Array(0);

export class Outbox {
  readonly #state: LocalState;
  readonly #documents: LocalDocuments;
  readonly #leases: Leases;
  readonly #onAdded: () => void;

  constructor(state: LocalState, documents: LocalDocuments, leases: Leases, onAdded: () => void) {
    this.#state = state;
    this.#documents = documents;
    this.#leases = leases;
    this.#onAdded = onAdded;
  }

  /**
   * Notes a transaction of the application. Called before it is journaled, in its own transaction.
   *
   * @param hiddenRevision of the server's version of a document that no shape holds, as far as it is known; else 0.
   * @throws DatabaseError `NOT_CHECKED_OUT`, which refuses the whole transaction.
   */
  note(writes: readonly Write[], sync: SyncTransaction, hiddenRevision: HiddenRevision): void {
    const number = this.#state.next;
    const effects: OutboxEffect[] = [];
    for (const edit of editsOf(writes)) {
      const { target, key, before } = edit.first;
      // A document that was inserted and deleted in one transaction is no change.
      if (before === undefined && edit.last.document === undefined) continue;
      const previous = effects.findLast((effect) => effect.key === key && effect.collection === target.name);
      effects.push(this.#effectOf(number, edit, previous, sync, hiddenRevision));
    }
    if (effects.length === 0) return;
    this.#state.addEntry(sync, { number, effects });
    this.#onAdded();
  }

  /** The effects as they travel. */
  wireEffects({ effects, refusal }: OutboxEntry): readonly WireEffect[] {
    if (refusal !== undefined) return [];
    const { offset } = this.#state.replica;
    return effects.map((effect): WireEffect => {
      const { collection, key, base, fence, expiresAtMs, bytes, step, changed, before } = effect;
      // An answer to an earlier client does not concern this one.
      const after = Math.max(0, effect.after - offset);
      const modelId = this.#documents.outgoing.idOf(collection);
      const isToday = before?.fingerprint === this.#documents.collection(collection).definition.fingerprint;
      const baseDigest = before !== undefined && isToday ? contentDigest(before) : NO_DIGEST;
      const place = { modelId, key, base, baseDigest, after, fence };
      if (step === 'release' || step === 'revise') return { kind: step, ...place };
      if (step === 'lifetime') return { kind: 'state', ...place, release: changed!.release, state: changed!.state };
      if (bytes === undefined || step === 'discard') return { kind: 'delete', ...place };
      const { document, kept } = this.#inTodaysForm(effect);
      return { kind: 'put', ...place, expiresAtMs, document, kept };
    });
  }

  /** Bytes that an older class has written are written again: the server gets today's models only. */
  #inTodaysForm({ collection: name, bytes }: OutboxEffect): {
    readonly document: Uint8Array;
    readonly kept: Uint8Array;
  } {
    const collection = this.#documents.collection(name);
    if (bytes?.fingerprint === collection.definition.fingerprint) return bytes;
    const document = this.#documents.documentOf(bytes)!;
    return this.#documents.outgoing.bytesOf(collection.definition, document);
  }

  /** @param previous of the same transaction and document, where each write is an effect of its own. */
  #effectOf(
    number: number,
    { first, last, released }: Edit,
    previous: OutboxEffect | undefined,
    sync: SyncTransaction,
    hiddenRevision: HiddenRevision,
  ): OutboxEffect {
    const collection = this.#documents.collection(first.target.name);
    this.#documents.noteModel(sync, collection);
    const { name } = collection;
    const { key } = first;
    const place =
      previous === undefined
        ? this.#placeOf(number, collection, first, released, sync, hiddenRevision)
        : placeBehind(previous);
    const state = released?.head ?? previous?.released ?? collection.replicated?.stateOf(key);
    return {
      kind: last.document === undefined || released?.step === 'discard' ? 'delete' : 'put',
      collection: name,
      key,
      ...place,
      expiresAtMs: last.expiresAt ?? 0,
      bytes: last.document === undefined ? undefined : this.#documents.bytesOf(collection, last.document),
      before: first.before === undefined ? undefined : this.#documents.bytesOf(collection, first.before),
      ...(released && { step: released.step }),
      ...(released?.head.changed && { changed: { ...released.head.changed, before: released.stateBefore } }),
      ...(state && { released: { releases: state.releases, isReleased: state.isReleased } }),
    };
  }

  #placeOf(
    number: number,
    collection: Collection,
    first: Write,
    released: Edit['released'],
    sync: SyncTransaction,
    hiddenRevision: HiddenRevision,
  ): Pick<OutboxEffect, 'base' | 'after' | 'fence'> {
    const { name } = collection;
    const { key } = first;
    const base = this.#state.base(name, key) ?? this.#baseBefore(collection, first, released, hiddenRevision);
    // Made on the server's version where the edits before it are out of sight: it does not rest on them.
    const isFree = base.isSuspended || collection.definition.model.sync === 'lastWrite';
    const after = isFree ? 0 : (base.pending?.last ?? 0);
    const pending = this.#state.pending.withNewest(sync, base, number);
    this.#state.setBase(sync, { ...base, pending, isSuspended: false });
    return {
      base: after === 0 ? base.revision : this.#revisionAfter(after, name, key),
      after,
      fence: this.#fenceFor(collection, first),
    };
  }

  /** Creating a document needs no lease. */
  #fenceFor(collection: Collection, { key, before }: Write): number {
    const { name, definition } = collection;
    const fence = before === undefined ? 0 : this.#leases.fenceOf(name, key);
    if (before === undefined || fence > 0 || definition.model.sync !== 'checkOut') return fence;
    const facts = { collection: name, key: collection.publicKey(key) };
    throw new DatabaseError('NOT_CHECKED_OUT', `this document of ${name} is not checked out here`, facts);
  }

  /** The version in memory before the first pending edit is the server's version. */
  #baseBefore(
    collection: Collection,
    { key, before, beforeRevision, beforeExpiresAt }: Write,
    released: Edit['released'],
    hiddenRevision: HiddenRevision,
  ): UneditedBase {
    const state =
      released === undefined ? collection.replicated?.stateOf(key) : (released.headBefore ?? NEVER_RELEASED);
    return {
      collection: collection.name,
      key,
      revision: before === undefined ? hiddenRevision(collection.name, key) : beforeRevision,
      expiresAtMs: beforeExpiresAt ?? 0,
      bytes: before === undefined ? undefined : this.#documents.bytesOf(collection, before),
      pending: undefined,
      isSuspended: false,
      ...(state && { released: { releases: state.releases, isReleased: state.isReleased } }),
    };
  }

  /** The revision that the document will have at the server once a pending transaction is accepted. */
  #revisionAfter(number: number, collection: string, key: StoreKey): number {
    const effects = this.#state.entry(number)?.effects ?? [];
    const effect = effects.findLast((each) => each.collection === collection && each.key === key);
    return effect === undefined ? 0 : revisionBehind(effect);
  }
}

function placeBehind(previous: OutboxEffect): Pick<OutboxEffect, 'base' | 'after' | 'fence'> {
  const { after, fence } = previous;
  return { base: revisionBehind(previous), after, fence };
}

/** Of the server's document, once the effect is accepted. A draft that was given up is there as its newest release. */
export function revisionBehind({ bytes, base }: OutboxEffect): number {
  return bytes === undefined ? 0 : base + 1;
}
