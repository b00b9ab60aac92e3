/** The names that documents of a class can be read by: stored fields, and getters of the class. */
import type { CollectionDefinition } from './collection-definition.js';

type Facts = Pick<CollectionDefinition, 'model' | 'documentClass'>;

/** Whether it is a stored field or a getter. O(fields + prototypes). */
export function isReadableField({ model, documentClass }: Facts, name: unknown): name is string {
  if (typeof name !== 'string') return false;
  if (model.fields.some((field) => field.name === name)) return true;
  if (model.computed.some((computed) => computed.name === name)) return true;
  for (const prototype of prototypesOf(documentClass))
    if (Object.getOwnPropertyDescriptor(prototype, name)?.get !== undefined) return true;
  return false;
}

/** All of them, stored fields first. O(fields + members of the class). */
export function readableFields({ model, documentClass }: Facts): readonly string[] {
  const names = new Set([...model.fields, ...model.computed].map(({ name }) => name));
  for (const prototype of prototypesOf(documentClass))
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (get !== undefined) names.add(name);
  return [...names];
}

/** Without that of all objects, whose `__proto__` is a getter, too. */
function* prototypesOf(documentClass: Facts['documentClass']): Iterable<object> {
  let prototype = documentClass.prototype as object | null;
  for (
    ;
    prototype !== null && Object.getPrototypeOf(prototype) !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  )
    yield prototype;
}
