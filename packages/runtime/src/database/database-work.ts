/**
 * What goes on in an open database: the commit path, the care of its files and of those beside the documents, and the
 * deletes of what expires. Made here and tied to each other, in the order in which each needs those before it.
 */
import { DatabaseError } from '@nuthatch/model';
import { BlobRenewal } from '../blobs/blob-renewal.js';
import { Blobs } from '../blobs/blobs.js';
import { keepReferences } from '../collection/relating/reference-guard.js';
import { CommitPath } from '../commit/commit-path.js';
import { RepeatableWork } from '../commit/repeatable-work.js';
import { UnknownCollections } from '../recovery/unknown-collections.js';
import type { TransactionCollections } from '../repository/transaction-collections.js';
import { soon } from '../time/real-time.js';
import { ArrivedTransactions } from './arrived-transactions.js';
import { blobCollector, isBlobNeeded } from './blob-users.js';
import { closeOnSignals } from './close-on-signal.js';
import type { DatabaseLife, RunningWork } from './database-life.js';
import type { DatabaseParts } from './database-parts.js';
import { addRepositories } from './database-repositories.js';
import { ExpiryTimer } from './expiry-timer.js';
import { Maintenance } from './maintenance.js';
import { noteNodeImages } from './node-images.js';
import { StorageSwitches } from './storage-switches.js';
import { noteSyncPort, SyncPort, syncPortOf } from './sync-port.js';

export interface DatabaseWork<Tx> extends RunningWork {
  readonly switches: StorageSwitches;
  readonly blobs: Blobs;
  /** The collections as a transaction function gets them. */
  readonly TransactionCollections: TransactionCollections<Tx>;
}

/** Gives the database its repositories, and begins its work. */
export function beginWork<Tx>(
  database: { close(): Promise<void> },
  parts: DatabaseParts,
  life: DatabaseLife,
): DatabaseWork<Tx> {
  const { options, journal, expiry, events, environment, files, node } = parts;
  const commitPath = commitPathOf(parts, life);
  addSyncPort(database, parts, commitPath);
  const collections = addRepositories<Tx>(database, parts, commitPath);
  const switches = new StorageSwitches(commitPath, journal, parts.marks, files?.unknown);
  const collector = blobCollector(parts, options.blobGraceMs);
  const blobs = blobsOf(parts);
  parts.blobs.links.collector = collector;
  if (files === undefined) blobs.beforePut = () => collector.collect();
  const maintenance = new Maintenance(
    files,
    [...parts.collections.values(), parts.records, parts.releases],
    switches,
    parts.source,
    { collector, renewal: new BlobRenewal(parts.blobs.store) },
    node,
  );
  if (node !== undefined) {
    noteNodeImages(database, {
      compact: () => maintenance.compact(),
      backupTo: (stream) => maintenance.backupTo(stream),
    });
    if (node.tieBlobs === undefined) blobs.beforePut = refuseBlobs;
    else {
      const needs = { port: syncPortOf(database), isNeeded: (hash: string) => isBlobNeeded(parts, hash) };
      node.tieBlobs(parts.blobs.store, needs);
    }
  }
  const onRefused = (error: unknown): void => events.emit('listenerError', error);
  const expiryTimer = new ExpiryTimer(expiry, commitPath, onRefused, environment.clock);
  const work = { commitPath, switches, blobs, maintenance, expiryTimer, TransactionCollections: collections };
  life.begin(work);
  if (node?.isReadOnly === true) commitPath.refuseWrites();
  else expiryTimer.start();
  if (options.closeOnSignal.length > 0)
    closeOnSignals(
      database,
      options.closeOnSignal,
      () => life.closeForAll(),
      () => maintenance.giveUp(),
    );
  if (files !== undefined) files.journal.clock.onJump = (jump) => soon(() => events.emit('clockJumped', jump));
  if (options.compaction !== undefined) maintenance.startCompacting(options.compaction, options, events);
  return work;
}

function commitPathOf(parts: DatabaseParts, life: DatabaseLife): CommitPath {
  const { options, collections, journal, feed } = parts;
  const commitPath = new CommitPath(journal, feed, options.durability, (error) => life.fail(error));
  const isLinked = [...collections.values()].some(({ links }) => links !== undefined);
  if (isLinked && options.references !== 'off') commitPath.references = keepReferences;
  if (parts.node !== undefined) commitPath.repeatWith(repeatingWork(parts));
  return commitPath;
}

function repeatingWork({ collections, records, releases, unknown }: DatabaseParts): RepeatableWork {
  const stored = new Map([...collections, [records.name, records], [releases.name, releases]]);
  const arrived = new ArrivedTransactions(stored, unknown ?? new UnknownCollections());
  return new RepeatableWork((transaction, transactionOfOther) => arrived.apply(transaction, transactionOfOther));
}

function addSyncPort(database: object, parts: DatabaseParts, commitPath: CommitPath): void {
  const { identity, source, collections, records, blobs, feed, journal, environment } = parts;
  noteSyncPort(
    database,
    new SyncPort({
      identity,
      source,
      collections,
      records,
      blobs: blobs.store,
      commitPath,
      feed,
      lastSeq: () => journal.lastSeq,
      clock: environment.clock,
    }),
  );
}

function blobsOf({ blobs, options }: DatabaseParts): Blobs {
  return new Blobs(blobs.store, options.directory ?? 'the database in memory');
}

function refuseBlobs(): never {
  throw new DatabaseError('READ_ONLY_READER', 'files beside the documents are put where the database is open');
}
