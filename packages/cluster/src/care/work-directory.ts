/**
 * A directory for what is needed during one call, beside the place it is about: `‹place›.work-‹pid›`. It goes when the
 * call ends. A process that is killed leaves it, and the next call for the same place removes it.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export async function withWorkDirectory<T>(place: string, work: (directory: string) => Promise<T>): Promise<T> {
  const prefix = `${basename(place)}.work-`;
  const parent = dirname(place);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent))
    if (name.startsWith(prefix) && isLeftOver(name.slice(prefix.length)))
      await rm(`${parent}/${name}`, { recursive: true, force: true });
  const directory = `${parent}/${prefix}${process.pid}-${++count}`;
  await mkdir(directory, { mode: 0o700 });
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of calls at the same time in one process. */
let count = 0;

/** @param suffix `‹pid›-‹count›`. */
function isLeftOver(suffix: string): boolean {
  const pid = Number(/^(\d+)-\d+$/.exec(suffix)?.[1]);
  if (!Number.isSafeInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
