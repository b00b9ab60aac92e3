/**
 * A `for await` loop's end of the change feed: a bounded buffer between a writer that never waits and a slow reader.
 *
 * Read in this order: changes of the past (`replay`, not counted against the buffer), the gap when some were dropped,
 * then the buffer.
 */
import { DatabaseError } from '@nuthatch/model';
import { soon } from '../time/real-time.js';
import type { Change } from './change.js';
import type { DocumentChange } from './change-batch.js';
import { type ChangePosition, comparePlaces } from './change-cursor.js';
import { type ChangeGap, DroppedChanges } from './change-gap.js';
import { type ChangeTransaction, ChangeTransactions } from './change-transactions.js';
import { isWanted, type ResolvedChangesOptions } from './changes-options.js';

type Item = Change | ChangeGap;

type ReaderOptions = Pick<ResolvedChangesOptions, 'bufferCount' | 'bufferBytes' | 'onOverflow' | 'filter'>;

/** A reader that is waited for is closed when it holds this many times its bytes: the writer does not wait. */
const MAX_WAITED_FOR = 16;

interface Waiter {
  readonly resolve: (result: IteratorResult<Item>) => void;
  readonly reject: (error: unknown) => void;
}

export class ChangeReader implements AsyncIterableIterator<Item>, Disposable {
  readonly #options: ReaderOptions;
  readonly #onEnd: () => void;
  #past: DocumentChange[] = [];
  #pastHead = 0;
  #gap: ChangeGap | undefined;
  #buffer: DocumentChange[] = [];
  #head = 0;
  #heldBytes = 0;
  /** Seq of the last change read, or where reading began. */
  #lastSeq: bigint;
  /** Behind the last change read, or where reading began. */
  #lastCursor: string;
  readonly #start: ChangePosition;
  /** Why the loop ends, in a cell of its own: what a filter throws can be anything, also undefined. */
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #waiting: Waiter[] = [];
  #drainWaiters: (() => void)[] = [];

  /**
   * @param start where reading begins: what does not come after it is left out.
   * @param startCursor the same as a text: told to a reader that fell behind before it read anything.
   */
  constructor(options: ReaderOptions, start: ChangePosition, startCursor: string, onEnd: () => void) {
    this.#options = options;
    this.#start = start;
    this.#lastSeq = BigInt(start.seq);
    this.#lastCursor = startCursor;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** Adds changes of the past, before the first `push`. They do not count against the buffer. */
  replay(changes: readonly DocumentChange[]): void {
    for (const change of changes) if (this.#isWanted(change)) this.#past.push(change);
  }

  /** Adds the changes of one transaction; past the buffer's bound the policy decides. */
  push(changes: readonly DocumentChange[]): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    for (const change of changes) {
      if (!this.#isWanted(change)) continue;
      const waiter = this.#waiting.shift();
      if (waiter !== undefined) {
        this.#noteRead(change);
        waiter.resolve({ done: false, value: change });
        continue;
      }
      this.#buffer.push(change);
      this.#heldBytes += change.bytes;
    }
    if (!this.#isOverBound) return;
    const { onOverflow, bufferBytes } = this.#options;
    if (onOverflow === 'drop') this.#drop();
    else if (onOverflow === 'close' || this.#heldBytes > MAX_WAITED_FOR * bufferBytes) this.#close();
  }

  /** The next change, when it is there already and of that transaction. */
  takeOf(transactionId: string): Change | undefined {
    const next = this.#past[this.#pastHead] ?? (this.#gap === undefined ? this.#buffer[this.#head] : undefined);
    return next?.transactionId === transactionId ? (this.#take() as Change) : undefined;
  }

  byTransaction(): AsyncIterableIterator<ChangeTransaction | ChangeGap> & Disposable {
    return new ChangeTransactions(this);
  }

  /** Resolves when a reader that is to be waited for is within its bound again, or has ended. */
  drained(): Promise<void> {
    if (!this.#isHoldingUp()) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Ends the loop with an error, once all that is held has been read. */
  fail(error: unknown): void {
    this.#failure = { error };
    soon(() => this.#onEnd());
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
  #isWanted(change: DocumentChange): boolean {
    const { filter } = this.#options;
    if (comparePlaces(change.position, this.#start) <= 0) return false;
    if (filter === undefined) return true;
    if (this.#failure !== undefined) return false;
    try {
      return isWanted(change, filter);
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Changes in the buffer that the loop has not read. */
  get heldCount(): number {
    return this.#buffer.length - this.#head;
  }

  /** Bytes of the documents in the buffer, as estimated. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** One change alone is always held, however large. */
  get #isOverBound(): boolean {
    const { bufferCount, bufferBytes } = this.#options;
    return this.heldCount > bufferCount || (this.#heldBytes > bufferBytes && this.heldCount > 1);
  }

  #noteRead(item: Change): void {
    this.#lastSeq = item.seq;
    this.#lastCursor = item.cursor;
  }

  #take(): Item | undefined {
    if (this.#pastHead < this.#past.length) {
      const change = this.#past[this.#pastHead++]!;
      if (this.#pastHead === this.#past.length) {
        this.#past = [];
        this.#pastHead = 0;
      }
      this.#noteRead(change);
      return change;
    }
    const gap = this.#gap;
    if (gap !== undefined) {
      this.#gap = undefined;
      this.#lastSeq = gap.toSeq;
      this.#lastCursor = gap.cursor;
      return gap;
    }
    if (this.#head === this.#buffer.length) return undefined;
    const change = this.#letGo();
    this.#noteRead(change);
    this.#trim();
    if (!this.#isHoldingUp()) this.#wakeDrained();
    return change;
  }

  #isHoldingUp(): boolean {
    if (this.#options.onOverflow !== 'wait' || this.#isEnded || this.#failure !== undefined) return false;
    return this.#isOverBound;
  }

  /** The oldest change of the buffer. */
  #letGo(): DocumentChange {
    const change = this.#buffer[this.#head++]!;
    this.#heldBytes -= change.bytes;
    return change;
  }

  #wakeDrained(): void {
    for (const wake of this.#drainWaiters.splice(0)) wake();
  }

  #close(): void {
    const heldCount = this.heldCount;
    const heldBytes = this.#heldBytes;
    const { bufferCount, bufferBytes } = this.#options;
    const first = (this.#past[this.#pastHead] ?? this.#buffer[this.#head]) as Change;
    // A seq cannot say that half a transaction was read: from there it comes again whole. The cursor can.
    const resumeSince = first.seq === this.#lastSeq ? this.#lastSeq - 1n : this.#lastSeq;
    this.#past = [];
    this.#buffer = [];
    this.#pastHead = 0;
    this.#head = 0;
    this.#heldBytes = 0;
    const what = `a reader of changes fell ${heldCount} changes (${heldBytes} bytes) behind; its buffer holds ${bufferCount} (${bufferBytes} bytes): go on from \`resumeCursor\`, read faster, or raise \`bufferCount\` and \`bufferBytes\``;
    const facts = { heldCount, bufferCount, heldBytes, bufferBytes, resumeSince, resumeCursor: this.#lastCursor };
    this.fail(new DatabaseError('CHANGES_GONE', what, facts));
  }

  /** Whole transactions, so that what is read after the gap is never the second half of one. */
  #drop(): void {
    const before = this.heldCount;
    const fromSeq = this.#gap?.fromSeq ?? (this.#buffer[this.#head] as Change).seq;
    let last: DocumentChange | undefined;
    while (this.#isOverBound) {
      last = this.#letGo();
      while (this.#buffer[this.#head]?.transactionId === last.transactionId) last = this.#letGo();
    }
    if (last === undefined) return;
    const changeCount = (this.#gap?.changeCount ?? 0) + before - this.heldCount;
    // The dropped changes come after those of the past that are still unread.
    const since = this.#gap?.since ?? this.#past.at(-1)?.cursor ?? this.#lastCursor;
    this.#gap = new DroppedChanges(fromSeq, last.seq, changeCount, since, last.wholeCursor);
    this.#trim();
  }

  /** Lets go of what was read, in steps that cost O(1) a change. */
  #trim(): void {
    if (this.#head < this.#buffer.length && (this.#head <= 1024 || this.#head * 2 <= this.#buffer.length)) return;
    this.#buffer = this.#buffer.slice(this.#head);
    this.#head = 0;
  }
}
