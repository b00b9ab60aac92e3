/**
 * What an open database says on `node:diagnostics_channel`: docs/diagnostics.md describes it for readers.
 *
 * Within a major version messages only grow: members are added, none is removed or gets another meaning. No message
 * holds a document, an encryption key or a token; an error is passed as it is.
 */
import type { DatabaseError } from '@nuthatch/model';
import type { BackupReport } from '../checkpoint/backup.js';
import type { CompactionReport } from '../checkpoint/compaction.js';
import { channelOf, type Tracing, tracingOf } from '../diagnostics/channel-port.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { CommitMessage, FsyncMessage } from '../diagnostics/journal-messages.js';
import type { ClockJump } from '../journal/journal-clock.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import { nowMs } from '../time/real-time.js';

/** A directory was opened. */
export interface RecoveryMessage {
  readonly database: DatabaseSource;
  readonly report: RecoveryReport;
}

/** The journal failed; said once. Reads go on, writes are refused. */
export interface FailureMessage {
  readonly database: DatabaseSource;
  readonly error: DatabaseError;
}

/** A listener of the application threw, or its promise rejected. */
export interface ListenerErrorMessage {
  readonly database: DatabaseSource;
  /** As it was thrown: of any type, and with any text. */
  readonly error: unknown;
}

/** The machine's clock was set by a minute or more, or the machine slept. */
export interface ClockJumpMessage {
  readonly database: DatabaseSource;
  readonly jump: ClockJump;
}

/** Work that takes time. The same object comes with each of its five channels; members are set as they are known. */
export interface DatabaseTrace<R> {
  readonly database: DatabaseSource;
  /** Milliseconds; set with `asyncEnd`. */
  readonly durationMs?: number;
  /** Set with `asyncEnd` when the work succeeded. */
  readonly result?: R;
  /** Set with `error` when it failed. */
  readonly error?: unknown;
}

/** `openDatabase`, from its checked options on. */
export interface OpenTrace extends Omit<DatabaseTrace<RecoveryReport | undefined>, 'database'> {
  readonly name: string;
  /** Absolute; undefined for a database in memory. */
  readonly directory: string | undefined;
  /** Set with `asyncEnd` when the database is open. */
  readonly database?: DatabaseSource;
}

export interface CompactionTrace extends DatabaseTrace<CompactionReport> {
  /** `manual`: by `db.compact()`. */
  readonly cause: 'automatic' | 'manual';
}

export interface BackupTrace extends DatabaseTrace<BackupReport> {
  /** By `db.backup(directory)` or by `db.backupTo(stream)`. */
  readonly destination: 'directory' | 'stream';
}

/** Messages by the names of their channels. */
export interface DiagnosticsMessages {
  'nuthatch:commit': CommitMessage;
  'nuthatch:fsync': FsyncMessage;
  'nuthatch:recovery': RecoveryMessage;
  'nuthatch:failure': FailureMessage;
  'nuthatch:listener-error': ListenerErrorMessage;
  'nuthatch:clock-jump': ClockJumpMessage;
}

/** Contexts by the names of their tracing channels. */
export interface DiagnosticsTraces {
  'nuthatch:open': OpenTrace;
  'nuthatch:flush': DatabaseTrace<undefined>;
  'nuthatch:compaction': CompactionTrace;
  'nuthatch:backup': BackupTrace;
  'nuthatch:close': DatabaseTrace<undefined>;
}

export const RECOVERY = channelOf<RecoveryMessage>('nuthatch:recovery');
export const FAILURE = channelOf<FailureMessage>('nuthatch:failure');
export const LISTENER_ERROR = channelOf<ListenerErrorMessage>('nuthatch:listener-error');
export const CLOCK_JUMP = channelOf<ClockJumpMessage>('nuthatch:clock-jump');

const TRACINGS: { readonly [N in keyof DiagnosticsTraces]: Tracing<DiagnosticsTraces[N]> } = {
  'nuthatch:open': tracingOf('nuthatch:open'),
  'nuthatch:flush': tracingOf('nuthatch:flush'),
  'nuthatch:compaction': tracingOf('nuthatch:compaction'),
  'nuthatch:backup': tracingOf('nuthatch:backup'),
  'nuthatch:close': tracingOf('nuthatch:close'),
};

type Mutable<T> = { -readonly [M in keyof T]: T[M] };

/**
 * Runs work between the channels of a trace; without a subscriber, just runs it.
 *
 * @param context made only for subscribers.
 * @param shown what they may see of the result; may complete the context.
 */
export function traced<N extends keyof DiagnosticsTraces, R>(
  name: N,
  context: () => DiagnosticsTraces[N],
  work: () => Promise<R>,
  shown: (result: R, context: Mutable<DiagnosticsTraces[N]>) => DiagnosticsTraces[N]['result'],
): Promise<R> {
  const tracing: Tracing<DiagnosticsTraces[N]> = TRACINGS[name];
  return tracing.hasSubscribers ? trace(tracing, context(), work, shown) : work();
}

async function trace<C extends { readonly result?: unknown; readonly durationMs?: number }, R>(
  tracing: Tracing<C>,
  context: Mutable<C>,
  work: () => Promise<R>,
  shown: (result: R, context: Mutable<C>) => C['result'],
): Promise<R> {
  const beganMs = nowMs();
  let result: R | undefined;
  // Subscribers get what is shown, never the open database itself.
  await tracing.tracePromise(async () => {
    try {
      result = await work();
      return shown(result, context);
    } finally {
      (context as { durationMs?: number }).durationMs = nowMs() - beganMs;
    }
  }, context as C);
  return result as R;
}
