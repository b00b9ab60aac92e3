/**
 * The exclusive lock of a directory, released by the death of its holder; see docs/journal-format.md, "Lock".
 *
 * Two means together. On Linux an abstract Unix socket named after the directory's device and inode: one holder per
 * network namespace, gone with the process. Everywhere the file `lock.nut` with the holder's pid, start time and boot
 * id: it tells a refused opener which process has the directory, and where there are no such sockets it is the lock
 * itself. It names the directory it was written into, so a copy of the directory has no holder.
 *
 * A crash leaves `lock.nut` behind; the next opener sees that its holder is dead and replaces it.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as net from 'node:net';
import { DatabaseError } from '@nuthatch/model';
import { sleep, withTicks } from '../time/real-time.js';
import type { DirectoryLock } from './file-system.js';
import { renamed } from './held-directory.js';
import { describeProcess, type Holder, heldTokens, isAlive, readHolder } from './lock-holder.js';
import { errnoOf, isErrno } from './node-call.js';
import { OpenedDirectory } from './opened-directory.js';

const LOCK_FILE = 'lock.nut';
const TRIES = 40;
const WAIT_MS = 10;

/**
 * Takes the lock or throws.
 *
 * @throws DatabaseError `DATABASE_LOCKED` with `pid` within half a second, `DIRECTORY_UNUSABLE`; Node's own errors.
 */
export async function lockDirectory(name: string): Promise<DirectoryLock> {
  const directory = await OpenedDirectory.open(name);
  let socket: LockSocket | undefined;
  try {
    socket = await takeSocket(directory);
    const token = await takeFile(directory, socket !== undefined);
    return new HeldLock(directory, token, socket);
  } catch (error) {
    await release(socket, directory);
    throw renamed(error, directory.path, name);
  }
}

/** The kernel's lock. */
interface LockSocket {
  readonly name: string;
  readonly server: net.Server;
}

/** Sockets this process has or is taking: their holder is known before its file is written, however slow the disk is. */
const ownNames = new Set<string>();

/** Held globally, so that the garbage collector never releases one. */
const held = new Set<HeldLock>();

class HeldLock implements DirectoryLock {
  /**
   * Open for as long as the lock is held: the inode of a directory that is deleted under its holder would be given to
   * the next new directory, which then seems to be locked.
   */
  readonly #directory: OpenedDirectory;
  readonly #token: string;
  readonly #socket: LockSocket | undefined;

  constructor(directory: OpenedDirectory, token: string, socket: LockSocket | undefined) {
    this.#directory = directory;
    this.#token = token;
    this.#socket = socket;
    held.add(this);
  }

  get heldPath(): string {
    return this.#directory.path;
  }

  isInPlace(): boolean {
    return this.#directory.isInPlace();
  }

  get changeStamp(): bigint | undefined {
    return this.#directory.changeStamp;
  }

  async release(): Promise<void> {
    if (!held.delete(this)) return;
    heldTokens.delete(this.#token);
    // From here on another opener waits for the end of this, as for any holder that is closing.
    if (this.#socket) ownNames.delete(this.#socket.name);
    try {
      await this.#removeFile();
    } finally {
      await release(this.#socket, this.#directory);
    }
  }

  /** Only our own: the name may lead to another directory by now. In one that was deleted there is none. */
  async #removeFile(): Promise<void> {
    const { path, name } = this.#directory;
    if (path === name && !this.#directory.isInPlace()) return;
    const file = lockFileOf(this.#directory);
    const holder = await readHolder(file, this.#directory.identity);
    if (holder?.token === this.#token) await fs.unlink(file);
  }
}

function lockFileOf({ path }: OpenedDirectory): string {
  return `${path}/${LOCK_FILE}`;
}

/** The kernel's lock, or undefined where it has none. */
async function takeSocket(directory: OpenedDirectory): Promise<LockSocket | undefined> {
  if (process.platform !== 'linux') return undefined;
  const name = `\0nuthatch-${directory.identity}`;
  const server = await takeName(name, directory);
  if (server === undefined) return undefined;
  ownNames.add(name);
  return { name, server };
}

/** Waits for a holder that is about to die. @throws DatabaseError `DATABASE_LOCKED`. */
async function takeName(name: string, directory: OpenedDirectory): Promise<net.Server | undefined> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await listen(name);
    if (outcome instanceof net.Server) return outcome;
    // A sandbox may forbid such sockets; the lock file is then all there is.
    if (outcome.code !== 'EADDRINUSE') return undefined;
    const holder = await readHolder(lockFileOf(directory), directory.identity);
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
    withTicks(() =>
      server.listen({ path: name, exclusive: true }, () => {
        server.unref();
        resolve(server);
      }),
    );
  });
}

/** Writes `lock.nut`, replacing one whose holder is dead. Returns the token in it. */
async function takeFile(directory: OpenedDirectory, hasSocket: boolean): Promise<string> {
  const path = lockFileOf(directory);
  const { startTime, bootId } = await describeProcess(process.pid);
  const self: Holder = { startTime, bootId, pid: process.pid, token: randomUUID(), place: directory.identity };
  const own = `${directory.path}/lock-${self.token}.nut.tmp`;
  heldTokens.add(self.token);
  try {
    await fs.writeFile(own, `${JSON.stringify(self)}\n`, { mode: 0o600, flag: 'wx' });
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // Atomic, and fails when there is one: no one ever sees a half-written lock.
        await fs.link(own, path);
        return self.token;
      } catch (error) {
        const code = errnoOf(error);
        if (code !== 'EEXIST') {
          if (!NO_LINKS.has(code ?? '')) throw error;
          await fs.copyFile(own, path, fs.constants.COPYFILE_EXCL);
          return self.token;
        }
      }
      const holder = await readHolder(path, directory.identity);
      // If this process has the socket and the file names one of its threads, the process has outlived that thread: a
      // worker that was ended.
      const isOfEndedThread = hasSocket && holder?.pid === process.pid && !heldTokens.has(holder.token);
      if (holder && !isOfEndedThread && (await isAlive(holder))) throw locked(directory, holder.pid);
      await removeDead(directory, holder, hasSocket && !isOfEndedThread);
    }
    throw locked(directory, undefined);
  } catch (error) {
    heldTokens.delete(self.token);
    throw error;
  } finally {
    // On a full disk it is there, and empty.
    await fs.rm(own, { force: true });
  }
}

/** File systems without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Takes a dead holder's file away; of two who try, one gets it. */
async function removeDead(directory: OpenedDirectory, dead: Holder | undefined, isExclusive: boolean): Promise<void> {
  if (!isExclusive) await wait();
  const path = lockFileOf(directory);
  const aside = `${path.slice(0, -'.nut'.length)}-${randomUUID()}.nut.tmp`;
  try {
    await fs.rename(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const taken = await readHolder(aside, directory.identity);
  if (taken && taken.token !== dead?.token && (await isAlive(taken))) {
    // Someone alive was faster and we took theirs: give it back.
    await fs.link(aside, path);
  }
  await fs.unlink(aside);
}

function locked({ name: directory }: OpenedDirectory, pid: number | undefined): DatabaseError {
  const who =
    pid === undefined ? 'another process' : pid === process.pid ? `this process, pid ${pid},` : `process ${pid}`;
  return new DatabaseError('DATABASE_LOCKED', `${who} has ${directory} open`, { directory, pid });
}

async function release(socket: LockSocket | undefined, directory: OpenedDirectory): Promise<void> {
  if (socket !== undefined) {
    ownNames.delete(socket.name);
    await new Promise<void>((resolve) => withTicks(() => socket.server.close(() => resolve())));
  }
  await directory.close();
}

function wait(): Promise<void> {
  return sleep(WAIT_MS);
}
