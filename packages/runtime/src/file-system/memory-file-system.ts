/**
 * Files in memory, with the error codes of real ones: for tests, and for trying things out. Nothing survives the
 * object; `sync` does nothing. Modes and symbolic links do not exist.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from './file-system.js';

class MemoryFile {
  data = new Uint8Array(0);
  byteCount = 0;

  resize(byteCount: number): void {
    if (byteCount > this.data.length) {
      const grown = new Uint8Array(Math.max(byteCount, this.data.length * 2));
      grown.set(this.data.subarray(0, this.byteCount));
      this.data = grown;
    } else if (byteCount < this.byteCount) {
      this.data.fill(0, byteCount, this.byteCount);
    }
    this.byteCount = byteCount;
  }
}

class MemoryFileHandle implements FileHandle {
  readonly #file: MemoryFile;
  readonly #isWritable: boolean;
  #isOpen = true;

  constructor(file: MemoryFile, isWritable: boolean) {
    this.#file = file;
    this.#isWritable = isWritable;
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    this.writeSync(data, position);
  }

  async writeDurably(data: Uint8Array, position: number): Promise<void> {
    await this.write(data, position);
    await this.sync();
  }

  writeSync(data: Uint8Array, position: number): void {
    this.#check(true, 'write');
    if (position + data.length > this.#file.byteCount) this.#file.resize(position + data.length);
    this.#file.data.set(data, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.readSync(into, position);
  }

  readSync(into: Uint8Array, position: number): number {
    this.#check(false, 'read');
    const end = Math.min(this.#file.byteCount, position + into.length);
    if (position >= end) return 0;
    into.set(this.#file.data.subarray(position, end));
    return end - position;
  }

  async sync(): Promise<void> {
    this.#check(false, 'fdatasync');
  }

  async truncate(byteCount: number): Promise<void> {
    this.#check(true, 'ftruncate');
    this.#file.resize(byteCount);
  }

  async size(): Promise<number> {
    this.#check(false, 'fstat');
    return this.#file.byteCount;
  }

  async close(): Promise<void> {
    this.#check(false, 'close');
    this.#isOpen = false;
  }

  #check(isWriting: boolean, call: string): void {
    if (!this.#isOpen || (isWriting && !this.#isWritable)) throw errno('EBADF', call, '');
  }
}

/** A file system that lives in this object. Relative and absolute paths are different ones. */
export class MemoryFileSystem implements FileSystem {
  /** Directories are `undefined`. */
  readonly #entries = new Map<string, MemoryFile | undefined>([
    ['/', undefined],
    ['.', undefined],
  ]);
  readonly #locked = new Set<string>();

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const place = normalize(path);
    if (mode === 'create-exclusive') {
      this.#requireDirectory(parentOf(place), 'open', path);
      if (this.#entries.has(place)) throw errno('EEXIST', 'open', path);
      this.#entries.set(place, new MemoryFile());
    }
    if (!this.#entries.has(place)) throw errno('ENOENT', 'open', path);
    const file = this.#entries.get(place);
    if (!file) throw errno('EISDIR', 'open', path);
    return new MemoryFileHandle(file, mode !== 'read');
  }

  async makeDirectory(path: string): Promise<void> {
    const place = normalize(path);
    if (this.#entries.has(place)) {
      if (this.#entries.get(place)) throw errno('EEXIST', 'mkdir', path);
      return;
    }
    const parent = parentOf(place);
    if (this.#entries.get(parent)) throw errno('ENOTDIR', 'mkdir', path);
    await this.makeDirectory(parent);
    this.#entries.set(place, undefined);
  }

  async list(path: string): Promise<readonly string[]> {
    const place = normalize(path);
    this.#requireDirectory(place, 'scandir', path);
    const names: string[] = [];
    for (const entry of this.#entries.keys()) {
      if (entry !== place && parentOf(entry) === place) names.push(entry.slice(entry.lastIndexOf('/') + 1));
    }
    return names.sort();
  }

  async stat(
    path: string,
  ): Promise<{ readonly kind: 'file' | 'directory' | 'other'; readonly byteCount: number } | undefined> {
    const place = normalize(path);
    if (!this.#entries.has(place)) return undefined;
    const file = this.#entries.get(place);
    return file ? { kind: 'file', byteCount: file.byteCount } : { kind: 'directory', byteCount: 0 };
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [normalize(from), normalize(to)];
    if (!this.#entries.has(source)) throw errno('ENOENT', 'rename', from);
    this.#requireDirectory(parentOf(target), 'rename', to);
    const isDirectory = this.#entries.get(source) === undefined;
    if (isDirectory && this.#entries.has(target) && (await this.list(to)).length > 0)
      throw errno('ENOTEMPTY', 'rename', to);
    const inside = `${source}/`;
    for (const [place, entry] of [...this.#entries]) {
      if (place !== source && !(isDirectory && place.startsWith(inside))) continue;
      this.#entries.delete(place);
      this.#entries.set(target + place.slice(source.length), entry);
    }
  }

  async remove(path: string): Promise<void> {
    const place = normalize(path);
    if (!this.#entries.has(place)) throw errno('ENOENT', 'unlink', path);
    if (!this.#entries.get(place)) throw errno('EISDIR', 'unlink', path);
    this.#entries.delete(place);
  }

  async removeDirectory(path: string): Promise<void> {
    if ((await this.list(path)).length > 0) throw errno('ENOTEMPTY', 'rmdir', path);
    this.#entries.delete(normalize(path));
  }

  async syncDirectory(path: string): Promise<void> {
    this.#requireDirectory(normalize(path), 'fsync', path);
  }

  async lock(path: string): Promise<DirectoryLock> {
    const place = normalize(path);
    if (this.#locked.has(place)) {
      const facts = { directory: path, pid: process.pid };
      throw new DatabaseError('DATABASE_LOCKED', `this process, pid ${process.pid}, has ${path} open`, facts);
    }
    this.#locked.add(place);
    return {
      release: async () => {
        this.#locked.delete(place);
      },
    };
  }

  #requireDirectory(place: string, call: string, path: string): void {
    if (!this.#entries.has(place)) throw errno('ENOENT', call, path);
    if (this.#entries.get(place)) throw errno('ENOTDIR', call, path);
  }
}

function normalize(path: string): string {
  const isAbsolute = path.startsWith('/');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return (isAbsolute ? '/' : '') + parts.join('/') || '.';
}

function parentOf(place: string): string {
  const slash = place.lastIndexOf('/');
  return slash > 0 ? place.slice(0, slash) : slash === 0 ? '/' : '.';
}

/** An error as Node's file system throws it. */
export function errno(code: string, call: string, path: string): NodeJS.ErrnoException {
  const place = path === '' ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${call}${place}`), { code, syscall: call, path });
}
