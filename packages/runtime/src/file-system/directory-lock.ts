/**
 * The exclusive lock of a directory, released by the death of its holder; see docs/journal-format.md, "Lock".
 *
 * Two means together. On Linux an abstract Unix socket named after the directory's device and inode: one holder per
 * network namespace, gone with the process. Everywhere the file `lock.nut` with the holder's pid, start time and boot
 * id: it tells the loser whom to blame, and where there are no such sockets it is the lock itself.
 *
 * A crash leaves `lock.nut` behind; whoever comes next sees that its holder is dead and replaces it.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as net from 'node:net';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { DirectoryLock } from './file-system.js';

const LOCK_FILE = 'lock.nut';
const TRIES = 40;
const WAIT_MS = 10;

/** What `lock.nut` says. */
interface Holder {
  readonly pid: number;
  /** Clock ticks from boot to start of the process, from /proc; empty where there is none. */
  readonly startTime: string;
  readonly bootId: string;
  /** Tells openings of one process apart. */
  readonly token: string;
}

/**
 * Takes the lock or throws.
 *
 * @throws DatabaseError `DATABASE_LOCKED` with `pid` within half a second.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const socket = await takeSocket(directory);
  try {
    const token = await takeFile(directory, socket !== undefined);
    return new HeldLock(directory, token, socket);
  } catch (error) {
    await release(socket);
    throw error;
  }
}

/** The kernel's lock. */
interface LockSocket {
  readonly name: string;
  readonly server: net.Server;
  /**
   * Open for as long as the lock is held: the inode of a directory that is deleted under its holder would be given to
   * the next new directory, which then seems to be locked.
   */
  readonly opened: fs.FileHandle;
}

/** Sockets this process has or is taking: their holder is known before its file is written, however slow the disk is. */
const ownNames = new Set<string>();
/** Held globally, so that the garbage collector never releases one. */
const held = new Set<HeldLock>();

class HeldLock implements DirectoryLock {
  readonly #file: string;
  readonly #token: string;
  readonly #socket: LockSocket | undefined;

  constructor(directory: string, token: string, socket: LockSocket | undefined) {
    this.#file = join(directory, LOCK_FILE);
    this.#token = token;
    this.#socket = socket;
    held.add(this);
  }

  async release(): Promise<void> {
    if (!held.delete(this)) return;
    heldTokens.delete(this.#token);
    // From here on whoever asks waits for the end of this, as for any holder that is about to go.
    if (this.#socket) ownNames.delete(this.#socket.name);
    try {
      const holder = await readHolder(this.#file);
      if (holder?.token === this.#token) await fs.unlink(this.#file);
    } finally {
      await release(this.#socket);
    }
  }
}

/** The kernel's lock, or undefined where it has none. */
async function takeSocket(directory: string): Promise<LockSocket | undefined> {
  if (process.platform !== 'linux') return undefined;
  const opened = await fs.open(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  let server: net.Server | undefined;
  try {
    const { dev, ino } = await opened.stat({ bigint: true });
    const name = `\0nuthatch-${dev}-${ino}`;
    server = await takeName(name, directory);
    if (server === undefined) return undefined;
    ownNames.add(name);
    return { name, server, opened };
  } finally {
    if (server === undefined) await opened.close();
  }
}

/** Waits for a holder that is about to die. @throws DatabaseError `DATABASE_LOCKED`. */
async function takeName(name: string, directory: string): Promise<net.Server | undefined> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await listen(name);
    if (outcome instanceof net.Server) return outcome;
    // A sandbox may forbid such sockets; the lock file is then all there is.
    if (outcome.code !== 'EADDRINUSE') return undefined;
    const holder = await readHolder(join(directory, LOCK_FILE));
    if (holder && (await isAlive(holder))) throw locked(directory, holder.pid);
    if (ownNames.has(name)) throw locked(directory, process.pid);
    // The holder has the socket but has not written its file yet, or is about to die.
    if (attempt === TRIES) throw locked(directory, holder?.pid);
    await wait();
  }
}

function listen(name: string): Promise<net.Server | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error));
    // Exclusive: a cluster's worker must not share the socket of its primary.
    server.listen({ path: name, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Writes `lock.nut`, replacing one whose holder is dead. Returns the token in it. */
async function takeFile(directory: string, hasSocket: boolean): Promise<string> {
  const path = join(directory, LOCK_FILE);
  const self: Holder = { ...(await describeProcess(process.pid)), pid: process.pid, token: randomUUID() };
  const own = join(directory, `lock-${self.token}.nut.tmp`);
  await fs.writeFile(own, `${JSON.stringify(self)}\n`, { mode: 0o600, flag: 'wx' });
  heldTokens.add(self.token);
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // Atomic, and fails when there is one: no one ever sees a half-written lock.
        await fs.link(own, path);
        return self.token;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== 'EEXIST') {
          if (!NO_LINKS.has(code ?? '')) throw error;
          await fs.copyFile(own, path, fs.constants.COPYFILE_EXCL);
          return self.token;
        }
      }
      const holder = await readHolder(path);
      // Who has the socket and stands in the file of a thread of its own process outlived it: a worker that was ended.
      const isOfEndedThread = hasSocket && holder?.pid === process.pid && !heldTokens.has(holder.token);
      if (holder && !isOfEndedThread && (await isAlive(holder))) throw locked(directory, holder.pid);
      await removeDead(path, holder, hasSocket && !isOfEndedThread);
    }
    throw locked(directory, undefined);
  } catch (error) {
    heldTokens.delete(self.token);
    throw error;
  } finally {
    await fs.unlink(own);
  }
}

/** File systems without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
/** Tokens of this process's locks: a file with our pid and another token is a dead namesake's. */
const heldTokens = new Set<string>();

/** Takes a dead holder's file away; of two who try, one gets it. */
async function removeDead(path: string, dead: Holder | undefined, hasSocket: boolean): Promise<void> {
  if (!hasSocket) await wait();
  const aside = `${path.slice(0, -'.nut'.length)}-${randomUUID()}.nut.tmp`;
  try {
    await fs.rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = await readHolder(aside);
  if (taken && taken.token !== dead?.token && (await isAlive(taken))) {
    // Someone alive was faster and we took theirs: give it back.
    await fs.link(aside, path);
  }
  await fs.unlink(aside);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await fs.readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.token !== 'string') return undefined;
    return { pid: value.pid, startTime: String(value.startTime), bootId: String(value.bootId), token: value.token };
  } catch {
    // Cut off by a power loss: no living process wrote this, since the file appears whole.
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) {
    const self = await describeProcess(process.pid);
    // Another thread or another copy of this package in our process cannot be told from a namesake where there is
    // no start time; tokens are ours only.
    return heldTokens.has(holder.token) || (self.startTime !== '' && isSame(self, holder));
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return isSame(await describeProcess(holder.pid), holder);
}

function isSame(now: Pick<Holder, 'startTime' | 'bootId'>, holder: Holder): boolean {
  return now.bootId === holder.bootId && now.startTime === holder.startTime;
}

/** Start time and boot id, as far as the platform tells them. */
async function describeProcess(pid: number): Promise<Pick<Holder, 'startTime' | 'bootId'>> {
  const bootId = (await readIfThere('/proc/sys/kernel/random/boot_id')).trim();
  const stat = await readIfThere(`/proc/${pid}/stat`);
  // Field 22, counted behind the command's name, which may hold spaces and brackets.
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { startTime, bootId };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch {
    // Not Linux, or the process has just gone.
    return '';
  }
}

function locked(directory: string, pid: number | undefined): DatabaseError {
  const who =
    pid === undefined ? 'another process' : pid === process.pid ? `this process, pid ${pid},` : `process ${pid}`;
  return new DatabaseError('DATABASE_LOCKED', `${who} has ${directory} open`, { directory, pid });
}

async function release(socket: LockSocket | undefined): Promise<void> {
  if (socket === undefined) return;
  ownNames.delete(socket.name);
  await new Promise<void>((resolve) => socket.server.close(() => resolve()));
  await socket.opened.close();
}

function wait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}
