/**
 * The transactions of a good frame as values: for readers of past changes, and for what another node wrote.
 */
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../codec/byte-reader.js';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import type { Effect } from '../journal/effect.js';
import type { StoredTransaction } from '../journal/journal.js';
import { RECORD } from '../journal/journal-format.js';
import type { StoredModel } from '../journal/model-table.js';
import {
  type EffectVisitor,
  readEffect,
  readModel,
  readRecordHeader,
  readTransactionHeader,
} from '../journal/transaction-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import type { StoredDocuments } from './stored-documents.js';
import { UnreadableDocument } from './unreadable-documents.js';

const EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK = 64;

/** What becomes of documents of collections that today's code does not define: left out, or handed on as bytes. */
type UnknownOnes = 'leave' | 'keep';

export class FrameTransactions {
  readonly #documents: StoredDocuments;
  readonly #unknown: UnknownOnes;
  readonly #pause: () => Promise<void>;
  readonly #onModel: (model: StoredModel) => void;
  readonly #onClaim: (claimMs: number) => void;

  /**
   * @param documents what the stored models mean today; models met in frames are added to it.
   * @param pause called now and then: gives the event loop a turn when it is time.
   * @param onModel told of each model that a frame holds.
   * @param onClaim told for how long the node that wrote a frame asks others to wait, in milliseconds.
   */
  constructor(
    documents: StoredDocuments,
    unknown: UnknownOnes,
    pause: () => Promise<void>,
    onModel: (model: StoredModel) => void = () => undefined,
    onClaim: (claimMs: number) => void = () => undefined,
  ) {
    this.#documents = documents;
    this.#unknown = unknown;
    this.#pause = pause;
    this.#onModel = onModel;
    this.#onClaim = onClaim;
  }

  /**
   * The transactions of a frame in order. O(frame).
   *
   * @param body of a frame whose checksum and chain are good.
   * @throws DatabaseError `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `MIGRATION_REQUIRED`, `READER_TOO_OLD`.
   */
  async *of(body: Uint8Array, firstSeq: number): AsyncGenerator<StoredTransaction, void> {
    const reader = new ByteReader(body);
    let seq = firstSeq;
    while (reader.remaining > 0) {
      const { kind, end } = readRecordHeader(reader);
      reader.seek(reader.position, end);
      if (kind === RECORD.model) {
        const model = readModel(reader);
        this.#documents.add(model);
        this.#onModel(model);
      } else if (kind === RECORD.transaction) {
        const { effectCount, ...header } = readTransactionHeader(reader);
        const effects = new EffectList(this.#documents, header.timeMs, this.#unknown);
        for (let index = 0; index < effectCount; index++) {
          readEffect(reader, end, effects);
          if (index % EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK === 0) await this.#pause();
        }
        yield { seq: seq++, ...header, effects: effects.effects, writeCounts: effects.writeCounts };
      } else if (kind === RECORD.claim) this.#onClaim(reader.varint());
      reader.seek(end, body.length);
    }
  }
}

/** The effects of one transaction. */
class EffectList implements EffectVisitor {
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
