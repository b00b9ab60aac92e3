/**
 * A `for await` loop's end of the change feed: a bounded buffer between a writer that never waits and a slow reader.
 *
 * Read in this order: changes of the past (`replay`, not counted against the buffer), the gap when some were dropped,
 * then the buffer.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Change } from './change.js';
import type { ChangeGap } from './change-gap.js';
import type { ResolvedChangesOptions } from './changes-options.js';

type Item = Change | ChangeGap;

type ReaderOptions = Pick<ResolvedChangesOptions, 'bufferCount' | 'onOverflow' | 'filter'>;

interface Waiter {
  readonly resolve: (result: IteratorResult<Item>) => void;
  readonly reject: (error: unknown) => void;
}

export class ChangeReader implements AsyncIterableIterator<Item>, Disposable {
  readonly #options: ReaderOptions;
  readonly #onEnd: () => void;
  #past: Change[] = [];
  #pastHead = 0;
  #gap: ChangeGap | undefined;
  #buffer: Change[] = [];
  #head = 0;
  /** Seq of the last change read, or where reading began. */
  #lastSeq: bigint;
  /** Why the loop ends, in a cell of its own: what a filter throws can be anything, also undefined. */
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #waiting: Waiter[] = [];
  #drainWaiters: (() => void)[] = [];

  /** @param startSeq where reading begins: told to a reader that fell behind before it read anything. */
  constructor(options: ReaderOptions, startSeq: number, onEnd: () => void) {
    this.#options = options;
    this.#lastSeq = BigInt(startSeq);
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** Adds changes of the past, before the first `push`. They do not count against the buffer. */
  replay(changes: readonly Change[]): void {
    for (const change of changes) if (this.#isWanted(change)) this.#past.push(change);
  }

  /** Adds the changes of one transaction; past the buffer's bound the policy decides. */
  push(changes: readonly Change[]): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    for (const change of changes) {
      if (!this.#isWanted(change)) continue;
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#buffer.push(change);
      else {
        this.#lastSeq = change.seq;
        waiter.resolve({ done: false, value: change });
      }
    }
    if (this.#heldCount <= this.#options.bufferCount) return;
    if (this.#options.onOverflow === 'close') this.#close();
    else if (this.#options.onOverflow === 'drop') this.#drop();
  }

  /** Resolves when a reader that is to be waited for is within its bound again, or has ended. */
  drained(): Promise<void> {
    if (!this.#isHoldingUp()) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Ends the loop with an error, once all that is held has been read. */
  fail(error: unknown): void {
    this.#failure = { error };
    queueMicrotask(() => this.#onEnd());
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
    this.#wakeDrained();
  }

  /** Nothing more comes; what is held can still be read. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd();
    for (const waiter of this.#waiting.splice(0)) waiter.resolve({ done: true, value: undefined });
    this.#wakeDrained();
  }

  next(): Promise<IteratorResult<Item>> {
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Item>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Asks the filter. One that throws ends the loop behind what it let through: a change unasked for is never skipped. */
  #isWanted(change: Change): boolean {
    const { filter } = this.#options;
    if (filter === undefined) return true;
    if (this.#failure !== undefined) return false;
    try {
      return filter(change);
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  get #heldCount(): number {
    return this.#buffer.length - this.#head;
  }

  #take(): Item | undefined {
    if (this.#pastHead < this.#past.length) {
      const change = this.#past[this.#pastHead++] as Change;
      if (this.#pastHead === this.#past.length) {
        this.#past = [];
        this.#pastHead = 0;
      }
      this.#lastSeq = change.seq;
      return change;
    }
    const gap = this.#gap;
    if (gap !== undefined) {
      this.#gap = undefined;
      this.#lastSeq = gap.toSeq;
      return gap;
    }
    if (this.#head === this.#buffer.length) return undefined;
    const change = this.#buffer[this.#head++] as Change;
    this.#lastSeq = change.seq;
    this.#trim();
    if (!this.#isHoldingUp()) this.#wakeDrained();
    return change;
  }

  #isHoldingUp(): boolean {
    if (this.#options.onOverflow !== 'wait' || this.#isEnded || this.#failure !== undefined) return false;
    return this.#heldCount > this.#options.bufferCount;
  }

  #wakeDrained(): void {
    for (const wake of this.#drainWaiters.splice(0)) wake();
  }

  #close(): void {
    const heldCount = this.#heldCount;
    const { bufferCount } = this.#options;
    const first = (this.#past[this.#pastHead] ?? this.#buffer[this.#head]) as Change;
    // Half a transaction was read: going on behind it would lose the other half, so it comes again whole.
    const resumeSince = first.seq === this.#lastSeq ? this.#lastSeq - 1n : this.#lastSeq;
    this.#past = [];
    this.#buffer = [];
    this.#pastHead = 0;
    this.#head = 0;
    const what = `a reader of changes fell ${heldCount} changes behind, its buffer holds ${bufferCount}`;
    this.fail(new DatabaseError('CHANGES_GONE', what, { heldCount, bufferCount, resumeSince }));
  }

  /** Whole transactions, so that what is read after the gap is never the second half of one. */
  #drop(): void {
    const before = this.#heldCount;
    const fromSeq = this.#gap?.fromSeq ?? (this.#buffer[this.#head] as Change).seq;
    let toSeq = fromSeq;
    while (this.#heldCount > this.#options.bufferCount) {
      toSeq = (this.#buffer[this.#head] as Change).seq;
      while (this.#head < this.#buffer.length && (this.#buffer[this.#head] as Change).seq === toSeq) this.#head++;
    }
    const changeCount = (this.#gap?.changeCount ?? 0) + before - this.#heldCount;
    this.#gap = { kind: 'gap', fromSeq, toSeq, changeCount };
    this.#trim();
  }

  /** Lets go of what was read, in steps that cost O(1) a change. */
  #trim(): void {
    if (this.#head < this.#buffer.length && (this.#head <= 1024 || this.#head * 2 <= this.#buffer.length)) return;
    this.#buffer = this.#buffer.slice(this.#head);
    this.#head = 0;
  }
}
