/**
 * The transaction whose function runs now, and how a function is run: synchronously, looked at when it returns, and taken back
 * whole when it fails.
 */
import { DatabaseError } from '@nuthatch/model';
import { Transaction } from './transaction.js';
import type { CommitOptions } from './write-options.js';
import type { Written } from './write-record.js';

export class RunningTransaction {
  /** Undefined: no function runs. */
  active: Transaction | undefined;
  /** See `CommitPath.references`. */
  references: ((transaction: Transaction) => void) | undefined;
  /** See `CommitPath.guard`. */
  guard: ((transaction: Transaction) => void) | undefined;
  readonly #onStuck: (error: DatabaseError) => void;

  /** @param onStuck called when a write could not be taken back. */
  constructor(onStuck: (error: DatabaseError) => void) {
    this.#onStuck = onStuck;
  }

  /** @returns the result of `work`. @throws what `work` threw, and why its writes are refused; they are still applied. */
  run<T>(transaction: Transaction, work: (transaction: Transaction) => T): T {
    this.active = transaction;
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
      this.check(transaction);
      transaction.checkDeferred();
      return result;
    } finally {
      this.active = undefined;
    }
  }

  /** The function has returned, and is still the active one. @throws why its writes are refused. */
  check(transaction: Transaction): void {
    if (transaction.doom !== undefined) throw transaction.doom.error;
    this.references?.(transaction);
    this.guard?.(transaction);
  }

  /** Runs `work` as a part of the active transaction, whose fate it shares. Never throws. */
  join<T>(
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

  /**
   * Takes all its writes back, newest first. Getters of computed keys are asked meanwhile: a write of theirs joins what is
   * taken back, and is refused with it.
   */
  unwind(transaction: Transaction): void {
    const { active } = this;
    this.active = transaction;
    try {
      transaction.unwindTo(0);
    } finally {
      this.active = active;
    }
    const stuck = transaction.revertFailure;
    if (stuck !== undefined) this.#onStuck(notTakenBack(stuck.target.name, stuck.error));
  }

  /** Takes back the writes of several that have ended, newest first. */
  unwindAll(ended: readonly { readonly written: Written }[]): void {
    for (let index = ended.length - 1; index >= 0; index--) this.unwind(Transaction.ended(ended[index]!.written));
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
