import { DatabaseError } from '@nuthatch/model';
import {
  ByteReader,
  type CollectionDefinition,
  type StoredCollection,
  StoredDocuments,
  type StoreKey,
  UnreadableDocument,
} from '@nuthatch/runtime/sync';
import type { WireModel } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { anyValueOf } from './any-value.js';

export interface IncomingDocument {
  /** The collection as this side calls it. */
  readonly collection: string;
  readonly document: object;
}

/** Documents on their way in: of the other side's models, made into documents of this side's classes. */
export class IncomingDocuments {
  readonly #documents: StoredDocuments;
  readonly #collections: string[] = [];

  /** @param definitions of this side's classes. */
  constructor(definitions: readonly CollectionDefinition[], models: readonly WireModel[] = []) {
    this.#documents = new StoredDocuments(definitions);
    for (const model of models) this.add(model);
  }

  /** Takes up the next model; its number is the count of those before it. */
  add(model: WireModel): void {
    const { collection, fingerprint, json } = model;
    this.#documents.add({ modelId: this.#collections.length, fingerprint, json } as never);
    this.#collections.push(collection);
  }

  /** The collection that the other side's model is of. @throws DatabaseError `PROTOCOL_VIOLATION` for an unknown number. */
  collectionOf(modelId: number): string {
    const collection = this.#collections[modelId];
    if (collection === undefined) throw protocolViolation(`model ${modelId} was not announced`);
    return collection;
  }

  /** Whether the other side's model is this side's own, so that both write the same bytes of a document. */
  isOwn(modelId: number): boolean {
    return this.#documents.collectionOf(modelId).isSameBytes;
  }

  /**
   * Reads a document.
   *
   * @param kept fields that the sender does not know; empty: none.
   * @param key of the document, where it is known: the id mostly is the same text.
   * @param over reads the message that the bytes are of; left out: a new one.
   * @returns undefined for a collection that this side does not define.
   * @throws DatabaseError `PROTOCOL_VIOLATION` for bytes that no such document has; `MIGRATION_REQUIRED`, `READER_TOO_OLD`.
   */
  read(
    modelId: number,
    bytes: Uint8Array,
    kept: Uint8Array,
    key?: StoreKey,
    over: ByteReader = readerOver(bytes),
  ): IncomingDocument | undefined {
    const announced = this.collectionOf(modelId);
    try {
      const stored = this.#documents.collectionOf(modelId);
      if (stored.collection !== announced) throw protocolViolation(`model ${modelId} is not of ${announced}`);
      requireKept(stored, kept);
      if (stored.isUnknown) return undefined;
      const reader = over.data.buffer === bytes.buffer ? over : readerOver(bytes);
      reader.seek(bytes.byteOffset, bytes.byteOffset + bytes.length);
      if (typeof key === 'string') reader.noteKey(key);
      const document = stored.readDocument(reader, kept.length === 0 ? undefined : Uint8Array.from(kept), Date.now());
      if (document instanceof UnreadableDocument)
        throw new DatabaseError('MIGRATION_REQUIRED', `a document of ${stored.collection}: ${document.problem}`, {
          collection: stored.collection,
        });
      if (reader.remaining > 0) throw protocolViolation(`${reader.remaining} bytes follow a document`);
      return { collection: stored.collection, document };
    } catch (error) {
      // A model that is none may make anything fail: whatever it is, it is the sender's.
      if (DatabaseError.is(error) && error.code !== 'JOURNAL_DAMAGED') throw error;
      throw protocolViolation(`a document of ${announced} cannot be read: ${String(error)}`);
    }
  }
}

/** Reads all memory that the bytes are part of, so that one is enough for the documents of a message. Copies nothing. */
export function readerOver(bytes: Uint8Array): ByteReader {
  return new ByteReader(new Uint8Array(bytes.buffer));
}

/** They are stored as they come, and read by later versions of the class: so they must be what they say. */
function requireKept({ definition, isSameBytes }: StoredCollection, kept: Uint8Array): void {
  if (kept.length === 0) return;
  const fields = anyValueOf(kept);
  if (typeof fields !== 'object' || fields === null || Object.getPrototypeOf(fields) !== Object.prototype)
    throw protocolViolation('unknown fields of a document are not an object');
  const known = isSameBytes && definition.model.fields.find(({ name }) => Object.hasOwn(fields, name));
  if (known) throw protocolViolation(`${known.name} came as an unknown field, and is none`);
}
