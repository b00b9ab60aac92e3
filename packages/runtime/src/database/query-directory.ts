/**
 * The collections of a directory, ready to be asked, beside a process that has it open: no lock, no journal, nothing
 * written. The planner, the indexes and the conditions are those of an open database.
 *
 * With the project's definitions the documents are read as an opening reads them, migrations included. Without, each
 * collection is asked by the newest model that is stored of it: indexes that need the class's code, over getters or under
 * a condition, are left out, so that a question to one is refused and never answered by what happens to be missing.
 */
import { DatabaseError, type DocumentModel, type IndexModel } from '@nuthatch/model';
import { Collection, type CollectionContext } from '../collection/collection.js';
import { linkCollections } from '../collection/relating/reference-link.js';
import { addView } from '../collection/views/add-view.js';
import { ViewSource } from '../collection/views/view-source.js';
import type { WatchedFeed } from '../collection/watch/watched-queries.js';
import { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import { checkInput, type ShapeOf, STORAGE_SHAPE } from '../definition/checked-input.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { isOwnCollection } from '../definition/own-collections.js';
import { rowsDefinition, type ViewDefinition } from '../definition/view-definition.js';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { type PageCodecOptions, PageCodecs } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { lazyUpcast, requireDatabaseSteps } from '../migration/lazy-upcast.js';
import type { Migration } from '../migration/migration.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { newestDefinition } from '../recovery/newest-definition.js';
import { type ReadPages, readPages, requireDatabase } from '../recovery/read-directory.js';
import type { RecoveryProgress } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';
import { RepositoryReads } from '../repository/repository-reads.js';
import type { CollectionTypes } from '../repository/repository-types.js';
import { runSteps } from '../scheduling/steps.js';
import { checkViews } from './view-check.js';

export interface QueryDirectoryInput extends PageCodecOptions {
  readonly directory: string;
  /** The project's classes. Default: none, the stored models serve. */
  readonly definitions?: readonly CollectionDefinition[];
  /** The project's migrations; needs `definitions`. */
  readonly migrations?: readonly Migration[];
  /** The project's views; their rows are made of the documents that are read. Needs `definitions`. */
  readonly views?: readonly ViewDefinition[];
  /**
   * Collections and views to be asked; the others are read and forgotten, and fields that refer to them cannot be asked for
   * what those are. Default: all.
   */
  readonly collections?: readonly string[];
  readonly onProgress?: (progress: RecoveryProgress) => void;
  readonly fileSystem?: FileSystem;
}

/** One collection as it was read. */
export interface ReadableCollection {
  /** The model that its questions and documents are of. */
  readonly definition: CollectionDefinition;
  /** `find`, `all`, `get`, `count`, `tags`, `sum` and the like, as of an open database. */
  readonly reads: RepositoryReads<CollectionTypes>;
  /** Names of indexes that need the class's code, which is not there: they cannot be asked. */
  readonly unaskedIndexes: readonly string[];
  /** Documents that were written by another model and lack what it did not have; 0 with `definitions`. */
  readonly olderCount: number;
  /** The model that a document was written by. O(1). */
  modelOf(document: object): DocumentModel;
}

/** A directory as it was at one moment. */
export interface DirectoryQueries {
  /** As `describeDatabase(db).historyId` of the same directory when it is open. */
  readonly historyId: string;
  /** Number of the last transaction. */
  readonly seq: bigint;
  /** By name; of those asked for, the ones that have documents or a definition. */
  readonly collections: ReadonlyMap<string, ReadableCollection>;
}

/**
 * Reads a directory, which another process may have open, and changes nothing. I/O: every byte that an open would read;
 * memory and time: as an open database with the collections asked for.
 *
 * @throws DatabaseError `INVALID_OPTION`, `DIRECTORY_UNUSABLE` when there is no database, `JOURNAL_DAMAGED`,
 *   `FORMAT_UNSUPPORTED`, `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`; with definitions `MIGRATION_REQUIRED`,
 *   `MIGRATION_FAILED`, `READER_TOO_OLD`, too.
 */
export async function queryDirectory(input: QueryDirectoryInput): Promise<DirectoryQueries> {
  const shape: ShapeOf<QueryDirectoryInput> = {
    directory: 'path',
    definitions: 'list?',
    migrations: 'list?',
    views: 'list?',
    collections: 'texts?',
    onProgress: 'call?',
    ...STORAGE_SHAPE,
  };
  checkInput('queryDirectory', input, shape);
  const { directory, fileSystem = new NodeFileSystem(), definitions = [], views = [] } = input;
  checkViews(views, definitions, () => false);
  return withDirectoryErrors(directory, async () => {
    const { found, read } = await readSteadily(() => readOnce(input, fileSystem));
    const { manifest, lastSeq } = read.report;
    const historyId = `${manifest.uuid}-${manifest.incarnation}`;
    return { historyId, seq: BigInt(lastSeq), collections: await collectionsOf(input, found, read) };
  });
}

interface ReadOnce {
  readonly found: KeepingTarget;
  readonly read: ReadPages;
}

async function readOnce(input: QueryDirectoryInput, fileSystem: FileSystem): Promise<ReadOnce> {
  const { directory, definitions = [], migrations = [], onProgress } = input;
  await requireDatabase(fileSystem, directory);
  const wanted = input.collections && new Set(input.collections);
  // What a view is made of is read, too.
  for (const { view } of wantedViews(input)) wanted?.add(view.of);
  const found = new KeepingTarget(wanted && ((name) => wanted.has(name)));
  const read = await readPages({
    ...{ directory, fileSystem, definitions, mode: 'refuse', target: found, isLocking: false },
    upcast: lazyUpcast(migrations, definitions),
    codecs: new PageCodecs(input),
    ...(onProgress && { onProgress }),
  });
  requireDatabaseSteps(migrations, read.report.manifest.migrations ?? []);
  return { found, read };
}

function wantedViews({ views = [], collections }: QueryDirectoryInput): readonly ViewDefinition[] {
  return views.filter(({ model }) => collections === undefined || collections.includes(model.collection));
}

async function collectionsOf(
  input: QueryDirectoryInput,
  found: KeepingTarget,
  { models }: ReadPages,
): Promise<ReadonlyMap<string, ReadableCollection>> {
  const { definitions = [], collections: wanted } = input;
  const views = wantedViews(input);
  const documents = new Map<string, StoredDocument[]>();
  for (const stored of found.documents()) {
    const { collection } = stored.definition.model;
    const list = documents.get(collection);
    if (list === undefined) documents.set(collection, [stored]);
    else list.push(stored);
  }
  const given = new Map(definitions.map((definition) => [definition.model.collection, definition]));
  const read = new Map<
    string,
    { readonly definition: CollectionDefinition; readonly stored: readonly StoredDocument[] }
  >();
  for (const name of new Set([...given.keys(), ...documents.keys()])) {
    const isWanted = wanted === undefined || wanted.includes(name);
    const hasViews = views.some(({ view }) => view.of === name);
    if (isOwnCollection(name) || (!isWanted && !hasViews)) continue;
    const stored = documents.get(name) ?? [];
    const own = given.get(name);
    const definition =
      own ??
      newestDefinition(
        stored.map((each) => each.definition),
        models,
      );
    read.set(name, { definition, stored });
  }
  // Among those that are asked for: what else a field refers to is not known here.
  const targets = new Map(Array.from(read, ([name, { definition }]) => [name, definition.model]));
  const collections = new Map<string, ReadableCollection>();
  const linked = new Map<string, Collection>();
  for (const [name, { definition, stored }] of read) {
    const { collection, asked } = await readable(definition, stored, !given.has(name), targets);
    linked.set(name, collection);
    if (wanted === undefined || wanted.includes(name)) collections.set(name, asked);
    const over = given.has(name) ? views.filter(({ view }) => view.of === name) : [];
    for (const [view, rows] of viewsOver(collection, over)) collections.set(view, rows);
  }
  linkCollections(linked);
  return collections;
}

/** @throws DatabaseError `MODEL_MISMATCH`, `VIEW_FAILED` and others, as an opening. */
function viewsOver(
  documents: Collection,
  views: readonly ViewDefinition[],
): readonly (readonly [string, ReadableCollection])[] {
  const source = new ViewSource(documents.definition, documents.store);
  const made = views.map((view) => {
    const definition = rowsDefinition(view);
    const rows = new Collection(definition, stillContext());
    addView(documents, source, view, rows);
    const reads = new RepositoryReads<CollectionTypes>(rows);
    return [
      view.model.collection,
      { definition, unaskedIndexes: [], reads, olderCount: 0, modelOf: () => view.model },
    ] as const;
  });
  if (documents.views !== undefined) runSteps(documents.views.building());
  return made;
}

async function readable(
  definition: CollectionDefinition,
  documents: readonly StoredDocument[],
  isStored: boolean,
  targets: ReadonlyMap<string, DocumentModel>,
): Promise<{ readonly collection: Collection; readonly asked: ReadableCollection }> {
  const { model } = definition;
  const isOfFields = ({ where, fields }: IndexModel): boolean =>
    where === undefined && fields.every((name) => model.fields.some((field) => field.name === name));
  const indexes = isStored ? model.indexes.filter(isOfFields) : model.indexes;
  const collection = new Collection(isStored ? { ...definition, model: { ...model, indexes } } : definition, {
    ...stillContext(),
    models: targets,
  });
  const older = new Map<object, DocumentModel>();
  for (const stored of documents) {
    if (stored.definition !== definition) older.set(stored.document, stored.definition.model);
    collection.recovery.put(stored, true);
  }
  await collection.recovery.settle();
  await collection.recovery.finish();
  const unaskedIndexes = model.indexes.filter((index) => !indexes.includes(index)).map(({ name }) => name);
  const asked: ReadableCollection = {
    ...{ definition, unaskedIndexes },
    reads: new RepositoryReads<CollectionTypes>(collection),
    olderCount: older.size,
    modelOf: (document) => older.get(document) ?? model,
  };
  return { collection, asked };
}

/** Nothing is ever written here: nothing expires, and nobody is told. */
function stillContext(): CollectionContext {
  const refuse = (): never => {
    const what = 'what was read from a directory does not change, so it cannot be watched';
    throw new DatabaseError('INVALID_QUERY', what);
  };
  const feed: WatchedFeed = {
    subscribe: refuse,
    requireOutsideTransaction: refuse,
    appliedNumber: refuse,
    onError: () => undefined,
  };
  return { unknownFields: 'refuse', expiry: new ExpiryQueue<Collection>(() => false), watchedFeed: () => feed };
}
