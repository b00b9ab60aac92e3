/**
 * A deeply frozen copy of a value of any shape: what an untyped store holds is nobody's to change, and comes back from
 * the disk exactly as it was put in. A value that could not be read back is refused with its path.
 */
import { DatabaseError } from '@nuthatch/model';
import { hasPlainPrototype, isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from './brands.js';
import { classNameOf } from './class-name.js';
import { ownBuffer, ownBytes, ownFloats } from './frozen-array.js';
import { frozenDate, frozenMap, frozenSet } from './frozen-values.js';

/** Containers within containers: more would overflow the stack somewhere between here and the disk. */
export const MAX_NESTED_LEVELS = 500;

/**
 * Copies and freezes strings, numbers, booleans, bigints, null, undefined, dates, byte arrays, Float32Arrays, maps, sets, arrays and
 * plain objects, nested to any depth up to 500. O(value).
 *
 * @throws DatabaseError `VALIDATION_FAILED` for functions, symbols, instances of other classes, and cycles.
 */
export function frozenAnyValue(value: unknown): unknown {
  return copy(value, '', []);
}

function copy(value: unknown, path: string, around: object[]): unknown {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      return refuse(path, `is a ${typeof value}`);
    case 'object':
      return value === null ? null : copyObject(value, path, around);
    default:
      return value;
  }
}

function copyObject(value: object, path: string, around: object[]): unknown {
  if (isDateValue(value)) return frozenDate(value);
  if (isBytesValue(value)) return Buffer.isBuffer(value) ? ownBuffer(value) : ownBytes(value);
  if (isFloatsValue(value)) return ownFloats(value);
  if (around.includes(value)) return refuse(path, 'contains itself');
  if (around.length >= MAX_NESTED_LEVELS) return refuse(path, `is nested more than ${MAX_NESTED_LEVELS} levels deep`);
  around.push(value);
  const frozen = copyContainer(value, path, around);
  around.pop();
  return frozen;
}

function copyContainer(value: object, path: string, around: object[]): unknown {
  if (Array.isArray(value))
    return Object.freeze(Array.from(value, (element: unknown, index) => copy(element, `${path}[${index}]`, around)));
  if (isSetValue(value)) return frozenSet(Array.from(value, (element: unknown) => copy(element, `${path}{}`, around)));
  if (isMapValue(value)) {
    return frozenMap(
      Array.from(
        value,
        ([key, element]: [unknown, unknown]) =>
          [
            copy(key, `${path}{key}`, around),
            copy(
              element,
              `${path}{${String(typeof key === 'object' ? 'object' : typeof key === 'symbol' ? 'symbol' : key)}}`,
              around,
            ),
          ] as const,
      ),
    );
  }
  if (!hasPlainPrototype(value)) return refuse(path, `is an instance of ${classNameOf(value) ?? 'a class'}`);
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(path, 'has a symbol as a property');
  return frozenRecord(
    Object.entries(value).map(
      ([name, element]) => [name, copy(element, path === '' ? name : `${path}.${name}`, around)] as const,
    ),
  );
}

/** A frozen plain object of these properties; `__proto__` is a property like any other. O(properties). */
export function frozenRecord(properties: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  const record: Record<string, unknown> = {};
  for (const [name, value] of properties) {
    if (name === '__proto__')
      Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
    else record[name] = value;
  }
  return Object.freeze(record);
}

function refuse(path: string, is: string): never {
  const message = `${path === '' ? 'the value' : path} ${is}, which cannot be stored`;
  throw new DatabaseError('VALIDATION_FAILED', message, { violations: [{ path, rule: 'type', message }] });
}
