import { ENDING_SIGNALS } from '../ending-signals.js';

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, with its name; a second one ends the process at once, for somebody who will
 * not wait.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      for (const each of ENDING_SIGNALS) process.off(each, stop);
      resolve(signal);
    };
    for (const signal of ENDING_SIGNALS) process.on(signal, stop);
  });
}
