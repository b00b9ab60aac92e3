/**
 * Gathers transactions in one reused buffer and seals them as a frame.
 *
 * A frame is the unit of atomicity on disk: recovery replays it whole or not at all, so transactions that share a
 * frame become durable together. Grammar: docs/journal-format.md, "Frame". Read back by frame-reader.ts. No I/O.
 */
import { ByteWriter } from '../codec/byte-writer.js';
import type { JournaledTransaction } from '../commit/effect.js';
import { chainOf, frameCrc } from './chain.js';
import { FRAME_FIELD, FRAME_HEADER_BYTES, FRAME_MAGIC } from './journal-format.js';
import type { ModelEntry, ModelTable, StoredModel } from './model-table.js';
import { writeModelRecord, writeTransaction } from './transaction-writer.js';

const FIRST_CAPACITY_BYTES = 64 * 1024;
/** A buffer that one large transaction has made longer is let go. */
const KEPT_CAPACITY_BYTES = 4 * 1024 * 1024;

/** What a frame says of itself besides its body; most of it is known only when it is about to be written. */
export interface FramePlace {
  readonly pageNumber: number;
  readonly firstSeq: number;
  readonly transactionCount: number;
  readonly frameId: number;
  readonly previousChain: Uint8Array;
  readonly syncedSeq: number;
  readonly epoch: number;
  readonly timeMs: number;
  readonly crcSeed: number;
}

export class FrameWriter {
  readonly #writer = new ByteWriter(FIRST_CAPACITY_BYTES);
  #pageNumber = 0;
  #firstSeq = 0;
  #transactionCount = 0;
  /** Set when the frame begins a page: the models for the page's header. */
  newPageModels: readonly StoredModel[] | undefined;
  /** A transaction of the frame is acknowledged only when synced. */
  needsSync = false;

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
  add(transaction: JournaledTransaction, models: ModelTable, maxFrameBytes: number): void {
    const start = this.#writer.position;
    const added: [ModelEntry, number][] = [];
    try {
      let last: unknown;
      for (const { definition } of transaction.effects) {
        if (definition === last) continue;
        last = definition;
        const entry = models.entryOf(definition);
        entry.usedPage = this.#pageNumber;
        if (entry.writtenPage === this.#pageNumber) continue;
        added.push([entry, entry.writtenPage]);
        entry.writtenPage = this.#pageNumber;
        writeModelRecord(this.#writer, entry);
      }
      writeTransaction(this.#writer, transaction, models, maxFrameBytes - FRAME_HEADER_BYTES);
    } catch (error) {
      this.#writer.rewind(start);
      for (const [entry, writtenPage] of added) entry.writtenPage = writtenPage;
      throw error;
    }
    this.#transactionCount++;
  }

  /** Fills in the header; the view is good until `begin`. 2.5 ns a byte. */
  seal(place: Omit<FramePlace, 'pageNumber' | 'firstSeq' | 'transactionCount'>): Uint8Array {
    const frame = this.#writer.finish();
    sealFrame(frame, {
      ...place,
      pageNumber: this.#pageNumber,
      firstSeq: this.#firstSeq,
      transactionCount: this.#transactionCount,
    });
    return frame;
  }
}

/** Fills in the header of a frame whose body is complete. 2.5 ns a byte. */
export function sealFrame(frame: Uint8Array, place: FramePlace): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(FRAME_FIELD.magic, FRAME_MAGIC, true);
  view.setUint32(FRAME_FIELD.frameBytes, frame.length, true);
  view.setUint32(FRAME_FIELD.pageNumber, place.pageNumber, true);
  frame.set(place.previousChain, FRAME_FIELD.previousChain);
  view.setBigUint64(FRAME_FIELD.frameId, BigInt(place.frameId), true);
  view.setBigUint64(FRAME_FIELD.firstSeq, BigInt(place.firstSeq), true);
  view.setBigUint64(FRAME_FIELD.syncedSeq, BigInt(place.syncedSeq), true);
  view.setFloat64(FRAME_FIELD.timeMs, place.timeMs, true);
  view.setUint32(FRAME_FIELD.epoch, place.epoch, true);
  view.setUint32(FRAME_FIELD.transactionCount, place.transactionCount, true);
  view.setUint32(FRAME_FIELD.bodyBytes, frame.length - FRAME_HEADER_BYTES, true);
  view.setUint32(FRAME_FIELD.flags, 0, true);
  // The chain covers all behind it, the checksum all behind itself, the chain included: so it comes last in time.
  frame.set(chainOf(frame), FRAME_FIELD.chain);
  view.setUint32(FRAME_FIELD.crc32, frameCrc(frame, place.crcSeed), true);
}
