/** Metrics that are fed by the channels of a database: packages/runtime/docs/diagnostics.md. */
import type { MeasuredMetric } from './metric.js';

const SECOND_MS = 1_000;

/** A disk with a battery takes 50 µs for an fsync, a good one 1 ms, one that is ill seconds. */
const OF_DISK_CALLS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Work over all documents. */
const OF_LONG_WORK = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const OF_BATCHES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 10_000];

const resultOf = (error: unknown): { readonly result: string } => ({ result: error === undefined ? 'done' : 'failed' });

export const MEASURED: readonly MeasuredMetric[] = [
  {
    ...{ name: 'nuthatch.commit.duration', kind: 'histogram', unit: 's', labels: [], buckets: OF_DISK_CALLS },
    help: 'Time of a group commit, from leaving memory to the answer of its transactions',
    listeners: (record) => ({ 'nuthatch:commit': ({ durationMs }) => record(durationMs / SECOND_MS) }),
  },
  {
    ...{
      name: 'nuthatch.commit.transactions',
      kind: 'histogram',
      unit: '{transaction}',
      labels: [],
      buckets: OF_BATCHES,
    },
    help: 'Transactions of a group commit',
    listeners: (record) => ({ 'nuthatch:commit': ({ transactionCount }) => record(transactionCount) }),
  },
  {
    ...{ name: 'nuthatch.fsync.duration', kind: 'histogram', unit: 's', labels: [], buckets: OF_DISK_CALLS },
    help: 'Time of an fsync of the journal',
    listeners: (record) => ({ 'nuthatch:fsync': ({ durationMs }) => record(durationMs / SECOND_MS) }),
  },
  {
    ...{ name: 'nuthatch.flush.duration', kind: 'histogram', unit: 's', labels: ['result'], buckets: OF_DISK_CALLS },
    help: 'Time of a call of flush()',
    listeners: (record) => ({
      'nuthatch:flush': { asyncEnd: ({ durationMs = 0, error }) => record(durationMs / SECOND_MS, resultOf(error)) },
    }),
  },
  {
    ...{
      name: 'nuthatch.compaction.duration',
      kind: 'histogram',
      unit: 's',
      labels: ['result'],
      buckets: OF_LONG_WORK,
    },
    help: 'Time of a compaction',
    listeners: (record) => ({
      'nuthatch:compaction': {
        asyncEnd: ({ durationMs = 0, error }) => record(durationMs / SECOND_MS, resultOf(error)),
      },
    }),
  },
  {
    ...{ name: 'nuthatch.backup.duration', kind: 'histogram', unit: 's', labels: ['result'], buckets: OF_LONG_WORK },
    help: 'Time of a backup',
    listeners: (record) => ({
      'nuthatch:backup': { asyncEnd: ({ durationMs = 0, error }) => record(durationMs / SECOND_MS, resultOf(error)) },
    }),
  },
  {
    ...{ name: 'nuthatch.listener_errors', kind: 'counter', unit: '{error}', labels: [] },
    help: 'Errors of listeners of the application',
    listeners: (record) => ({ 'nuthatch:listener-error': () => record(1) }),
  },
  {
    ...{ name: 'nuthatch.clock_jumps', kind: 'counter', unit: '{jump}', labels: [] },
    help: 'Jumps of the clock of the machine by a minute or more',
    listeners: (record) => ({ 'nuthatch:clock-jump': () => record(1) }),
  },
];
