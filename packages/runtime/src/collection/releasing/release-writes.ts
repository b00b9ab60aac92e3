/** `release`, `revise`, and the reads of releases: their arguments checked, and what they answer. */
import { createHash } from 'node:crypto';
import type { Transaction } from '../../commit/transaction.js';
import { checkOptionsOf } from '../../commit/write-options.js';
import type { ReleaseRecord } from '../../definition/release-records.js';
import { withShownGetters } from '../../document/shown-getters.js';
import type { WritableCollection } from '../writing/writable-collection.js';
import { requireRevision } from '../writing/write-conditions.js';
import { requireRelease } from './release-number.js';
import type { ReleasedDocuments } from './released-documents.js';

interface RevisionSettings {
  readonly ifRevision?: number;
}

/** As `Release` of the repositories. */
interface ShownRelease {
  readonly key: unknown;
  readonly release: number;
  readonly revision: number;
  readonly releasedAt: Date;
  readonly document: object;
  readonly digest: string;
  asReleased(): Readonly<Record<string, unknown>>;
}

export class ReleaseWrites {
  readonly #of: WritableCollection;
  readonly #released: ReleasedDocuments;

  constructor(of: WritableCollection, released: ReleasedDocuments) {
    this.#of = of;
    this.#released = released;
  }

  release(transaction: Transaction, key: unknown, options?: RevisionSettings): ShownRelease {
    if (options != null) checkOptionsOf('release', options);
    const slot = this.#of.require(key);
    if (options?.ifRevision !== undefined) requireRevision(this.#of, slot, options.ifRevision);
    const release = this.#released.release(transaction, slot);
    const record = this.#released.recordOf(this.#of.store.keyOf(slot), release);
    return this.#shown(record!);
  }

  revise(transaction: Transaction, key: unknown, options?: RevisionSettings): object {
    if (options != null) checkOptionsOf('revise', options);
    const storeKey = this.#of.keys.toStoreKey(key);
    const slot = this.#of.store.get(storeKey);
    if (slot === undefined && this.#released.stateOf(storeKey).releases === 0) this.#of.require(key);
    if (slot !== undefined && options?.ifRevision !== undefined) requireRevision(this.#of, slot, options.ifRevision);
    return this.#released.revise(transaction, storeKey);
  }

  isReleased(key: unknown): boolean {
    return this.#released.stateOf(this.#of.keys.toStoreKey(key)).isReleased;
  }

  /** @param key or a key with its release. */
  getReleased(key: unknown, release?: number): object | undefined {
    const isPin = release === undefined && typeof key === 'object' && key !== null && 'release' in key && 'key' in key;
    const pin = (isPin ? key : { key, release }) as { readonly key: unknown; readonly release?: unknown };
    const storeKey = this.#of.keys.toStoreKey(pin.key);
    const asked = pin.release ?? this.#released.stateOf(storeKey).releases;
    if (asked === 0 && pin.release === undefined) return undefined;
    return this.#released.documentOf(storeKey, requireRelease(this.#of, asked));
  }

  history(key: unknown): readonly ShownRelease[] {
    const storeKey = this.#of.keys.toStoreKey(key);
    const { releases } = this.#released.stateOf(storeKey);
    const shown: ShownRelease[] = [];
    for (let release = 1; release <= releases; release++) {
      const record = this.#released.recordOf(storeKey, release);
      if (record !== undefined) shown.push(this.#shown(record));
    }
    return shown;
  }

  #shown(record: ReleaseRecord): ShownRelease {
    const released = this.#released;
    const { key, release, revision, releasedAtMs, bytes } = record;
    return withShownGetters({
      ...{ key: this.#of.publicKey(key), release, revision, releasedAt: new Date(releasedAtMs) },
      get document(): object {
        return released.documentOf(key, release)!;
      },
      get digest(): string {
        return createHash('sha256').update(bytes).digest('hex');
      },
      asReleased: () => released.fieldsOf(record),
    });
  }
}
