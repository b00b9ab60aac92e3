/** Whether generated code still fits the classes it was generated from: asked once, when a database opens. */
import { types } from 'node:util';
import {
  type ClassMetadata,
  DatabaseError,
  declarationFingerprint,
  declarationOfMetadata,
  readClassMetadata,
} from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { showValue } from '../definition/show-value.js';

/**
 * A caller without the generated code in between may give something else.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function requireDefinitions(definitions: unknown, migrations: unknown): void {
  if (!Array.isArray(definitions) || !definitions.every(isDefinition)) {
    const what = `openDatabase of @nuthatch/runtime takes the definitions of generated code, found ${showValue(definitions)}: call the openDatabase of your generated index, which has them`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'definitions' });
  }
  if (!Array.isArray(migrations))
    throw new DatabaseError('INVALID_OPTION', `migrations must be a list, found ${showValue(migrations)}`, {
      option: 'migrations',
    });
}

function isDefinition(value: unknown): boolean {
  const { model, codec } = Object(value) as Partial<CollectionDefinition>;
  return typeof model?.collection === 'string' && typeof codec === 'object';
}

/**
 * Compares each definition with what its class's decorators say now, and the collections with each other.
 * A class without decorators (or without reflect-metadata loaded) has nothing to compare.
 *
 * @param reserved names that a collection cannot have, because the database has them.
 * @throws DatabaseError `MODEL_MISMATCH`; `ASYNC_RULE` for rules and conditions that answer promises; `INVALID_MODEL` for
 *   two collections of one name, a reserved name, or a class with a `then`.
 */
export function checkDefinitions(
  definitions: readonly CollectionDefinition[],
  reserved: (name: string) => boolean,
): void {
  const collections = new Set<string>();
  const classes = new Map<ClassMetadata, string>();
  for (const { model, declarationFingerprint: generated, documentClass } of definitions) {
    const { name, collection } = model;
    if (collections.has(collection))
      throw new DatabaseError('INVALID_MODEL', `two classes have the collection name ${collection}`, { collection });
    if (reserved(collection))
      throw new DatabaseError(
        'INVALID_MODEL',
        `${name} cannot be the collection ${collection}: the database has a member of that name`,
        { collection },
      );
    collections.add(collection);
    requireNoThen(name, documentClass);
    const metadata = readClassMetadata(documentClass);
    requireSynchronous(name, metadata);
    if (metadata?.collections !== undefined) classes.set(metadata, name);
    if (metadata === undefined || declarationFingerprint(declarationOfMetadata(metadata, model)) === generated)
      continue;
    const what = `class ${name} was changed since its repository was generated`;
    throw new DatabaseError('MODEL_MISMATCH', what, { className: name, collection, command: 'npx nuthatch generate' });
  }
  for (const [metadata, name] of classes) requireEachCollection(metadata, name, collections);
}

/** Generated code of before a class got one more collection would open a database without it. */
function requireEachCollection(
  { collections = [] }: ClassMetadata,
  className: string,
  generated: ReadonlySet<string>,
): void {
  const missing = collections.find((collection) => !generated.has(collection));
  if (missing === undefined) return;
  const what = `class ${className} got the collection ${missing} since its repository was generated`;
  throw new DatabaseError('MODEL_MISMATCH', what, {
    className,
    collection: missing,
    command: 'npx nuthatch generate',
  });
}

/** A document with a `then` is taken for a promise: `await insert(…)` would call it, and wait forever. */
function requireNoThen(name: string, documentClass: CollectionDefinition['documentClass']): void {
  if (!('then' in (documentClass.prototype as object))) return;
  const what = `${name} has a member \`then\`, so JavaScript would take its documents for promises; rename it`;
  throw new DatabaseError('INVALID_MODEL', what, { className: name, member: 'then' });
}

function requireSynchronous(name: string, metadata: ClassMetadata | undefined): void {
  const conditions = (metadata?.indexes ?? []).filter(({ where }) => types.isAsyncFunction(where));
  const rules = [...(metadata?.asyncRules ?? []), ...conditions.map((index) => `${index.name}: where`)];
  if (rules.length === 0) return;
  const what = `${name} has rules that return promises, but a write is checked in one step: ${rules.join(', ')}`;
  throw new DatabaseError('ASYNC_RULE', what, { className: name, rules });
}
