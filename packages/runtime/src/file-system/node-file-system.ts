/**
 * The file system of the machine, through `node:fs`. Node's modules for files and sockets are imported in this folder
 * and nowhere else in the runtime.
 *
 * Callbacks instead of `fs.promises`: a FileHandle there is closed by the garbage collector when forgotten, and costs
 * more per call. Files are opened with O_NOFOLLOW where there is one. Errors are Node's own.
 */
import * as fs from 'node:fs';
import { lockDirectory } from './directory-lock.js';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from './file-system.js';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;
/** Absent on Windows. */
const O_NOFOLLOW = (fs.constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;
const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  'read-write': O_RDWR | O_NOFOLLOW,
  'create-exclusive': O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
};
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

class NodeFileHandle implements FileHandle {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => this.#writeRest(data, 0, position, resolve, reject));
  }

  /** A full disk shows as a short count first and as ENOSPC when the rest is tried. */
  #writeRest(
    data: Uint8Array,
    done: number,
    position: number,
    resolve: () => void,
    reject: (error: Error) => void,
  ): void {
    fs.write(this.#descriptor, data, done, data.length - done, position + done, (error, byteCount) => {
      if (error) return reject(error);
      const doneNow = done + byteCount;
      if (doneNow >= data.length) return resolve();
      if (byteCount === 0) return reject(noProgress());
      this.#writeRest(data, doneNow, position, resolve, reject);
    });
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

  close(): Promise<void> {
    return call<void>((done) => fs.close(this.#descriptor, done));
  }
}

/** The machine's own file system. */
export class NodeFileSystem implements FileSystem {
  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const descriptor = await call<number>((done) => fs.open(path, OPEN_FLAGS[mode], FILE_MODE, done));
    return new NodeFileHandle(descriptor);
  }

  async makeDirectory(path: string): Promise<void> {
    await call<unknown>((done) => fs.mkdir(path, { recursive: true, mode: DIRECTORY_MODE }, done));
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
      const resolved = stats.isSymbolicLink() ? await call<fs.Stats>((done) => fs.stat(path, done)) : stats;
      const isPlainFile = stats.isFile();
      return { kind: isPlainFile ? 'file' : resolved.isDirectory() ? 'directory' : 'other', byteCount: stats.size };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return call<void>((done) => fs.rename(from, to, done));
  }

  remove(path: string): Promise<void> {
    return call<void>((done) => fs.unlink(path, done));
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

/** True for an error of Node with this `code`. */
export function isErrno(error: unknown, code: string): boolean {
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
