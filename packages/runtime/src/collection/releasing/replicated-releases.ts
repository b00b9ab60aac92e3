/**
 * Releases on their way between a server and its replicas: what a server says of a document's releases, and how a replica
 * keeps it. A replica's own steps are written like any, and taken back here when the server says otherwise.
 */
import { keptFieldsOf } from '../../codec/kept-fields.js';
import type { Transaction } from '../../commit/transaction.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Clock } from '../../time/clock.js';
import type { ReleaseState, ReleaseStore } from './release-store.js';
import type { ReleasedDocuments } from './released-documents.js';
import type { ReleasedReader } from './released-reader.js';

/** One release as it travels: in the form of the class, with the state that its lifetime has now. */
export interface CarriedRelease {
  readonly release: number;
  readonly revision: number;
  readonly releasedAtMs: number;
  readonly document: object;
}

export interface ReplicatedParts {
  readonly store: ReleaseStore;
  readonly released: ReleasedDocuments;
  readonly reader: ReleasedReader;
  readonly clock: Clock;
}

export class ReplicatedReleases {
  readonly #store: ReleaseStore;
  readonly #released: ReleasedDocuments;
  readonly #reader: ReleasedReader;
  readonly #definition: CollectionDefinition;
  readonly #clock: Clock;

  constructor(definition: CollectionDefinition, { store, released, reader, clock }: ReplicatedParts) {
    this.#store = store;
    this.#released = released;
    this.#reader = reader;
    this.#definition = definition;
    this.#clock = clock;
  }

  stateOf(key: StoreKey): ReleaseState {
    return this.#store.stateOf(key);
  }

  /**
   * What the document was at a revision that memory may have left behind. A release that is not known to have been in force
   * then counts as a draft: whoever takes the document for one is told better by the next change.
   */
  stateAt(key: StoreKey, revision: number): ReleaseState {
    const head = this.#store.headOf(key);
    if (head === undefined || revision >= head.revision) return this.#store.stateOf(key);
    let releases = head.releases;
    for (; releases > 0; releases--) {
      const record = this.#store.recordOf(key, releases);
      if (record !== undefined && record.revision <= revision) break;
    }
    return { releases, isReleased: this.#store.recordOf(key, releases)?.revision === revision };
  }

  /** Oldest first. O(releases). @param count how many of them. */
  releasesOf(key: StoreKey, count: number): readonly CarriedRelease[] {
    const carried: CarriedRelease[] = [];
    for (let release = 1; release <= count; release++) {
      const record = this.#store.recordOf(key, release);
      const document = this.#released.documentOf(key, release);
      if (record === undefined || document === undefined) continue;
      carried.push({ release, revision: record.revision, releasedAtMs: record.releasedAtMs, document });
    }
    return carried;
  }

  /** Takes the server's releases over what is here. O(releases). */
  take(transaction: Transaction, key: StoreKey, releases: readonly CarriedRelease[]): void {
    const { fingerprint, model } = this.#definition;
    for (const { release, revision, releasedAtMs, document } of releases) {
      const kept = keptFieldsOf(document)?.bytes;
      const bytes = this.#reader.bytesOf(document);
      const known = this.#store.recordOf(key, release);
      const isKnown = known?.revision === revision && known.releasedAtMs === releasedAtMs && known.state === undefined;
      if (isKnown && known.fingerprint === fingerprint && Buffer.compare(known.bytes, bytes) === 0) continue;
      const record = { collection: model.collection, key, release, revision, releasedAtMs, fingerprint, bytes };
      this.#store.putRecord(transaction, { ...record, ...(kept && { kept }) });
    }
  }

  /**
   * Makes the document what the state says, whatever was done here: releases beyond it are gone, and one that the
   * replica made itself is there again.
   *
   * @param document as it is shown; undefined: there is none.
   * @param taken how many releases the server has: those stay, though an edit on top of an older one is shown.
   */
  show(
    transaction: Transaction,
    key: StoreKey,
    { releases, isReleased }: ReleaseState,
    revision: number,
    document: object | undefined,
    taken = releases,
  ): void {
    // Some of them may be missing: what the server does not grant has never come.
    const known = this.#store.headOf(key)?.releases ?? 0;
    for (let release = Math.max(releases, taken) + 1; release <= known || this.#has(key, release); release++)
      this.#store.removeRecord(transaction, key, release);
    if (releases === 0) {
      if (this.#store.headOf(key) !== undefined) this.#store.removeHead(transaction, key);
      return;
    }
    if (isReleased && document !== undefined && !this.#has(key, releases))
      this.take(transaction, key, [{ release: releases, revision, releasedAtMs: this.#clock.now(), document }]);
    const head = this.#store.headOf(key);
    if (head?.releases === releases && head.isReleased === isReleased) return;
    const step = isReleased ? 'release' : 'revise';
    this.#store.putHead(transaction, { key, releases, isReleased, revision, step });
  }

  /** Takes back a change of a release's state that the server refused, unless the server has said another one since. */
  takeBackState(
    transaction: Transaction,
    key: StoreKey,
    release: number,
    made: string,
    before: string | undefined,
  ): void {
    const record = this.#store.recordOf(key, release);
    if (record?.state !== made) return;
    const { state: _state, ...others } = record;
    this.#store.putRecord(transaction, before === undefined ? others : { ...others, state: before });
  }

  /** The server's releases leave; those that the replica made behind them stay with its edits. O(releases). */
  forgetTaken(transaction: Transaction, key: StoreKey, taken: number): void {
    for (let release = 1; release <= taken; release++) this.#store.removeRecord(transaction, key, release);
  }

  /** Nothing of its releases stays: the document has left. O(releases). */
  forget(transaction: Transaction, key: StoreKey): void {
    const { releases } = this.#store.stateOf(key);
    for (let release = 1; release <= releases; release++) this.#store.removeRecord(transaction, key, release);
    if (this.#store.headOf(key) !== undefined) this.#store.removeHead(transaction, key);
  }

  #has(key: StoreKey, release: number): boolean {
    return this.#store.recordOf(key, release) !== undefined;
  }
}
