import {
  haveSameFloats,
  isBytesValue,
  isDateValue,
  isFloatsValue,
  isMapValue,
  isRecord,
  isSetValue,
  timeOf,
} from '../../document/brands.js';

/** Whether two field values are the same by content: dates by time, containers and plain objects by what they hold. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isDateValue(a)) return isDateValue(b) && Object.is(timeOf(a), timeOf(b));
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => isSameValue(element, b[index]));
  if (isBytesValue(a)) return isBytesValue(b) && a.length === b.length && a.every((byte, index) => byte === b[index]);
  if (isFloatsValue(a)) return isFloatsValue(b) && haveSameFloats(a, b);
  if (isMapValue(a)) return isMapValue(b) && isSameValue([...a], [...b]);
  if (isSetValue(a)) return isSetValue(b) && isSameValue([...a], [...b]);
  if (!isRecord(b)) return false;
  const aKeys = Object.keys(a);
  return (
    aKeys.length === Object.keys(b).length &&
    aKeys.every((key) => Object.hasOwn(b, key) && isSameValue((a as Record<string, unknown>)[key], b[key]))
  );
}
