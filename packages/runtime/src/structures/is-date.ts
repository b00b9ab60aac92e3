import { types } from 'node:util';

/** A Date of any realm: one of a test runner or a `vm` is no instance of ours. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date || types.isDate(value);
}
