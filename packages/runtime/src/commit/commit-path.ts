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
 * A crash before the frame is on disk loses the transaction whole; after it, recovery replays it whole.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Durability } from '../journal/durability.js';
import { databaseFailed } from '../journal/failed-journal.js';
import type { Journal, SharedJournalListener, StoredTransaction } from '../journal/journal.js';
import { type Pending, PendingQueue } from './pending-queue.js';
import type { PublishPort } from './publish-port.js';
import type { Repeatable, RepeatableWork } from './repeatable-work.js';
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

type CommitState = 'open' | 'readOnly' | 'failed' | 'closed';

export class CommitPath implements SharedJournalListener {
  readonly #journal: Journal;
  readonly #feed: PublishPort;
  readonly #durability: Durability;
  readonly #onFailed: (error: DatabaseError) => void;
  #state: CommitState = 'open';
  #failure: DatabaseError | undefined;
  #active: Transaction | undefined;
  /** For the next statement, from one that is settled: in memory a third of what an update leaves to the collector. */
  #spare: Transaction | undefined;
  /** The transaction the journal is being given: not pending yet, and to be taken back first if that fails. */
  #appending: Transaction | undefined;
  #writtenSeq: number;
  #syncedSeq: number;
  readonly #pending = new PendingQueue();
  /** Brings references in order at the end of every transaction; undefined where no class has any. May throw, as a write. */
  references: ((transaction: Transaction) => void) | undefined;
  /** Looks at every transaction before it is journaled; may add writes to it, or throw to refuse it. */
  guard: ((transaction: Transaction) => void) | undefined;
  /** Set where the journal is shared with other nodes. */
  #repeating: RepeatableWork | undefined;
  /** The transaction whose function ran last, as it was asked for. */
  #asked: Repeatable | undefined;

  /** @param durability what a write gets that asks for nothing else. */
  constructor(journal: Journal, feed: PublishPort, durability: Durability, onFailed: (error: DatabaseError) => void) {
    this.#journal = journal;
    this.#feed = feed;
    this.#durability = durability;
    this.#onFailed = onFailed;
    this.#writtenSeq = journal.lastSeq;
    this.#syncedSeq = journal.lastSeq;
    journal.listen(this);
    feed.isInTransaction = () => this.#active !== undefined;
    feed.pendingCount = () => this.#pending.count;
  }

  /** From now on transactions can run again: the journal is shared with other nodes. Before the first write. */
  repeatWith(repeating: RepeatableWork): void {
    this.#repeating = repeating;
  }

  get state(): CommitState {
    return this.#state;
  }

  /** The journal's error, once failed. */
  get failure(): DatabaseError | undefined {
    return this.#failure;
  }

  /** The transaction whose function is running now. */
  get active(): Transaction | undefined {
    return this.#active;
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
    if (this.#active !== undefined) return this.#join(this.#active, work, options);
    const transaction = new Transaction(isDeferring, this.#journal.maxTransactionBytes);
    let result: T;
    try {
      this.#requireOpen();
      if (options != null) transaction.takeOptions(options);
      result = this.#apply(transaction, work);
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
    if (this.#active !== undefined || options?.signal !== undefined || this.#repeating !== undefined)
      return this.#runClosed(statement, subject, first, second, options);
    const transaction = this.#spare ?? new Transaction(false, this.#journal.maxTransactionBytes);
    this.#spare = undefined;
    let result: R;
    try {
      this.#requireOpen();
      if (options != null) transaction.takeOptions(options);
      this.#active = transaction;
      result = statement(transaction, subject, first, second, options);
      if (transaction.doom !== undefined) throw transaction.doom.error;
      this.references?.(transaction);
      this.guard?.(transaction);
    } catch (error) {
      this.#active = undefined;
      return this.#takeBack(transaction, error);
    }
    this.#active = undefined;
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
    this.#unwind(transaction);
    transaction.end(0);
    const rejected = Promise.reject(error as Error);
    return transaction.joined?.settleWith(rejected) ?? rejected;
  }

  /** Getters of computed keys are asked meanwhile: a write of theirs joins what is taken back, and is refused with it. */
  #unwind(transaction: Transaction): void {
    const active = this.#active;
    this.#active = transaction;
    try {
      transaction.unwindTo(0);
    } finally {
      this.#active = active;
    }
    const stuck = transaction.revertFailure;
    if (stuck !== undefined) this.failed(notTakenBack(stuck.target.name, stuck.error));
  }

  written(seq: number): void {
    if (seq > this.#writtenSeq) this.#writtenSeq = seq;
    this.#settle();
  }

  synced(seq: number): void {
    if (seq > this.#syncedSeq) this.#syncedSeq = seq;
    if (seq > this.#writtenSeq) this.#writtenSeq = seq;
    this.#settle();
  }

  overtaken(arrived: readonly StoredTransaction[], between?: () => void, hasLost = false): void {
    this.#settle();
    if (hasLost) this.#repeating!.lost();
    const waiting = this.#pending.takeAll();
    for (let index = waiting.length - 1; index >= 0; index--) this.#unwind(Transaction.ended(waiting[index]!.written));
    try {
      if (this.#failure !== undefined) throw this.#failure;
      for (const stored of arrived) this.#adopt(stored);
      between?.();
    } catch (error) {
      this.#failWith(error, waiting);
      throw error;
    }
    for (const pending of waiting) this.#runAgain(pending);
  }

  /** Applies a settled transaction of another node. */
  #adopt(stored: StoredTransaction): void {
    const transaction = new Transaction(true);
    this.#active = transaction;
    try {
      this.#repeating!.apply(transaction, stored);
      transaction.checkDeferred();
    } catch (error) {
      transaction.unwindTo(0);
      const { message } = error as Error;
      const what = `transaction ${stored.seq} of another node does not fit what this one holds: ${message}`;
      throw new DatabaseError('JOURNAL_DIVERGED', what, { seq: stored.seq }, { cause: error });
    } finally {
      this.#active = undefined;
    }
    transaction.end(stored.timeMs);
    this.#writtenSeq = stored.seq;
    this.#syncedSeq = stored.seq;
    this.#feed.publish(stored.seq, stored.timeMs, stored.origin ?? 'live', transaction.written);
  }

  /** Runs a transaction once more that was taken back, and lets it wait again behind those before it. */
  #runAgain(first: Pending): void {
    const repeatable = this.#repeating!.take(first);
    const { work, isDeferring, options } = repeatable;
    const transaction = new Transaction(isDeferring, this.#journal.maxTransactionBytes);
    let result: unknown;
    let seq = this.#journal.lastSeq;
    let isJournaled: boolean;
    try {
      this.#repeating!.requireRunsLeft(repeatable);
      repeatable.runCount++;
      if (options != null) transaction.takeOptions(options);
      result = this.#apply(transaction, work);
      if (options?.signal !== undefined) requireNotAborted(options.signal);
      isJournaled = !transaction.isMemoryOnly || transaction.command !== undefined;
      transaction.end(this.#journal.clock.now());
      if (isJournaled) seq = this.#append(transaction, 'fsync');
    } catch (error) {
      this.#unwind(transaction);
      if (!transaction.isEnded) transaction.end(0);
      first.reject?.(error as DatabaseError);
      return;
    }
    if (repeatable.promise !== undefined) transaction.joined?.settleWith(repeatable.promise);
    this.#pending.addAgain(seq, transaction, isJournaled, result, first);
    this.#repeating!.keep(this.#pending.newest!, repeatable);
    this.#settle();
  }

  #failWith(cause: unknown, lost: readonly Pending[]): void {
    this.#state = 'failed';
    this.#failure = DatabaseError.is(cause)
      ? cause
      : new DatabaseError('DATABASE_FAILED', String(cause), {}, { cause });
    this.#repeating?.clear();
    const error = this.#failedError(lost.filter(({ records }) => records.length > 0).length, 0);
    for (const pending of lost) pending.reject?.(error);
    this.#onFailed(error);
  }

  failed(cause: DatabaseError, isOutcomeUnknown = false): void {
    if (this.#failure !== undefined) return;
    this.#state = 'failed';
    this.#failure = cause;
    if (this.#appending !== undefined) this.#unwind(this.#appending);
    this.#appending = undefined;
    const lost = this.#takeLost();
    const writes = lost.filter(({ records }) => records.length > 0);
    const answeredCount = writes.filter(({ isAnswered }) => isAnswered).length;
    const error = this.#failedError(writes.length, answeredCount, isOutcomeUnknown);
    for (let index = lost.length - 1; index >= 0; index--) this.#unwind(Transaction.ended(lost[index]!.written));
    for (const pending of lost) pending.reject?.(error);
    this.#onFailed(error);
  }

  /**
   * The transactions to take back: all that is pending but writes to memory-only collections that rest on nothing lost.
   */
  #takeLost(): readonly Pending[] {
    const lost: Pending[] = [];
    let hasLostMemoryWrite = false;
    for (const pending of this.#pending.takeAll()) {
      const { seq, timeMs, origin, written, records } = pending;
      if (pending.isMemoryOnly && pending.isAnswered && !hasLostMemoryWrite) {
        this.#feed.publish(seq, timeMs, origin, written);
        continue;
      }
      // A collection that was switched to memory since counts too: what was written later rests on what is lost.
      hasLostMemoryWrite ||=
        pending.hasMemoryOnly || records.some(({ target }) => target.isMemoryOnly && !target.isDerived);
      lost.push(pending);
    }
    return lost;
  }

  /** Writes come from elsewhere: those of callers are refused from now on. Before the first. */
  refuseWrites(): void {
    this.#state = 'readOnly';
  }

  /** Refuses every write from now on. Pending transactions still settle. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  #apply<T>(transaction: Transaction, work: (transaction: Transaction) => T): T {
    this.#active = transaction;
    try {
      const result = work(transaction);
      if (isThenable(result)) {
        // The promise of an async function is ours now: if it rejects, nobody else is left to see it.
        result.then(undefined, () => undefined);
        throw new DatabaseError(
          'TRANSACTION_ENDED',
          'the function of the transaction returned a promise, so writes would come after its end; everything was taken back',
        );
      }
      if (transaction.doom !== undefined) throw transaction.doom.error;
      this.references?.(transaction);
      this.guard?.(transaction);
      transaction.checkDeferred();
      return result;
    } finally {
      this.#active = undefined;
    }
  }

  #join<T>(
    transaction: Transaction,
    work: (transaction: Transaction) => T,
    options: CommitOptions | undefined,
  ): Promise<T> {
    try {
      if (options != null) transaction.takeJoinedOptions(options);
      const result = work(transaction);
      if (isThenable(result)) {
        result.then(undefined, () => undefined);
        throw new DatabaseError('TRANSACTION_ENDED', 'the function of a nested transaction returned a promise');
      }
      return transaction.join(result);
    } catch (error) {
      transaction.markFailed(error);
      const rejected = Promise.reject<T>(error as Error);
      // The outer promise rejects with the same error; this one cannot be awaited inside a synchronous function.
      rejected.catch(() => undefined);
      return rejected;
    }
  }

  #commit<T>(transaction: Transaction, result: T, asked: Durability): Promise<T> {
    const { joined } = transaction;
    if (joined === undefined) return this.#settleLater(transaction, result, asked);
    const settled = this.#settleLater(transaction, result, strongerLevel(asked, joined.durability));
    return joined.settleWith(settled);
  }

  #settleLater<T>(transaction: Transaction, result: T, durability: Durability): Promise<T> {
    const isJournaled = !transaction.isMemoryOnly || transaction.command !== undefined;
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
    // Nothing waits before it and nothing is left to wait for: in memory that is every write.
    if (this.#pending.count === 0 && seq <= (needsSync ? this.#syncedSeq : this.#writtenSeq)) {
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
      if (this.#failure !== undefined) throw this.#failedError(0, 0);
      return seq;
    } catch (error) {
      if (this.#appending !== undefined) this.#unwind(this.#appending);
      throw error;
    } finally {
      this.#appending = undefined;
    }
  }

  /** Settles from the oldest on, as far as the journal has come. */
  #settle(): void {
    for (let oldest = this.#pending.oldest; oldest !== undefined; oldest = this.#pending.oldest) {
      if (oldest.seq > (oldest.needsSync ? this.#syncedSeq : this.#writtenSeq)) return;
      this.#pending.shift();
      if (this.#repeating !== undefined) {
        this.#repeating.take(oldest);
        if (!oldest.isMemoryOnly) this.#repeating.won();
      }
      this.#feed.publish(oldest.seq, oldest.timeMs, oldest.origin, oldest.written);
      oldest.resolve?.(oldest.result as never);
    }
  }

  #requireOpen(): void {
    if (this.#state === 'open') return;
    if (this.#state === 'failed') throw this.#failedError(0, 0);
    if (this.#state === 'readOnly')
      throw new DatabaseError(
        'READ_ONLY_READER',
        'a write was called on a reader, which shows what its database writes',
      );
    throw new DatabaseError('DATABASE_CLOSED', 'the database is closed and takes no writes');
  }

  #failedError(takenBackCount: number, answeredCount: number, isOutcomeUnknown = false): DatabaseError {
    const cause = this.#failure!;
    return databaseFailed(cause, { takenBackCount, answeredCount, ...(isOutcomeUnknown && { isOutcomeUnknown }) });
  }
}

/** Memory is not what the journal says any more; what the journal says is right. */
function notTakenBack(collection: string, cause: unknown): DatabaseError {
  const what = `a write to ${collection} could not be taken back, since a getter of its class threw then; memory shows it still, the journal does not have it`;
  return new DatabaseError('DATABASE_FAILED', what, { collection }, { cause });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
