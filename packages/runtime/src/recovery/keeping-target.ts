import type { CollectionDefinition } from '../definition/collection-definition.js';
import { STORAGE_COLLECTION } from '../definition/storage-mark.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { StoreKey } from '../structures/store-key.js';
import { LastState } from './last-state.js';
import type { RecoveryTarget } from './recovery-target.js';

/** The highest number that a collection has given out. */
export interface GivenNumber {
  readonly definition: CollectionDefinition;
  readonly value: number;
}

/** A target that keeps the last state of every collection, or of those that are wanted. Memory: their documents. */
export class KeepingTarget implements RecoveryTarget {
  readonly #isWanted: (collection: string) => boolean;
  readonly #state = new LastState<StoredDocument>();
  readonly #sequences = new Map<string, GivenNumber>();

  constructor(isWanted: (collection: string) => boolean = () => true) {
    this.#isWanted = isWanted;
  }

  put(stored: StoredDocument): void {
    const { collection } = stored.definition.model;
    const isKept = collection === STORAGE_COLLECTION || this.#isWanted(collection);
    this.#state.put(stored, isKept ? stored : undefined);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#state.delete(definition, key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    this.#sequences.set(definition.model.collection, { definition, value });
  }

  finish(): void {}

  /** Every document, collection by collection; those of copies that a crash has cut short are left out. */
  *documents(): IterableIterator<StoredDocument> {
    const collections = new Map(this.#state.collections());
    // Marks first: a later reader must not take them for later than the documents.
    yield* collections.get(STORAGE_COLLECTION)?.values() ?? [];
    for (const [collection, documents] of collections) if (collection !== STORAGE_COLLECTION) yield* documents.values();
  }

  /** The highest number given out, by collection. */
  sequences(): Iterable<GivenNumber> {
    return this.#sequences.values();
  }
}
