/** The metrics of all databases in one registry: made with the first database, taken away with the last. */
import { DatabaseError } from '@nuthatch/model';
import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import { MEASURED } from '../metrics/measured-metrics.js';
import { type MeasuredMetric, prometheusName, RESULTS, type Reading, type SampledMetric } from '../metrics/metric.js';
import { SAMPLED } from '../metrics/sampled-metrics.js';
import type { ObservedDatabase, Observer } from '../observe.js';

export class RegistryMetrics {
  readonly #registry: Registry;
  readonly #databases = new Map<string, ObservedDatabase>();
  readonly #sampled: readonly Metric[];
  readonly #measured: readonly (Counter | Histogram)[];
  /** All metrics of one scrape are collected in one turn: stats are read once for all of them. */
  readonly #readings = new Map<ObservedDatabase, Reading>();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#sampled = SAMPLED.map((metric) => this.#sampledMetric(metric));
    this.#measured = MEASURED.map((metric) => measuredMetric(metric));
  }

  /**
   * @returns what is to be heard of the database.
   * @throws DatabaseError `INVALID_OPTION` for a name that is taken here, or metrics of the same names.
   */
  add(name: string, db: ObservedDatabase): readonly Observer[] {
    if (this.#databases.has(name))
      throw new DatabaseError(
        'INVALID_OPTION',
        `the registry has another database called ${name}: give one a \`name\``,
        {
          option: 'name',
        },
      );
    this.#register();
    this.#databases.set(name, db);
    return MEASURED.map((described, index) => this.#recording(described, this.#measured[index]!, name));
  }

  remove(name: string): void {
    this.#databases.delete(name);
    for (const [index, described] of MEASURED.entries()) forget(this.#measured[index]!, described, name);
    if (this.#databases.size > 0) return;
    for (const metric of [...this.#sampled, ...this.#measured])
      if (this.#registered(metric) === metric) this.#registry.removeSingleMetric(nameOf(metric));
  }

  /** Those that are there stay: somebody may have cleared the registry since. */
  #register(): void {
    const missing = [...this.#sampled, ...this.#measured].filter((metric) => this.#registered(metric) !== metric);
    const taken = missing.find((metric) => this.#registered(metric) !== undefined);
    if (taken !== undefined)
      throw new DatabaseError('INVALID_OPTION', `the registry has a metric ${nameOf(taken)} of somebody else`, {
        option: 'registry',
      });
    for (const metric of missing) this.#registry.registerMetric(metric);
  }

  #registered(metric: Metric): unknown {
    return this.#registry.getSingleMetric(nameOf(metric));
  }

  #recording(described: MeasuredMetric, metric: Counter | Histogram, database: string): Observer {
    if (metric instanceof Histogram) {
      for (const labels of described.labels.length === 0 ? [{}] : RESULTS.map((result) => ({ result })))
        metric.zero({ database, ...labels });
      return described.listeners((value, labels) => metric.observe({ database, ...labels }, value));
    }
    metric.inc({ database }, 0);
    return described.listeners((value, labels) => metric.inc({ database, ...labels }, value));
  }

  #sampledMetric({ sample, ...described }: SampledMetric): Metric {
    const collect = (metric: Gauge | Counter): void => {
      metric.reset();
      for (const [database, db] of this.#databases)
        for (const [value, labels] of sample(this.#reading(db))) {
          if (metric instanceof Gauge) metric.set({ database, ...labels }, value);
          else metric.inc({ database, ...labels }, value);
        }
    };
    const configuration = configurationOf(described);
    if (described.kind === 'counter')
      return new Counter({
        ...configuration,
        collect() {
          collect(this);
        },
      });
    return new Gauge({
      ...configuration,
      collect() {
        collect(this);
      },
    });
  }

  #reading(db: ObservedDatabase): Reading {
    const known = this.#readings.get(db);
    if (known !== undefined) return known;
    const reading = { stats: db.stats(), recovery: db.recovery, nowMs: Date.now() };
    this.#readings.set(db, reading);
    queueMicrotask(() => this.#readings.clear());
    return reading;
  }
}

function measuredMetric(described: MeasuredMetric): Counter | Histogram {
  const configuration = configurationOf(described);
  if (described.kind === 'counter') return new Counter(configuration);
  return new Histogram({ ...configuration, buckets: [...(described.buckets ?? [])] });
}

/** No registry of its own: what is registered where is decided in `add`. */
function configurationOf(described: SampledMetric | MeasuredMetric | Omit<SampledMetric, 'sample'>): {
  name: string;
  help: string;
  labelNames: string[];
  registers: [];
} {
  const { help, labels } = described;
  return { name: prometheusName(described), help, labelNames: ['database', ...labels], registers: [] };
}

function nameOf(metric: Metric): string {
  return (metric as unknown as { readonly name: string }).name;
}

/** Series of the database, whatever their other labels. */
function forget(metric: Counter | Histogram, { labels }: MeasuredMetric, database: string): void {
  if (labels.length === 0) metric.remove({ database });
  else for (const result of RESULTS) metric.remove({ database, result });
}
