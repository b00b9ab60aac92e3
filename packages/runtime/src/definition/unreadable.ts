import { DatabaseError, type ErrorCode } from '@nuthatch/model';

/**
 * What code of the caller's threw while its argument was read, a getter or a proxy, as an error with a code. One that has a code
 * stays as it is.
 */
export function unreadable(error: unknown, code: ErrorCode, what: string): DatabaseError {
  if (DatabaseError.is(error)) return error;
  const why = error instanceof Error ? error.message : typeof error;
  return new DatabaseError(code, `${what} could not be read: ${why}`, {}, { cause: error });
}
