/**
 * Words that conditions and queries of other libraries have, and what says the same here. Who comes from Prisma, TypeORM or
 * MongoDB types them by habit; the error of a name that nobody knows tells them. No word of these is understood.
 */
const HERE = new Map<string, string>([
  ['where', 'left out: conditions stand in the object itself'],
  ...named('`or`', 'OR', '$or'),
  ...named('`and`', 'AND', '$and'),
  ...named('`not`', 'NOT', '$not', '$ne', 'ne', 'neq', 'isNot'),
  ...named('`not: { or: […] }`', '$nor'),
  ...named('the value itself', 'equals', '$eq', 'eq'),
  ...named('`in`', '$in', 'inArray'),
  ...named('`not: { in: […] }`', 'notIn', '$nin', 'nin', 'notInArray'),
  ...named('`gt`', '$gt'),
  ...named('`gte`', '$gte'),
  ...named('`lt`', '$lt'),
  ...named('`lte`', '$lte'),
  ...named('`between`', '$between'),
  ...named('`prefix`', 'startsWith', '$startsWith', '$regex', 'like', 'ilike', '$like', '$ilike'),
  ...named('`search` of a field with `@Search`, or `filter`', 'contains', 'endsWith', '$text'),
  ...named('the element itself', 'has', '$contains', '$elemMatch'),
  ...named('the condition itself, or `any`', 'some', 'is'),
  ...named('`any`', 'hasSome'),
  ...named('`all`', 'hasEvery', '$all'),
  ...named('`absent: false`', 'exists', '$exists', 'isSet'),
  ...named('`absent: true`', 'isNull', 'isEmpty'),
  ...named('the method `orderBy` of the query', 'orderBy', 'order', 'sort'),
  ...named('the method `limit` of the query', 'limit', 'take', '$limit'),
  ...named('the method `offset` of the query', 'offset', 'skip', '$skip'),
  ...named('the method `after` of the query', 'cursor'),
  ...named('the method `with` of the query', 'include', 'relations', 'populate'),
  ...named('the method `select` of the query', 'select', 'projection'),
  ...named('the method `distinct` of the query', 'distinct'),
]);

function named(here: string, ...theirs: readonly string[]): readonly (readonly [string, string])[] {
  return theirs.map((name) => [name, here] as const);
}

/** A part of a message: what stands here for those of the names that are known from elsewhere, or an empty text. */
export function saidHere(names: readonly string[]): string {
  const known = names.filter((name) => HERE.has(name)).map((name) => `here \`${name}\` is ${HERE.get(name)!}`);
  return known.length === 0 ? '' : `; ${known.join(', ')}`;
}
