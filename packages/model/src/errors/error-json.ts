/** Errors as JSON: what a log or an HTTP answer gets of them. */
import type { ErrorCode } from './error-catalogue.js';

export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  /** Of a DatabaseError, or of the system: `ENOENT`. */
  readonly code?: ErrorCode | string;
  readonly facts?: unknown;
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly docs?: string;
  /** The error that led to this one; another value as it is in JSON. */
  readonly cause?: unknown;
}

/** Causes of causes, and values in values, end here: an error may lead to itself. */
const MAX_LEVELS = 8;

/** O(facts). Never throws: getters that do are left out. */
export function errorJson(error: Error, level: number): ErrorJson {
  const { name, message, cause } = error;
  const { code, facts, hint, retryable, docs } = error as {
    readonly code?: unknown;
    readonly facts?: unknown;
    readonly hint?: unknown;
    readonly retryable?: unknown;
    readonly docs?: unknown;
  };
  return {
    name,
    ...(typeof code === 'string' && { code }),
    message,
    ...(facts !== undefined && { facts: jsonOf(facts, level + 1) }),
    ...(typeof hint === 'string' && { hint }),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(typeof docs === 'string' && { docs }),
    ...(cause !== undefined && { cause: jsonOf(cause, level + 1) }),
  };
}

function jsonOf(value: unknown, level: number): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (level > MAX_LEVELS) return undefined;
  try {
    if (value instanceof Error) return errorJson(value, level);
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return (value as { toJSON(): unknown }).toJSON();
    if (Array.isArray(value)) return value.map((item) => jsonOf(item, level + 1) ?? null);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, jsonOf(item, level + 1)]));
  } catch {
    // A proxy or a getter of the caller's: what it hides is not worth losing the error for.
    return undefined;
  }
}
