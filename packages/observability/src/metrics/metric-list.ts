/**
 * All metrics, once for every adapter. Names and units follow the conventions of OpenTelemetry; the name in Prometheus
 * comes of both, as its translation rules say, so that one dashboard fits both ways.
 *
 *   nuthatch.journal.written, By, counter  ─▶  nuthatch_journal_written_bytes_total
 */
import { MEASURED } from './measured-metrics.js';
import type { MetricDescription } from './metric.js';
import { SAMPLED } from './sampled-metrics.js';

export type { MetricDescription } from './metric.js';

/** Those that are read from `db.stats()` when they are collected, then those that are fed by channels. */
export const METRICS: readonly MetricDescription[] = [...SAMPLED, ...MEASURED].map(
  ({ name, kind, unit, help, labels }) => ({ name, kind, unit, help, labels }),
);
