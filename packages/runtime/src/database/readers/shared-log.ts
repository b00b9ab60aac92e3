/**
 * The settled transactions since an image, as bytes in shared memory: encoded once, whatever the number of readers.
 *
 *   log     := record …, in segments; a segment is followed by the next one when a record does not fit into it
 *   record  := length of the rest in bytes (4, never 0), seq (8), a transaction as the journal has it
 *
 * A segment is zeros before it is written, so a length of 0 says that the record is in the next one. A segment is handed on
 * before the head of the log passes its beginning. Nothing that lies before the head changes any more. Read by
 * log-follower.ts.
 */
import { ByteWriter } from '../../codec/byte-writer.js';
import type { JournaledTransaction } from '../../journal/effect.js';
import type { ModelTable } from '../../journal/model-table.js';
import { writeTransaction } from '../../journal/transaction-writer.js';
import type { OwnerWords } from './shared-words.js';

/** Bytes of a length. */
export const LENGTH_BYTES = 4;
const SEGMENT_BYTES = 2 ** 20;
/** After a large transaction the writer does not keep so much. */
const KEPT_WRITER_BYTES = 2 ** 20;

export interface LogSegment {
  /** Bytes of the log before it. */
  readonly start: number;
  readonly memory: SharedArrayBuffer;
}

export class SharedLog {
  readonly #words: OwnerWords;
  readonly #models: ModelTable;
  readonly #onSegment: (segment: LogSegment) => void;
  readonly #writer = new ByteWriter(4_096);
  #segments: LogSegment[] = [];
  /** Of the last segment. */
  #bytes: Uint8Array = new Uint8Array(0);
  #usedBytes = 0;
  #head = 0;
  #seq = 0;

  /** @param onSegment told of each segment before anything in it can be read. */
  constructor(words: OwnerWords, models: ModelTable, onSegment: (segment: LogSegment) => void) {
    this.#words = words;
    this.#models = models;
    this.#onSegment = onSegment;
  }

  /** Length of the log in bytes, what is forgotten included. */
  get head(): number {
    return this.#head;
  }

  /** Of the last transaction. */
  get seq(): number {
    return this.#seq;
  }

  /** The next transaction comes after one that is not in the log. */
  goOnAfter(seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.#words.seq = BigInt(seq);
  }

  /** Bytes of the segments that are kept. */
  get heldBytes(): number {
    return this.#segments.reduce((bytes, { memory }) => bytes + memory.byteLength, 0);
  }

  /** Appends a transaction; readers see it at once. O(bytes). */
  append(seq: number, transaction: JournaledTransaction): void {
    const writer = this.#writer;
    writer.reset();
    writer.shrink(KEPT_WRITER_BYTES);
    const lengthAt = writer.skip(LENGTH_BYTES);
    writer.float64(seq);
    writeTransaction(writer, transaction, this.#models, Number.MAX_SAFE_INTEGER);
    writer.uint32At(lengthAt, writer.position - LENGTH_BYTES);
    const record = writer.finish();
    if (record.length > this.#bytes.length - this.#usedBytes) this.#begin(record.length);
    this.#bytes.set(record, this.#usedBytes);
    this.#usedBytes += record.length;
    this.#head += record.length;
    this.goOnAfter(seq);
    this.#words.head = this.#head;
  }

  /** The segments from a position on, which must be kept. */
  from(position: number): readonly LogSegment[] {
    const next = this.#segments.findIndex(({ start }) => start > position);
    return this.#segments.slice(Math.max(0, next < 0 ? this.#segments.length - 1 : next - 1));
  }

  /** Nobody reads what lies before a position any more. O(segments). */
  forgetBefore(position: number): void {
    // One ends where the next begins; the last is being written.
    while ((this.#segments[1]?.start ?? Number.POSITIVE_INFINITY) <= position) this.#segments.shift();
  }

  /** Nobody reads any of it. The next transaction begins a segment. */
  forgetAll(): void {
    this.#segments = [];
    this.#bytes = new Uint8Array(0);
    this.#usedBytes = 0;
  }

  #begin(leastBytes: number): void {
    const memory = new SharedArrayBuffer(Math.max(SEGMENT_BYTES, leastBytes));
    const segment = { start: this.#head, memory };
    this.#segments.push(segment);
    this.#bytes = new Uint8Array(memory);
    this.#usedBytes = 0;
    this.#onSegment(segment);
  }
}
