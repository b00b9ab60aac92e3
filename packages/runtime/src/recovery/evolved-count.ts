/**
 * Counts the documents that another model than today's wrote and that are still there: a version that a later one
 * replaced, or whose document was deleted, no longer counts.
 *
 * A snapshot has each document once, all of a collection by one model. Of what the journal adds, keys are noted from the
 * first document of another model on: for a directory that today's code wrote alone nothing is noted at all.
 */
import type { StoreKey } from '../structures/store-key.js';

export interface EvolvedCounter {
  documentCount: number;
}

interface Noted {
  /** The model of the collection's documents in the snapshot, when it is not today's. */
  inSnapshot: EvolvedCounter | undefined;
  /** The model of the version the journal holds last; undefined: today's, or the document is gone. */
  readonly inJournal: Map<StoreKey, EvolvedCounter | undefined>;
}

export class EvolvedCount {
  readonly #collections = new Map<string, Noted>();

  /** Documents of a snapshot. O(1). */
  inSnapshot(collection: string, evolved: EvolvedCounter | undefined, count: number): void {
    if (evolved === undefined) return;
    evolved.documentCount += count;
    this.#noted(collection).inSnapshot = evolved;
  }

  /** Whether puts of a collection are noted by their keys, or will be with one of this model. O(1). */
  isNoting(collection: string, evolved: EvolvedCounter | undefined): boolean {
    return evolved !== undefined || (this.#collections.size > 0 && this.#collections.has(collection));
  }

  /** A put of the journal. @param isNew no document of the key was there. O(1). */
  put(collection: string, key: StoreKey, evolved: EvolvedCounter | undefined, isNew: boolean): void {
    if (evolved === undefined && !this.#collections.has(collection)) return;
    const noted = this.#noted(collection);
    this.#forget(noted, key, isNew);
    if (evolved !== undefined) evolved.documentCount++;
    noted.inJournal.set(key, evolved);
  }

  /** A delete of the journal. O(1). */
  delete(collection: string, key: StoreKey): void {
    const noted = this.#collections.get(collection);
    if (noted === undefined) return;
    this.#forget(noted, key, false);
    noted.inJournal.set(key, undefined);
  }

  #forget({ inJournal, inSnapshot }: Noted, key: StoreKey, isNew: boolean): void {
    if (isNew) return;
    const before = inJournal.has(key) ? inJournal.get(key) : inSnapshot;
    if (before !== undefined) before.documentCount--;
  }

  #noted(collection: string): Noted {
    let noted = this.#collections.get(collection);
    if (noted === undefined) {
      noted = { inSnapshot: undefined, inJournal: new Map() };
      this.#collections.set(collection, noted);
    }
    return noted;
  }
}
