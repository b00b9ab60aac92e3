/**
 * Dates, maps and sets that nobody can change: documents are shared, so what they hold must be as frozen as they are.
 *
 * `Object.freeze` does not reach the inner slots of these classes; here every mutator throws `READ_ONLY_VALUE`
 * instead. They are real dates, maps and sets otherwise: `instanceof`, `structuredClone` (which gives a plain, mutable
 * copy), JSON, spread and iteration work. The method of another class called on them by force
 * (`Date.prototype.setTime.call(…)`) still gets through: this guards against mistakes, not against malice.
 */
import { DatabaseError } from '@nuthatch/model';

function refuse(kind: string, method: string): never {
  throw new DatabaseError('READ_ONLY_VALUE', `${method} was called on the ${kind} of a document`, { kind, method });
}

/** A date whose setters throw `READ_ONLY_VALUE`. */
export class FrozenDate extends Date {}

/** A map whose `set`, `delete` and `clear` throw `READ_ONLY_VALUE`. */
export class FrozenMap<K, V> extends Map<K, V> {}

/** A set whose `add`, `delete` and `clear` throw `READ_ONLY_VALUE`. */
export class FrozenSet<T> extends Set<T> {}

/** A frozen copy of a date or of epoch milliseconds; a FrozenDate is returned as it is. O(1). */
export function frozenDate(value: Date | number): FrozenDate {
  if (value instanceof FrozenDate) return value;
  return Object.freeze(new FrozenDate(typeof value === 'number' ? value : value.getTime()));
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
