/**
 * Hears what one database says, or all databases of the process, until it is stopped.
 *
 * A listener that throws harms neither the database nor the process: its error becomes a process warning.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { DatabaseError } from '@nuthatch/model';
import {
  type DatabaseSource,
  type DatabaseStats,
  type DiagnosticsMessages,
  type DiagnosticsTraces,
  describeDatabase,
  type RecoveryReport,
} from '@nuthatch/runtime';
import { told } from '@nuthatch/runtime/tools';

/** A database as adapters read it: what `openDatabase` and `openKeyValue` answer. */
export interface ObservedDatabase {
  readonly recovery: RecoveryReport | undefined;
  stats(): DatabaseStats;
}

/** Ends what an adapter does; `using` does it at the end of the block. Idempotent. */
export interface Observation extends Disposable {
  stop(): void;
}

/** Begin and end of work that takes time; both get the same object. */
export interface TraceObserver<C> {
  readonly start?: (context: C) => unknown;
  /** Also after an error: the context then has `error`. */
  readonly asyncEnd?: (context: C) => unknown;
}

/** Listeners by the names of channels and of traces: packages/runtime/docs/diagnostics.md. */
export type Observer = {
  readonly [N in keyof DiagnosticsMessages]?: (message: DiagnosticsMessages[N]) => unknown;
} & {
  readonly [N in keyof DiagnosticsTraces]?: TraceObserver<DiagnosticsTraces[N]>;
};

type Heard = { readonly database?: DatabaseSource };

/**
 * Hears one open database. `nuthatch:open` is over before there is one: `observeAll` hears it.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a database, or a listener that is not a function.
 */
export function observe(db: object, observer: Observer): Observation {
  const { source } = describeDatabase(db);
  return listen(observer, ({ database }) => database === source);
}

/** Hears every database of the process. @throws DatabaseError `INVALID_OPTION` for a listener that is not a function. */
export function observeAll(observer: Observer): Observation {
  return listen(observer, () => true);
}

function listen(observer: Observer, isWanted: (message: Heard) => boolean): Observation {
  if (typeof observer !== 'object' || observer === null)
    throw refused('observer', 'listeners must be given as an object, by the names of channels');
  const listeners = Object.entries(observer).flatMap(([name, value]) => channelsOf(name, value));
  const subscriptions = listeners.map(([channel, call]) => {
    const listener = (message: unknown): void => {
      if (isWanted(message as Heard)) told.tell(() => call(message as never), told.warnOfListener);
    };
    return [channel, listener] as const;
  });
  for (const [channel, listener] of subscriptions) subscribe(channel, listener);
  const stop = (): void => {
    for (const [channel, listener] of subscriptions.splice(0)) unsubscribe(channel, listener);
  };
  return { stop, [Symbol.dispose]: stop };
}

type Call = (message: never) => unknown;

const MESSAGES: Readonly<Record<keyof DiagnosticsMessages, true>> = {
  'nuthatch:commit': true,
  'nuthatch:fsync': true,
  'nuthatch:recovery': true,
  'nuthatch:failure': true,
  'nuthatch:listener-error': true,
  'nuthatch:clock-jump': true,
};

const TRACES: Readonly<Record<keyof DiagnosticsTraces, true>> = {
  'nuthatch:open': true,
  'nuthatch:flush': true,
  'nuthatch:compaction': true,
  'nuthatch:backup': true,
  'nuthatch:close': true,
};

function channelsOf(name: string, value: unknown): readonly (readonly [channel: string, call: Call])[] {
  if (Object.hasOwn(MESSAGES, name)) {
    if (value === undefined) return [];
    if (typeof value === 'function') return [[name, value as Call]];
    throw refused(name, `the listener to ${name} must be a function`);
  }
  if (!Object.hasOwn(TRACES, name)) {
    const names = [...Object.keys(MESSAGES), ...Object.keys(TRACES)].join(', ');
    throw refused(name, `there is no channel ${name}; there are ${names}`);
  }
  return value === undefined ? [] : phasesOf(name, value);
}

function phasesOf(name: string, value: unknown): readonly (readonly [channel: string, call: Call])[] {
  const phases = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const isGood = ([phase, call]: [string, unknown]): boolean =>
    ['start', 'asyncEnd'].includes(phase) && (call === undefined || typeof call === 'function');
  if (phases.length === 0 || !phases.every(isGood))
    throw refused(name, `the listeners to ${name} must be an object of functions \`start\`, \`asyncEnd\`, or both`);
  return phases
    .filter(([, call]) => call !== undefined)
    .map(([phase, call]) => [`tracing:${name}:${phase}`, call as Call]);
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
