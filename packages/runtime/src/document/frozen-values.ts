/**
 * Dates, maps and sets that nobody can change: documents are shared, so what they hold must be as frozen as they are.
 *
 * `Object.freeze` does not reach the inner slots of these classes; here every mutator throws `READ_ONLY_VALUE`
 * instead. They are real dates, maps and sets otherwise: `instanceof`, `structuredClone` (which gives a plain, mutable
 * copy), JSON, spread and iteration work. The method of another class called on them by force
 * (`Date.prototype.setTime.call(…)`) still gets through: this guards against mistakes, not against malice.
 */
import { DatabaseError } from '@nuthatch/model';
import { isDateValue, isMapValue, isSetValue, timeOf } from './brands.js';

function refuse(kind: string, method: string): never {
  throw new DatabaseError('READ_ONLY_VALUE', `${method} was called on the ${kind} of a document`, { kind, method });
}

/** A date whose setters throw `READ_ONLY_VALUE`. */
export class FrozenDate extends Date {}

/** A map whose `set`, `delete` and `clear` throw `READ_ONLY_VALUE`. */
export class FrozenMap<K, V> extends Map<K, V> {}

/** A set whose `add`, `delete` and `clear` throw `READ_ONLY_VALUE`. */
export class FrozenSet<T> extends Set<T> {}

/** A frozen date of epoch milliseconds. O(1). */
export function frozenDateOf(epochMs: number): FrozenDate {
  return Object.freeze(new FrozenDate(epochMs));
}

/** A frozen copy of a date of any realm; a FrozenDate, and what is not a date (a number, too), as it is. O(1). */
export function frozenDate(value: Date): FrozenDate {
  if (!isDateValue(value) || (value instanceof FrozenDate && Object.isFrozen(value))) return value;
  return frozenDateOf(timeOf(value));
}

/** A frozen copy of the entries; the entries themselves are the caller's to freeze. O(entries). */
export function frozenMap<K, V>(entries: Iterable<readonly [K, V]>): FrozenMap<K, V> {
  const map = new FrozenMap<K, V>();
  for (const [key, value] of entries) Map.prototype.set.call(map, key, value);
  return Object.freeze(map);
}

/** A frozen copy of the elements; the elements themselves are the caller's to freeze. O(elements). */
export function frozenSet<T>(elements: Iterable<T>): FrozenSet<T> {
  const set = new FrozenSet<T>();
  for (const element of elements) Set.prototype.add.call(set, element);
  return Object.freeze(set);
}

/** A frozen copy of a set of any realm, each element sealed by `seal`; what is not a set as it is. O(elements). */
export function sealedSet(value: unknown, seal?: (element: unknown) => unknown): unknown {
  if (!isSetValue(value)) return value;
  const set = new FrozenSet<unknown>();
  // By the method of the class: an iterator of the caller's own could give anything.
  forEachOfSet.call(value, (element: unknown) => void addToSet.call(set, seal === undefined ? element : seal(element)));
  return Object.freeze(set);
}

/** A frozen copy of a map of any realm, keys and values sealed; what is not a map as it is. O(entries). */
export function sealedMap(
  value: unknown,
  sealKey?: (key: unknown) => unknown,
  sealValue?: (value: unknown) => unknown,
): unknown {
  if (!isMapValue(value)) return value;
  const map = new FrozenMap<unknown, unknown>();
  forEachOfMap.call(value, (element: unknown, key: unknown) => {
    const ownKey = sealKey === undefined ? key : sealKey(key);
    setInMap.call(map, ownKey, sealValue === undefined ? element : sealValue(element));
  });
  return Object.freeze(map);
}

const forEachOfSet = Set.prototype.forEach;
const addToSet = Set.prototype.add;
const forEachOfMap = Map.prototype.forEach;
const setInMap = Map.prototype.set;

function refuseMethods(prototype: object, kind: string, methods: readonly string[]): void {
  for (const method of methods) {
    const value = (): never => refuse(kind, method);
    Object.defineProperty(prototype, method, { value, writable: false, enumerable: false, configurable: false });
  }
}

const DATE_SETTERS = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));
// To assertion libraries they are equal to plain ones: these compare `constructor`.
for (const [frozen, plain] of [
  [FrozenDate, Date],
  [FrozenMap, Map],
  [FrozenSet, Set],
] as const) {
  Object.defineProperty(frozen.prototype, 'constructor', { value: plain, writable: false, enumerable: false });
}
refuseMethods(FrozenDate.prototype, 'date', DATE_SETTERS);
refuseMethods(FrozenMap.prototype, 'map', ['set', 'delete', 'clear']);
refuseMethods(FrozenSet.prototype, 'set', ['add', 'delete', 'clear']);
