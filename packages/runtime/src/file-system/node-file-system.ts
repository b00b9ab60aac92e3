/**
 * The file system of the machine, through `node:fs`. Node's modules for files and sockets are imported in this folder
 * and nowhere else in the runtime.
 *
 * Callbacks instead of `fs.promises`: a FileHandle there is closed by the garbage collector when forgotten, and costs
 * more per call. Files are opened with O_NOFOLLOW where there is one. Errors are Node's own.
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { sleep } from '../time/real-time.js';
import { lockDirectory } from './directory-lock.js';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from './file-system.js';

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;
/** Absent on Windows. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants as {
  readonly O_NOFOLLOW?: number;
  readonly O_NONBLOCK?: number;
};
/** Without O_NONBLOCK a FIFO is opened when somebody opens its other end, and a thread of the pool waits for that. */
const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY | O_NONBLOCK,
  'read-write': O_RDWR | O_NOFOLLOW | O_NONBLOCK,
  'create-exclusive': O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
};
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** Space of a removed file that is freed at a time, and the rest until the next step. */
const FREED_BYTES = 8 * 1024 * 1024;
const FREED_PAUSE_MS = 2;

class NodeFileHandle implements FileHandle {
  readonly #descriptor: number;
  /** Another descriptor of the file, each of whose writes is durable; opened when first asked for. */
  #durableDescriptor: number | undefined;
  #hasDurableDescriptor: boolean;
  /** By which it was opened. Absolute: the process may go elsewhere. */
  readonly #path: string;

  constructor(descriptor: number, path: string, isWritable: boolean) {
    this.#descriptor = descriptor;
    this.#path = resolve(path);
    // A file opened for reading could be opened again for writing.
    this.#hasDurableDescriptor = isWritable && process.platform === 'linux';
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#descriptor, data, position);
  }

  writeDurably(data: Uint8Array, position: number): Promise<void> {
    if (this.#durableDescriptor !== undefined) return writeAll(this.#durableDescriptor, data, position);
    return this.#writeDurablyFirst(data, position);
  }

  async #writeDurablyFirst(data: Uint8Array, position: number): Promise<void> {
    if (this.#hasDurableDescriptor) await this.#openDurably();
    if (this.#durableDescriptor !== undefined) return writeAll(this.#durableDescriptor, data, position);
    await this.write(data, position);
    await this.sync();
  }

  /** One trip to the thread pool instead of two. By way of the open file itself: its name may mean another one by now. */
  async #openDurably(): Promise<void> {
    const self = `/proc/self/fd/${this.#descriptor}`;
    try {
      this.#durableDescriptor = await call<number>((done) => fs.open(self, O_RDWR | O_DSYNC, done));
    } catch {
      // No /proc here: two calls do the same.
      this.#hasDurableDescriptor = false;
    }
  }

  writeSync(data: Uint8Array, position: number): void {
    let done = 0;
    while (done < data.length) {
      const byteCount = fs.writeSync(this.#descriptor, data, done, data.length - done, position + done);
      if (byteCount === 0) throw noProgress();
      done += byteCount;
    }
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return call<number>((done) => fs.read(this.#descriptor, into, 0, into.length, position, done));
  }

  sync(): Promise<void> {
    return call<void>((done) => fs.fdatasync(this.#descriptor, done));
  }

  truncate(byteCount: number): Promise<void> {
    return call<void>((done) => fs.ftruncate(this.#descriptor, byteCount, done));
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#descriptor, done))).size;
  }

  hasName(): boolean {
    const own = fs.fstatSync(this.#descriptor, { bigint: true });
    if (own.nlink === 0n) return false;
    const there = fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    // File systems without inodes tell nothing.
    return there !== undefined && (own.ino === 0n || (there.ino === own.ino && there.dev === own.dev));
  }

  async close(): Promise<void> {
    const durable = this.#durableDescriptor;
    this.#durableDescriptor = undefined;
    this.#hasDurableDescriptor = false;
    try {
      if (durable !== undefined) await call<void>((done) => fs.close(durable, done));
    } finally {
      await call<void>((done) => fs.close(this.#descriptor, done));
    }
  }
}

function writeAll(descriptor: number, data: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => writeRest(descriptor, data, 0, position, resolve, reject));
}

/** A full disk shows as a short count first and as ENOSPC when the rest is tried. */
function writeRest(
  descriptor: number,
  data: Uint8Array,
  done: number,
  position: number,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  fs.write(descriptor, data, done, data.length - done, position + done, (error, byteCount) => {
    if (error) return reject(error);
    const doneNow = done + byteCount;
    if (doneNow >= data.length) return resolve();
    if (byteCount === 0) return reject(noProgress());
    writeRest(descriptor, data, doneNow, position, resolve, reject);
  });
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

/** The machine's own file system. */
export class NodeFileSystem implements FileSystem {
  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const descriptor = await call<number>((done) => fs.open(path, OPEN_FLAGS[mode], FILE_MODE, done)).catch(
      async (error: unknown) => {
        // A socket cannot be opened at all, and no directory for writing.
        const kind = isErrno(error, 'ENXIO') || isErrno(error, 'EISDIR') ? await kindOf(path) : 'plain file';
        throw kind === 'plain file' ? error : notPlain(path, kind);
      },
    );
    if (mode !== 'create-exclusive') await requirePlain(descriptor, path);
    return new NodeFileHandle(descriptor, path, mode !== 'read');
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      await this.#makeOneDirectory(path);
    } catch (error) {
      const parent = dirname(path);
      if (!isErrno(error, 'ENOENT') || parent === path) throw error;
      // Not Node's `recursive`: where the parent is there and takes no directories, as /proc, it tries without end.
      await this.makeDirectory(parent);
      await this.#makeOneDirectory(path);
    }
  }

  async #makeOneDirectory(path: string): Promise<void> {
    try {
      await call<void>((done) => fs.mkdir(path, { mode: DIRECTORY_MODE }, done));
    } catch (error) {
      if (!isErrno(error, 'EEXIST') || (await this.stat(path))?.kind !== 'directory') throw error;
    }
  }

  async list(path: string): Promise<readonly string[]> {
    const names = await call<string[]>((done) => fs.readdir(path, done));
    return names.sort();
  }

  async stat(
    path: string,
  ): Promise<{ readonly kind: 'file' | 'directory' | 'other'; readonly byteCount: number } | undefined> {
    try {
      const stats = await call<fs.Stats>((done) => fs.lstat(path, done));
      const isDirectory = stats.isSymbolicLink() ? await leadsToDirectory(path) : stats.isDirectory();
      return { kind: stats.isFile() ? 'file' : isDirectory ? 'directory' : 'other', byteCount: stats.size };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return call<void>((done) => fs.rename(from, to, done));
  }

  async remove(path: string): Promise<void> {
    const large = await openLargeFile(path);
    try {
      await call<void>((done) => fs.unlink(path, done));
      if (large !== undefined) await freeInSteps(large);
    } finally {
      if (large !== undefined) await call<void>((done) => fs.close(large.descriptor, done));
    }
  }

  async syncDirectory(path: string): Promise<void> {
    if (process.platform === 'win32') return;
    const descriptor = await call<number>((done) => fs.open(path, O_RDONLY, done));
    try {
      await call<void>((done) => fs.fsync(descriptor, done));
    } finally {
      await call<void>((done) => fs.close(descriptor, done));
    }
  }

  lock(path: string): Promise<DirectoryLock> {
    return lockDirectory(path);
  }
}

/** Of a symbolic link; false for one that leads nowhere. */
async function leadsToDirectory(link: string): Promise<boolean> {
  try {
    return (await call<fs.Stats>((done) => fs.stat(link, done))).isDirectory();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ELOOP')) return false;
    throw error;
  }
}

/** Closes and refuses what is not a regular file. */
async function requirePlain(descriptor: number, path: string): Promise<void> {
  const stats = await call<fs.Stats>((done) => fs.fstat(descriptor, done));
  if (stats.isFile()) return;
  await call<void>((done) => fs.close(descriptor, done));
  throw notPlain(path, describeKind(stats));
}

async function kindOf(path: string): Promise<string> {
  return describeKind(await call<fs.Stats>((done) => fs.stat(path, done)));
}

function describeKind(stats: fs.Stats): string {
  if (stats.isFile()) return 'plain file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isFIFO()) return 'FIFO';
  return stats.isSocket() ? 'socket' : 'device';
}

function notPlain(file: string, kind: string): DatabaseError {
  return new DatabaseError('DIRECTORY_UNUSABLE', `${file} is a ${kind}, expected a regular file`, { file, kind });
}

/** True for an error of Node with this `code`. */
function isErrno(error: unknown, code: string): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === code;
}

function noProgress(): NodeJS.ErrnoException {
  return Object.assign(new Error('ENOSPC: a write wrote nothing'), { code: 'ENOSPC', syscall: 'write' });
}

function call<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}
