/**
 * Closes databases properly when the process is told to end by a signal, then lets the signal do its work.
 *
 * One listener per signal and process, installed only while a database needs it. When nobody else listens the signal is
 * raised again once all are closed, so that the process ends as it would have, with the status a parent expects; if the
 * program listens too, it decides itself. A second signal while closing gives up an image that is being written for the next
 * opening; if there is none it ends the process at once.
 */
interface Closable {
  close(): Promise<void>;
}

/** How a database is closed: all of it, however many openers it has. */
interface Closer {
  close(): Promise<void>;
  /** Closing is to be quick now. @returns whether that makes a difference. */
  hurry(): boolean;
}

/** Of the databases that asked for a signal. */
const closersOf = new Map<NodeJS.Signals, Map<object, Closer>>();
const listeners = new Map<NodeJS.Signals, () => void>();

/** Closes `database` when one of the signals comes. */
export function closeOnSignals(
  database: Closable,
  signals: readonly NodeJS.Signals[],
  close: () => Promise<void>,
  hurry: () => boolean,
): void {
  for (const signal of signals) {
    let closers = closersOf.get(signal);
    if (closers === undefined) {
      closers = new Map();
      closersOf.set(signal, closers);
      const listener = makeListener(signal);
      listeners.set(signal, listener);
      process.on(signal, listener);
    }
    closers.set(database, { close, hurry });
  }
}

/** The database is closed: its signals are nobody's business any more. */
export function forgetSignals(database: object): void {
  for (const [signal, closers] of closersOf) if (closers.delete(database) && closers.size === 0) unlisten(signal);
}

function makeListener(signal: NodeJS.Signals): () => void {
  let isClosing = false;
  return () => {
    if (isClosing) {
      const isQuicker = [...(closersOf.get(signal)?.values() ?? [])].map(({ hurry }) => hurry());
      if (isQuicker.includes(true)) return;
      if (process.listenerCount(signal) === 1) raise(signal);
      return;
    }
    isClosing = true;
    const closers = [...(closersOf.get(signal)?.values() ?? [])];
    // Another listener's choice: then the process goes on or ends as that one says.
    const isOurs = process.listenerCount(signal) === 1;
    void Promise.allSettled(closers.map(({ close }) => close())).then((ends) => {
      for (const end of ends) if (end.status === 'rejected') warn(signal, end.reason);
      if (isOurs) raise(signal);
    });
  };
}

function raise(signal: NodeJS.Signals): void {
  unlisten(signal);
  process.kill(process.pid, signal);
}

function unlisten(signal: NodeJS.Signals): void {
  const listener = listeners.get(signal);
  if (listener !== undefined) process.removeListener(signal, listener);
  listeners.delete(signal);
  closersOf.delete(signal);
}

function warn(signal: NodeJS.Signals, error: unknown): void {
  process.emitWarning(`a database could not be closed properly on ${signal}`, {
    type: 'NuthatchWarning',
    code: 'NUTHATCH_NOT_CLOSED',
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}
