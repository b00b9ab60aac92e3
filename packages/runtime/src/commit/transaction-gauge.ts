/**
 * Whether a transaction still fits in a frame, asked while its function runs: one that cannot be committed is refused
 * when it passes the limit, not after all of it was written.
 *
 * Bytes are only known by encoding, which costs a fifth of what a write costs. So a sample of each thousand writes is
 * encoded, and all of them only once the sample says that half of the limit may be reached. What is counted then is less
 * than what the frame holds (the documents alone), so nothing is refused that would fit; what is a little too large is
 * refused by the journal.
 */
import { DatabaseError } from '@nuthatch/model';
import { ByteWriter } from '../codec/byte-writer.js';
import type { WriteRecord } from './write-record.js';

/** Writes between two looks. */
export const GAUGE_WRITE_COUNT = 1_024;
const SAMPLE_EVERY = 16;

export class TransactionGauge {
  readonly #limitBytes: number;
  readonly #writer = new ByteWriter();
  #sampledBytes = 0;
  #exactBytes = 0;
  /** Records behind this one are in `#sampledBytes`. */
  #sampledCount = 0;
  /** Records behind this one are in `#exactBytes`; 0: none was counted exactly. */
  #exactCount = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Looks whether the writes so far need more than the limit. O(writes since the last look). */
  look(records: readonly WriteRecord[]): void {
    for (; this.#sampledCount < records.length; this.#sampledCount += SAMPLE_EVERY)
      this.#sampledBytes += SAMPLE_EVERY * this.#bytesOf(records[this.#sampledCount] as WriteRecord);
    if (this.#sampledBytes < this.#limitBytes / 2) return;
    for (; this.#exactCount < records.length && this.#exactBytes <= this.#limitBytes; this.#exactCount++)
      this.#exactBytes += this.#bytesOf(records[this.#exactCount] as WriteRecord);
  }

  /** @throws DatabaseError `TRANSACTION_TOO_LARGE` when the last look found too much. */
  requireRoom(): void {
    if (this.#exactBytes <= this.#limitBytes) return;
    const what = `transaction needs more than ${this.#limitBytes} bytes after ${this.#exactCount} writes, the most a frame may hold`;
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
