/**
 * The file system of the machine, through `node:fs`. Node's modules for files and sockets are imported in this folder
 * and nowhere else in the runtime.
 *
 * Callbacks instead of `fs.promises`: a FileHandle there is closed by the garbage collector when forgotten, and costs
 * more per call. Files are opened with O_NOFOLLOW where there is one. Errors are Node's own.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { lockDirectory } from './directory-lock.js';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from './file-system.js';
import { call, isErrno } from './node-call.js';
import { NodeFileHandle } from './node-file-handle.js';
import { removeFile } from './remove-file.js';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;
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
    return new NodeFileHandle(descriptor, mode !== 'read');
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

  remove(path: string): Promise<void> {
    return removeFile(path);
  }

  removeDirectory(path: string): Promise<void> {
    return call<void>((done) => fs.rmdir(path, done));
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
