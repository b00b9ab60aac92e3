/** Whether generated code still fits the classes it was generated from: asked once, when a database opens. */
import { DatabaseError, declarationFingerprint, declarationOfMetadata, readClassMetadata } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';

/**
 * Compares each definition with what its class's decorators say now, and the collections with each other.
 * A class without decorators (or without reflect-metadata loaded) has nothing to compare.
 *
 * @param reserved names that a collection cannot have, because the database has them.
 * @throws DatabaseError `MODEL_MISMATCH`; `INVALID_MODEL` for two collections of one name or a reserved name.
 */
export function checkDefinitions(
  definitions: readonly CollectionDefinition[],
  reserved: (name: string) => boolean,
): void {
  const collections = new Set<string>();
  for (const { model, declarationFingerprint: generated, documentClass } of definitions) {
    const { name, collection } = model;
    if (collections.has(collection))
      throw new DatabaseError('INVALID_MODEL', `two classes want to be the collection ${collection}`, { collection });
    if (reserved(collection))
      throw new DatabaseError(
        'INVALID_MODEL',
        `${name} cannot be the collection ${collection}: the database has a member of that name`,
        { collection },
      );
    collections.add(collection);
    const metadata = readClassMetadata(documentClass);
    if (metadata === undefined || declarationFingerprint(declarationOfMetadata(metadata, model)) === generated)
      continue;
    const what = `class ${name} was changed since its repository was generated`;
    throw new DatabaseError('MODEL_MISMATCH', what, { className: name, collection, command: 'npx nuthatch generate' });
  }
}
