/**
 * Documents of collections that today's code does not define: kept as the bytes they were read as, so that compaction
 * writes them again byte for byte. Memory: their bytes. Nothing in this process changes them.
 */

import type { DocumentModel } from '@nuthatch/model';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ModelTable, StoredModel } from '../journal/model-table.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { StoreKey } from '../structures/store-key.js';
import { storedDefinition } from './stored-definition.js';

/** A document that is nothing but bytes. */
class RawDocument {
  constructor(readonly bytes: Uint8Array) {
    Object.freeze(this);
  }
}

/** A definition that writes raw documents under the stored model; it decodes nothing. */
export function rawDefinition(model: DocumentModel, fingerprint: string): CollectionDefinition {
  return {
    ...storedDefinition(model, fingerprint),
    codec: {
      encode: (document, writer) => writer.raw((document as RawDocument).bytes),
      decode: (reader) => new RawDocument(reader.skipped(reader.remaining).slice()),
    },
  };
}

interface RawCollection {
  readonly entries: Map<StoreKey, StoredDocument>;
  sequence?: { readonly definition: CollectionDefinition; readonly value: number };
}

export class UnknownCollections {
  readonly #collections = new Map<string, RawCollection>();
  readonly #models = new Map<CollectionDefinition, StoredModel>();

  /** A definition of rawDefinition, and the model it stands for. */
  add(definition: CollectionDefinition, model: StoredModel): void {
    this.#models.set(definition, model);
    this.#of(definition);
  }

  /** @param kept bytes of the fields that the stored model does not know. */
  put(stored: StoredDocument, kept?: Uint8Array): void {
    if (kept !== undefined) keepFields(stored.document, new KeptFields(kept));
    this.#of(stored.definition).entries.set(stored.key, stored);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#of(definition).entries.delete(key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    const collection = this.#of(definition);
    if (value > (collection.sequence?.value ?? 0)) collection.sequence = { definition, value };
  }

  /** The kept documents of the collection no longer count. */
  forget(collection: string): void {
    this.#collections.delete(collection);
  }

  /** Names of the collections met. */
  get names(): readonly string[] {
    return [...this.#collections.keys()];
  }

  /** Recovery is over: what is written from here on goes by the models' stored text and numbers. O(models). */
  bindModels(models: ModelTable): void {
    for (const [definition, model] of this.#models) models.bind(definition, model);
  }

  /** Every definition that a document or sequence needs. */
  definitions(): readonly CollectionDefinition[] {
    const used = new Set<CollectionDefinition>();
    for (const { definition } of this.documents()) used.add(definition);
    for (const { definition } of this.sequences()) used.add(definition);
    return [...used];
  }

  *documents(): IterableIterator<StoredDocument> {
    for (const { entries } of this.#collections.values()) yield* entries.values();
  }

  *sequences(): IterableIterator<{ readonly definition: CollectionDefinition; readonly value: number }> {
    for (const { sequence } of this.#collections.values()) if (sequence !== undefined) yield sequence;
  }

  #of(definition: CollectionDefinition): RawCollection {
    const { collection } = definition.model;
    let found = this.#collections.get(collection);
    if (found === undefined) {
      found = { entries: new Map() };
      this.#collections.set(collection, found);
    }
    return found;
  }
}
