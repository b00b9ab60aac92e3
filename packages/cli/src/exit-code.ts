/** The exit code of the command, and its words: docs/guide/command.md lists the same. */
import type { DatabaseError, ErrorCode, ErrorFacts } from '@nuthatch/model/errors';
import { errors } from './packages.js';
import { thrownStack } from './thrown-text.js';

/** Persistent: scripts compare them. Never change. */
export const EXIT = {
  /** The command has done its work. */
  done: 0,
  /** The database, code or file that the user named has a problem: damaged, out of date, missing, in use, refused. */
  refused: 1,
  /** The command line is wrong; nothing was looked at. */
  usage: 2,
  /** A defect of Nuthatch; the stack is printed. */
  defect: 3,
} as const;

/** An error for the user. @param what what happened, with values; the catalogue adds what to do. */
export function refusal(
  code: ErrorCode,
  what: string,
  facts: ErrorFacts,
  options?: { readonly cause?: unknown },
): DatabaseError {
  const { DatabaseError } = errors();
  return new DatabaseError(code, what, facts, options);
}

/** Whether it is an error for the user, of this code where one is named. */
export function isRefusal(error: unknown, code?: ErrorCode): error is DatabaseError {
  return errors().DatabaseError.is(error, code);
}

/**
 * A command line that cannot be understood, beyond what its parser sees: a word that is not a value of the option, a
 * count that is not a number. Told like its refusal; ends with 2.
 */
export class UsageError extends Error {
  readonly refusal: DatabaseError;

  constructor(option: string, what: string) {
    const error = refusal('INVALID_OPTION', what, { option });
    super(error.message);
    this.refusal = error;
  }
}

/** How a failed run ends. */
export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly facts: object;
}

/**
 * Options of public functions whose value is wrong whatever the command is pointed at. Those functions refuse it, and know
 * nothing of command lines.
 */
const WRONG_BY_THEMSELVES: ReadonlySet<unknown> = new Set([
  'rename',
  'delimiter',
  'atSeq',
  'atTime',
  'class',
  'schema',
  'tablePrefix',
  'table',
  'foreignKeys',
]);

/**
 * Puts any error in one form. Errors of the file system get the code `FILE_UNUSABLE` and the path; what has no code is
 * ours.
 */
export function failureOf(thrown: unknown): Failure {
  const isUsage = thrown instanceof UsageError;
  const error = isUsage ? thrown.refusal : isSystemError(thrown) ? fileError(thrown) : thrown;
  if (isRefusal(error)) {
    const { code, message, facts } = error;
    const isOfLine = isUsage || (code === 'INVALID_OPTION' && WRONG_BY_THEMSELVES.has(facts['option']));
    return { exitCode: isOfLine ? EXIT.usage : EXIT.refused, code, message, facts };
  }
  const message = `A defect of Nuthatch, please report it with this text:\n${thrownStack(error)}`;
  return { exitCode: EXIT.defect, code: 'DEFECT', message, facts: {} };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist, or its folder does not exist',
  EEXIST: 'already exists and is not overwritten',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'has a file where it needs a directory',
  EACCES: 'may not be read or written',
  EPERM: 'may not be read or written',
  EROFS: 'is on a file system that cannot be written',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the quota is used up',
  EMFILE: 'cannot be opened: too many files are open',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'leads into a circle of links',
};

/** @param error of the file system, or its plain data. */
export function fileError(error: Pick<NodeJS.ErrnoException, 'code' | 'syscall' | 'path'>): DatabaseError {
  const { code = '', syscall = '', path } = error;
  const reason = REASONS[code] ?? `cannot be used (${code}: ${syscall})`;
  // The call by which Node asks where it is.
  const unnamed = syscall === 'uv_cwd' ? 'the folder in which the command runs' : 'a file or pipe';
  const what = `${path ?? unnamed} ${reason}`;
  return refusal('FILE_UNUSABLE', what, { path, systemCode: code, syscall }, { cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return !isRefusal(error) && typeof code === 'string' && typeof syscall === 'string';
}
