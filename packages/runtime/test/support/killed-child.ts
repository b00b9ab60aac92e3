/** A child process that works until it is killed, at a moment that nothing in it chooses. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Starts a bundled child and kills it that long after its first output, which says that its database is open.
 *
 * @throws Error when it ends by itself or writes to standard error.
 */
export async function liveUntilKilled(bundle: string, args: readonly string[], lifeMs: number): Promise<void> {
  const child = spawn(process.execPath, [bundle, ...args]);
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += String(text);
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), gone]);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, lifeMs)), gone]);
  const wasAlive = child.exitCode === null;
  child.kill('SIGKILL');
  await gone;
  if (!wasAlive || errors !== '') throw new Error(`the child failed: ${errors}`);
}

/** The lines that a killed child has written to a file; its last one may be cut off by the kill, and is left out. */
export function linesOfKilled(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}
