/**
 * Files in memory whose every change is written down in order: the trace from which disk-states.ts makes all that a
 * crash could have left behind. Notes of the test (what was acknowledged when) stand between the changes.
 */
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from '../../src/file-system/file-system.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';

/** One system call that changes something, or a note. Files are numbered in order of creation. */
export type TraceStep =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'create'; readonly path: string; readonly file: number }
  | { readonly kind: 'write'; readonly file: number; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: number; readonly byteCount: number }
  | { readonly kind: 'sync'; readonly file: number; readonly isOfLastWriteOnly?: true }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'syncDirectory'; readonly path: string }
  | { readonly kind: 'note'; readonly note: Readonly<Record<string, number>> };

export class RecordingFileSystem implements FileSystem {
  readonly #inner: MemoryFileSystem;
  readonly #fileOf = new Map<string, number>();
  #fileCount: number;
  readonly trace: TraceStep[] = [];

  /** @param known numbers of the files that are there already. */
  constructor(inner: MemoryFileSystem = new MemoryFileSystem(), known: ReadonlyMap<string, number> = new Map()) {
    this.#inner = inner;
    for (const [path, file] of known) this.#fileOf.set(path, file);
    this.#fileCount = Math.max(0, ...known.values());
  }

  /** Puts a note between what was done before and what comes after. */
  note(note: Readonly<Record<string, number>>): void {
    this.trace.push({ kind: 'note', note });
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await this.#inner.open(path, mode);
    if (mode === 'create-exclusive') {
      this.#fileOf.set(path, ++this.#fileCount);
      this.trace.push({ kind: 'create', path, file: this.#fileCount });
    }
    return this.#recording(handle, this.#fileOf.get(path) as number);
  }

  async makeDirectory(path: string): Promise<void> {
    const parts = path.split('/');
    for (let length = 2; length <= parts.length; length++) {
      const part = parts.slice(0, length).join('/');
      if ((await this.#inner.stat(part)) !== undefined) continue;
      await this.#inner.makeDirectory(part);
      this.trace.push({ kind: 'directory', path: part });
    }
  }

  list(path: string): Promise<readonly string[]> {
    return this.#inner.list(path);
  }

  stat(path: string): ReturnType<FileSystem['stat']> {
    return this.#inner.stat(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#inner.rename(from, to);
    this.#fileOf.set(to, this.#fileOf.get(from) as number);
    this.#fileOf.delete(from);
    this.trace.push({ kind: 'rename', from, to });
  }

  async remove(path: string): Promise<void> {
    await this.#inner.remove(path);
    this.#fileOf.delete(path);
    this.trace.push({ kind: 'remove', path });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#inner.syncDirectory(path);
    this.trace.push({ kind: 'syncDirectory', path });
  }

  lock(path: string): Promise<DirectoryLock> {
    return this.#inner.lock(path);
  }

  #recording(handle: FileHandle, file: number): FileHandle {
    const { trace } = this;
    const recording: FileHandle = {
      writeDurably: async (data, offset) => {
        await recording.write(data, offset);
        await handle.sync();
        trace.push({ kind: 'sync', file, isOfLastWriteOnly: true });
      },
      write: async (data, offset) => {
        await handle.write(data, offset);
        trace.push({ kind: 'write', file, offset, data: data.slice() });
      },
      writeSync: (data, offset) => {
        handle.writeSync(data, offset);
        trace.push({ kind: 'write', file, offset, data: data.slice() });
      },
      read: (into, position) => handle.read(into, position),
      readSync: (into, position) => handle.readSync!(into, position),
      sync: async () => {
        await handle.sync();
        trace.push({ kind: 'sync', file });
      },
      truncate: async (byteCount) => {
        await handle.truncate(byteCount);
        trace.push({ kind: 'truncate', file, byteCount });
      },
      size: () => handle.size(),
      close: () => handle.close(),
    };
    return recording;
  }
}
