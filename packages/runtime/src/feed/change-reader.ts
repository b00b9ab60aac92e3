/** A `for await` loop's end of the change feed: a bounded buffer between a writer that never waits and a slow reader. */
import { DatabaseError } from '@nuthatch/model';
import type { Change } from './change.js';

export interface ChangesOptions {
  /** Go on after this seq; left out: from now on. */
  readonly since?: bigint | number;
  /** Changes held for a reader that is busy; one more ends the loop with `CHANGES_GONE`. Default 10,000. */
  readonly bufferCount?: number;
}

const DEFAULT_BUFFER_COUNT = 10_000;

export class ChangeReader implements AsyncIterableIterator<Change>, Disposable {
  #bufferCount: number;
  readonly #onEnd: () => void;
  #buffer: Change[] = [];
  #head = 0;
  #lastSeq: bigint | undefined;
  #failure: DatabaseError | undefined;
  #isEnded = false;
  #waiting: { resolve: (result: IteratorResult<Change>) => void; reject: (error: DatabaseError) => void }[] = [];

  constructor(options: ChangesOptions, onEnd: () => void) {
    this.#bufferCount = options.bufferCount ?? DEFAULT_BUFFER_COUNT;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** Adds changes of the past, which do not count against the buffer. */
  replay(changes: readonly Change[]): void {
    this.#bufferCount += changes.length;
    this.push(changes);
  }

  /** Adds changes; past the buffer's bound the reader is failed, with the seq to go on from in the error's facts. */
  push(changes: readonly Change[]): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    for (const change of changes) {
      const waiter = this.#waiting.shift();
      if (waiter !== undefined) {
        this.#lastSeq = change.seq;
        waiter.resolve({ done: false, value: change });
      } else this.#buffer.push(change);
    }
    const heldCount = this.#buffer.length - this.#head;
    if (heldCount > this.#bufferCount) {
      const resumeSince = this.#lastSeq;
      const what = `a reader of changes fell ${heldCount} changes behind, its buffer holds ${this.#bufferCount}`;
      this.#buffer = [];
      this.#head = 0;
      this.fail(new DatabaseError('CHANGES_GONE', what, { heldCount, bufferCount: this.#bufferCount, resumeSince }));
    }
  }

  fail(error: DatabaseError): void {
    this.#failure = error;
    queueMicrotask(() => this.#onEnd());
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd();
    for (const waiter of this.#waiting.splice(0)) waiter.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Change>> {
    if (this.#head < this.#buffer.length) {
      const value = this.#buffer[this.#head++] as Change;
      this.#lastSeq = value.seq;
      if (this.#head === this.#buffer.length) {
        this.#buffer = [];
        this.#head = 0;
      }
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Change>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }
}
