/**
 * Durable changes on their way to subscribers, in order of seq.
 *
 * Listeners are called from a microtask, never from inside a write: before the promise of the write resolves for its
 * awaiter, and after the write call has returned. A listener that throws is reported to `onListenerError` and keeps its
 * subscription; the other listeners and the writer are not affected.
 *
 * The newest changes are kept, bounded by `historyChangeCount` and `historyBytes`, so that a reader can go on from its
 * place; older changes are read from the journal as long as its pages exist. A request for changes that are kept
 * nowhere is refused with `CHANGES_GONE`; there is never a silent gap. With no listener a publish is O(1).
 */

import { randomBytes } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { PublishPort } from '../commit/publish-port.js';
import type { WriteRecord, WriteTarget, Written } from '../commit/write-record.js';
import { showValue } from '../definition/show-value.js';
import type { ChangeOrigin } from '../journal/effect.js';
import { tell } from '../structures/told.js';
import { soon } from '../time/real-time.js';
import type { Change } from './change.js';
import { ChangeBatch, type DocumentChange } from './change-batch.js';
import { behindTransaction, type ChangePosition, comparePlaces, cursorText, wholeSeq } from './change-cursor.js';
import { ChangeHistory } from './change-history.js';
import { ChangeReader } from './change-reader.js';
import { type ChangesOptions, type ResolvedChangesOptions, resolveChangesOptions } from './changes-options.js';
import type { ChangePast, PlacedChange } from './journal-past.js';
import { type Listener, Listeners, ofTarget } from './listeners.js';
import { ResumingReader, type ResumingSource } from './resuming-reader.js';

/** Ends a subscription; `using` does it at the end of the block. Idempotent. */
export interface Subscription extends Disposable {
  unsubscribe(): void;
}

/** How much is kept in memory. */
export interface HistoryBound {
  readonly historyChangeCount: number;
  readonly historyBytes: number;
}

/** Loops over `changes()` together. */
export interface ReaderStats {
  /** Loops that are open. */
  readonly readerCount: number;
  /** Changes that wait for their loops to read them. */
  readonly heldChangeCount: number;
  /** Bytes of the documents in those changes, as estimated. */
  readonly heldBytes: number;
}

type BatchListener = (changes: readonly DocumentChange[]) => void;

export class ChangeFeed implements PublishPort {
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Listeners();
  readonly #bound: HistoryBound;
  #history: ChangeHistory;
  #lastSeq: number;
  /** Transactions that are not journaled, since the last one that is. */
  #unjournaledCount = 0;
  #undelivered: ChangeBatch[] = [];
  readonly #readers = new Set<ChangeReader>();
  readonly #resuming = new Set<ResumingReader>();
  #past: ChangePast | undefined;
  /** Tells this opening of the database from others, in cursors. */
  readonly #opening = randomBytes(4).toString('hex');
  #isClosed = false;
  /** Whether a transaction's function runs at this moment; said by the commit path. */
  isInTransaction: () => boolean = () => false;
  /** How many transactions memory shows that are still to be published; said by the commit path. */
  pendingCount: () => number = () => 0;
  #publishedCount = 0;
  /** Given every settled transaction, rows of views and hidden records included, before anybody else; must not throw. */
  tap: ((seq: number, timeMs: number, origin: ChangeOrigin, written: Written) => void) | undefined;
  /** Whether transactions may hold rows of views: those are announced to who asks for their view, and to nobody else. */
  hasViews = false;

  /**
   * @param lastSeq seq of the last transaction before this feed began; older changes are not in its memory.
   * @param past where to read what is not, or no longer, in memory.
   */
  constructor(lastSeq: number, history: HistoryBound, onListenerError: (error: unknown) => void, past?: ChangePast) {
    this.#past = past;
    this.#bound = history;
    this.#history = this.#historyFrom(lastSeq);
    this.#lastSeq = lastSeq;
    this.#onListenerError = onListenerError;
  }

  /**
   * Goes on from what an opening found: collections know their feed before they are recovered. Nothing may have been
   * published or asked for yet.
   */
  startAt(lastSeq: number, past: ChangePast): void {
    this.#history = this.#historyFrom(lastSeq);
    this.#lastSeq = lastSeq;
    this.#past = past;
  }

  #historyFrom(lastSeq: number): ChangeHistory {
    const { historyChangeCount, historyBytes } = this.#bound;
    return new ChangeHistory(historyChangeCount, historyBytes, lastSeq, this.#opening);
  }

  get subscriptionCount(): number {
    return this.#listeners.askingCount;
  }

  /** Loops over changes that are open, and what they hold and have not read. O(readers). */
  readerStats(): ReaderStats {
    const stats = { readerCount: this.#readers.size + this.#resuming.size, heldChangeCount: 0, heldBytes: 0 };
    for (const reader of this.#readers) {
      stats.heldChangeCount += reader.heldCount;
      stats.heldBytes += reader.heldBytes;
    }
    return stats;
  }

  /** Called by the commit path in order of seq. O(1), and O(writes) in a microtask when somebody listens. */
  publish(seq: number, timeMs: number, origin: ChangeOrigin, written: Written): void {
    // A transaction with the seq of the one before it wrote to memory-only collections only.
    this.#unjournaledCount = seq > this.#lastSeq ? 0 : this.#unjournaledCount + 1;
    this.#lastSeq = seq;
    this.#publishedCount++;
    this.tap?.(seq, timeMs, origin, written);
    if (Array.isArray(written) && written.length === 0) return;
    const isHeard = this.#listeners.size > 0;
    const { own, rows } = this.hasViews ? withoutRows(written) : { own: written, rows: NO_ROWS };
    const batch = isHeard
      ? new ChangeBatch(seq, timeMs, origin, own, this.#unjournaledCount, this.#opening, this.#publishedCount, rows)
      : undefined;
    this.#history.add(seq, timeMs, origin, own, this.#unjournaledCount, batch);
    if (batch === undefined) return;
    this.#undelivered.push(batch);
    if (this.#undelivered.length === 1) soon(() => this.#deliver());
  }

  /** Calls `listener` with the changes of each transaction that has some in `target` (undefined: in any collection). */
  subscribeBatches(target: WriteTarget | undefined, listener: BatchListener): Subscription {
    return this.#listen(target, listener);
  }

  /** As `subscribeBatches`, for many readers of one subscription that go by the number of the transaction. */
  subscribeMany(target: WriteTarget, listener: Listener['call'], count: () => number): Subscription {
    return this.#listen(target, listener, count);
  }

  /** @throws DatabaseError `INVALID_QUERY` inside a transaction, half of which memory holds. */
  requireOutsideTransaction(): void {
    if (!this.isInTransaction()) return;
    const what = '`watch` was called inside a transaction: the query would show half of its writes';
    throw new DatabaseError('INVALID_QUERY', what);
  }

  /** Calls `listener` with each change. @throws DatabaseError `INVALID_OPTION` when it is not a function. */
  subscribe(target: WriteTarget | undefined, listener: (change: Change) => void): Subscription {
    requireListener(listener);
    return this.subscribeBatches(target, (changes) => {
      for (const change of changes) this.#isolate(() => listener(change));
    });
  }

  /**
   * Reads changes one by one, for as long as the loop runs.
   *
   * @throws DatabaseError `INVALID_OPTION`; from the iterator `CHANGES_GONE` when `since` is older than what is kept, or
   *   when the reader fell behind and its policy is to close.
   */
  changes(target: WriteTarget | undefined, options?: ChangesOptions): ChangeReader | ResumingReader {
    const resolved = resolveChangesOptions(options, this.#opening);
    const past = this.#past;
    const { since } = resolved;
    if (past === undefined || since === undefined || this.#isClosed) return this.#open(target, resolved);
    if (this.#isHeld(since, target) || target?.isMemoryOnly === true || wholeSeq(since) < past.oldestSince)
      return this.#open(target, resolved);
    const source: ResumingSource = {
      gone: () => this.#history.gone,
      read: (afterSeq, uptoSeq) => past.read(target, afterSeq, uptoSeq),
      filter: resolved.filter,
      goOn: (position) => this.#open(target, { ...resolved, since: position }),
      ended: (reader) => this.#resuming.delete(reader),
    };
    const reader = new ResumingReader(source, since);
    this.#resuming.add(reader);
    return reader;
  }

  /** Whether memory holds all that comes after a position and that is anywhere. */
  #isHeld(since: ChangePosition, target: WriteTarget | undefined): boolean {
    const { gone } = this.#history;
    // A reader of journaled collections misses nothing that the journal does not keep.
    return target?.isMemoryOnly === true ? comparePlaces(since, gone) >= 0 : wholeSeq(since) >= gone.seq;
  }

  #open(target: WriteTarget | undefined, resolved: ResolvedChangesOptions): ChangeReader {
    // Those of the last seq that are not journaled have been.
    const start = resolved.since ?? behindTransaction(this.#lastSeq, this.#unjournaledCount);
    const reader = new ChangeReader(resolved, start, cursorText(start, this.#opening), () => {
      subscription.unsubscribe();
      this.#readers.delete(reader);
    });
    this.#readers.add(reader);
    // Settled changes that are not yet delivered are in the history: it is read from there and not once more when
    // delivered.
    const replayed = new Set(this.#undelivered);
    const subscription = this.#listen(target, (changes, batch) => {
      if (!replayed.has(batch)) reader.push(changes);
    });
    const lastSeq = this.appliedSeq;
    if (this.#isClosed) reader.end();
    else if (!this.#isHeld(start, target)) reader.fail(this.#changesGone(start));
    else if (start.seq > lastSeq) reader.fail(changesAhead(start.seq, lastSeq));
    else if (resolved.since !== undefined) this.#replay(reader, target, start);
    return reader;
  }

  #changesGone(since: ChangePosition): DatabaseError {
    const goneSeq = Math.min(this.#history.goneSeq, this.#past?.oldestSince ?? this.#history.goneSeq);
    return changesGone(since, goneSeq);
  }

  /** Seq of the last transaction whose changes listeners have been given; later ones wait for their microtask. */
  get deliveredSeq(): number {
    return this.#undelivered[0] === undefined ? this.#lastSeq : this.#undelivered[0].seq - 1;
  }

  /**
   * The changes of the transactions after `afterSeq` up to `uptoSeq`, transaction by transaction: from memory where that
   * reaches back, else from the journal.
   *
   * @param uptoSeq at most `deliveredSeq`.
   * @throws DatabaseError `CHANGES_GONE` when neither has them any more.
   */
  async *between(afterSeq: number, uptoSeq: number): AsyncGenerator<readonly PlacedChange[], void> {
    if (afterSeq >= uptoSeq) return;
    if (afterSeq >= this.#history.goneSeq) {
      // The ring moves on while the reader waits: what it holds now is taken hold of at once.
      const batches = [...this.#history.after(behindTransaction(afterSeq))].filter(({ seq }) => seq <= uptoSeq);
      for (const batch of batches) {
        const changes = batch.changes();
        if (changes.length > 0) yield changes;
      }
      return;
    }
    const past = this.#past;
    if (past === undefined || afterSeq < past.oldestSince)
      throw changesGone(
        behindTransaction(afterSeq),
        Math.min(this.#history.goneSeq, past?.oldestSince ?? Number.POSITIVE_INFINITY),
      );
    const transactions = past.read(undefined, afterSeq, uptoSeq);
    for (let next = await transactions.next(); next.done !== true; next = await transactions.next()) yield next.value;
  }

  /** Resolves when every reader that is to be waited for is within the bound of its buffer. */
  async drained(): Promise<void> {
    for (const reader of this.#readers) await reader.drained();
  }

  /** Ends every reader, those that are asked for later too; subscriptions hear nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#deliver();
    for (const reader of [...this.#readers, ...this.#resuming]) reader.end();
    this.#readers.clear();
    this.#listeners.clear();
  }

  /**
   * `publishedNumber` of the last transaction that memory shows. Not its seq: transactions that are not journaled share
   * one, and a reader of memory must know which of them it holds.
   */
  get appliedNumber(): number {
    return this.#publishedCount + this.pendingCount();
  }

  /** How many transactions were published. */
  get publishedNumber(): number {
    return this.#publishedCount;
  }

  /** Seq of the last of them. */
  get publishedSeq(): number {
    return this.#lastSeq;
  }

  /** Seq of the last transaction that memory shows. */
  get appliedSeq(): number {
    return Math.max(this.#lastSeq, this.#past?.lastSeq ?? 0);
  }

  #listen(target: WriteTarget | undefined, call: Listener['call'], count: () => number = () => 1): Subscription {
    const entry: Listener = { target, call, count };
    this.#listeners.add(entry);
    const unsubscribe = (): void => void this.#listeners.delete(entry);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  #replay(reader: ChangeReader, target: WriteTarget | undefined, since: ChangePosition): void {
    for (const batch of this.#history.after(since)) reader.replay(ofTarget(batch, target));
  }

  #deliver(): void {
    const batches = this.#undelivered;
    this.#undelivered = [];
    for (const batch of batches)
      this.#listeners.tell(batch, (listener, changes) => this.#isolate(() => listener.call(changes, batch)));
  }

  #isolate(call: () => unknown): void {
    tell(call, this.#onListenerError);
  }
}

/** @throws DatabaseError `INVALID_OPTION` when it is not a function. */
export function requireListener(listener: unknown): void {
  if (typeof listener === 'function') return;
  throw new DatabaseError('INVALID_OPTION', `a listener must be a function, found ${showValue(listener)}`, {
    option: 'listener',
  });
}

const NO_ROWS: readonly WriteRecord[] = [];

/** The writes of callers, and the rows of views that follow them. A single write has no rows. O(writes). */
function withoutRows(written: Written): { readonly own: Written; readonly rows: readonly WriteRecord[] } {
  if (!Array.isArray(written)) return { own: written, rows: NO_ROWS };
  const records = written as readonly WriteRecord[];
  const rows = records.filter(({ target }) => target.isDerived);
  return rows.length === 0 ? { own: written, rows } : { own: records.filter(({ target }) => !target.isDerived), rows };
}

/**
 * The caller has seen a transaction that this database does not have: a backup, or a crash at a level below fsync, took
 * it away.
 */
function changesAhead(since: number, lastSeq: number): DatabaseError {
  const what = `changes since ${since} were requested, but the last transaction of this database is ${lastSeq}`;
  return new DatabaseError('CHANGES_GONE', what, { since: BigInt(since), lastSeq: BigInt(lastSeq) });
}

function changesGone(position: ChangePosition, goneSeq: number): DatabaseError {
  const since = wholeSeq(position);
  const what = `changes since ${since} were requested, but the changes up to ${goneSeq} are no longer kept: ${goneSeq} is the oldest seq to go on from; read the documents again, then go on from their seq`;
  return new DatabaseError('CHANGES_GONE', what, { since: BigInt(since), oldestSince: BigInt(goneSeq) });
}
