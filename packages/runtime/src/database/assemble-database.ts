/**
 * The parts of a database, made and tied to each other: first what an opening fills, then the database over it. Used by
 * the opening, and for a second database with the documents of a first.
 */
import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { BlobStore } from '../blobs/blob-store.js';
import { BlobLinks } from '../collection/blob-links.js';
import { Collection, type CollectionContext } from '../collection/collection.js';
import { linkCollections, type ReferenceLink } from '../collection/relating/reference-link.js';
import { addView } from '../collection/views/add-view.js';
import { ViewSource } from '../collection/views/view-source.js';
import type { WatchedFeed } from '../collection/watch/watched-queries.js';
import type { Environment } from '../collection/writing/environment.js';
import { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import { MemoryLimit } from '../commit/memory-limit.js';
import type { WriteTarget } from '../commit/write-record.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { collectionOfRecord, RELEASES_DEFINITION } from '../definition/release-records.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import { rowsDefinition, type ViewDefinition } from '../definition/view-definition.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import { ChangeFeed } from '../feed/change-feed.js';
import { JournalPast } from '../feed/journal-past.js';
import type { Upcast } from '../recovery/document-reader.js';
import { DecodedCache } from '../undecoded/decoded-cache.js';
import type { BlobParts } from './blob-users.js';
import { Database } from './database.js';
import { noteDescription } from './database-description.js';
import { DatabaseEvents } from './database-events.js';
import type { ResolvedOptions } from './database-options.js';
import type { OpenedJournal } from './open-journal.js';
import type { DatabaseIdentity } from './sync-port.js';

/** Decoded documents of cold collections together, where `cacheBytes` is left out. */
const COLD_CACHE_BYTES = 64 * 1024 * 1024;

/** Empty collections with all that they ask for, before there is a journal. */
export interface PreparedParts {
  readonly definitions: readonly CollectionDefinition[];
  readonly options: ResolvedOptions;
  readonly environment: Environment;
  readonly events: DatabaseEvents;
  readonly expiry: ExpiryQueue<Collection>;
  readonly feed: ChangeFeed;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly viewDefinitions: readonly ViewDefinition[];
  /** The rows of views, by the names of these. */
  readonly views: ReadonlyMap<string, Collection>;
  /** The records of sync. */
  readonly records: Collection;
  /** Every release. */
  readonly releases: Collection;
  readonly blobs: BlobParts;
  /** Undefined: documents stay decoded. */
  readonly cache: DecodedCache | undefined;
  /** Undefined: no write is refused for it. */
  readonly memory: MemoryLimit | undefined;
}

const prepared = new WeakMap<object, PreparedParts>();

/** The parts that an open database was made of. */
export function partsOf(database: object): PreparedParts | undefined {
  return prepared.get(database);
}

export function prepareParts(
  definitions: readonly CollectionDefinition[],
  options: ResolvedOptions,
  environment: Environment,
  viewDefinitions: readonly ViewDefinition[] = [],
): PreparedParts {
  const events = new DatabaseEvents();
  const expiry = new ExpiryQueue<Collection>(({ collection, key, expiresAt }) => collection.isDueAt(key, expiresAt));
  const onListenerError = (error: unknown): void => events.emit('listenerError', error);
  const feed = new ChangeFeed(0, options, onListenerError);
  const store = options.journal?.makeBlobs() ?? new BlobStore();
  const links = new BlobLinks(store);
  const models = new Map(definitions.map(({ model }) => [model.collection, model]));
  const memory = memoryLimit(options, events);
  const cache = options.cacheBytes === undefined ? undefined : new DecodedCache(options.cacheBytes);
  const isCold = options.directory !== undefined && definitions.some(({ model }) => model.storage === 'cold');
  const coldCache = isCold ? (cache ?? new DecodedCache(COLD_CACHE_BYTES)) : undefined;
  const context = {
    models,
    blobs: links,
    cache,
    coldCache,
    memory,
    unknownFields: options.unknownFields,
    expiry,
    environment,
    watchedFeed: (target: WriteTarget): WatchedFeed => ({
      subscribe: (listener, count) => feed.subscribeMany(target, listener, count),
      requireOutsideTransaction: () => feed.requireOutsideTransaction(),
      appliedNumber: () => feed.appliedNumber,
      onError: onListenerError,
    }),
  };
  const collections = new Map(
    definitions.map((definition) => [definition.model.collection, new Collection(definition, context)]),
  );
  const views = makeViews(collections, viewDefinitions, context);
  feed.hasViews = views.size > 0;
  const records = new Collection(SYNC_DEFINITION, context);
  const releases = new Collection(RELEASES_DEFINITION, context);
  const blobs = { store, links };
  return {
    definitions,
    options,
    environment,
    events,
    expiry,
    feed,
    collections,
    viewDefinitions,
    views,
    records,
    releases,
    blobs,
    cache: cache ?? coldCache,
    memory,
  };
}

/** Views over collections that are empty. @throws DatabaseError as `addView`. */
function makeViews(
  collections: ReadonlyMap<string, Collection>,
  definitions: readonly ViewDefinition[],
  context: CollectionContext,
): ReadonlyMap<string, Collection> {
  const sources = new Map<Collection, ViewSource>();
  const views = new Map<string, Collection>();
  for (const definition of definitions) {
    const documents = collections.get(definition.view.of)!;
    let source = sources.get(documents);
    if (source === undefined) {
      source = new ViewSource(documents.definition, documents.store);
      sources.set(documents, source);
    }
    const rows = new Collection(rowsDefinition(definition), context);
    addView(documents, source, definition, rows);
    views.set(definition.model.collection, rows);
  }
  return views;
}

function memoryLimit({ maxMemoryBytes }: ResolvedOptions, events: DatabaseEvents): MemoryLimit | undefined {
  if (maxMemoryBytes === undefined) return undefined;
  return new MemoryLimit(maxMemoryBytes, (pressure) => events.emit('memoryPressure', pressure));
}

/** Collections that are filled get to know their releases and each other. @returns what refers to what. */
export function tieCollections(
  { collections, releases }: PreparedParts,
  upcast: Upcast | undefined,
): readonly ReferenceLink[] {
  keepReleases(collections, releases, upcast);
  return linkCollections(collections);
}

/**
 * The database over collections that are filled and tied. It takes writes, and expiries begin to be looked at.
 */
export function assembleDatabase<Tx>(parts: PreparedParts, opened: OpenedJournal): Database<Tx> {
  const { definitions, collections, feed } = parts;
  const { journal, files } = opened;
  feed.startAt(journal.lastSeq, new JournalPast(journal, collections));
  const log = files?.journal.checkpointPort.log.identity;
  const { uuid, incarnation } = opened.nodeIdentity ?? {
    uuid: log?.uuid ?? randomUUID().replaceAll('-', ''),
    incarnation: log?.incarnation ?? 1,
  };
  const identity: DatabaseIdentity = { uuid, incarnation };
  const source = Object.freeze({ ...placeOf(parts.options), uuid: identity.uuid });
  parts.events.source = source;
  files?.journal.publishAs(source);
  const database = new Database<Tx>({ ...parts, ...opened, identity, source });
  prepared.set(database, parts);
  // Beside everything else: who asks sooner waits for the rest of it, once. Who asks gets the error, too.
  for (const { search } of collections.values()) search?.complete().catch(() => undefined);
  const historyId = `${identity.uuid}-${identity.incarnation}`;
  noteDescription(database, { historyId, definitions, source });
  return database;
}

/** How a database is called in diagnostics, and where it is. */
export function placeOf({ name, directory }: ResolvedOptions): Pick<DatabaseSource, 'name' | 'directory'> {
  const absolute = directory === undefined ? undefined : resolve(directory);
  // The root of a disk has no last part.
  return { name: name ?? (absolute === undefined ? 'memory' : basename(absolute) || absolute), directory: absolute };
}

/** Of a class that is not `@Released()` any more too: what was released stays frozen. O(releases). */
function keepReleases(
  collections: ReadonlyMap<string, Collection>,
  releases: Collection,
  upcast: Upcast | undefined,
): void {
  const named = new Set<string | undefined>();
  for (const slot of releases.store.slots()) named.add(collectionOfRecord(String(releases.store.keyOf(slot))));
  for (const [name, collection] of collections)
    if (collection.definition.model.released || named.has(name)) collection.keepReleases(releases, upcast);
}
