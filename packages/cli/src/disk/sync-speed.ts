/** How fast the disk under a directory makes writes durable: the figure that decides what a database can promise. */
import { closeSync, constants, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { percentile } from './percentile.js';

/** `__O_TMPFILE` of Linux's generic ABI, which x86 and ARM share; with `O_DIRECTORY` it is `O_TMPFILE` of open(2). */
const TMPFILE_BIT = 0o20000000;

/** As the journal writes small transactions. */
const WRITE_BYTES = 4096;

const LEAST_CALLS = 10;
/** More say nothing new, and are kept in memory. */
const MOST_CALLS = 1_000_000;
const SLICE_MS = 20;

export interface SyncSpeed {
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** No disk answers this fast: memory, or a layer that ignores fsync. Measured on tmpfs: 2 to 4 µs; the fastest disks with protection against power loss take 15 µs and more. */
export const IMPLAUSIBLE_US = 10;

/**
 * A file in the directory that has no name: it disturbs nobody, and no crash leaves it behind.
 *
 * @returns its descriptor; undefined where there are no such files.
 */
function openUnnamed(directory: string): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return openSync(directory, constants.O_RDWR | constants.O_DIRECTORY | TMPFILE_BIT, 0o600);
  } catch {
    // An old kernel, or a file system without them (NFS, some overlays).
    return undefined;
  }
}

/**
 * Writes and syncs again and again. The loop gets a turn every 20 ms: a signal may wait there.
 *
 * @param fd is closed by the caller. @param forMs how long, at least ten calls.
 */
export async function measureSyncs(fd: number, forMs: number): Promise<SyncSpeed> {
  const bytes = Buffer.alloc(WRITE_BYTES, 0x6e);
  const tookUs: number[] = [];
  const endMs = performance.now() + forMs;
  // The first makes the file's metadata durable, too.
  writeSync(fd, bytes, 0, bytes.length, 0);
  fdatasyncSync(fd);
  let turnMs = performance.now();
  for (let call = 0; call < MOST_CALLS && (call < LEAST_CALLS || performance.now() < endMs); call++) {
    const startMs = performance.now();
    writeSync(fd, bytes, 0, bytes.length, 0);
    fdatasyncSync(fd);
    const nowMs = performance.now();
    tookUs.push((nowMs - startMs) * 1000);
    if (nowMs - turnMs < SLICE_MS) continue;
    await turn();
    turnMs = performance.now();
  }
  tookUs.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(percentile(tookUs, share));
  return { count: tookUs.length, p50Us: at(0.5), p99Us: at(0.99) };
}

/** As `measureSyncs`, in an unnamed file of the directory. @returns undefined where there are no such files. */
export async function syncSpeedOf(directory: string, forMs: number): Promise<SyncSpeed | undefined> {
  const fd = openUnnamed(directory);
  if (fd === undefined) return undefined;
  try {
    return await measureSyncs(fd, forMs);
  } finally {
    closeSync(fd);
  }
}
