/**
 * The releases of one collection: what is frozen, which bytes were released, and how they are read today.
 *
 * A document is a draft or the newest of its releases; the head record says which. A release is two things: the record
 * with the bytes, which nothing changes afterwards, and the document itself, which stays where it is and takes no change
 * but of its lifetime. Everything is written in the transaction at hand, so that undo, journal and backup have it whole.
 */
import { DatabaseError } from '@nuthatch/model';
import { keptFieldsOf } from '../../codec/kept-fields.js';
import type { Transaction } from '../../commit/transaction.js';
import type { HeadRecord, ReleaseRecord } from '../../definition/release-records.js';
import { showValue } from '../../definition/show-value.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Clock } from '../../time/clock.js';
import type { WritableCollection } from '../writing/writable-collection.js';
import type { LifetimeRule } from './lifetime-rule.js';
import type { ReleaseState, ReleaseStore } from './release-store.js';
import type { ReleasedReader } from './released-reader.js';

export interface ReleasedParts {
  readonly lifetime: LifetimeRule | undefined;
  readonly reader: ReleasedReader;
  readonly clock: Clock;
}

export class ReleasedDocuments {
  readonly #of: WritableCollection;
  readonly #store: ReleaseStore;
  readonly #lifetime: LifetimeRule | undefined;
  readonly #reader: ReleasedReader;
  readonly #clock: Clock;

  constructor(of: WritableCollection, store: ReleaseStore, { lifetime, reader, clock }: ReleasedParts) {
    this.#of = of;
    this.#store = store;
    this.#lifetime = lifetime;
    this.#reader = reader;
    this.#clock = clock;
  }

  stateOf(key: StoreKey): ReleaseState {
    return this.#store.stateOf(key);
  }

  recordOf(key: StoreKey, release: number): ReleaseRecord | undefined {
    return this.#store.recordOf(key, release);
  }

  /** The document of a release, with the state that its lifetime has now. */
  documentOf(key: StoreKey, release: number): object | undefined {
    const record = this.recordOf(key, release);
    return record === undefined ? undefined : this.#reader.documentOf(record, this.#stateOfRelease(key, record));
  }

  /** The fields that were released, by the model that wrote them; frozen. */
  fieldsOf(record: ReleaseRecord): Readonly<Record<string, unknown>> {
    return this.#reader.fieldsOf(record);
  }

  /** Freezes a draft as the next release. @throws DatabaseError `DOCUMENT_RELEASED`; those of `put`. */
  release(transaction: Transaction, slot: Slot): number {
    const { store, definition } = this.#of;
    const key = store.keyOf(slot);
    const { releases, isReleased } = this.stateOf(key);
    if (isReleased) throw this.released(key, releases);
    const { collection } = definition.model;
    const [release, revision] = [releases + 1, store.revisionOf(slot) + 1];
    const document = this.#again(store.documentOf(slot));
    // A draft may have been given an end; what is released has none.
    this.#of.put(transaction, slot, key, document, undefined, 0, revision);
    const kept = keptFieldsOf(document)?.bytes;
    const record: ReleaseRecord = {
      ...{ collection, key, release, revision, releasedAtMs: this.#clock.now(), fingerprint: definition.fingerprint },
      bytes: this.#reader.bytesOf(document),
      ...(kept && { kept }),
    };
    this.#store.putRecord(transaction, record);
    this.#setHead(transaction, key, { releases: release, isReleased: true }, 'release');
    return release;
  }

  /**
   * Begins the next draft of a released document; its lifetime begins again.
   *
   * @throws DatabaseError `DOCUMENT_NOT_RELEASED`; those of `put`.
   */
  revise(transaction: Transaction, key: StoreKey): object {
    const { releases, isReleased } = this.stateOf(key);
    if (!isReleased) throw this.notReleased(key, undefined);
    const slot = this.#of.store.get(key);
    const record = this.recordOf(key, releases);
    // Only damage leaves a head without its release, or a release without its document.
    const document = slot === undefined ? this.documentOf(key, releases) : this.#of.store.documentOf(slot);
    if (document === undefined) throw this.notReleased(key, releases);
    const lifetime = this.#lifetime;
    if (lifetime !== undefined && record !== undefined)
      this.#store.putRecord(transaction, { ...record, state: lifetime.stateOf(document) });
    const draft = this.#again(document, lifetime && { [lifetime.field]: lifetime.initial });
    const revision = slot === undefined ? (record?.revision ?? 0) : this.#of.store.revisionOf(slot);
    this.#of.put(transaction, slot, key, draft, undefined, undefined, revision + 1);
    this.#setHead(transaction, key, { releases, isReleased: false }, 'revise');
    return draft;
  }

  /** Gives up a draft: the document is its newest release again. */
  discard(transaction: Transaction, slot: Slot, releases: number): void {
    const { store } = this.#of;
    const key = store.keyOf(slot);
    const document = this.documentOf(key, releases);
    if (document === undefined) throw this.notReleased(key, releases);
    this.#of.put(transaction, slot, key, this.#again(document), undefined, undefined, store.revisionOf(slot) + 1);
    this.#setHead(transaction, key, { releases, isReleased: true }, 'discard');
  }

  /** The state of a release that a later draft or release has followed. @throws DatabaseError `TRANSITION_REFUSED`. */
  setState(transaction: Transaction, slot: Slot, release: number, to: string): void {
    const { store } = this.#of;
    const key = store.keyOf(slot);
    const record = this.recordOf(key, release);
    const lifetime = this.#lifetime;
    if (record === undefined || lifetime === undefined) throw this.notReleased(key, release);
    const from = this.#stateOfRelease(key, record) ?? lifetime.stateOf(this.documentOf(key, release)!);
    lifetime.requireTransition(this.#of, key, from, to);
    if (from === to) return;
    // The document is written again, so that everyone who follows it hears of it.
    const document = this.#again(store.documentOf(slot));
    this.#of.put(transaction, slot, key, document, store.expiresAtOf(slot), 0, store.revisionOf(slot) + 1);
    this.#store.putRecord(transaction, { ...record, state: to });
    this.#setHead(transaction, key, this.stateOf(key), 'lifetime', { release, state: to });
  }

  /** Whether a release's state is that of the document itself. */
  isCurrent(key: StoreKey, release: number): boolean {
    const { releases, isReleased } = this.stateOf(key);
    return isReleased && release === releases;
  }

  released(storeKey: StoreKey, release: number): DatabaseError {
    const { collection } = this.#of.definition.model;
    const key = this.#of.publicKey(storeKey);
    const what = `${collection} ${showValue(key)} is frozen: it is release ${release}`;
    return new DatabaseError('DOCUMENT_RELEASED', what, { collection, key, release });
  }

  notReleased(storeKey: StoreKey, release: number | undefined): DatabaseError {
    const { collection } = this.#of.definition.model;
    const key = this.#of.publicKey(storeKey);
    const { releases } = this.stateOf(storeKey);
    const what =
      release === undefined
        ? `${collection} ${showValue(key)} is a draft`
        : `${collection} ${showValue(key)} has no release ${showValue(release)}`;
    return new DatabaseError('DOCUMENT_NOT_RELEASED', what, { collection, key, releases });
  }

  /** Undefined: as the bytes say. */
  #stateOfRelease(key: StoreKey, record: ReleaseRecord): string | undefined {
    const lifetime = this.#lifetime;
    if (lifetime === undefined) return undefined;
    const slot = this.isCurrent(key, record.release) ? this.#of.store.get(key) : undefined;
    return slot === undefined ? record.state : lifetime.stateOf(this.#of.store.documentOf(slot));
  }

  /** The same document as another object: what is announced is the next revision. */
  #again(document: object, changes: object = {}): object {
    const { definition } = this.#of;
    return definition.seal(definition.merge(document, changes, definition.given?.(changes)));
  }

  #setHead(
    transaction: Transaction,
    key: StoreKey,
    { releases, isReleased }: ReleaseState,
    step: HeadRecord['step'],
    changed?: HeadRecord['changed'],
  ): void {
    const { store } = this.#of;
    const revision = store.revisionOf(store.get(key)!);
    const head = { key, releases, isReleased, revision, step, ...(changed && { changed }) };
    this.#store.putHead(transaction, head);
  }
}
