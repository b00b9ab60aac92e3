import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';
import { type ErrorJson, errorJson } from './error-json.js';

/** Facts of an error: names and numbers a program can act on. Never holds a whole document. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/**
 * The one error class of Nuthatch. Switch on `code`; `facts` hold the particulars; `hint` says what to do.
 *
 * The message reads: code, what happened with values, what to do next.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
  readonly hint: string;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Where the code is explained, with its cause and cure: a page of the installed package, and its heading. */
  readonly docs: string;

  /**
   * @param what what happened, with values. A full stop at its end, as of another error's message, is taken off.
   * @param options `cause`: the error that led to this one, kept whole.
   */
  constructor(code: ErrorCode, what: string, facts: ErrorFacts = {}, options: { readonly cause?: unknown } = {}) {
    const entry = ERROR_CATALOGUE[code];
    super(
      `${code}: ${what.replace(/\.+$/, '')}. ${entry.hint}`,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.facts = facts;
    this.hint = entry.hint;
    this.retryable = entry.retryable;
    this.docs = `@nuthatch/runtime/docs/errors.md#${code.toLowerCase()}`;
  }

  /**
   * What `JSON.stringify` writes: code, message, facts, hint, docs and the cause, without stacks. Facts are cut down to what
   * JSON has: a bigint becomes its digits, a date its text, what contains itself is left out.
   */
  toJSON(): ErrorJson {
    return errorJson(this, 0);
  }

  /** True for any DatabaseError, also one from another copy of the package; with `code`, only for that code. */
  static is(error: unknown, code?: ErrorCode): error is DatabaseError {
    const candidate = error as DatabaseError | undefined;
    return candidate?.name === 'DatabaseError' && (code === undefined || candidate.code === code);
  }
}
