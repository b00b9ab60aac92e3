/**
 * The transactions of a good frame as values: for readers of past changes, and for what another node wrote.
 */
import { ByteReader } from '../codec/byte-reader.js';
import type { StoredTransaction } from '../journal/journal.js';
import { RECORD } from '../journal/journal-format.js';
import type { StoredModel } from '../journal/model-table.js';
import { readEffect, readModel, readRecordHeader, readTransactionHeader } from '../journal/transaction-reader.js';
import { EffectList, type UnknownOnes } from './effect-list.js';
import type { StoredDocuments } from './stored-documents.js';

const EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK = 64;

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
