/** Where a copy reads: an open database, or a directory read with its stored models. */
import { DatabaseError } from '@nuthatch/model';
import { type Change, type CollectionDefinition, describeDatabase, type SnapshotLife } from '@nuthatch/runtime';
import { reading, requireArgument, requireMethods } from './argument-check.js';
import type { CollectionShape } from './collection-shape.js';
import { type ShapeOptions, shapesOf } from './collection-shapes.js';
import { type KeyValues, keyValuesOf } from './external-store.js';

/** All collections held still at one seq. */
export interface SourceSnapshot {
  readonly seq: bigint;
  size(collection: string): number;
  documents(collection: string): Iterable<object>;
  /** The document of a key; a source without it is looked through once. */
  get?(collection: string, key: KeyValues): object | undefined;
  close(): void;
}

export interface CopySource {
  readonly historyId: string;
  readonly definitions: readonly CollectionDefinition[];
  /** Holds only what is durable. */
  snapshot(): Promise<SourceSnapshot>;
}

type SnapshotFace = Iterable<object> & { readonly size: number; get(key: unknown): object | undefined };

/** The parts of a database that a copy needs; every generated one has it. */
export interface CopyableDatabase {
  readonly seq: bigint;
  flush(): Promise<void>;
  snapshot(): SnapshotLife;
  changes(options: { readonly since: bigint }): AsyncIterableIterator<Change> & Disposable;
}

/** The source that reads an open database while writes go on. */
export function sourceOf(db: CopyableDatabase | CopySource): CopySource {
  requireMethods(db, 'db', ['snapshot']);
  if ('historyId' in db) {
    if (!Array.isArray(db.definitions)) requireArgument(db.definitions, 'db.definitions', 'texts');
    return db;
  }
  requireMethods(db, 'db', ['flush']);
  const { historyId, definitions } = reading('db', 'an open database', () => describeDatabase(db));
  return {
    historyId,
    definitions,
    snapshot: async () => {
      const snapshot = db.snapshot();
      try {
        // A transaction of the snapshot may still be on its way to the disk: a failing journal would take it back.
        await db.flush();
      } catch (error) {
        snapshot.close();
        throw error;
      }
      const collections = snapshot as unknown as Readonly<Record<string, SnapshotFace>>;
      return {
        seq: snapshot.seq,
        size: (collection) => collections[collection]?.size ?? 0,
        documents: (collection) => collections[collection] ?? [],
        get: (collection, key) => {
          const fields = definitions.find(({ model }) => model.collection === collection)?.model.key.fields ?? [];
          const whole = fields.length === 1 ? key[0] : Object.fromEntries(fields.map((field, at) => [field, key[at]]));
          return collections[collection]?.get(whole);
        },
        close: () => snapshot.close(),
      };
    },
  };
}

/** The shapes of the named collections, or of all that are kept on disk. @throws DatabaseError `INVALID_OPTION`. */
export function chosenShapes(
  definitions: readonly CollectionDefinition[],
  names: readonly string[] | undefined,
  options: ShapeOptions,
): readonly CollectionShape[] {
  const chosen = chosenDefinitions(definitions, names);
  const shapes = new Map(shapesOf(definitions, options).map((shape) => [shape.collection, shape]));
  return chosen.map(({ model }) => shapes.get(model.collection)!);
}

/** Finds a collection's document by its key. O(1) where the source can, else O(documents) once. */
export function documentFinder(
  snapshot: SourceSnapshot,
  shape: CollectionShape,
): (key: KeyValues) => object | undefined {
  const { collection } = shape;
  let byKey: Map<string, object> | undefined;
  const textOf = (key: KeyValues): string => JSON.stringify(key.map((part) => [typeof part, String(part)]));
  return (key) => {
    if (snapshot.get === undefined) {
      byKey ??= new Map(Array.from(snapshot.documents(collection), (one) => [textOf(keyValuesOf(shape, one)), one]));
      return byKey.get(textOf(key));
    }
    try {
      return snapshot.get(collection, key);
    } catch (error) {
      // A row of another writer, whose key no document can have.
      if (DatabaseError.is(error, 'INVALID_KEY')) return undefined;
      throw error;
    }
  };
}

/**
 * A copy writes what getters compute, so their code has to be there: without it the columns would be empty, and look as if
 * that were right. @throws DatabaseError `CODE_NOT_LOADED`.
 */
export function requireGetters(definitions: readonly CollectionDefinition[], shapes: readonly CollectionShape[]): void {
  for (const { collection, columns } of shapes) {
    const definition = definitions.find(({ model }) => model.collection === collection);
    const prototype = Object(definition?.documentClass.prototype) as object;
    const missing = columns.find(({ isComputed, field }) => isComputed && !(field in prototype));
    if (missing === undefined) continue;
    const what = `${collection}.${missing.field} is computed by its class, which is missing: give the definitions of the generated code`;
    throw new DatabaseError('CODE_NOT_LOADED', what, { collection, field: missing.field });
  }
}

/** The definitions of the named collections, or of all that are kept on disk. @throws DatabaseError `INVALID_OPTION`. */
function chosenDefinitions(
  definitions: readonly CollectionDefinition[],
  names: readonly string[] | undefined,
): readonly CollectionDefinition[] {
  if (names === undefined) return definitions.filter(({ model }) => model.storage !== 'memory');
  return [...new Set(names)].map((name) => {
    const found = definitions.find(({ model }) => model.collection === name);
    if (found !== undefined) return found;
    const known = definitions.map(({ model }) => model.collection).join(', ');
    throw new DatabaseError(
      'INVALID_OPTION',
      `there is no collection ${JSON.stringify(name)}; the collections are ${known}`,
      {
        option: 'collections',
      },
    );
  });
}
