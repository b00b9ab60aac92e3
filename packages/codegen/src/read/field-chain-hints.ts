/** What stands here for methods of `field` and of its fields that other libraries have, for the hints of errors. */

const TYPES =
  'the types are string, number, boolean, bigint, date, bytes, floats, blob, literal, array, set, map, object, json, record, tuple, union and variants.';
const METHODS =
  'a field has id, unique, tag, range, ref, search, vector, expires, lifetime, optional, nullable, default, defaultNow and rule.';

const TYPE_HINTS = new Map([
  ...said("write field.literal('a', 'b').", 'enum', 'oneOf'),
  ...said("write field.number().rule('isInt').", 'int', 'integer'),
  ...said('write field.number().', 'float', 'double', 'real'),
  ...said('write field.string().', 'text', 'varchar', 'uuid', 'ulid'),
  ...said('write field.date().', 'datetime', 'timestamp'),
  ...said('write field.bytes().', 'buffer', 'binary'),
  ...said('write field.json().', 'any', 'unknown', 'jsonb'),
  ...said('write field.floats().vector({ … }).', 'vector', 'embedding'),
]);

const METHOD_HINTS = new Map([
  ...said('write .unique() for one document per value, .range() or .tag() for several.', 'index'),
  ...said('write .id().', 'primaryKey', 'primary', 'key'),
  ...said('write .ref(() => Club).', 'references', 'reference', 'relation'),
  ...said('leave it out: a field must be there unless it is .optional().', 'required', 'notNull'),
  ...said(
    "write .rule('min', 0), with the name of a rule of class-validator.",
    'min',
    'max',
    'length',
    'email',
    'regex',
  ),
]);

function said(hint: string, ...names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, hint] as const);
}

/** @param name of what follows `field.` */
export function hintOfType(name: string): string {
  return TYPE_HINTS.get(name) ?? TYPES;
}

/** @param name of a method of a field. */
export function hintOfMethod(name: string): string {
  return METHOD_HINTS.get(name) ?? METHODS;
}
