/**
 * The work of transactions that wait for a shared journal. When another node's transactions come first, everything
 * that waits is taken back and run again over what they left: functions are synchronous, so that is always possible.
 */
import { DatabaseError } from '@nuthatch/model';
import type { StoredTransaction } from '../journal/journal.js';
import type { Pending } from './pending-queue.js';
import type { Transaction } from './transaction.js';
import type { CommitOptions } from './write-options.js';

/** So often nothing of a node comes first before its transactions give way. */
const MOST_RUNS = 100;

/** One transaction as it was asked for. */
export interface Repeatable {
  readonly work: (transaction: Transaction) => unknown;
  readonly isDeferring: boolean;
  readonly options: CommitOptions | undefined;
  /** How often it has run. */
  runCount: number;
  /** The promise that its caller has. */
  promise: Promise<unknown> | undefined;
}

export class RepeatableWork {
  /** Applies what another node wrote, as one transaction. */
  readonly apply: (transaction: Transaction, stored: StoredTransaction) => void;
  readonly #waiting = new Map<Pending, Repeatable>();
  /** How often others came first since something of this node settled. */
  #lostInTurn = 0;

  constructor(apply: (transaction: Transaction, stored: StoredTransaction) => void) {
    this.apply = apply;
  }

  keep(pending: Pending, repeatable: Repeatable): void {
    this.#waiting.set(pending, repeatable);
  }

  /** It is settled, or about to run again. */
  take(pending: Pending): Repeatable {
    const repeatable = this.#waiting.get(pending)!;
    this.#waiting.delete(pending);
    return repeatable;
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Another node came first. */
  lost(): void {
    this.#lostInTurn++;
  }

  /** A transaction of this node has settled: those behind it come nearer, however often they have run. */
  won(): void {
    this.#lostInTurn = 0;
  }

  /** Before a transaction runs once more. @throws DatabaseError `JOURNAL_CONTENDED`. */
  requireRunsLeft({ runCount }: Repeatable): void {
    const lostCount = Math.min(runCount, this.#lostInTurn);
    if (lostCount < MOST_RUNS) return;
    const what = `other nodes wrote first ${lostCount} times in turn; the transaction was taken back`;
    throw new DatabaseError('JOURNAL_CONTENDED', what, { runCount });
  }
}
