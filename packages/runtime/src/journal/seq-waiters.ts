import type { DatabaseError } from '@nuthatch/model';

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(error: DatabaseError): void;
}

/** Callers that wait for the journal to reach a seq. */
export class SeqWaiters {
  #waiters: Waiter[] = [];

  /** Resolves with the first `wake` of this seq or a later one. */
  waitFor(seq: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ seq, resolve, reject }));
  }

  /** They wait for this seq now, whatever they waited for. */
  moveAll(seq: number): void {
    this.#waiters = this.#waiters.map((waiter) => ({ ...waiter, seq }));
  }

  /** Whether anybody waits for this seq or one before it. O(waiters). */
  isAwaited(seq: number): boolean {
    return this.#waiters.some((waiter) => waiter.seq <= seq);
  }

  wake(seq: number): void {
    const waiters = this.#waiters;
    if (waiters.length === 0) return;
    this.#waiters = waiters.filter((waiter) => waiter.seq > seq);
    for (const waiter of waiters) if (waiter.seq <= seq) waiter.resolve();
  }

  reject(error: DatabaseError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
