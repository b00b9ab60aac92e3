import { types } from 'node:util';

/** A Date of any realm: one of a test runner or a `vm` is no instance of ours, and `Object.create(Date.prototype)` is none. */
export function isDate(value: unknown): value is Date {
  return types.isDate(value);
}
