import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesText } from '../commands/directory-arguments.js';
import { type Check, NO_DIRECTORY, note, ok, problem, skipped } from './check.js';
import { existingPart } from './existing-part.js';

/** Four pages: less is used up before anybody has looked. */
const LEAST_BYTES = 64 * 2 ** 20;

/** Whether there is room to go on: a compaction writes all documents again before it removes what is old. */
export const freeDisk: Check = {
  name: 'free disk',
  run: ({ directory }) => {
    if (directory === undefined) return NO_DIRECTORY;
    const place = existingPart(directory);
    const { bavail, bsize } = statfsSync(place);
    const usedBytes = place === directory ? sizeOf(directory) : 0;
    return usedBytes === undefined
      ? skipped(`${bytesText(bavail * bsize)} free; the files cannot be listed: see database`)
      : findingOf(bavail * bsize, usedBytes);
  },
};

/** @param freeBytes that this user may take. @param usedBytes size of the database. */
export function findingOf(freeBytes: number, usedBytes: number): ReturnType<Check['run']> {
  const found = `${bytesText(freeBytes)} free, the database takes ${bytesText(usedBytes)}`;
  const cure = 'free some space, or move the directory to a larger disk';
  if (freeBytes < Math.max(LEAST_BYTES, usedBytes))
    return problem(found, 'a compaction writes all documents again before it removes what is old', cure);
  if (freeBytes < 3 * usedBytes) return note(found, 'the database could not grow to three times its size', cure);
  return ok(found);
}

/** Undefined where it is no folder, or not one for this user: the check of the database says which. */
function sizeOf(directory: string): number | undefined {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.nut'));
    return names.reduce(
      (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  } catch (error) {
    if (['ENOTDIR', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
