/**
 * Transactions that memory shows and the engine does not have yet. When others come first, all of them are taken back
 * and run again behind what came: they have other numbers then, or are refused.
 */
import { DatabaseError } from '@nuthatch/model';
import type { JournaledTransaction, SharedJournalListener, StoredTransaction } from '@nuthatch/runtime/cluster';
import type { Drafts } from './drafts.js';
import type { NodeWaiters } from './node-waiters.js';

export class WaitingPart {
  readonly drafts: Drafts;
  readonly #waiters: NodeWaiters;
  listener: SharedJournalListener | undefined;
  /** Of the last transaction, whether it waits or is settled. */
  lastSeq: number;
  /** It runs again now. */
  isRunningAgain = false;
  #hasLost = false;

  constructor(drafts: Drafts, waiters: NodeWaiters, lastSeq: number) {
    this.drafts = drafts;
    this.#waiters = waiters;
    this.lastSeq = lastSeq;
  }

  /** A frame of it was sent, and another one stands in its place. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** @returns the seq that it has unless others come first. @throws what `Drafts.add` throws. */
  append(transaction: JournaledTransaction): number {
    this.drafts.add(transaction);
    return ++this.lastSeq;
  }

  lost(): void {
    this.#hasLost = true;
  }

  /**
   * Takes all back, applies what arrived, and runs it again.
   *
   * @param seq of the last transaction that arrived, or else of the last that is settled.
   * @param between called when memory shows exactly what is settled.
   * @throws DatabaseError that ends the node: it must not try again over what is half applied.
   */
  overtake(arrived: readonly StoredTransaction[], seq: number, between: () => void): void {
    this.drafts.clear();
    this.lastSeq = seq;
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    this.isRunningAgain = true;
    try {
      this.listener!.overtaken(arrived, between, hasLost);
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.isRunningAgain = false;
    }
    this.#waiters.flushing.moveAll(this.lastSeq);
  }
}

/** What goes wrong here is no silence of the engine. */
export function asFailure(cause: unknown): DatabaseError {
  return DatabaseError.is(cause)
    ? cause
    : new DatabaseError('DATABASE_FAILED', `the node failed: ${String(cause)}`, {}, { cause });
}
