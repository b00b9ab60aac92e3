/** The holder of a directory, as `lock.nut` names it, and whether that process still lives. */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { DatabaseError } from '@nuthatch/model';
import { isErrno } from './node-call.js';

/** What `lock.nut` says. */
export interface Holder {
  readonly pid: number;
  /** Clock ticks from boot to start of the process, from /proc; empty where there is none. */
  readonly startTime: string;
  readonly bootId: string;
  /** Tells openings of one process apart. */
  readonly token: string;
  /** Device and inode of the directory it was written into; missing in files of older versions. */
  readonly place?: string;
}

/** Tokens of this process's locks: a file with our pid and another token is a dead namesake's. */
export const heldTokens = new Set<string>();

/** FIFOs are opened without waiting for a writer; absent on Windows. */
const O_NONBLOCK = (constants as { readonly O_NONBLOCK?: number }).O_NONBLOCK ?? 0;

/**
 * Reads a lock file; undefined when there is none, when it was cut off, and when it was copied here from another
 * directory: its holder then holds that one.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when something that is not a file has its name; Node's own errors.
 */
export async function readHolder(path: string, place: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readPlainFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.token !== 'string') return undefined;
    if (value.place !== undefined && value.place !== place) return undefined;
    return { pid: value.pid, startTime: String(value.startTime), bootId: String(value.bootId), token: value.token };
  } catch {
    // Cut off by a power loss: no living process wrote this, since the file appears whole.
    return undefined;
  }
}

async function readPlainFile(path: string): Promise<string> {
  const handle = await fs.open(path, constants.O_RDONLY | O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile())
      throw new DatabaseError('DIRECTORY_UNUSABLE', `${path} is not a regular file`, { file: path });
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Whether the process that wrote this is still the one with its pid. A process that is dead and not yet reaped is not. */
export async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) {
    const self = await describeProcess(process.pid);
    // Another thread or another copy of this package in our process cannot be told from a namesake where there is
    // no start time; tokens are ours only.
    return heldTokens.has(holder.token) || (self.startTime !== '' && isSame(self, holder));
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
  }
  const now = await describeProcess(holder.pid);
  return !now.isZombie && isSame(now, holder);
}

function isSame(now: Pick<Holder, 'startTime' | 'bootId'>, holder: Holder): boolean {
  return now.bootId === holder.bootId && now.startTime === holder.startTime;
}

/** The platform's facts about a process. */
export interface ProcessDescription extends Pick<Holder, 'startTime' | 'bootId'> {
  /** It has ended, and its parent has not asked how: it holds no file and no socket any more. */
  readonly isZombie: boolean;
}

/** Start time and boot id, as far as the platform tells them. */
export async function describeProcess(pid: number): Promise<ProcessDescription> {
  const bootId = (await readIfThere('/proc/sys/kernel/random/boot_id')).trim();
  const stat = await readIfThere(`/proc/${pid}/stat`);
  // Fields 3 and 22, counted after the command's name, which may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { startTime: fields[19] ?? '', bootId, isZombie: ['Z', 'X', 'x'].includes(fields[0] ?? '') };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch {
    // Not Linux, or the process has just gone.
    return '';
  }
}
