import type { DatabaseStats, RecoveryReport } from '@nuthatch/runtime';
import type { Observer } from '../observe.js';

export type Labels = Readonly<Record<string, string>>;

export interface MetricDescription {
  /** In dots, as OpenTelemetry writes it. Never change: alarms and dashboards name it. */
  readonly name: string;
  /** `counter`: only grows, until the process starts again. */
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** `s`, `By`, or a thing in braces that is counted: `{document}`. */
  readonly unit: string;
  readonly help: string;
  /** Besides `database`, which every metric has. */
  readonly labels: readonly string[];
}

/** What a collection of metrics reads. */
export interface Reading {
  readonly stats: DatabaseStats;
  readonly recovery: RecoveryReport | undefined;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

export type Sample = readonly [value: number, labels?: Labels];

/** Values of the label `result`, the only label of metrics that are measured. */
export const RESULTS = ['done', 'failed'] as const;

/** Read when it is collected; costs nothing in between. */
export interface SampledMetric extends MetricDescription {
  readonly kind: 'gauge' | 'counter';
  readonly sample: (reading: Reading) => readonly Sample[];
}

/** Fed by a channel; what is measured costs the database a look at the clock. */
export interface MeasuredMetric extends MetricDescription {
  readonly kind: 'counter' | 'histogram';
  readonly labels: readonly [] | readonly ['result'];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Listeners that hand over each value. */
  readonly listeners: (record: (value: number, labels?: Labels) => void) => Observer;
}

const SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };

/** The name in Prometheus. */
export function prometheusName({ name, unit, kind }: MetricDescription): string {
  return `${name.replaceAll('.', '_')}${SUFFIXES[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`;
}
