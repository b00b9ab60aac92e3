/**
 * The newest changes, kept so that a reader can go on from a seq.
 *
 * Every write passes through here though hardly any is asked for, so nothing is made of it but a place in a ring:
 * its records as the write left them, with seq, time and origin beside them. A batch is made when somebody asks (one
 * an update was 80 bytes and as many nanoseconds), and then stays in the records' place.
 */

import type { Written } from '../commit/write-record.js';
import type { ChangeOrigin } from '../journal/effect.js';
import { ChangeBatch } from './change-batch.js';

const FIRST_PLACES = 64;

export class ChangeHistory {
  readonly #mostChanges: number;
  /** Rings, side by side: a power of two of places, of which `#count` from `#oldest` on are taken. */
  #held: (Written | ChangeBatch | undefined)[] = new Array<undefined>(FIRST_PLACES).fill(undefined);
  #origins: ChangeOrigin[] = new Array<ChangeOrigin>(FIRST_PLACES).fill('live');
  #seqs = new Float64Array(FIRST_PLACES);
  #timesMs = new Float64Array(FIRST_PLACES);
  #unjournaledNumbers = new Float64Array(FIRST_PLACES);
  #changeCounts = new Uint32Array(FIRST_PLACES);
  #oldest = 0;
  #count = 0;
  #changeCount = 0;
  #goneSeq: number;

  /**
   * @param mostChanges writes kept; a transaction is kept whole or not at all.
   * @param goneSeq seq of the last transaction before the first one kept.
   */
  constructor(mostChanges: number, goneSeq: number) {
    this.#mostChanges = mostChanges;
    this.#goneSeq = goneSeq;
  }

  /** Changes up to this seq are no longer kept. */
  get goneSeq(): number {
    return this.#goneSeq;
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
    while (this.#changeCount > this.#mostChanges) this.#dropOldest();
  }

  /** Those after a seq, oldest first. O(transactions kept). */
  *after(seq: number): IterableIterator<ChangeBatch> {
    for (let index = 0; index < this.#count; index++) {
      const place = (this.#oldest + index) & (this.#held.length - 1);
      if ((this.#seqs[place] as number) > seq) yield this.#batchAt(place);
    }
  }

  #batchAt(place: number): ChangeBatch {
    const held = this.#held[place] as Written | ChangeBatch;
    if (held instanceof ChangeBatch) return held;
    const batch = new ChangeBatch(
      this.#seqs[place] as number,
      this.#timesMs[place] as number,
      this.#origins[place] as ChangeOrigin,
      held,
      this.#unjournaledNumbers[place] as number,
    );
    this.#held[place] = batch;
    return batch;
  }

  #dropOldest(): void {
    const place = this.#oldest;
    this.#goneSeq = this.#seqs[place] as number;
    this.#changeCount -= this.#changeCounts[place] as number;
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
    this.#oldest = 0;
  }
}
