/** How conditions are refused that mean nothing, or would mean every document without saying so. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';

interface NamedCollection {
  readonly name: string;
}

/**
 * An empty object alone means every document. A Map, a promise that nobody awaited, an instance with getters: they have
 * no fields of their own either, and must not delete everything.
 */
export function isEmptyObject(where: object): boolean {
  return isPlain(where) && Reflect.ownKeys(where).length === 0;
}

/** Its prototype is that of every object, of whatever realm, or there is none. O(1). */
export function isPlain(asked: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(asked);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Only own fields are read. A condition that an instance has from its class, as a getter, would be left out without a word, and
 * more documents would meet the rest. To be asked of what is not plain.
 *
 * @throws DatabaseError `INVALID_QUERY`.
 */
export function refuseInherited(asked: NamedCollection, where: object, isName: (name: string) => boolean): void {
  for (let from: unknown = Object.getPrototypeOf(where); from !== null; from = Object.getPrototypeOf(from)) {
    if (Object.getPrototypeOf(from) === null) return;
    for (const name of Object.getOwnPropertyNames(from))
      if (name !== 'constructor' && !Object.hasOwn(where, name) && isName(name))
        refuse(asked, `the condition ${name} comes from a class or prototype: give it as a field of the object itself`);
  }
}

/** @throws DatabaseError `INVALID_QUERY`. */
export function refuseWhere(asked: NamedCollection, where: unknown): never {
  refuse(asked, `a query of ${asked.name} must be an object of fields, found ${found(where)}`);
}

/** @throws DatabaseError `INVALID_QUERY`. */
export function refuse({ name }: NamedCollection, what: string): never {
  throw new DatabaseError('INVALID_QUERY', what, { collection: name });
}

/** A value in the words of a message. */
export function found(value: unknown): string {
  if (typeof value !== 'object' || value === null) return showValue(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'an array';
  const type = Object.prototype.toString.call(value).slice(8, -1);
  const names = Object.keys(value).slice(0, 5);
  return type !== 'Object' ? type : names.length === 0 ? 'an empty object' : `an object of ${names.join(', ')}`;
}
