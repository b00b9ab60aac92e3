/**
 * Metrics and spans of databases by the API of OpenTelemetry: whichever SDK and exporter the application has set up.
 */

import { DatabaseError } from '@nuthatch/model';
import type { Meter, Tracer } from '@opentelemetry/api';
import { observedName } from './metrics/observed-name.js';
import { type Observation, type ObservedDatabase, observe, observeAll } from './observe.js';
import { measure } from './opentelemetry/measure.js';
import { spans } from './opentelemetry/spans.js';
import { requireKnown, requireMethods } from './options.js';

export interface OpenTelemetryOptions {
  /** Gets the metrics. */
  readonly meter?: Meter;
  /** Gets a span for each flush, compaction, backup and closing. */
  readonly tracer?: Tracer;
  /** Value of the attribute `database`. Default: the name of the database in its diagnostics. */
  readonly name?: string;
}

/**
 * Reports an open database until `stop()`, or until it is closed. Its opening is over by then: `traceTo` sees it.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a database, or when neither a meter nor a tracer is given;
 *   `DATABASE_CLOSED`.
 */
export function openTelemetry(db: ObservedDatabase, options: OpenTelemetryOptions): Observation {
  requireKnown(options, ['meter', 'tracer', 'name']);
  const { meter, tracer } = options;
  if (meter === undefined && tracer === undefined)
    throw new DatabaseError('INVALID_OPTION', 'neither `meter` nor `tracer` is given: nothing would be reported', {
      option: 'meter',
    });
  if (meter !== undefined) requireMeter(meter);
  if (tracer !== undefined) requireTracer(tracer);
  const name = observedName(db, options.name);
  const observations: Observation[] = [];
  if (meter !== undefined) observations.push(measure(db, meter, name));
  if (tracer !== undefined)
    observations.push(
      observe(
        db,
        spans(tracer, () => name),
      ),
    );
  const stop = (): void => {
    for (const observation of observations.splice(0)) observation.stop();
  };
  // The last: the span of the closing ends before.
  observations.push(observe(db, { 'nuthatch:close': { asyncEnd: stop } }));
  return { stop, [Symbol.dispose]: stop };
}

/**
 * Makes spans of the work of every database of the process, openings included, until `stop()`.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a tracer.
 */
export function traceTo(tracer: Tracer): Observation {
  requireTracer(tracer);
  return observeAll(spans(tracer, ({ name }) => name));
}

function requireMeter(meter: unknown): void {
  requireMethods('meter', meter, ['createHistogram', 'addBatchObservableCallback'], 'a meter of OpenTelemetry');
}

function requireTracer(tracer: unknown): void {
  requireMethods('tracer', tracer, ['startSpan'], 'a tracer of OpenTelemetry');
}
