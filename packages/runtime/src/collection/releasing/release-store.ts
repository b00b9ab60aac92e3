/** The records of the releases of one collection: read by key, written in the transaction at hand. */
import type { Transaction } from '../../commit/transaction.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import {
  type HeadRecord,
  headName,
  type ReleaseRecord,
  releasedModelName,
  releaseName,
} from '../../definition/release-records.js';
import type { StoreKey } from '../../structures/store-key.js';
import { KeyedRecords } from '../keyed-records.js';
import type { WritableCollection } from '../writing/writable-collection.js';

export interface ReleaseState {
  readonly releases: number;
  readonly isReleased: boolean;
}

const NEVER: ReleaseState = { releases: 0, isReleased: false };

export class ReleaseStore {
  readonly #records: KeyedRecords;
  readonly #definition: CollectionDefinition;
  readonly #collection: string;

  /** @param records every release of the database. */
  constructor(records: WritableCollection, definition: CollectionDefinition) {
    this.#records = new KeyedRecords(records);
    this.#definition = definition;
    this.#collection = definition.model.collection;
  }

  headOf(key: StoreKey): HeadRecord | undefined {
    return this.#records.get(headName(this.#collection, key)) as HeadRecord | undefined;
  }

  /** O(1). A document whose head was lost to damage is taken for what its releases say: nothing thaws it. */
  stateOf(key: StoreKey): ReleaseState {
    const head = this.headOf(key);
    if (head !== undefined) return head;
    let releases = 0;
    while (this.recordOf(key, releases + 1) !== undefined) releases++;
    return releases === 0 ? NEVER : { releases, isReleased: true };
  }

  recordOf(key: StoreKey, release: number): ReleaseRecord | undefined {
    return this.#records.get(releaseName(this.#collection, key, release)) as ReleaseRecord | undefined;
  }

  modelText(fingerprint: string): string | undefined {
    return this.#records.get(releasedModelName(fingerprint)) as string | undefined;
  }

  /** With the text of the class's model, where it is not kept yet. */
  putRecord(transaction: Transaction, record: ReleaseRecord): void {
    const { model, fingerprint } = this.#definition;
    if (record.fingerprint === fingerprint && this.modelText(fingerprint) === undefined)
      this.#records.set(transaction, releasedModelName(fingerprint), JSON.stringify(model));
    this.#records.set(transaction, releaseName(this.#collection, record.key, record.release), record);
  }

  putHead(transaction: Transaction, head: Omit<HeadRecord, 'collection'>): void {
    this.#records.set(transaction, headName(this.#collection, head.key), { collection: this.#collection, ...head });
  }

  removeHead(transaction: Transaction, key: StoreKey): void {
    this.#records.set(transaction, headName(this.#collection, key), undefined);
  }

  removeRecord(transaction: Transaction, key: StoreKey, release: number): void {
    this.#records.set(transaction, releaseName(this.#collection, key, release), undefined);
  }
}
