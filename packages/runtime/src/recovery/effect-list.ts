/** The effects of one transaction as values, made while they are read. */
import { DatabaseError } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import type { Effect } from '../journal/effect.js';
import type { EffectVisitor } from '../journal/transaction-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import type { StoredDocuments } from './stored-documents.js';
import { UnreadableDocument } from './unreadable-documents.js';

/** What becomes of documents of collections that today's code does not define: left out, or handed on as bytes. */
export type UnknownOnes = 'leave' | 'keep';

export class EffectList implements EffectVisitor {
  readonly effects: Effect[] = [];
  readonly writeCounts: number[] = [];
  #writeCount = 0;
  readonly #documents: StoredDocuments;
  readonly #writtenMs: number;
  readonly #unknown: UnknownOnes;

  constructor(documents: StoredDocuments, writtenMs: number, unknown: UnknownOnes) {
    this.#documents = documents;
    this.#writtenMs = writtenMs;
    this.#unknown = unknown;
  }

  put(
    modelId: number,
    key: StoreKey,
    revision: number,
    expiresAt: number | undefined,
    reader: ByteReader,
    unknownFields: Uint8Array | undefined,
  ): void {
    this.#writeCount++;
    const { definition, collection, isUnknown, readDocument } = this.#documents.collectionOf(modelId);
    if (isUnknown && this.#unknown === 'leave') return;
    const document = readDocument(reader, unknownFields, this.#writtenMs);
    if (document instanceof UnreadableDocument) throw unreadableVersion(collection, key, document);
    if (isUnknown && unknownFields !== undefined) keepFields(document, new KeptFields(unknownFields));
    this.#add({ kind: 'put', definition, key, document, revision, expiresAt });
  }

  delete(modelId: number, key: StoreKey): void {
    this.#writeCount++;
    const { definition, isUnknown } = this.#documents.collectionOf(modelId);
    if (!isUnknown || this.#unknown === 'keep') this.#add({ kind: 'delete', definition, key });
  }

  sequence(modelId: number, value: number): void {
    const { definition, isUnknown } = this.#documents.collectionOf(modelId);
    if (!isUnknown || this.#unknown === 'keep') this.#add({ kind: 'sequence', definition, value });
  }

  #add(effect: Effect): void {
    this.effects.push(effect);
    this.writeCounts.push(this.#writeCount);
  }
}

/** A version that was replaced since: opening did not need it, but a reader of past changes does. */
function unreadableVersion(collection: string, key: StoreKey, { problem }: UnreadableDocument): DatabaseError {
  const what = `an earlier version of document ${String(key)} of ${collection} was written by another model: ${problem}`;
  return new DatabaseError('MIGRATION_REQUIRED', what, { collection, key, problem });
}
