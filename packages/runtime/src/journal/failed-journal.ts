import { DatabaseError, type ErrorFacts } from '@nuthatch/model';

/**
 * The error for work that needs a journal that has failed.
 *
 * @param failure what the disk refused.
 * @param facts further facts; its cause is `cause`, which is the failure itself where nothing lies between.
 */
export function databaseFailed(
  failure: DatabaseError,
  facts: ErrorFacts = {},
  cause: unknown = failure,
): DatabaseError {
  const why = failure.code === 'DATABASE_FAILED' ? '' : 'the journal failed, ';
  const what = `${why}writes are refused: ${failure.message}`;
  return new DatabaseError('DATABASE_FAILED', what, { causeCode: failure.code, ...facts }, { cause });
}
