/**
 * Durable changes on their way to whoever listens, in order of seq.
 *
 * Listeners are called from a microtask, never from inside a write: before the promise of the write resolves for its
 * awaiter, and after the write call has returned. A listener that throws is reported to `onListenerError` and keeps
 * its subscription; the others and the writer never notice.
 *
 * The newest `historyChangeCount` changes are kept so that a reader can go on from a seq; older ones are gone, and
 * asking for them is `CHANGES_GONE`, never a silent gap. With no listener a publish is O(1).
 */
import { DatabaseError } from '@nuthatch/model';
import type { ChangeOrigin } from '../commit/transaction.js';
import type { WriteRecord, WriteTarget } from '../commit/write-record.js';
import type { Change } from './change.js';
import { ChangeBatch, type DocumentChange } from './change-batch.js';
import { ChangeReader, type ChangesOptions } from './change-reader.js';

/** Ends a subscription; `using` does it at the end of the block. Idempotent. */
export interface Subscription extends Disposable {
  unsubscribe(): void;
}

type BatchListener = (changes: readonly DocumentChange[]) => void;

interface Listener {
  readonly target: WriteTarget | undefined;
  readonly call: BatchListener;
}

export class ChangeFeed {
  readonly #historyChangeCount: number;
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Set<Listener>();
  readonly #history: ChangeBatch[] = [];
  #historyHead = 0;
  #historySize = 0;
  /** Changes up to this seq are no longer kept. */
  #goneSeq: number;
  #lastSeq: number;
  #undelivered: ChangeBatch[] = [];
  readonly #readers = new Set<ChangeReader>();

  /** @param lastSeq seq of the last transaction before this feed began; older changes are not in it. */
  constructor(lastSeq: number, historyChangeCount: number, onListenerError: (error: unknown) => void) {
    this.#goneSeq = lastSeq;
    this.#lastSeq = lastSeq;
    this.#historyChangeCount = historyChangeCount;
    this.#onListenerError = onListenerError;
  }

  get subscriptionCount(): number {
    return this.#listeners.size;
  }

  /** Called by the commit path in order of seq. O(1), and O(writes) in a microtask when somebody listens. */
  publish(seq: number, timeMs: number, origin: ChangeOrigin, records: readonly WriteRecord[]): void {
    this.#lastSeq = seq;
    if (records.length === 0) return;
    const batch = new ChangeBatch(seq, timeMs, origin, records);
    this.#keep(batch);
    if (this.#listeners.size === 0) return;
    this.#undelivered.push(batch);
    if (this.#undelivered.length === 1) queueMicrotask(() => this.#deliver());
  }

  /** Calls `listener` with the changes of each transaction that has some in `target` (undefined: in any collection). */
  subscribeBatches(target: WriteTarget | undefined, listener: BatchListener): Subscription {
    const entry: Listener = { target, call: listener };
    this.#listeners.add(entry);
    const unsubscribe = (): void => void this.#listeners.delete(entry);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Calls `listener` with each change. */
  subscribe(target: WriteTarget | undefined, listener: (change: Change) => void): Subscription {
    return this.subscribeBatches(target, (changes) => {
      for (const change of changes) this.#isolate(() => listener(change));
    });
  }

  /**
   * Reads changes one by one, for as long as the loop runs.
   *
   * @throws DatabaseError `CHANGES_GONE` from the iterator when `since` is older than what is kept, or when the
   *   reader fell more than `bufferCount` changes behind.
   */
  changes(target: WriteTarget | undefined, options: ChangesOptions = {}): ChangeReader {
    const since = options.since === undefined ? this.#lastSeq : Number(options.since);
    const reader = new ChangeReader(options, () => {
      subscription.unsubscribe();
      this.#readers.delete(reader);
    });
    this.#readers.add(reader);
    // Transactions settled but not yet delivered would come twice: from the history and from the delivery.
    let replayedSeq = -1;
    const subscription = this.subscribeBatches(target, (changes) => {
      const first = changes[0] as DocumentChange;
      if (Number(first.seq) > replayedSeq || !replayed.has(first)) reader.push(changes);
    });
    const replayed = new Set<DocumentChange>();
    if (since < this.#goneSeq) reader.fail(changesGone(since, this.#goneSeq));
    else {
      for (let index = this.#historyHead; index < this.#history.length; index++) {
        const batch = this.#history[index] as ChangeBatch;
        if (batch.seq <= since) continue;
        const changes = ofTarget(batch.changes(), target);
        reader.replay(changes);
        if (this.#undelivered.includes(batch)) for (const change of changes) replayed.add(change);
        replayedSeq = batch.seq;
      }
    }
    return reader;
  }

  /** Ends every reader; subscriptions hear nothing more. */
  close(): void {
    this.#deliver();
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#listeners.clear();
  }

  #keep(batch: ChangeBatch): void {
    if (this.#historyChangeCount === 0) {
      this.#goneSeq = batch.seq;
      return;
    }
    this.#history.push(batch);
    this.#historySize += batch.changeCount;
    while (this.#historySize > this.#historyChangeCount) {
      const oldest = this.#history[this.#historyHead] as ChangeBatch;
      this.#historySize -= oldest.changeCount;
      this.#goneSeq = oldest.seq;
      this.#historyHead++;
    }
    if ((this.#historyHead > 1024 && this.#historyHead * 2 > this.#history.length) || this.#historySize === 0) {
      this.#history.splice(0, this.#historyHead);
      this.#historyHead = 0;
    }
  }

  #deliver(): void {
    const batches = this.#undelivered;
    this.#undelivered = [];
    for (const batch of batches) {
      for (const listener of this.#listeners) {
        const changes = ofTarget(batch.changes(), listener.target);
        if (changes.length > 0) this.#isolate(() => listener.call(changes));
      }
    }
  }

  #isolate(call: () => unknown): void {
    try {
      const result = call();
      // An async listener: its rejection is its own, and reported as a throw would be.
      if (result instanceof Promise) result.catch((error: unknown) => this.#onListenerError(error));
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}

function ofTarget(changes: readonly DocumentChange[], target: WriteTarget | undefined): readonly DocumentChange[] {
  if (target === undefined || changes.every((change) => change.target === target)) return changes;
  return changes.filter((change) => change.target === target);
}

function changesGone(since: number, goneSeq: number): DatabaseError {
  const what = `changes since ${since} were asked for, those up to ${goneSeq} are no longer kept`;
  return new DatabaseError('CHANGES_GONE', what, { since: BigInt(since), oldestSince: BigInt(goneSeq) });
}
