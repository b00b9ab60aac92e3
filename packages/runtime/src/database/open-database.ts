/**
 * Opens databases: options and generated code are checked, what is on disk is recovered, and the parts of a `Database`
 * are made and tied to each other.
 */
import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { Collection } from '../collection/collection.js';
import type { WatchedFeed } from '../collection/watch/watched-queries.js';
import { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import type { WriteTarget } from '../commit/write-record.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import { ChangeFeed } from '../feed/change-feed.js';
import { JournalPast } from '../feed/journal-past.js';
import type { Migration } from '../migration/migration.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import { Database } from './database.js';
import { describeDatabase, noteDescription } from './database-description.js';
import { DatabaseEvents } from './database-events.js';
import { type DatabaseOptions, type ResolvedOptions, resolveOptions } from './database-options.js';
import { checkDefinitions, requireDefinitions } from './definition-check.js';
import { type OpenTrace, RECOVERY, traced } from './diagnostics.js';
import { noteOpen } from './open-databases.js';
import { openJournal } from './open-journal.js';
import { identityOf, openShared, shareKey } from './shared-databases.js';
import type { DatabaseIdentity } from './sync-port.js';

/**
 * Opens a database: checks options and generated code, recovers what is on disk, builds the indexes.
 *
 * Called through the generated `openDatabase`, which knows the definitions, the migrations and the types.
 *
 * @throws DatabaseError `INVALID_OPTION`, `INVALID_MODEL`, `MODEL_MISMATCH`, `MIGRATION_REQUIRED`, `READER_TOO_OLD`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`.
 */
export async function openDatabase<Repos extends object, Tx>(
  definitions: readonly CollectionDefinition[],
  options: DatabaseOptions,
  migrations: readonly Migration[] = [],
): Promise<Database<Tx> & Repos> {
  requireDefinitions(definitions, migrations);
  const resolved = resolveOptions(options);
  checkDefinitions(definitions, (name) => name in Database.prototype);
  const open = (): Promise<Database<Tx> & Repos> =>
    traced(
      'nuthatch:open',
      (): OpenTrace => place(resolved),
      () => openOwn(definitions, resolved, migrations),
      (database, context) => {
        context.database = describeDatabase(database).source;
        return database.recovery;
      },
    );
  if (!resolved.shared || resolved.directory === undefined) return open();
  return openShared(shareKey(resolve(resolved.directory), resolved.fileSystem), identityOf(definitions), open);
}

/** How a database is called in diagnostics, and where it is. */
function place({ name, directory }: ResolvedOptions): Pick<DatabaseSource, 'name' | 'directory'> {
  const absolute = directory === undefined ? undefined : resolve(directory);
  // The root of a disk has no last part.
  return { name: name ?? (absolute === undefined ? 'memory' : basename(absolute) || absolute), directory: absolute };
}

async function openOwn<Repos extends object, Tx>(
  definitions: readonly CollectionDefinition[],
  resolved: ResolvedOptions,
  migrations: readonly Migration[],
): Promise<Database<Tx> & Repos> {
  const events = new DatabaseEvents();
  const expiry = new ExpiryQueue<Collection>(({ collection, key, expiresAt }) => collection.isDueAt(key, expiresAt));
  const onListenerError = (error: unknown): void => events.emit('listenerError', error);
  const feed = new ChangeFeed(0, resolved, onListenerError);
  const context = {
    unknownFields: resolved.unknownFields,
    expiry,
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
  const records = new Collection(SYNC_DEFINITION, context);
  const stored = new Map([...collections, [records.name, records]]);
  const { journal, recovery, files, marks } = await openJournal(resolved, definitions, stored, migrations);
  feed.startAt(journal.lastSeq, new JournalPast(journal, collections));
  const log = files?.journal.checkpointPort.log.identity;
  const identity: DatabaseIdentity = {
    uuid: log?.uuid ?? randomUUID().replaceAll('-', ''),
    incarnation: log?.incarnation ?? 1,
  };
  const source = Object.freeze({ ...place(resolved), uuid: identity.uuid });
  events.source = source;
  files?.journal.publishAs(source);
  const database = new Database<Tx>({
    identity,
    source,
    options: resolved,
    collections,
    records,
    journal,
    expiry,
    feed,
    recovery,
    files,
    events,
    marks,
  });
  const historyId = `${identity.uuid}-${identity.incarnation}`;
  noteDescription(database, { historyId, definitions, source });
  if (resolved.directory !== undefined) noteOpen(database, resolved.directory);
  if (recovery !== undefined && RECOVERY.hasSubscribers) RECOVERY.publish({ database: source, report: recovery });
  if (recovery !== undefined && resolved.onRecovery !== undefined)
    await tellRecovery(database, recovery, resolved.onRecovery);
  return database as Database<Tx> & Repos;
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
