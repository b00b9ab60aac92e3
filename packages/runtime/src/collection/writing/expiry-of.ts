import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { isStorableTime } from '../../codec/storable.js';
import { showValue } from '../../definition/show-value.js';
import { isDateValue } from '../../document/brands.js';
import type { Clock } from '../../time/clock.js';

/**
 * The time, in epoch milliseconds, that a document's field of `@Expires()` says; undefined: the document stays, as
 * one does whose date is invalid and was stored by an older version. O(1).
 */
export function expiryOf(document: object, expiresField: string): number | undefined {
  const value = (document as Readonly<Record<string, unknown>>)[expiresField];
  if (!isDateValue(value)) return undefined;
  const timeMs = value.getTime();
  return isStorableTime(timeMs) ? timeMs : undefined;
}

/**
 * When a document is to expire that is written with `ttlMs`, in epoch milliseconds; undefined: it stays. O(1).
 *
 * @throws DatabaseError `INVALID_OPTION` for an invalid `ttlMs`, or for one beside a field of `@Expires()`.
 */
export function expiryAsked(
  document: object,
  { name, expires }: DocumentModel,
  ttlMs: number | undefined,
  clock: Clock,
): number | undefined {
  if (expires !== undefined) {
    if (ttlMs === undefined) return expiryOf(document, expires) ?? requireNone(document, name, expires);
    const what = `a ${name} expires at its ${expires}: set that field, not \`ttlMs\``;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'ttlMs', field: expires });
  }
  if (ttlMs === undefined) return undefined;
  if (typeof ttlMs !== 'number' || !(ttlMs > 0) || ttlMs > Number.MAX_SAFE_INTEGER / 2) {
    throw new DatabaseError(
      'INVALID_OPTION',
      `\`ttlMs\` must be a positive number of milliseconds, found ${showValue(ttlMs)}`,
      { option: 'ttlMs' },
    );
  }
  return clock.now() + Math.ceil(ttlMs);
}

/** @throws DatabaseError `VALIDATION_FAILED` for a date that is invalid: nobody could say when the document expires. */
function requireNone(document: object, collection: string, field: string): undefined {
  if (!isDateValue((document as Readonly<Record<string, unknown>>)[field])) return undefined;
  const violations = [{ path: field, rule: 'expires', message: 'must be a valid date' }];
  const what = `${collection} is not valid: ${field} must be a valid date`;
  throw new DatabaseError('VALIDATION_FAILED', what, { collection, violations, violationCount: 1 });
}
