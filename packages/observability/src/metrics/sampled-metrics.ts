/** Metrics that are read from `db.stats()` and `db.recovery`: packages/runtime/docs/stats.md says what each counts. */
import type { DatabaseStats } from '@nuthatch/runtime';
import type { Reading, Sample, SampledMetric } from './metric.js';

type Read = (reading: Reading) => number;

const gauge = (name: string, unit: string, help: string, read: Read): SampledMetric => ({
  ...{ name, kind: 'gauge', unit, help, labels: [] },
  sample: (reading) => [[read(reading)]],
});

const counter = (name: string, unit: string, help: string, read: Read): SampledMetric => ({
  ...gauge(name, unit, help, read),
  kind: 'counter',
});

type CollectionStats = DatabaseStats['collections'][string];

const perCollection = (
  name: string,
  unit: string,
  help: string,
  read: (stats: CollectionStats) => number,
): SampledMetric => ({
  ...{ name, kind: 'gauge', unit, help, labels: ['collection'] },
  sample: ({ stats }) =>
    Object.entries(stats.collections).map(([collection, found]): Sample => [read(found), { collection }]),
});

const SECOND_MS = 1_000;

const OF_THE_DATABASE: readonly SampledMetric[] = [
  gauge(
    'nuthatch.failed',
    '{database}',
    '1: the journal failed, and writes are refused; 0: it takes writes',
    (reading) => (reading.stats.state === 'failed' ? 1 : 0),
  ),
  counter(
    'nuthatch.transactions',
    '{transaction}',
    'Transactions in the journal: the seq of the last one',
    ({ stats }) => stats.journal.lastSeq,
  ),
  gauge(
    'nuthatch.transactions.pending',
    '{transaction}',
    'Transactions not yet as durable as they asked',
    ({ stats }) => stats.pendingTransactionCount,
  ),
  gauge(
    'nuthatch.transactions.oldest_pending',
    's',
    'Time that the oldest pending transaction has waited',
    ({ stats }) => stats.oldestPendingMs / SECOND_MS,
  ),
  gauge(
    'nuthatch.transactions.unsynced',
    '{transaction}',
    'Transactions that a power cut would lose now',
    ({ stats }) => stats.journal.lastSeq - stats.journal.syncedSeq,
  ),
  gauge(
    'nuthatch.subscriptions',
    '{subscription}',
    'Listeners to changes, loops over changes and watched queries',
    ({ stats }) => stats.subscriptionCount,
  ),
  gauge('nuthatch.change_readers', '{reader}', 'Open loops over changes', ({ stats }) => stats.changes.readerCount),
  gauge(
    'nuthatch.change_readers.held_changes',
    '{change}',
    'Changes that loops over changes have not read yet',
    ({ stats }) => stats.changes.heldChangeCount,
  ),
  gauge(
    'nuthatch.change_readers.held',
    'By',
    'Documents in those changes, as estimated',
    ({ stats }) => stats.changes.heldBytes,
  ),
];

const OF_THE_JOURNAL: readonly SampledMetric[] = [
  gauge(
    'nuthatch.journal.pending',
    'By',
    'Bytes accepted and not yet written',
    ({ stats }) => stats.journal.pendingBytes,
  ),
  counter(
    'nuthatch.journal.frames',
    '{frame}',
    'Frames written since the opening',
    ({ stats }) => stats.journal.frameCount,
  ),
  counter(
    'nuthatch.journal.written',
    'By',
    'Bytes of frames written since the opening',
    ({ stats }) => stats.journal.writtenBytes,
  ),
  counter(
    'nuthatch.journal.fsyncs',
    '{fsync}',
    'Fsyncs since the opening that made a transaction durable',
    ({ stats }) => stats.journal.fsyncCount,
  ),
  gauge('nuthatch.journal.pages', '{page}', 'Pages that are alive', ({ stats }) => stats.journal.pageCount),
  gauge(
    'nuthatch.journal.disk',
    'By',
    'Length of all live pages and snapshots',
    ({ stats }) => stats.journal.diskBytes,
  ),
  gauge(
    'nuthatch.journal.replay',
    'By',
    'Frames that the next opening reads besides the snapshot',
    ({ stats }) => stats.journal.replayBytes,
  ),
  gauge(
    'nuthatch.journal.replay_age',
    's',
    'Age of the oldest frame that no snapshot holds; 0: there is none',
    ({ stats, nowMs }) => Math.max(0, nowMs - (stats.journal.replayFromMs ?? nowMs)) / SECOND_MS,
  ),
  gauge('nuthatch.snapshot', 'By', 'Length of the newest snapshot on disk', ({ stats }) => stats.journal.snapshotBytes),
  gauge('nuthatch.compaction.running', '{compaction}', '1: a compaction runs now', ({ stats }) =>
    stats.compaction.isRunning ? 1 : 0,
  ),
  {
    ...{ name: 'nuthatch.compactions', kind: 'counter', unit: '{compaction}', labels: ['result'] },
    help: 'Compactions since the opening',
    sample: ({ stats: { compaction } }) => [
      [compaction.doneCount, { result: 'done' }],
      [compaction.failedCount, { result: 'failed' }],
    ],
  },
];

const OF_THE_OPENING: readonly SampledMetric[] = [
  gauge(
    'nuthatch.recovery.duration',
    's',
    'Time that the opening took; 0 in memory',
    ({ recovery }) => (recovery?.durationMs ?? 0) / SECOND_MS,
  ),
  gauge('nuthatch.recovery.clean', '{database}', '1: the last process closed the database properly', ({ recovery }) =>
    recovery === undefined || recovery.isClean ? 1 : 0,
  ),
  gauge(
    'nuthatch.recovery.cut',
    'By',
    'Bytes of a torn tail that the opening cut off',
    ({ recovery }) => recovery?.cutBytes ?? 0,
  ),
  gauge(
    'nuthatch.recovery.lost_ranges',
    '{range}',
    'Ranges of files that a salvage gave up',
    ({ recovery }) => recovery?.lost.length ?? 0,
  ),
];

const OF_COLLECTIONS: readonly SampledMetric[] = [
  perCollection('nuthatch.documents', '{document}', 'Documents', ({ documentCount }) => documentCount),
  perCollection(
    'nuthatch.documents.undecoded',
    '{document}',
    'Documents that are still bytes since the opening',
    ({ undecodedCount }) => undecodedCount,
  ),
  perCollection(
    'nuthatch.documents.expiring',
    '{document}',
    'Documents that expire',
    ({ expiringCount }) => expiringCount,
  ),
  perCollection(
    'nuthatch.views',
    '{view}',
    'Snapshots, loops, compactions and backups that hold a collection still',
    ({ viewCount }) => viewCount,
  ),
  {
    ...{ name: 'nuthatch.index.entries', kind: 'gauge', unit: '{entry}', labels: ['collection', 'index', 'kind'] },
    help: 'Documents in an index; for tags, pairs of tag and document',
    sample: ({ stats }) =>
      Object.entries(stats.collections).flatMap(([collection, { indexes }]) =>
        Object.entries(indexes).map(
          ([index, { kind, entryCount }]): Sample => [entryCount, { collection, index, kind }],
        ),
      ),
  },
];

export const SAMPLED: readonly SampledMetric[] = [
  ...OF_THE_DATABASE,
  ...OF_THE_JOURNAL,
  ...OF_THE_OPENING,
  ...OF_COLLECTIONS,
];
