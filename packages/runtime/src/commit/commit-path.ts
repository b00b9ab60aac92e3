/**
 * The one place that knows the order of a write.
 *
 *   1  run the function: each write checks (document, key, revision, unique values), then changes entries and
 *      indexes at once and notes its undo; then references act on what was deleted         collection, Transaction
 *   2  it threw, returned a promise, was aborted, or left a unique value with two holders or a key without document
 *      → take every write back, newest first; nothing was journaled or announced
 *   3  → the journal gives it the next seq and encodes its effects into the frame being gathered; refused (too
 *      large) → as 2
 *   4  the frame is written, and fsynced where asked; the next one gathers meanwhile               journal
 *   5  → drop the undo, announce the changes, resolve the promise: always in order of seq
 *   6  the journal failed → take back every transaction not yet settled, newest first, reject their promises with
 *      DATABASE_FAILED and be `failed`: reads go on over what is durable, writes are refused
 *
 * A reader sees a write at once (after 1); once the promise has resolved, nothing takes the write back; subscribers
 * hear of it at 5.
 *
 * A transaction is settled when it is as durable as it asked and so is every one before it: answers come in order of
 * seq, so no settled transaction can rest on one that is taken back. `durability: 'memory'` resolves its promise
 * right after 3, and is the only level at which 6 can take back something that was answered.
 *
 * A transaction that wrote nothing has still read: it is answered when all before it are settled, so that no answer
 * rests on what may be taken back.
 *
 * Transactions that wrote to memory-only collections alone are not journaled: they carry the seq of the last
 * journaled transaction before them and are settled after it.
 *
 * Over a journal that several nodes share, 4 may find that another node wrote first. Then everything not settled is
 * taken back, newest first, the others' transactions are applied, and what waited runs again from 1, in order.
 *
 * Here stand 1, 3 and what leads from one to the next. How a function is run and taken back: running-transaction.ts; 4 and 5:
 * settlement.ts; what is refused, and with what: commit-state.ts; another node's writes: overtaken-writes.ts.
 *
 * A crash before the frame is on disk loses the transaction whole; after it, recovery replays it whole.
 */
import type { DatabaseError } from '@nuthatch/model';
import type { Durability } from '../journal/durability.js';
import type { Journal, SharedJournalListener, StoredTransaction } from '../journal/journal.js';
import { CommitState, type CommitStateName } from './commit-state.js';
import { OvertakenWrites } from './overtaken-writes.js';
import type { PendingQueue } from './pending-queue.js';
import type { PublishPort } from './publish-port.js';
import type { Repeatable, RepeatableWork } from './repeatable-work.js';
import { RunningTransaction } from './running-transaction.js';
import { Settlement } from './settlement.js';
import { Transaction } from './transaction.js';
import { type CommitOptions, requireNotAborted, strongerLevel } from './write-options.js';

/** One write of a repository, as a function that closes over nothing. */
export type Statement<S, A, B, O extends CommitOptions, R = object> = (
  transaction: Transaction,
  subject: S,
  first: A,
  second: B,
  options: O | undefined,
) => R;

export class CommitPath implements SharedJournalListener {
  readonly #journal: Journal;
  readonly #feed: PublishPort;
  readonly #durability: Durability;
  readonly #onFailed: (error: DatabaseError) => void;
  readonly #state = new CommitState();
  readonly #running = new RunningTransaction((error) => this.failed(error));
  readonly #settlement: Settlement;
  /** Of `#settlement`, at hand without a step. */
  readonly #pending: PendingQueue;
  /** For the next statement, from one that is settled: in memory a third of what an update leaves to the collector. */
  #spare: Transaction | undefined;
  /** The transaction the journal is being given: not pending yet, and to be taken back first if that fails. */
  #appending: Transaction | undefined;
  /** Set where the journal is shared with other nodes. */
  #repeating: RepeatableWork | undefined;
  #overtaken: OvertakenWrites | undefined;
  /** The transaction whose function ran last, as it was asked for. */
  #asked: Repeatable | undefined;

  /** @param durability what a write gets that asks for nothing else. */
  constructor(journal: Journal, feed: PublishPort, durability: Durability, onFailed: (error: DatabaseError) => void) {
    this.#journal = journal;
    this.#feed = feed;
    this.#durability = durability;
    this.#onFailed = onFailed;
    this.#settlement = new Settlement(feed, journal.lastSeq);
    this.#pending = this.#settlement.pending;
    journal.listen(this);
    feed.isInTransaction = () => this.#running.active !== undefined;
    feed.pendingCount = () => this.#pending.count;
  }

  /** From now on transactions can run again: the journal is shared with other nodes. Before the first write. */
  repeatWith(repeating: RepeatableWork): void {
    this.#repeating = repeating;
    this.#settlement.repeating = repeating;
    const parts = {
      journal: this.#journal,
      state: this.#state,
      running: this.#running,
      settlement: this.#settlement,
      append: (transaction: Transaction) => this.#append(transaction, 'fsync'),
      onFailed: this.#onFailed,
    };
    this.#overtaken = new OvertakenWrites(parts, repeating);
  }

  /** Brings references in order at the end of every transaction; undefined where no class has any. May throw, as a write. */
  get references(): ((transaction: Transaction) => void) | undefined {
    return this.#running.references;
  }

  set references(keep: ((transaction: Transaction) => void) | undefined) {
    this.#running.references = keep;
  }

  /** Looks at every transaction before it is journaled; may add writes to it, or throw to refuse it. */
  set guard(guard: ((transaction: Transaction) => void) | undefined) {
    this.#running.guard = guard;
  }

  get state(): CommitStateName {
    return this.#state.name;
  }

  /** The journal's error, once failed. */
  get failure(): DatabaseError | undefined {
    return this.#state.failure;
  }

  /** The transaction whose function is running now. */
  get active(): Transaction | undefined {
    return this.#running.active;
  }

  /** Transactions applied and not yet settled. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** Epoch milliseconds at which the oldest of them was applied; undefined when none waits. */
  get oldestPendingMs(): number | undefined {
    return this.#pending.oldest?.timeMs;
  }

  /**
   * Runs `work` as one transaction and commits it. Never throws: whatever goes wrong rejects.
   *
   * Called while another transaction's function runs, it joins that one: its writes are part of it, its promise
   * settles with it, its failure fails the whole, and a stronger durability it asks for holds for the whole.
   *
   * @param isDeferring unique values may collide until `work` returns.
   * @returns the result of `work`, once as durable as asked.
   */
  run<T>(work: (transaction: Transaction) => T, isDeferring: boolean, options?: CommitOptions): Promise<T> {
    const { active } = this.#running;
    if (active !== undefined) return this.#running.join(active, work, options);
    const transaction = new Transaction(isDeferring, this.#journal.maxTransactionBytes);
    let result: T;
    try {
      this.#state.requireOpen();
      if (options != null) transaction.takeOptions(options);
      result = this.#running.run(transaction, work);
      if (options?.signal !== undefined) requireNotAborted(options.signal);
    } catch (error) {
      return this.#takeBack(transaction, error);
    }
    if (this.#repeating !== undefined) this.#asked = { work, isDeferring, options, runCount: 1, promise: undefined };
    return this.#commit(transaction, result, options?.durability ?? this.#durability);
  }

  /**
   * As `run` with one statement of a repository, which must not be async: it is given what it needs, so that the
   * hottest writes make no closure.
   */
  runStatement<S, A, B, O extends CommitOptions, R>(
    statement: Statement<S, A, B, O, R>,
    subject: S,
    first: A,
    second: B,
    options: O | undefined,
  ): Promise<R> {
    const running = this.#running;
    if (running.active !== undefined || options?.signal !== undefined || this.#repeating !== undefined)
      return this.#runClosed(statement, subject, first, second, options);
    const transaction = this.#spare ?? new Transaction(false, this.#journal.maxTransactionBytes);
    this.#spare = undefined;
    let result: R;
    try {
      this.#state.requireOpen();
      if (options != null) transaction.takeOptions(options);
      running.active = transaction;
      result = statement(transaction, subject, first, second, options);
      running.check(transaction);
    } catch (error) {
      running.active = undefined;
      return this.#takeBack(transaction, error);
    }
    running.active = undefined;
    const settled = this.#commit(transaction, result, options?.durability ?? this.#durability);
    if (transaction.renew()) this.#spare = transaction;
    return settled;
  }

  #runClosed<S, A, B, O extends CommitOptions, R>(
    statement: Statement<S, A, B, O, R>,
    subject: S,
    first: A,
    second: B,
    options: O | undefined,
  ): Promise<R> {
    return this.run((transaction) => statement(transaction, subject, first, second, options), false, options);
  }

  #takeBack(transaction: Transaction, error: unknown): Promise<never> {
    this.#running.unwind(transaction);
    transaction.end(0);
    const rejected = Promise.reject(error as Error);
    return transaction.joined?.settleWith(rejected) ?? rejected;
  }

  written(seq: number): void {
    this.#settlement.written(seq);
  }

  synced(seq: number): void {
    this.#settlement.synced(seq);
  }

  overtaken(arrived: readonly StoredTransaction[], between?: () => void, hasLost = false): void {
    this.#overtaken!.giveWay(arrived, between, hasLost);
  }

  failed(cause: DatabaseError, isOutcomeUnknown = false): void {
    const state = this.#state;
    if (state.failure !== undefined) return;
    state.fail(cause);
    if (this.#appending !== undefined) this.#running.unwind(this.#appending);
    this.#appending = undefined;
    const lost = this.#settlement.takeLost();
    const writes = lost.filter(({ records }) => records.length > 0);
    const answeredCount = writes.filter(({ isAnswered }) => isAnswered).length;
    const error = state.failed(writes.length, answeredCount, isOutcomeUnknown);
    this.#running.unwindAll(lost);
    for (const pending of lost) pending.reject?.(error);
    this.#onFailed(error);
  }

  /** Writes come from elsewhere: those of callers are refused from now on. Before the first. */
  refuseWrites(): void {
    this.#state.refuseWrites();
  }

  /** Refuses every write from now on. Pending transactions still settle. */
  close(): void {
    this.#state.close();
  }

  #commit<T>(transaction: Transaction, result: T, asked: Durability): Promise<T> {
    const { joined } = transaction;
    if (joined === undefined) return this.#settleLater(transaction, result, asked);
    const settled = this.#settleLater(transaction, result, strongerLevel(asked, joined.durability));
    return joined.settleWith(settled);
  }

  #settleLater<T>(transaction: Transaction, result: T, durability: Durability): Promise<T> {
    const { isJournaled } = transaction;
    const isEmpty = !isJournaled && transaction.isEmpty;
    transaction.end(this.#journal.clock.now());
    let seq = this.#journal.lastSeq;
    if (isJournaled) {
      try {
        seq = this.#append(transaction, durability);
      } catch (error) {
        return Promise.reject(error as Error);
      }
    }
    const needsSync = isJournaled && durability === 'fsync';
    if (this.#settlement.isSettled(seq, needsSync)) {
      this.#feed.publish(seq, transaction.timeMs, transaction.origin, transaction.written);
      return Promise.resolve(result);
    }
    const repeating = this.#repeating;
    if (repeating !== undefined) {
      // Whatever was asked for: another node may still come first, and nothing that was answered may be taken back.
      const promise = this.#pending.add(seq, transaction, isJournaled, false, result);
      repeating.keep(this.#pending.newest!, { ...this.#asked!, promise });
      return promise;
    }
    const isAnswered = durability === 'memory' || (!isJournaled && !isEmpty);
    return this.#pending.add(seq, transaction, needsSync, isAnswered, result);
  }

  /** @returns the transaction's seq. @throws what the journal refuses it with; everything is taken back then. */
  #append(transaction: Transaction, durability: Durability): number {
    this.#appending = transaction;
    try {
      const seq = this.#journal.append(transaction, durability);
      if (this.#state.failure !== undefined) throw this.#state.failed(0, 0);
      return seq;
    } catch (error) {
      if (this.#appending !== undefined) this.#running.unwind(this.#appending);
      throw error;
    } finally {
      this.#appending = undefined;
    }
  }
}
