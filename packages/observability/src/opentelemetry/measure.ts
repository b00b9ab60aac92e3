/** The metrics of one database as instruments of a meter. Databases of one meter share the instruments by their names. */
import type { BatchObservableCallback, Meter, Observable } from '@opentelemetry/api';
import { MEASURED } from '../metrics/measured-metrics.js';
import type { Labels, MeasuredMetric, SampledMetric } from '../metrics/metric.js';
import { SAMPLED } from '../metrics/sampled-metrics.js';
import { type Observation, type ObservedDatabase, observe } from '../observe.js';

/** Stats are read once for each collection of the metrics. */
export function measure(db: ObservedDatabase, meter: Meter, database: string): Observation {
  const sampled = SAMPLED.map((metric) => [metric, observable(meter, metric)] as const);
  const collect: BatchObservableCallback = (result) => {
    const reading = { stats: db.stats(), recovery: db.recovery, nowMs: Date.now() };
    for (const [metric, instrument] of sampled)
      for (const [value, labels] of metric.sample(reading)) result.observe(instrument, value, { database, ...labels });
  };
  const instruments = sampled.map(([, instrument]) => instrument);
  meter.addBatchObservableCallback(collect, instruments);
  const observations = MEASURED.map((metric) => observe(db, metric.listeners(recorder(meter, metric, database))));
  const stop = (): void => {
    for (const observation of observations.splice(0)) observation.stop();
    meter.removeBatchObservableCallback(collect, instruments);
  };
  return { stop, [Symbol.dispose]: stop };
}

function observable(meter: Meter, { name, kind, unit, help }: SampledMetric): Observable {
  const options = { unit, description: help };
  return kind === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options);
}

function recorder(
  meter: Meter,
  { name, kind, unit, help, buckets }: MeasuredMetric,
  database: string,
): (value: number, labels?: Labels) => void {
  const options = { unit, description: help };
  if (kind === 'counter') {
    const counter = meter.createCounter(name, options);
    return (value, labels) => counter.add(value, { database, ...labels });
  }
  const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
  const histogram = meter.createHistogram(name, { ...options, advice });
  return (value, labels) => histogram.record(value, { database, ...labels });
}
