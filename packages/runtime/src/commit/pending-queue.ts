/**
 * Transactions between their journal append and their settlement, oldest first.
 *
 * Each collection of young garbage copies everything that waits for the disk, so a waiting transaction keeps little:
 * its writes, and what is needed to settle them or to take them back. The transaction object itself is not kept.
 */
import type { DatabaseError } from '@nuthatch/model';
import type { ChangeOrigin } from '../journal/effect.js';
import type { Transaction } from './transaction.js';
import type { WriteRecord, Written } from './write-record.js';

/** The state of a waiting transaction, as bits: four fields would be 32 bytes. */
const TRAIT = { needsSync: 1, isAnswered: 2, isMemoryOnly: 4, hasMemoryOnly: 8 } as const;
const FIRST_PLACES = 16;
/** A ring longer than this is let go when nothing waits any more. */
const KEPT_PLACES = 16_384;

type Resolve = (result: never) => void;
type Reject = (error: DatabaseError) => void;

/** A transaction that waits. */
export class Pending {
  readonly #traits: number;

  constructor(
    readonly seq: number,
    readonly timeMs: number,
    readonly origin: ChangeOrigin,
    readonly written: Written,
    traits: number,
    readonly result: unknown,
    readonly resolve: Resolve | undefined,
    readonly reject: Reject | undefined,
  ) {
    this.#traits = traits;
  }

  /** It is settled when synced, not when written. */
  get needsSync(): boolean {
    return (this.#traits & TRAIT.needsSync) !== 0;
  }

  /** Its promise was resolved when it was appended; it has no `resolve` and no `reject`. */
  get isAnswered(): boolean {
    return (this.#traits & TRAIT.isAnswered) !== 0;
  }

  /** It wrote nothing that a journal keeps. */
  get isMemoryOnly(): boolean {
    return (this.#traits & TRAIT.isMemoryOnly) !== 0;
  }

  /** It wrote to a memory-only collection. */
  get hasMemoryOnly(): boolean {
    return (this.#traits & TRAIT.hasMemoryOnly) !== 0;
  }

  /** Its writes in order. */
  get records(): readonly WriteRecord[] {
    return Array.isArray(this.written) ? this.written : [this.written as WriteRecord];
  }
}

export class PendingQueue {
  /** A ring: a power of two of places, of which `#count` from `#oldest` on are taken. */
  #places: (Pending | undefined)[] = new Array<undefined>(FIRST_PLACES).fill(undefined);
  #oldest = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The next to settle; undefined when nothing waits. */
  get oldest(): Pending | undefined {
    return this.#places[this.#oldest];
  }

  /**
   * Lets a transaction that has ended wait.
   *
   * @param isAnswered the promise resolves at once.
   * @returns the promise of `result`.
   */
  add<T>(seq: number, transaction: Transaction, needsSync: boolean, isAnswered: boolean, result: T): Promise<T> {
    const traits = traitsOf(transaction, needsSync, isAnswered);
    const { timeMs, origin, written } = transaction;
    if (isAnswered) {
      this.#push(new Pending(seq, timeMs, origin, written, traits, result, undefined, undefined));
      return Promise.resolve(result);
    }
    const promise = new Promise<T>(keepFunctions);
    this.#push(new Pending(seq, timeMs, origin, written, traits, result, resolveOfNewest, rejectOfNewest));
    return promise;
  }

  /** The one that was added last; undefined when nothing waits. */
  get newest(): Pending | undefined {
    return this.#count === 0 ? undefined : this.#places[(this.#oldest + this.#count - 1) & (this.#places.length - 1)];
  }

  /** Lets a transaction wait that has run again: the promise of its first run becomes that of `result`. */
  addAgain(seq: number, transaction: Transaction, needsSync: boolean, result: unknown, first: Pending): void {
    const traits = traitsOf(transaction, needsSync, false);
    const { timeMs, origin, written } = transaction;
    this.#push(new Pending(seq, timeMs, origin, written, traits, result, first.resolve, first.reject));
  }

  /** Takes the oldest off. */
  shift(): void {
    this.#places[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) & (this.#places.length - 1);
    this.#count--;
    if (this.#count === 0 && this.#places.length > KEPT_PLACES) this.#clear();
  }

  /** Takes off all, oldest first. O(transactions). */
  takeAll(): readonly Pending[] {
    const all = this.#inOrder().slice(0, this.#count) as Pending[];
    this.#clear();
    return all;
  }

  #push(pending: Pending): void {
    if (this.#count === this.#places.length) this.#grow();
    this.#places[(this.#oldest + this.#count++) & (this.#places.length - 1)] = pending;
  }

  /** The ring is full: the oldest comes to stand first in one of twice the length. */
  #grow(): void {
    const free = new Array<undefined>(this.#count).fill(undefined);
    this.#places = this.#inOrder().concat(free);
    this.#oldest = 0;
  }

  /** All places, from the oldest on. */
  #inOrder(): (Pending | undefined)[] {
    return this.#places.slice(this.#oldest).concat(this.#places.slice(0, this.#oldest));
  }

  #clear(): void {
    this.#places = new Array<undefined>(FIRST_PLACES).fill(undefined);
    this.#oldest = 0;
    this.#count = 0;
  }
}

function traitsOf(transaction: Transaction, needsSync: boolean, isAnswered: boolean): number {
  return (
    (needsSync ? TRAIT.needsSync : 0) |
    (isAnswered ? TRAIT.isAnswered : 0) |
    (transaction.isMemoryOnly ? TRAIT.isMemoryOnly : 0) |
    (transaction.hasMemoryOnly ? TRAIT.hasMemoryOnly : 0)
  );
}

/** Where a new promise leaves its functions: an executor of its own for each would be 140 bytes more to copy. */
let resolveOfNewest: Resolve;
let rejectOfNewest: Reject;

function keepFunctions(resolve: Resolve, reject: Reject): void {
  resolveOfNewest = resolve;
  rejectOfNewest = reject;
}
