/**
 * An error as it stands in a log. Logs go to places that documents must not go to, so texts that may name keys or
 * values are left out unless the program wants them: code and stack say where to look.
 */
import { DatabaseError, type ErrorCode } from '@nuthatch/model';

/** Errors of files and of the life of a database: their texts name paths, sizes and system errors alone. */
const HARMLESS: ReadonlySet<string> = new Set<ErrorCode>([
  'BACKUP_UNFINISHED',
  'CHANGES_GONE',
  'DATABASE_CLOSED',
  'DATABASE_FAILED',
  'DATABASE_LOCKED',
  'DIRECTORY_GONE',
  'DIRECTORY_UNUSABLE',
  'ENCRYPTION_KEY_REQUIRED',
  'ENCRYPTION_KEY_WRONG',
  'FORMAT_UNSUPPORTED',
  'JOURNAL_DAMAGED',
  'JOURNAL_WRITE_FAILED',
  'READER_TOO_OLD',
  'TOO_MUCH_PENDING',
  'TRANSACTION_TOO_LARGE',
]);

export interface ShownError {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  /** The calls, without the first line: that is the text. */
  readonly stack?: string;
  readonly cause?: ShownError;
}

const DEEPEST = 5;

export function shownError(error: unknown, withTexts: boolean, depth = 0): ShownError {
  if (typeof error !== 'object' || error === null)
    return { type: typeof error, ...(withTexts && { message: String(error) }) };
  const { name, code, message, stack, cause } = error as Partial<Record<string, unknown>>;
  const isOurs = DatabaseError.is(error);
  const isShown = withTexts || (isOurs && HARMLESS.has(error.code));
  const calls = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return {
    type: typeof name === 'string' ? name : 'object',
    // Of an error of the system: EIO, ENOSPC.
    ...(typeof code === 'string' && { code }),
    ...(isShown && typeof message === 'string' && { message }),
    ...(calls.length > 0 && { stack: calls.join('\n') }),
    ...(cause !== undefined && depth < DEEPEST && { cause: shownError(cause, withTexts, depth + 1) }),
  };
}
