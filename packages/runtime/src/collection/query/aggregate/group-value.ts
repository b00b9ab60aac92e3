/**
 * Values of groups: which two are one, and which comes first.
 *
 * Rising: false, true, numbers and dates, bigints, texts, NaN, null, and at last no value at all. -0 is 0.
 */
import { DatabaseError } from '@nuthatch/model';
import { isDateValue, isSetValue } from '../../../document/brands.js';
import { compareValues, type ScalarValue } from '../../../indexes/index-value.js';

/** The value as it is given out: -0 as 0. @throws DatabaseError `INVALID_QUERY` for what makes no groups. */
export function groupValue(raw: unknown, field: string): unknown {
  switch (typeof raw) {
    case 'string':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return raw;
    case 'number':
      return raw === 0 ? 0 : raw;
    default:
      if (raw === null || isDateValue(raw)) return raw;
      throw new DatabaseError('INVALID_QUERY', `${field} holds a value that makes no groups: ${typeof raw}`, { field });
  }
}

/** The values of a field that may be a list: each once, a single undefined for an empty or absent list. */
export function groupValues(raw: unknown, field: string): readonly unknown[] {
  const list = Array.isArray(raw) ? (raw as readonly unknown[]) : isSetValue(raw) ? [...raw] : undefined;
  if (list === undefined) return [groupValue(raw, field)];
  const values = new Set<unknown>();
  const times = new Set<number>();
  for (const element of list) {
    if (element === undefined || element === null) continue;
    const value = groupValue(element, field);
    if (isDateValue(value)) {
      if (times.has(value.getTime())) continue;
      times.add(value.getTime());
    }
    values.add(value);
  }
  return values.size === 0 ? [undefined] : [...values];
}

/** Sorts in place. Texts alone need no comparison of ours: they are sorted by code units, as everywhere. */
export function sortGroupValues(values: unknown[]): void {
  if (values.every((value) => typeof value === 'string')) values.sort();
  else values.sort(compareGroupValues);
}

/** Below 0: `a` comes first. */
export function compareGroupValues(a: unknown, b: unknown): number {
  const [rankOfA, rankOfB] = [rankOf(a), rankOf(b)];
  if (rankOfA !== rankOfB || rankOfA > 0) return rankOfA - rankOfB;
  return compareValues(scalarOf(a), scalarOf(b));
}

function rankOf(value: unknown): number {
  if (value === undefined) return 3;
  if (value === null) return 2;
  return Number.isNaN(scalarOf(value)) ? 1 : 0;
}

function scalarOf(value: unknown): ScalarValue {
  return isDateValue(value) ? value.getTime() : (value as ScalarValue);
}
