/**
 * The one place that knows `node:diagnostics_channel`. Where it is absent (a browser), nobody can listen, and all that
 * is published ends here.
 *
 * Channels belong to the process: copies of this package and other modules that name a channel share it. A subscriber
 * that throws harms no publisher: Node raises its error as an uncaught exception once the code that runs now has ended.
 */

/** One kind of message. */
export interface Channel<M> {
  /** Asked before a message is made: without a subscriber none is made, and no clock is read. */
  readonly hasSubscribers: boolean;
  publish(message: M): void;
}

/** Work with a beginning and an end: five channels, `tracing:NAME:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export interface Tracing<C> {
  readonly hasSubscribers: boolean;
  /** Runs the work between `start` and `asyncEnd`. `result` or `error` of the context are set before `asyncEnd`. */
  tracePromise<R>(work: () => Promise<R>, context: C): Promise<R>;
}

interface DiagnosticsModule {
  channel(name: string): Channel<never>;
  tracingChannel(name: string): Tracing<never>;
}

/** Not an import: that would fail where there is no such module. */
const { process: runtime } = globalThis as {
  readonly process?: { getBuiltinModule?(name: string): DiagnosticsModule | undefined };
};
const found = runtime?.getBuiltinModule?.('node:diagnostics_channel');

const SILENT: Channel<never> & Tracing<never> = {
  hasSubscribers: false,
  publish: () => undefined,
  tracePromise: (work) => work(),
};

/** The process's channel of this name. Kept by the caller, or Node may forget it with its subscribers. */
export function channelOf<M>(name: string): Channel<M> {
  return (found?.channel(name) ?? SILENT) as unknown as Channel<M>;
}

/** The process's tracing channel of this name. */
export function tracingOf<C>(name: string): Tracing<C> {
  return (found?.tracingChannel(name) ?? SILENT) as unknown as Tracing<C>;
}
