/**
 * Gathers transactions in one reused buffer and seals them as a frame.
 *
 * A frame is the unit of atomicity on disk: recovery replays it whole or not at all, so transactions that share a
 * frame become durable together. Grammar: docs/journal-format.md, "Frame". Read back by frame-reader.ts. No I/O.
 */
import { ByteWriter } from '../codec/byte-writer.js';
import { effectAt, effectCount, type JournaledTransaction } from './effect.js';
import type { FramePlace } from './frame-header.js';
import { FRAME_HEADER_BYTES } from './journal-format.js';
import type { ModelEntry, ModelTable, StoredModel } from './model-table.js';
import type { PageCodec } from './page-codec.js';
import type { ReplayTally } from './replay-tally.js';
import { writeModelRecord, writeTransaction } from './transaction-writer.js';

const FIRST_CAPACITY_BYTES = 64 * 1024;
/** A buffer that one large transaction has made longer is let go. */
const KEPT_CAPACITY_BYTES = 4 * 1024 * 1024;

/** What the end of the pages says of a frame: the rest it knows itself. */
export type PlaceInChain = Omit<FramePlace, 'pageNumber' | 'firstSeq' | 'transactionCount'>;

export class FrameWriter {
  readonly #writer = new ByteWriter(FIRST_CAPACITY_BYTES);
  #pageNumber = 0;
  #firstSeq = 0;
  #transactionCount = 0;
  /** Set when the frame begins a page: the models for the page's header. */
  newPageModels: readonly StoredModel[] | undefined;
  /** A transaction of the frame is acknowledged only when synced. */
  needsSync = false;
  /** Somebody waits until a transaction of the frame is written. */
  isAwaited = false;

  /** Empties the frame for use in page `pageNumber`. */
  begin(pageNumber: number, firstSeq: number, newPageModels: readonly StoredModel[] | undefined): void {
    this.#writer.reset();
    this.#writer.shrink(KEPT_CAPACITY_BYTES);
    this.#writer.skip(FRAME_HEADER_BYTES);
    this.#pageNumber = pageNumber;
    this.#firstSeq = firstSeq;
    this.#transactionCount = 0;
    this.newPageModels = newPageModels;
    this.needsSync = false;
    this.isAwaited = false;
  }

  get pageNumber(): number {
    return this.#pageNumber;
  }

  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** Seq of the last transaction in it; `firstSeq - 1` while empty. */
  get lastSeq(): number {
    return this.#firstSeq + this.#transactionCount - 1;
  }

  get transactionCount(): number {
    return this.#transactionCount;
  }

  /** Length of the frame, header included. */
  get byteCount(): number {
    return this.#writer.position;
  }

  /** Length of a frame without transactions. */
  get emptyBytes(): number {
    return FRAME_HEADER_BYTES;
  }

  /**
   * Encodes one transaction into the frame, with the models its page does not hold yet. O(bytes).
   *
   * @throws DatabaseError `TRANSACTION_TOO_LARGE`, or what a codec throws; the frame is then as it was before.
   */
  add(transaction: JournaledTransaction, models: ModelTable, maxFrameBytes: number, tally: ReplayTally): void {
    const start = this.#writer.position;
    let added: [ModelEntry, number][] | undefined;
    try {
      let last: unknown;
      const { effects } = transaction;
      const count = effectCount(effects);
      for (let index = 0; index < count; index++) {
        const { definition } = effectAt(effects, index);
        if (definition === last) continue;
        last = definition;
        const entry = models.entryOf(definition);
        entry.usedPage = this.#pageNumber;
        if (entry.writtenPage === this.#pageNumber) continue;
        added ??= [];
        added.push([entry, entry.writtenPage]);
        entry.writtenPage = this.#pageNumber;
        writeModelRecord(this.#writer, entry);
      }
      writeTransaction(this.#writer, transaction, models, maxFrameBytes - FRAME_HEADER_BYTES, tally);
    } catch (error) {
      this.#writer.rewind(start);
      for (const [entry, writtenPage] of added ?? []) entry.writtenPage = writtenPage;
      throw error;
    }
    this.#transactionCount++;
  }

  /** The frame as its page stores it; good until `begin`, which must wait for it. 2.5 ns per byte when plain. */
  seal(place: PlaceInChain, codec: PageCodec): Uint8Array | Promise<Uint8Array> {
    return codec.encode(this.#writer.finish(), this.#completed(place));
  }

  /** As `seal` of at most SHORT_FRAME_BYTES, which needs no other thread. */
  sealShort(place: PlaceInChain, codec: PageCodec): Uint8Array {
    return codec.encodeShort(this.#writer.finish(), this.#completed(place));
  }

  #completed(place: PlaceInChain): FramePlace {
    // Field by field: spreading made an object that is slow to make and to read, 3 of 5 µs that a short frame took.
    const { frameId, previousChain, syncedSeq, epoch, timeMs, crcSeed } = place;
    return {
      pageNumber: this.#pageNumber,
      firstSeq: this.#firstSeq,
      transactionCount: this.#transactionCount,
      frameId,
      previousChain,
      syncedSeq,
      epoch,
      timeMs,
      crcSeed,
    };
  }
}
