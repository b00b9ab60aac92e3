/**
 * Values as indexes hold them: how they are taken from a document, which two are one, and which comes first.
 *
 * - number: by value; -0 is 0; NaN is refused, since it has no place in an order; infinities are allowed
 * - bigint: by value; never equal to a number
 * - string: by UTF-16 code unit, as `<` does; no locale, no normalisation
 * - Date: by time, held as epoch milliseconds; an invalid date is refused
 * - boolean: false before true
 * - composite: part by part; a shorter one is equal to all that begin with it, so a bound may leave out last parts
 *
 * Where a field may hold several types they go boolean, number and Date, bigint, string. A Date and the number of its
 * milliseconds are one value. null and undefined, alone or as a part, mean: not in the index.
 */
import { DatabaseError } from '@nuthatch/model';
import { isDate } from '../structures/is-date.js';

/** A value of one field. Dates are held as epoch milliseconds. */
export type ScalarValue = string | number | bigint | boolean;

/** The parts of a composite value, in order of the index's fields. */
export type CompositeValue = readonly ScalarValue[];

export type IndexValue = ScalarValue | CompositeValue;

/**
 * A document's raw value as the index holds it; undefined when the document is not in the index. O(parts).
 *
 * @param raw what the caller's `valueOf` answers: a field's value, or an array of them for a composite index.
 * @param index name of the index, for the error.
 * @throws DatabaseError `INVALID_INDEX_VALUE` for NaN, invalid dates and values without an order (objects, bytes).
 */
export function indexValue(raw: unknown, index: string): IndexValue | undefined {
  if (!Array.isArray(raw)) return scalarValue(raw, index);
  // No list that grows: it would hold room for 17 parts, of each document.
  const parts = (raw as readonly unknown[]).slice() as ScalarValue[];
  for (let place = 0; place < parts.length; place++) {
    const value = scalarValue(parts[place], index);
    if (value === undefined) return undefined;
    parts[place] = value;
  }
  return parts;
}

/** As `indexValue`, for one field. O(1). @throws DatabaseError `INVALID_INDEX_VALUE`. */
export function scalarValue(raw: unknown, index: string): ScalarValue | undefined {
  switch (typeof raw) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return raw;
    case 'number':
      if (Number.isNaN(raw)) throw refused(index, 'NaN', 'number');
      return raw === 0 ? 0 : raw;
    case 'undefined':
      return undefined;
    default:
      if (raw === null) return undefined;
      return dateValue(raw, index);
  }
}

function dateValue(raw: unknown, index: string): number {
  if (!isDate(raw)) throw refused(index, Array.isArray(raw) ? 'an array' : `a value of type ${typeof raw}`, typeof raw);
  const timeMs = Date.prototype.getTime.call(raw);
  if (Number.isNaN(timeMs)) throw refused(index, 'an invalid date', 'date');
  return timeMs;
}

function refused(index: string, given: string, type: string): DatabaseError {
  return new DatabaseError('INVALID_INDEX_VALUE', `index \`${index}\` cannot hold ${given}`, { index, given, type });
}

const RANK: Readonly<Record<string, number>> = { boolean: 0, number: 1, bigint: 2, string: 3, object: 4 };

/** Total order of index values. @returns negative, 0 or positive. O(common prefix). */
export function compareValues(a: IndexValue, b: IndexValue): number {
  if (typeof a !== typeof b) return RANK[typeof a]! - RANK[typeof b]!;
  if (typeof a === 'object') return compareParts(a, b as CompositeValue);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As `compareValues` of composite values: mostly equal parts come first, and then two of one type. */
export function compareParts(a: CompositeValue, b: CompositeValue): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [a[index]!, b[index]!];
    if (one === other) continue;
    if (typeof one !== typeof other) return RANK[typeof one]! - RANK[typeof other]!;
    return one < other ? -1 : 1;
  }
  return 0;
}

/** Whether two values (or their absence) are one: then the index need not be touched. O(parts). */
export function isSameValue(a: IndexValue | undefined, b: IndexValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return a.length === b.length && compareParts(a, b) === 0;
}

/**
 * A text or scalar that is the same for the same value and no other: a key for Maps. A scalar is its own; a composite
 * value becomes text with a length before each part, so ('a','bc') and ('ab','c') stay apart. O(length).
 * One index holds either scalars or composites, so the two never meet.
 */
export function identityOf(value: IndexValue): ScalarValue {
  if (typeof value !== 'object') return value;
  let text = '';
  for (const part of value) {
    const partText = String(part);
    text += `${(typeof part)[0]!}${typeof part === 'boolean' ? '?' : ''}${partText.length}:${partText}`;
  }
  return text;
}

/** Text without regard to case: Unicode NFC, lower case of the root locale. `ß` and `SS` stay two. O(length). */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}
