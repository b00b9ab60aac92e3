/** Removes files so that writes to others need not wait. */
import * as fs from 'node:fs';
import { sleep } from '../time/real-time.js';
import { call } from './node-call.js';

/** Absent on Windows. */
const { O_NOFOLLOW = 0 } = fs.constants as { readonly O_NOFOLLOW?: number };
/** Space of a removed file that is freed at a time, and the rest until the next step. */
const FREED_BYTES = 8 * 1024 * 1024;
const FREED_PAUSE_MS = 2;

/** Removes a file; the space of a large one is freed a few megabytes at a time. */
export async function removeFile(path: string): Promise<void> {
  const large = await openLargeFile(path);
  try {
    await call<void>((done) => fs.unlink(path, done));
    if (large !== undefined) await freeInSteps(large);
  } finally {
    if (large !== undefined) await call<void>((done) => fs.close(large.descriptor, done));
  }
}

interface LargeFile {
  readonly descriptor: number;
  readonly byteCount: number;
}

/**
 * A file whose space is to be freed in steps once its name is gone; undefined for any other, and on Windows, where the
 * name of an open file may stay.
 */
async function openLargeFile(path: string): Promise<LargeFile | undefined> {
  if (process.platform === 'win32') return undefined;
  const stats = await call<fs.Stats>((done) => fs.lstat(path, done));
  if (!stats.isFile() || stats.size <= FREED_BYTES) return undefined;
  try {
    const descriptor = await call<number>((done) => fs.open(path, fs.constants.O_WRONLY | O_NOFOLLOW, done));
    return { descriptor, byteCount: stats.size };
  } catch {
    // Not writable for us, or no descriptor left: its name can go all the same, and the space then goes at once.
    return undefined;
  }
}

/**
 * Frees the space of a file without a name a few megabytes at a time. Done at once, ext4 that discards freed blocks lets
 * an fdatasync of any other file wait 30 ms for 125 MB, and 5 ms this way.
 *
 * A reader that has the file open sees it shrink. A crash leaves nothing: what has no name is freed by the system.
 */
async function freeInSteps({ descriptor, byteCount }: LargeFile): Promise<void> {
  try {
    // With a second name (a copy made of hard links) the file lives on, and must stay as it is.
    if ((await call<fs.Stats>((done) => fs.fstat(descriptor, done))).nlink > 0) return;
    for (let leftBytes = byteCount - FREED_BYTES; leftBytes > 0; leftBytes -= FREED_BYTES) {
      await call<void>((done) => fs.ftruncate(descriptor, leftBytes, done));
      await sleep(FREED_PAUSE_MS);
    }
  } catch {
    // The file is gone as it should be; what is left of its space is freed when it is closed.
  }
}
