/**
 * The newest changes, kept so that a reader can go on from a seq: a bounded number, of bounded bytes.
 *
 * Every write passes through here, but hardly any is read. So a write only fills a place in a ring: its records as the
 * write left them, with seq, time and origin. A batch is made at the first read (one batch per update cost 80 bytes and
 * 80 nanoseconds), and then replaces the records.
 */

import type { WriteRecord, Written } from '../commit/write-record.js';
import type { ChangeOrigin } from '../journal/effect.js';
import { ChangeBatch } from './change-batch.js';
import { behindTransaction, type ChangePosition } from './change-cursor.js';

const FIRST_PLACES = 64;
/** Of one change: a thousand smaller ones stay within the default bound. */
const LARGE_BYTES = 4_096;
const EXACT_COUNT = 1_024;

export class ChangeHistory {
  readonly #mostChanges: number;
  readonly #mostBytes: number;
  readonly #opening: string;
  /** Rings, side by side: a power of two of places, of which `#count` from `#oldest` on are taken. */
  #held: (Written | ChangeBatch | undefined)[] = new Array<undefined>(FIRST_PLACES).fill(undefined);
  #origins: ChangeOrigin[] = new Array<ChangeOrigin>(FIRST_PLACES).fill('live');
  #seqs = new Float64Array(FIRST_PLACES);
  #timesMs = new Float64Array(FIRST_PLACES);
  #unjournaledNumbers = new Float64Array(FIRST_PLACES);
  #changeCounts = new Uint32Array(FIRST_PLACES);
  /** Negative: taken to be as large as the one measured before it. */
  #byteCounts = new Float64Array(FIRST_PLACES);
  #oldest = 0;
  #count = 0;
  #changeCount = 0;
  #byteCount = 0;
  #typicalBytes = 0;
  /** Writes that are not measured before the next one that is. */
  #unmeasuredCount = 0;
  /** Writes that are all measured, since a large one was met. */
  #exactCount = 0;
  #random = Date.now() >>> 0;
  #goneSeq: number;
  #goneNumber = 0;

  /**
   * @param mostChanges writes kept; a transaction is kept whole or not at all.
   * @param mostBytes of the documents before and after them, as estimated.
   * @param goneSeq seq of the last transaction before the first one kept.
   * @param opening which opening of the database this is, for cursors.
   */
  constructor(mostChanges: number, mostBytes: number, goneSeq: number, opening: string) {
    this.#mostChanges = mostBytes === 0 ? 0 : mostChanges;
    this.#mostBytes = mostBytes;
    this.#goneSeq = goneSeq;
    this.#opening = opening;
  }

  /** Changes up to this seq are no longer kept. */
  get goneSeq(): number {
    return this.#goneSeq;
  }

  /** Behind the last transaction that is no longer kept. */
  get gone(): ChangePosition {
    return behindTransaction(this.#goneSeq, this.#goneNumber);
  }

  /** Bytes of the documents held, as estimated. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Keeps the writes of a settled transaction, or their batch, and lets go of the oldest. O(1), amortised. */
  add(
    seq: number,
    timeMs: number,
    origin: ChangeOrigin,
    written: Written,
    unjournaledNumber: number,
    batch: ChangeBatch | undefined,
  ): void {
    if (this.#mostChanges === 0) {
      this.#goneSeq = seq;
      this.#goneNumber = unjournaledNumber;
      return;
    }
    if (this.#count === this.#held.length) this.#grow();
    const place = (this.#oldest + this.#count++) & (this.#held.length - 1);
    const changeCount = Array.isArray(written) ? written.length : 1;
    this.#held[place] = batch ?? written;
    this.#origins[place] = origin;
    this.#seqs[place] = seq;
    this.#timesMs[place] = timeMs;
    this.#unjournaledNumbers[place] = unjournaledNumber;
    this.#changeCounts[place] = changeCount;
    this.#changeCount += changeCount;
    this.#byteCounts[place] = 0;
    if (Array.isArray(written) || --this.#unmeasuredCount < 0) this.#measure(place, written);
    else this.#note(place, -this.#typicalBytes);
    while (this.#changeCount > this.#mostChanges || this.#byteCount > this.#mostBytes) this.#dropOldest();
  }

  /**
   * Measuring each small update would make it a fifth slower. So of those one in some eight is looked at, by chance: once
   * a large one is met, all that is held is measured, and each from then on until none has been large for a while.
   */
  #measure(place: number, written: Written): void {
    const byteCount = bytesOf(written);
    this.#note(place, byteCount);
    const perChange = byteCount / this.#changeCounts[place]!;
    if (perChange > LARGE_BYTES) {
      if (this.#exactCount === 0) this.#measureHeld();
      this.#exactCount = EXACT_COUNT;
    } else this.#typicalBytes = perChange;
    if (this.#exactCount > 0) {
      this.#exactCount--;
      return;
    }
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    this.#unmeasuredCount = 4 + (this.#random >>> 29);
  }

  #measureHeld(): void {
    for (let index = 0; index < this.#count; index++) {
      const place = (this.#oldest + index) & (this.#held.length - 1);
      const held = this.#held[place]!;
      if (this.#byteCounts[place]! < 0) this.#note(place, held instanceof ChangeBatch ? held.bytes() : bytesOf(held));
    }
  }

  /** @param byteCount negative when it was not measured. */
  #note(place: number, byteCount: number): void {
    this.#byteCount += Math.abs(byteCount) - Math.abs(this.#byteCounts[place]!);
    this.#byteCounts[place] = byteCount;
  }

  /** The transactions that hold what comes after a position, oldest first. O(transactions kept). */
  *after(position: ChangePosition): IterableIterator<ChangeBatch> {
    const { seq, unjournaledNumber } = position;
    const isWhole = position.writeCount === Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#count; index++) {
      const place = (this.#oldest + index) & (this.#held.length - 1);
      const ahead = this.#seqs[place]! - seq || this.#unjournaledNumbers[place]! - unjournaledNumber;
      if (ahead > 0 || (ahead === 0 && !isWhole)) yield this.#batchAt(place);
    }
  }

  #batchAt(place: number): ChangeBatch {
    const held = this.#held[place]!;
    if (held instanceof ChangeBatch) return held;
    const batch = new ChangeBatch(
      this.#seqs[place]!,
      this.#timesMs[place]!,
      this.#origins[place]!,
      held,
      this.#unjournaledNumbers[place]!,
      this.#opening,
    );
    this.#held[place] = batch;
    return batch;
  }

  #dropOldest(): void {
    const place = this.#oldest;
    this.#goneSeq = this.#seqs[place]!;
    this.#goneNumber = this.#unjournaledNumbers[place]!;
    this.#byteCount -= Math.abs(this.#byteCounts[place]!);
    this.#changeCount -= this.#changeCounts[place]!;
    // Let go of at once: what a write holds of before and after is many documents.
    this.#held[place] = undefined;
    this.#oldest = (place + 1) & (this.#held.length - 1);
    this.#count--;
  }

  /** The rings are full: the oldest comes to stand first in rings of twice the length. */
  #grow(): void {
    const oldest = this.#oldest;
    const places = this.#held.length;
    const moved = <T extends Float64Array | Uint32Array>(from: T, to: T): T => {
      to.set(from.subarray(oldest));
      to.set(from.subarray(0, oldest), places - oldest);
      return to;
    };
    const movedList = <T>(from: readonly T[], free: T): T[] =>
      from.slice(oldest).concat(from.slice(0, oldest), new Array<T>(places).fill(free));
    this.#held = movedList(this.#held, undefined);
    this.#origins = movedList(this.#origins, 'live');
    this.#seqs = moved(this.#seqs, new Float64Array(places * 2));
    this.#timesMs = moved(this.#timesMs, new Float64Array(places * 2));
    this.#unjournaledNumbers = moved(this.#unjournaledNumbers, new Float64Array(places * 2));
    this.#changeCounts = moved(this.#changeCounts, new Uint32Array(places * 2));
    this.#byteCounts = moved(this.#byteCounts, new Float64Array(places * 2));
    this.#oldest = 0;
  }
}

function bytesOf(written: Written): number {
  if (!Array.isArray(written)) return recordBytes(written as WriteRecord);
  let bytes = 0;
  for (const record of written as readonly WriteRecord[]) bytes += recordBytes(record);
  return bytes;
}

/** The documents that the record keeps in memory. The document before may be held by nobody else. */
function recordBytes({ target, before, document }: WriteRecord): number {
  return (before === undefined ? 0 : target.bytesOf(before)) + (document === undefined ? 0 : target.bytesOf(document));
}
