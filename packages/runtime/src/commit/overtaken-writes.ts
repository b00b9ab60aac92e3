/**
 * What happens over a journal that several nodes share when another node wrote first: everything that is not settled is taken
 * back, newest first, the others' transactions are applied, and what waited runs again, in order.
 *
 * All of it is memory: a crash at any line leaves the engine with whole frames, and this node's copy behind it.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Journal, StoredTransaction } from '../journal/journal.js';
import type { CommitState } from './commit-state.js';
import type { Pending } from './pending-queue.js';
import type { RepeatableWork } from './repeatable-work.js';
import type { RunningTransaction } from './running-transaction.js';
import type { Settlement } from './settlement.js';
import { Transaction } from './transaction.js';
import { requireNotAborted } from './write-options.js';

export interface OvertakenParts {
  readonly journal: Journal;
  readonly state: CommitState;
  readonly running: RunningTransaction;
  readonly settlement: Settlement;
  /** @returns the transaction's seq. @throws what the journal refuses it with; everything is taken back then. */
  readonly append: (transaction: Transaction) => number;
  readonly onFailed: (error: DatabaseError) => void;
}

export class OvertakenWrites {
  readonly #parts: OvertakenParts;
  readonly #repeating: RepeatableWork;

  constructor(parts: OvertakenParts, repeating: RepeatableWork) {
    this.#parts = parts;
    this.#repeating = repeating;
  }

  /** See `SharedJournalListener.overtaken`. */
  giveWay(arrived: readonly StoredTransaction[], between: (() => void) | undefined, hasLost: boolean): void {
    const { state, running, settlement } = this.#parts;
    settlement.settle();
    if (hasLost) this.#repeating.lost();
    const waiting = settlement.pending.takeAll();
    running.unwindAll(waiting);
    try {
      if (state.failure !== undefined) throw state.failure;
      for (const stored of arrived) this.#adopt(stored);
      between?.();
    } catch (error) {
      this.#fail(error, waiting);
      throw error;
    }
    for (const pending of waiting) this.#runAgain(pending);
  }

  /** Applies a settled transaction of another node. */
  #adopt(stored: StoredTransaction): void {
    const { running, settlement } = this.#parts;
    const transaction = new Transaction(true);
    running.active = transaction;
    try {
      this.#repeating.apply(transaction, stored);
      transaction.checkDeferred();
    } catch (error) {
      transaction.unwindTo(0);
      const { message } = error as Error;
      const what = `transaction ${stored.seq} of another node does not fit what this one holds: ${message}`;
      throw new DatabaseError('JOURNAL_DIVERGED', what, { seq: stored.seq }, { cause: error });
    } finally {
      running.active = undefined;
    }
    transaction.end(stored.timeMs);
    settlement.adopted(stored, transaction.written);
  }

  /** Runs a transaction once more that was taken back, and lets it wait again behind those before it. */
  #runAgain(first: Pending): void {
    const { journal, running, settlement, append } = this.#parts;
    const repeatable = this.#repeating.take(first);
    const { work, isDeferring, options } = repeatable;
    const transaction = new Transaction(isDeferring, journal.maxTransactionBytes);
    let result: unknown;
    let seq = journal.lastSeq;
    let isJournaled: boolean;
    try {
      this.#repeating.requireRunsLeft(repeatable);
      repeatable.runCount++;
      if (options != null) transaction.takeOptions(options);
      result = running.run(transaction, work);
      if (options?.signal !== undefined) requireNotAborted(options.signal);
      isJournaled = transaction.isJournaled;
      transaction.end(journal.clock.now());
      if (isJournaled) seq = append(transaction);
    } catch (error) {
      running.unwind(transaction);
      if (!transaction.isEnded) transaction.end(0);
      first.reject?.(error as DatabaseError);
      return;
    }
    if (repeatable.promise !== undefined) transaction.joined?.settleWith(repeatable.promise);
    settlement.pending.addAgain(seq, transaction, isJournaled, result, first);
    this.#repeating.keep(settlement.pending.newest!, repeatable);
    settlement.settle();
  }

  #fail(cause: unknown, lost: readonly Pending[]): void {
    const { state, onFailed } = this.#parts;
    state.fail(DatabaseError.is(cause) ? cause : new DatabaseError('DATABASE_FAILED', String(cause), {}, { cause }));
    this.#repeating.clear();
    const error = state.failed(lost.filter(({ records }) => records.length > 0).length, 0);
    for (const pending of lost) pending.reject?.(error);
    onFailed(error);
  }
}
