import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';

/**
 * The value of a counter after adding to it; one that is not there counts as 0.
 *
 * @throws DatabaseError `INVALID_OPTION` when `by` is not a number; `VALIDATION_FAILED` when the value is not a number, or
 *   only one of the two is a bigint, or a number cannot hold the sum exactly.
 */
export function addedTo(key: string, value: unknown, by: number | bigint): number | bigint {
  if (typeof by !== 'bigint' && (typeof by !== 'number' || !Number.isFinite(by))) {
    const what = `\`by\` of increment must be a finite number or a bigint, found ${showValue(by)}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'by' });
  }
  if (value === undefined) return by;
  if (typeof value === 'bigint' && typeof by === 'bigint') return value + by;
  if (typeof value !== 'number' || typeof by !== 'number')
    throw refused(key, `holds ${showValue(value)}; ${showValue(by)} cannot be added to it`);
  const sum = value + by;
  const isWhole = Number.isInteger(value) && Number.isInteger(by);
  const standsStill = sum === value && by !== 0 && Number.isFinite(sum);
  if (Number.isNaN(sum) || standsStill || (isWhole && !Number.isSafeInteger(sum)))
    throw refused(key, `${value} + ${by} is more than a number holds exactly; use bigints`);
  return sum;
}

function refused(key: string, message: string): DatabaseError {
  const violations = [{ path: 'value', rule: 'increment', message }];
  return new DatabaseError('VALIDATION_FAILED', `${showValue(key)} ${message}`, { key, violations });
}
