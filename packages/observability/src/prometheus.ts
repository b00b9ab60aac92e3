/**
 * Metrics of databases in a registry of `prom-client`.
 *
 * Gauges and counters are read from `db.stats()` at each scrape: between two scrapes they cost nothing. Histograms are
 * fed by channels, so the engine reads its clock once or twice per group commit while they are there.
 */
import { type Registry, register } from 'prom-client';
import { observedName } from './metrics/observed-name.js';
import { type Observation, type ObservedDatabase, observe } from './observe.js';
import { requireKnown, requireMethods } from './options.js';
import { RegistryMetrics } from './prometheus/registry-metrics.js';

export interface PrometheusOptions {
  /** Default: the global registry of `prom-client`. */
  readonly registry?: Registry;
  /** Value of the label `database`. Default: the name of the database in its diagnostics. */
  readonly name?: string;
}

const known = new WeakMap<Registry, RegistryMetrics>();

/**
 * Registers the metrics of an open database. Several databases share a registry, told apart by the label `database`.
 * `stop()`, and the closing of the database, take its series away.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a database or a registry, a name that another database of the
 *   registry has, or a metric of ours that somebody else registered; `DATABASE_CLOSED`.
 */
export function prometheus(db: ObservedDatabase, options: PrometheusOptions = {}): Observation {
  requireKnown(options, ['registry', 'name']);
  const { registry = register } = options;
  requireMethods('registry', registry, ['registerMetric', 'removeSingleMetric'], 'a registry of prom-client');
  const name = observedName(db, options.name);
  let metrics = known.get(registry);
  if (metrics === undefined) {
    metrics = new RegistryMetrics(registry);
    known.set(registry, metrics);
  }
  const recorded = metrics.add(name, db);
  const observations = recorded.map((observer) => observe(db, observer));
  const added = metrics;
  const stop = (): void => {
    for (const observation of observations) observation.stop();
    if (observations.splice(0).length > 0) added.remove(name);
  };
  observations.push(observe(db, { 'nuthatch:close': { asyncEnd: stop } }));
  return { stop, [Symbol.dispose]: stop };
}
