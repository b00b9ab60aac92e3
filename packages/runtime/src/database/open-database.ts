/** Opens databases: options and generated code are checked, and what is on disk is recovered. */
import { resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { danglingReferences } from '../collection/relating/dangling-references.js';
import { referencesMissing } from '../collection/relating/reference-errors.js';
import { REAL_ENVIRONMENT } from '../collection/writing/environment.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { noteDefinition } from '../definition/definitions-of-classes.js';
import { keyValueDefinitions } from '../definition/key-value-definition.js';
import type { ViewDefinition } from '../definition/view-definition.js';
import type { Migration } from '../migration/migration.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { runStepsInSlices } from '../scheduling/steps.js';
import {
  assembleDatabase,
  type PreparedParts,
  partsOf,
  placeOf,
  prepareParts,
  tieCollections,
} from './assemble-database.js';
import { Database } from './database.js';
import { describeDatabase } from './database-description.js';
import { type DatabaseOptions, type ResolvedOptions, resolveOptions } from './database-options.js';
import { checkDefinitions, requireDefinitions } from './definition-check.js';
import { type OpenTrace, RECOVERY, traced } from './diagnostics.js';
import { nodeImagesOf } from './node-images.js';
import { noteOpen } from './open-databases.js';
import { type OpenedJournal, openJournal } from './open-journal.js';
import { openNode, requireNoCopy } from './open-node.js';
import { isMarked, stateOf } from './reference-mark.js';
import { identityOf, openShared, shareKey } from './shared-databases.js';
import type { NodeJournal } from './shared-journal.js';
import { checkViews } from './view-check.js';

/** A node begins so often at most: each time others were quicker with an image than it was with reading one. */
const OPENINGS_OF_NODE = 5;

/**
 * Opens a database: checks options and generated code, recovers what is on disk, builds the indexes.
 *
 * Called through the generated `openDatabase`, which knows the definitions, the migrations and the types.
 *
 * @throws DatabaseError `INVALID_OPTION`, `INVALID_MODEL`, `MODEL_MISMATCH`, `MIGRATION_REQUIRED`, `VIEW_FAILED`, `READER_TOO_OLD`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `REFERENCE_MISSING`.
 */
export async function openDatabase<Repos extends object, Tx>(
  ofClasses: readonly CollectionDefinition[],
  options: DatabaseOptions,
  migrations: readonly Migration[] = [],
  views: readonly ViewDefinition[] = [],
): Promise<Database<Tx> & Repos> {
  requireDefinitions(ofClasses, migrations);
  const resolved = resolveOptions(options);
  const definitions = [...ofClasses, ...keyValueDefinitions(resolved.keyValues, ofClasses)];
  const isReserved = (name: string): boolean => name in Database.prototype;
  checkDefinitions(definitions, isReserved);
  checkViews(views, definitions, isReserved);
  const open = (): Promise<Database<Tx> & Repos> =>
    traced(
      'nuthatch:open',
      (): OpenTrace => placeOf(resolved),
      () => openAtLast(resolved, () => openOwn(definitions, resolved, migrations, views)),
      (database, context) => {
        context.database = describeDatabase(database).source;
        return database.recovery;
      },
    );
  if (!resolved.shared || resolved.directory === undefined) return open();
  const identity = { collections: identityOf(definitions, views), journal: resolved.journal };
  return openShared(shareKey(resolve(resolved.directory), resolved.fileSystem), identity, open);
}

/**
 * While a node begins with an image, others may store a newer one and let the frames go that it was to read next: it
 * begins anew, with that one.
 */
async function openAtLast<T>({ journal }: ResolvedOptions, open: () => Promise<T>): Promise<T> {
  for (let left = OPENINGS_OF_NODE; ; left--)
    try {
      return await open();
    } catch (error) {
      if (journal === undefined || left <= 1 || !DatabaseError.is(error, 'CHANGES_GONE')) throw error;
    }
}

async function openOwn<Repos extends object, Tx>(
  definitions: readonly CollectionDefinition[],
  resolved: ResolvedOptions,
  migrations: readonly Migration[],
  views: readonly ViewDefinition[],
): Promise<Database<Tx> & Repos> {
  for (const definition of definitions) noteDefinition(definition);
  const parts = prepareParts(definitions, resolved, REAL_ENVIRONMENT, views);
  const hidden = [parts.records, parts.releases].map((each) => [each.name, each] as const);
  const stored = new Map([...parts.collections, ...hidden]);
  const opened = await checkReferences(parts, await openAnyJournal(resolved, definitions, stored, migrations));
  await openBlobs(parts, opened);
  await fillViews(parts, opened);
  keepIdsRising(opened);
  const { recovery } = opened;
  const database = assembleDatabase<Tx>(parts, opened);
  if (opened.node !== undefined) await startNode(database, opened.node);
  const { source } = describeDatabase(database);
  if (resolved.directory !== undefined) noteOpen(database, resolved.directory);
  if (recovery !== undefined && RECOVERY.hasSubscribers) RECOVERY.publish({ database: source, report: recovery });
  if (recovery !== undefined && resolved.onRecovery !== undefined)
    await tellRecovery(database, recovery, resolved.onRecovery);
  return database as Database<Tx> & Repos;
}

/** The journal in a directory or in memory, and where nodes share one, theirs in front of it. */
async function openAnyJournal(
  options: ResolvedOptions,
  definitions: readonly CollectionDefinition[],
  stored: ReadonlyMap<string, Collection>,
  migrations: readonly Migration[],
): Promise<OpenedJournal> {
  if (options.journal === undefined) {
    await requireNoCopy(options);
    return openJournal(options, definitions, stored, migrations);
  }
  return openNode(options.journal, options, definitions, (own, uuid) =>
    openJournal(own, definitions, stored, migrations, uuid),
  );
}

/** Catches up with the other nodes. */
async function startNode<Tx>(database: Database<Tx>, node: NodeJournal): Promise<void> {
  try {
    await node.start(partsOf(database)?.options.directory === undefined ? undefined : nodeImagesOf(database));
  } catch (error) {
    // The caller gets no database to close.
    await Promise.allSettled([database.close()]);
    throw error;
  }
}

/**
 * Every key has its document, unless that was so at the close (reference-mark.ts) and nothing was written since: also where a class has its references only since today, or salvage has lost what they lead
 * to. Nothing is written here, so what is refused stays as it was.
 *
 * @throws DatabaseError `REFERENCE_MISSING`.
 */
async function checkReferences(parts: PreparedParts, opened: OpenedJournal): Promise<OpenedJournal> {
  const links = tieCollections(parts, opened.upcast);
  const { references, recovery: mode } = parts.options;
  const { recovery, journal, files } = opened;
  if (links.length === 0 || references === 'off' || recovery === undefined) return opened;
  const identity = files?.journal.checkpointPort.log.identity;
  const isWhole = mode !== 'salvage' && recovery.lost.length === 0;
  if (
    isWhole &&
    identity !== undefined &&
    isMarked(parts.records, stateOf(identity, parts.collections), journal.lastSeq)
  )
    return opened;
  try {
    const found = await runStepsInSlices(danglingReferences(links), SLICE_MS.reading);
    if (found.count === 0) return opened;
    if (references === 'require' && mode !== 'salvage') throw referencesMissing(found.missing, found.count);
    return { ...opened, recovery: { ...recovery, danglingReferences: found } };
  } catch (error) {
    // The lock goes back: the caller gets no database to close.
    await Promise.allSettled([journal.close()]);
    throw error;
  }
}

/** The ids of an earlier process are not later than its last transaction, unless the clock was set back since. */
function keepIdsRising({ files }: OpenedJournal): void {
  const lastMs = files?.journal.clock.lastMs ?? 0;
  if (lastMs >= REAL_ENVIRONMENT.clock.now()) REAL_ENVIRONMENT.ids.goOnAfter(lastMs);
}

/** Those of a database in memory are there from the beginning. */
async function openBlobs({ blobs }: PreparedParts, { journal, files }: OpenedJournal): Promise<void> {
  if (files === undefined) return;
  const { fileSystem, directory } = files;
  const { codecs, identity } = files.journal.checkpointPort.log;
  try {
    await blobs.store.open({ fileSystem, directory, uuid: identity.uuid, codecs });
  } catch (error) {
    // The lock goes back: the caller gets no database to close.
    await Promise.allSettled([journal.close()]);
    throw error;
  }
}

/** From the documents that were recovered, in slices. A database without views does nothing here. */
export async function fillViews(
  { collections, views }: PreparedParts,
  { journal }: Pick<OpenedJournal, 'journal'>,
): Promise<void> {
  if (views.size === 0) return;
  try {
    for (const { views: over } of collections.values())
      if (over !== undefined) await runStepsInSlices(over.building(), SLICE_MS.reading);
  } catch (error) {
    // As above.
    await Promise.allSettled([journal.close()]);
    throw error;
  }
}

async function tellRecovery<Tx>(
  database: Database<Tx>,
  report: RecoveryReport,
  listener: (report: RecoveryReport) => unknown,
): Promise<void> {
  try {
    await listener(report);
  } catch (error) {
    // The caller gets no database to close.
    await database.close();
    throw error;
  }
}
