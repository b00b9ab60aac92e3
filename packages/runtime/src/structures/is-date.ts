import { types } from 'node:util';

/**
 * A Date of any realm: a date of a test runner or a `vm` is not an instance of our Date, and
 * `Object.create(Date.prototype)` is not a date.
 */
export function isDate(value: unknown): value is Date {
  return types.isDate(value);
}
