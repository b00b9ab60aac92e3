/**
 * A disk that fails on command and forgets at a power cut: the proving ground of everything that claims to be durable.
 *
 *   failAt        the n-th call that changes or reads something fails with an errno, once or from then on
 *   shortWrite    a failing write leaves a part of its data behind
 *   crash()       what was not synced is lost, kept or torn at 512 bytes, as the random source says; names that no
 *                 directory sync has made durable are lost or kept, in any order
 *
 * All handles and locks die at a crash. Deterministic for one random source.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from '../src/file-system/file-system.js';

const SECTOR_BYTES = 512;

interface PendingChange {
  readonly offset: number;
  /** Written bytes, or undefined for a cut to `offset` bytes. */
  readonly data: Uint8Array | undefined;
}

class FaultFile {
  /** What reads see. */
  current = new Uint8Array(0);
  /** What a power cut leaves for certain. */
  durable = new Uint8Array(0);
  pending: PendingChange[] = [];

  apply(change: PendingChange): void {
    this.current = changed(this.current, change);
    this.pending.push(change);
  }
}

function changed(bytes: Uint8Array, change: PendingChange): Uint8Array<ArrayBuffer> {
  const { offset, data } = change;
  if (data === undefined) {
    const cut = new Uint8Array(offset);
    cut.set(bytes.subarray(0, offset));
    return cut;
  }
  const grown = new Uint8Array(Math.max(bytes.length, offset + data.length));
  grown.set(bytes);
  grown.set(data, offset);
  return grown;
}

/** One call as it was made, for messages and for counting. */
export interface FaultCall {
  readonly operation: string;
  readonly path: string;
}

export interface FaultPlan {
  /** Index of the call that fails, counted from 0 over all calls. */
  readonly failAt?: number;
  /** Default EIO. */
  readonly errno?: string;
  /** All calls from then on fail too. */
  readonly isPermanent?: boolean;
  /** A failing write leaves half of its data behind. */
  readonly isShortWrite?: boolean;
  /** Only calls of these operations are counted and fail. */
  readonly operations?: readonly string[];
  /** Only calls on these paths and what is below them are counted and fail. */
  readonly places?: readonly string[];
}

export class FaultFileSystem implements FileSystem {
  plan: FaultPlan;
  /** Every call so far that the plan counts. */
  readonly calls: FaultCall[] = [];
  #current = new Map<string, FaultFile | undefined>([['/', undefined]]);
  #durable = new Map<string, FaultFile | undefined>([['/', undefined]]);
  #locked = new Set<string>();
  /** Handles of an earlier life answer EBADF. */
  #life = 0;

  constructor(plan: FaultPlan = {}) {
    this.plan = plan;
  }

  /** Another disk with the same files, all of them synced; nobody has it open. */
  fork(): FaultFileSystem {
    const copy = new FaultFileSystem();
    for (const [path, file] of this.#current) {
      let twin: FaultFile | undefined;
      if (file) {
        twin = new FaultFile();
        twin.current = file.current.slice();
        twin.durable = file.current.slice();
      }
      copy.#current.set(path, twin);
      copy.#durable.set(path, twin);
    }
    return copy;
  }

  /**
   * The power goes, and comes back.
   *
   * @param random from 0 to 1; without it everything that was not synced is lost.
   */
  crash(random: () => number = () => 1): void {
    this.#life++;
    this.#locked = new Set();
    this.plan = {};
    const names = new Map(this.#durable);
    const touched = new Set([...this.#current.keys(), ...this.#durable.keys()]);
    for (const path of touched) {
      if (this.#current.has(path) === this.#durable.has(path) && this.#current.get(path) === this.#durable.get(path))
        continue;
      if (random() >= 0.5) continue;
      if (this.#current.has(path)) names.set(path, this.#current.get(path));
      else names.delete(path);
    }
    // What is in a directory whose own name is lost is lost with it.
    for (const path of [...names.keys()].sort()) if (path !== '/' && !names.has(parentOf(path))) names.delete(path);
    for (const file of new Set([...names.values(), ...this.#durable.values()])) {
      if (!file) continue;
      let bytes = file.durable;
      for (const change of file.pending) {
        const luck = random();
        if (luck < 0.4) bytes = changed(bytes, change) as Uint8Array<ArrayBuffer>;
        else if (luck < 0.7 && change.data)
          bytes = tear(bytes, change as Required<PendingChange> & { data: Uint8Array }, random);
      }
      file.current = bytes.slice();
      file.durable = bytes.slice();
      file.pending = [];
    }
    this.#current = new Map(names);
    this.#durable = new Map(names);
  }

  /** The process dies; the disk keeps all that was written. */
  kill(): void {
    this.#life++;
    this.#locked = new Set();
    this.plan = {};
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    this.#count(mode === 'create-exclusive' ? 'create' : 'open', path);
    if (mode === 'create-exclusive') {
      this.#requireDirectory(parentOf(path), 'open', path);
      if (this.#current.has(path)) throw errno('EEXIST', 'open', path);
      this.#current.set(path, new FaultFile());
    }
    if (!this.#current.has(path)) throw errno('ENOENT', 'open', path);
    const file = this.#current.get(path);
    if (!file) throw errno('EISDIR', 'open', path);
    return this.#handle(file, path, mode !== 'read');
  }

  async makeDirectory(path: string): Promise<void> {
    this.#count('mkdir', path);
    const parts = path.split('/');
    for (let length = 2; length <= parts.length; length++) {
      const part = parts.slice(0, length).join('/');
      if (this.#current.get(part)) throw errno(length === parts.length ? 'EEXIST' : 'ENOTDIR', 'mkdir', path);
      this.#current.set(part, undefined);
    }
  }

  async list(path: string): Promise<readonly string[]> {
    this.#count('scandir', path);
    this.#requireDirectory(path, 'scandir', path);
    const entries = [...this.#current.keys()].filter((entry) => entry !== path && parentOf(entry) === path);
    return entries.map((entry) => entry.slice(entry.lastIndexOf('/') + 1)).sort();
  }

  async stat(
    path: string,
  ): Promise<{ readonly kind: 'file' | 'directory' | 'other'; readonly byteCount: number } | undefined> {
    this.#count('stat', path);
    if (!this.#current.has(path)) return undefined;
    const file = this.#current.get(path);
    return file ? { kind: 'file', byteCount: file.current.length } : { kind: 'directory', byteCount: 0 };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#count('rename', from);
    if (!this.#current.has(from)) throw errno('ENOENT', 'rename', from);
    this.#requireDirectory(parentOf(to), 'rename', to);
    const file = this.#current.get(from);
    if (!file) return this.#renameDirectory(from, to);
    this.#current.delete(from);
    this.#current.set(to, file);
  }

  /** With all that is in it; durable at once, unlike the names of files. */
  #renameDirectory(from: string, to: string): void {
    for (const names of [this.#current, this.#durable])
      for (const [path, file] of [...names]) {
        if (path !== from && !path.startsWith(`${from}/`)) continue;
        names.delete(path);
        names.set(`${to}${path.slice(from.length)}`, file);
      }
  }

  async remove(path: string): Promise<void> {
    this.#count('unlink', path);
    if (!this.#current.has(path)) throw errno('ENOENT', 'unlink', path);
    if (!this.#current.get(path)) throw errno('EISDIR', 'unlink', path);
    this.#current.delete(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#count('fsync', path);
    this.#requireDirectory(path, 'fsync', path);
    for (const entry of new Set([...this.#current.keys(), ...this.#durable.keys()])) {
      if (entry === path || parentOf(entry) !== path) continue;
      if (this.#current.has(entry)) this.#durable.set(entry, this.#current.get(entry));
      else this.#durable.delete(entry);
    }
  }

  async lock(path: string): Promise<DirectoryLock> {
    if (this.#locked.has(path)) {
      throw new DatabaseError('DATABASE_LOCKED', `process ${process.pid} has ${path} open`, {
        directory: path,
        pid: process.pid,
      });
    }
    const locked = this.#locked;
    locked.add(path);
    return {
      release: async () => {
        locked.delete(path);
      },
    };
  }

  #handle(file: FaultFile, path: string, isWritable: boolean): FileHandle {
    const life = this.#life;
    let isOpen = true;
    const begin = (operation: string, isWriting: boolean): void => {
      if (life !== this.#life || !isOpen || (isWriting && !isWritable)) throw errno('EBADF', operation, path);
    };
    const writeSync = (data: Uint8Array, offset: number): void => {
      begin('write', true);
      try {
        this.#count('write', path);
      } catch (error) {
        const half = data.slice(0, data.length >> 1);
        if (this.plan.isShortWrite && half.length > 0) file.apply({ offset, data: half });
        throw error;
      }
      file.apply({ offset, data: data.slice() });
    };
    const handle: FileHandle = {
      writeDurably: async (data, offset) => {
        await handle.write(data, offset);
        const written = file.pending.pop() as PendingChange;
        try {
          this.#count('fdatasync', path);
        } catch (error) {
          file.pending.push(written);
          throw error;
        }
        // What was written before it and not synced stays as it is.
        file.durable = changed(file.durable, written);
      },
      writeSync,
      write: async (data, offset) => {
        // Later than the call, as on a real disk.
        await undefined;
        writeSync(data, offset);
      },
      read: async (into, position) => {
        begin('read', false);
        this.#count('read', path);
        return readFrom(file, into, position);
      },
      readSync: (into, position) => {
        begin('read', false);
        this.#count('readSync', path);
        return readFrom(file, into, position);
      },
      sync: async () => {
        begin('fdatasync', false);
        const { pending } = file;
        try {
          this.#count('fdatasync', path);
        } catch (error) {
          // What the kernel could not write it calls clean from now on: a second sync would do nothing.
          file.pending = [];
          throw error;
        }
        file.durable = file.current.slice();
        file.pending = file.pending.filter((change) => !pending.includes(change));
      },
      truncate: async (byteCount) => {
        begin('ftruncate', true);
        this.#count('ftruncate', path);
        file.apply({ offset: byteCount, data: undefined });
      },
      size: async () => {
        begin('fstat', false);
        this.#count('fstat', path);
        return file.current.length;
      },
      close: async () => {
        begin('close', false);
        isOpen = false;
        this.#count('close', path);
      },
    };
    return handle;
  }

  #count(operation: string, path: string): void {
    const { failAt, errno: code = 'EIO', isPermanent, operations, places } = this.plan;
    if (operations && !operations.includes(operation)) return;
    if (places && !places.some((place) => path === place || path.startsWith(`${place}/`))) return;
    const index = this.calls.length;
    this.calls.push({ operation, path });
    if (failAt === undefined) return;
    if (index === failAt || (isPermanent && index > failAt)) throw errno(code, operation, path);
  }

  #requireDirectory(place: string, operation: string, path: string): void {
    if (!this.#current.has(place)) throw errno('ENOENT', operation, path);
    if (this.#current.get(place)) throw errno('ENOTDIR', operation, path);
  }
}

/** Some sectors of a write arrive, others do not; the length of the file may be there before its bytes. */
function tear(
  bytes: Uint8Array,
  change: { offset: number; data: Uint8Array },
  random: () => number,
): Uint8Array<ArrayBuffer> {
  const end = change.offset + change.data.length;
  let result = bytes.slice();
  if (random() < 0.5 && end > result.length) {
    result = new Uint8Array(end);
    result.set(bytes);
  }
  for (let sector = Math.floor(change.offset / SECTOR_BYTES) * SECTOR_BYTES; sector < end; sector += SECTOR_BYTES) {
    if (random() < 0.5) continue;
    const from = Math.max(sector, change.offset);
    const to = Math.min(sector + SECTOR_BYTES, end);
    result = changed(result, { offset: from, data: change.data.subarray(from - change.offset, to - change.offset) });
  }
  return result;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : '/';
}

function errno(code: string, operation: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, syscall: operation, path });
}

function readFrom(file: FaultFile, into: Uint8Array, position: number): number {
  const part = file.current.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}
