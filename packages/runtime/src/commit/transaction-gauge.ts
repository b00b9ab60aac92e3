/**
 * Checks while the function of a transaction runs whether the transaction still fits in a frame. If it cannot be
 * committed, it is refused when it passes the limit, not after all its writes.
 *
 * Bytes are only known by encoding, which costs a fifth of what a write costs. So a sample of each thousand writes is
 * encoded, and all of them only once the sample says that half of the limit may be reached. The count then covers less
 * than the frame holds (the documents alone), so no transaction is refused that would fit. The journal refuses a
 * transaction that is a little too large.
 */
import { DatabaseError } from '@nuthatch/model';
import { ByteWriter } from '../codec/byte-writer.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { WriteRecord } from './write-record.js';

/** Writes between two looks. */
export const GAUGE_WRITE_COUNT = 1_024;
const SAMPLE_EVERY = 16;

/** Documents of many that are encoded before they are written. */
const SAMPLE_COUNT = 64;
/** An estimate may be wrong by this factor before it refuses what would fit. */
const SURE_FACTOR = 2;

/**
 * Before many documents are written in one transaction: refuses at once what cannot be committed by far. A transaction
 * that may fit goes on; it is refused when it passes the limit. O(sample).
 *
 * @param documentAt what will be written, of places spread over all of them.
 * @throws DatabaseError `TRANSACTION_TOO_LARGE`.
 */
export function requireRoomFor(
  limitBytes: number,
  count: number,
  definition: CollectionDefinition,
  documentAt: (place: number) => object,
): void {
  const sampleCount = Math.min(SAMPLE_COUNT, count);
  const writer = new ByteWriter();
  try {
    for (let sample = 0; sample < sampleCount; sample++)
      definition.codec.encode(documentAt(Math.floor((sample * count) / sampleCount)), writer);
  } catch {
    return; // A document that is not as it should be: the write itself says so.
  }
  const needBytes = Math.round((writer.position / sampleCount) * count);
  if (needBytes <= SURE_FACTOR * limitBytes) return;
  const what = `one transaction over ${count} documents needs about ${needBytes} bytes; a frame holds at most ${limitBytes}`;
  throw new DatabaseError('TRANSACTION_TOO_LARGE', what, {
    documentCount: count,
    needBytes,
    maxFrameBytes: limitBytes,
  });
}

export class TransactionGauge {
  readonly #limitBytes: number;
  readonly #writer = new ByteWriter();
  #sampledBytes = 0;
  #exactBytes = 0;
  /** Records after this one are in `#sampledBytes`. */
  #sampledCount = 0;
  /** Records after this one are in `#exactBytes`; 0: none was counted exactly. */
  #exactCount = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Looks whether the writes so far need more than the limit. O(writes since the last look). */
  look(records: readonly WriteRecord[]): void {
    for (; this.#sampledCount < records.length; this.#sampledCount += SAMPLE_EVERY)
      this.#sampledBytes += SAMPLE_EVERY * this.#bytesOf(records[this.#sampledCount]!);
    if (this.#sampledBytes < this.#limitBytes / 2) return;
    for (; this.#exactCount < records.length && this.#exactBytes <= this.#limitBytes; this.#exactCount++)
      this.#exactBytes += this.#bytesOf(records[this.#exactCount]!);
  }

  /** @throws DatabaseError `TRANSACTION_TOO_LARGE` when the last look found too much. */
  requireRoom(): void {
    if (this.#exactBytes <= this.#limitBytes) return;
    const what = `the transaction is larger than ${this.#limitBytes} bytes after ${this.#exactCount} writes; a frame holds at most that`;
    throw new DatabaseError('TRANSACTION_TOO_LARGE', what, {
      byteCount: this.#exactBytes,
      maxFrameBytes: this.#limitBytes,
    });
  }

  #bytesOf({ target, document, definition }: WriteRecord): number {
    if (document === undefined || target.isMemoryOnly) return 0;
    definition.codec.encode(document, this.#writer);
    const byteCount = this.#writer.position;
    this.#writer.rewind(0);
    return byteCount;
  }
}
