/** Databases of any models, without generated code: for tests of models that change. */
import type { DocumentModel, FieldModel, FieldType } from '@nuthatch/model';
import type { Database } from '../../src/database/database.js';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import type { FileSystem } from '../../src/file-system/file-system.js';
import type { Migration } from '../../src/migration/migration.js';
import type { Repository } from '../../src/repository/repository.js';
import type { CollectionTypes } from '../../src/repository/repository-types.js';
import { definitionOf } from './definition-of-model.js';

export type Fields = Record<string, unknown>;

export interface AnyTypes extends CollectionTypes {
  readonly document: Fields;
  readonly key: string;
  readonly input: Fields;
  readonly patch: Fields;
  readonly where: Fields;
  readonly order: string;
}

export type AnyDatabase = Database<object> & Readonly<Record<string, Repository<AnyTypes>>>;

export const DIRECTORY = '/db';

/** Opens a directory of the file system by these models. */
export function openModels(
  fileSystem: FileSystem,
  models: readonly DocumentModel[],
  options: Partial<DatabaseOptions> & { readonly migrations?: readonly Migration[] } = {},
): Promise<AnyDatabase> {
  const { migrations = [], ...others } = options;
  return openDatabase<Readonly<Record<string, Repository<AnyTypes>>>, object>(
    models.map((model) => definitionOf(model)),
    { directory: DIRECTORY, fileSystem, ...others } as DatabaseOptions,
    migrations,
  );
}

export function field(name: string, type: FieldType, more: Partial<FieldModel> = {}): FieldModel {
  return { name, type, optional: false, rules: [], ...more };
}

export const STRING: FieldType = { kind: 'string' };
export const NUMBER: FieldType = { kind: 'number' };

/** A model with the id field `id`, a string. */
export function modelWith(fields: readonly FieldModel[], more: Partial<DocumentModel> = {}): DocumentModel {
  return {
    name: 'Player',
    collection: 'player',
    storage: 'disk',
    key: { fields: ['id'] },
    fields: [field('id', STRING), ...fields],
    computed: [],
    indexes: [],
    ...more,
  };
}
