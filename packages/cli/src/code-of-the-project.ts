/**
 * Notes which code of the project runs now. Such code can end the process (`process.exit`), or wait for what never comes,
 * so that Node has nothing left to do and ends: either would look like success.
 */
import { refusal } from './exit-code.js';

let running: string | undefined;

/** Runs code of the project. @param name as the user would write it: a file. */
export async function runCodeOf<T>(name: string, run: () => Promise<T>): Promise<T> {
  const outer = running;
  running = name;
  try {
    return await run();
  } finally {
    running = outer;
  }
}

/** The error of a command that ended before its work was done. */
export function unfinishedError(): Error {
  const who = running ?? 'code that it ran';
  const what = `the command ended before its work was done: ${who} called \`process.exit\`, or waits for what never comes`;
  return refusal('CODE_NOT_LOADED', what, { ...(running !== undefined && { path: running }) });
}
