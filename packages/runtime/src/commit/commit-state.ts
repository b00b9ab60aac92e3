/**
 * Whether writes are taken, and what those that are refused are told.
 *
 *   open ─▶ readOnly     writes come from elsewhere
 *     ├───▶ closed       what is pending still settles
 *     └───▶ failed       the journal failed: reads go on over what is durable
 */
import { DatabaseError } from '@nuthatch/model';
import { databaseFailed } from '../journal/failed-journal.js';

export type CommitStateName = 'open' | 'readOnly' | 'failed' | 'closed';

export class CommitState {
  #name: CommitStateName = 'open';
  #failure: DatabaseError | undefined;

  get name(): CommitStateName {
    return this.#name;
  }

  /** The journal's error, once failed. */
  get failure(): DatabaseError | undefined {
    return this.#failure;
  }

  fail(cause: DatabaseError): void {
    this.#name = 'failed';
    this.#failure = cause;
  }

  refuseWrites(): void {
    this.#name = 'readOnly';
  }

  close(): void {
    if (this.#name === 'open') this.#name = 'closed';
  }

  /** @throws DatabaseError `DATABASE_FAILED`, `DATABASE_CLOSED`, `READ_ONLY_READER`. */
  requireOpen(): void {
    if (this.#name !== 'open') throw this.#refusal();
  }

  #refusal(): DatabaseError {
    if (this.#name === 'failed') return this.failed(0, 0);
    if (this.#name === 'readOnly')
      return new DatabaseError(
        'READ_ONLY_READER',
        'a write was called on a reader, which shows what its database writes',
      );
    return new DatabaseError('DATABASE_CLOSED', 'the database is closed and takes no writes');
  }

  /** Once failed: the error for callers. @param answeredCount those of them whose promise was resolved before. */
  failed(takenBackCount: number, answeredCount: number, isOutcomeUnknown = false): DatabaseError {
    const cause = this.#failure!;
    return databaseFailed(cause, { takenBackCount, answeredCount, ...(isOutcomeUnknown && { isOutcomeUnknown }) });
  }
}
