/** All documents of a database while migrations run over it: whole and plain, with what a journal says of them. */

import { keptFieldsOf, type PlainFields, withKeptFields } from '../codec/kept-fields.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { StoreKey } from '../structures/store-key.js';
import type { ModelState } from './migration-chain.js';

/** One document on its way. */
export interface WorkingDocument {
  readonly key: StoreKey;
  /** The model it is of now. */
  state: ModelState;
  whole: PlainFields;
  revision: number;
  readonly expiresAt: number | undefined;
  /** As it stands on disk, as long as no step changed it. */
  stored: StoredDocument | undefined;
}

export interface FailedDocument {
  readonly collection: string;
  readonly key: StoreKey;
  readonly problem: string;
  readonly migration?: string;
}

/** The state of each definition that stored documents have: one object each, so that states can be compared. */
export class StoredStates {
  readonly #known = new Map<CollectionDefinition, ModelState>();

  of(definition: CollectionDefinition): ModelState {
    let state = this.#known.get(definition);
    if (state === undefined) {
      state = { model: definition.model, fingerprint: definition.fingerprint };
      this.#known.set(definition, state);
    }
    return state;
  }

  /** Documents of each state. O(documents). */
  count(documents: Iterable<StoredDocument>): ReadonlyMap<ModelState, number> {
    const counts = new Map<CollectionDefinition, number>();
    for (const { definition } of documents) counts.set(definition, (counts.get(definition) ?? 0) + 1);
    return new Map([...counts].map(([definition, count]) => [this.of(definition), count]));
  }
}

export class WorkingDocuments {
  readonly #collections = new Map<string, Map<StoreKey, WorkingDocument>>();
  readonly failures: FailedDocument[] = [];

  /** Takes up documents that were read from a directory. O(documents). */
  static of(found: Iterable<StoredDocument>, states: StoredStates): WorkingDocuments {
    const working = new WorkingDocuments();
    for (const stored of found) {
      const { definition, key, document, revision, expiresAt } = stored;
      const state = states.of(definition);
      const kept = keptFieldsOf(document);
      const whole =
        kept === undefined ? (document as PlainFields) : withKeptFields(document as PlainFields, kept.fields);
      working.collection(definition.model.collection).set(key, { key, state, whole, revision, expiresAt, stored });
    }
    return working;
  }

  get names(): readonly string[] {
    return [...this.#collections.keys()];
  }

  get documentCount(): number {
    let count = 0;
    for (const documents of this.#collections.values()) count += documents.size;
    return count;
  }

  /** The collection's documents, made when missing. */
  collection(name: string): Map<StoreKey, WorkingDocument> {
    let documents = this.#collections.get(name);
    if (documents === undefined) {
      documents = new Map();
      this.#collections.set(name, documents);
    }
    return documents;
  }

  replace(name: string, documents: Map<StoreKey, WorkingDocument>): void {
    this.#collections.set(name, documents);
  }

  drop(name: string): void {
    this.#collections.delete(name);
  }

  *entries(): IterableIterator<readonly [string, ReadonlyMap<StoreKey, WorkingDocument>]> {
    yield* this.#collections;
  }
}
