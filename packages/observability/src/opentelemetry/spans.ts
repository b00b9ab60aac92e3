/** Spans of work that takes time: `nuthatch.open`, `flush`, `compaction`, `backup`, `close`. */

import { DatabaseError } from '@nuthatch/model';
import type { DatabaseSource, DiagnosticsTraces } from '@nuthatch/runtime';
import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { Observer } from '../observe.js';

/** `SpanStatusCode.ERROR` of the API: taken as a type only, the API need not be loaded. */
const STATUS_ERROR = 2;

type Context = DiagnosticsTraces[keyof DiagnosticsTraces];
type Named = Pick<DatabaseSource, 'name' | 'directory'>;

/** The facts of the result that stand at the span, by trace. */
const RESULTS: { readonly [N in keyof DiagnosticsTraces]: (context: DiagnosticsTraces[N]) => Attributes } = {
  'nuthatch:open': ({ result }) =>
    result === undefined
      ? {}
      : {
          'nuthatch.seq': result.lastSeq,
          'nuthatch.replayed_transactions': result.transactionCount,
          'nuthatch.clean': result.isClean,
          'nuthatch.cut_bytes': result.cutBytes,
          'nuthatch.lost_ranges': result.lost.length,
        },
  'nuthatch:flush': () => ({}),
  'nuthatch:compaction': ({ cause, result }) => ({
    'nuthatch.cause': cause,
    ...(result && { 'nuthatch.seq': result.seq, 'nuthatch.snapshot_bytes': result.snapshotBytes }),
  }),
  'nuthatch:backup': ({ destination, result }) => ({
    'nuthatch.destination': destination,
    ...(result && { 'nuthatch.seq': result.lastSeq, 'nuthatch.copied_bytes': result.copiedBytes }),
  }),
  'nuthatch:close': () => ({}),
};

/** @param nameOf the value of the attribute `database`. */
export function spans(tracer: Tracer, nameOf: (source: Named) => string): Observer {
  const open = new WeakMap<Context, Span>();
  const observed = (name: keyof DiagnosticsTraces): object => ({
    start(context: Context): void {
      // The span of the caller, if it has one, becomes its parent.
      open.set(context, tracer.startSpan(name.replace(':', '.'), { attributes: attributesOf(context, nameOf) }));
    },
    asyncEnd(context: Context): void {
      const span = open.get(context);
      // It had begun before we listened.
      if (span === undefined) return;
      const { error } = context;
      if (error === undefined) span.setAttributes(RESULTS[name](context as never));
      else {
        // The code alone: the text of an error may name keys of documents.
        const type = DatabaseError.is(error) ? error.code : ((error as Error | null)?.name ?? typeof error);
        span.setAttribute('error.type', type);
        span.setStatus({ code: STATUS_ERROR, message: type });
      }
      span.end();
    },
  });
  return Object.fromEntries(
    (Object.keys(RESULTS) as (keyof DiagnosticsTraces)[]).map((name) => [name, observed(name)]),
  );
}

function attributesOf(context: Context, nameOf: (source: Named) => string): Attributes {
  const source: Named = 'directory' in context ? context : (context.database as DatabaseSource);
  const { directory } = source;
  return {
    'db.system.name': 'nuthatch',
    database: nameOf(source),
    ...(directory !== undefined && { 'nuthatch.directory': directory }),
  };
}
