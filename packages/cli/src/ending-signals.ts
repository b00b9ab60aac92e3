/** Signals that end a command, at the terminal or from outside: what was begun is taken away first. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `takeAway` before a signal ends the process, which then ends by that signal. Not called for `kill -9`.
 *
 * @param takeAway must be synchronous. @returns what ends this.
 */
export function beforeEndingSignals(takeAway: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    takeAway();
    stop();
    process.kill(process.pid, signal);
  };
  const stop = (): void => {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  return stop;
}
