/**
 * A locked directory, and the file system through which its holder must work: what is done in the directory is done in
 * the one that was locked, whatever its name means by now.
 *
 * Two means together. Where the lock knows a path of its own (Linux), every path below the directory's name is led
 * through it, so that nothing is ever read or written in another directory. And before each call that names such a path
 * it is asked whether the name still leads there; if not, the call is refused: later writes could not be found by the
 * name.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DirectoryLock, FileHandle, FileSystem, OpenMode } from './file-system.js';

/** A file that stays open as long as the directory is held. */
export interface KeptFile {
  close(): Promise<void>;
}

export class HeldDirectory implements FileSystem {
  readonly directory: string;
  readonly #inner: FileSystem;
  readonly #lock: DirectoryLock;
  #heldPath: string;
  readonly #kept = new Set<KeptFile>();

  private constructor(inner: FileSystem, directory: string, lock: DirectoryLock) {
    this.#inner = inner;
    this.directory = directory;
    this.#lock = lock;
    this.#heldPath = lock.heldPath ?? directory;
  }

  /** Locks the directory. @throws DatabaseError `DATABASE_LOCKED`; Node's own errors. */
  static async lock(fileSystem: FileSystem, directory: string): Promise<HeldDirectory> {
    return new HeldDirectory(fileSystem, directory, await fileSystem.lock(directory));
  }

  /** Locks the directory for as long as `work` runs. @throws what `work` throws, and as `lock`. */
  static async during<T>(
    fileSystem: FileSystem,
    directory: string,
    work: (held: HeldDirectory) => Promise<T>,
  ): Promise<T> {
    const held = await HeldDirectory.lock(fileSystem, directory);
    try {
      return await work(held);
    } finally {
      await held.release();
    }
  }

  /** Gives the lock back, and closes what was kept open. Reads still go by the name. Idempotent. */
  async release(): Promise<void> {
    // The number in it is soon another file's.
    this.#heldPath = this.directory;
    const kept = [...this.#kept];
    this.#kept.clear();
    await Promise.allSettled(kept.map((file) => file.close()));
    return this.#lock.release();
  }

  /** The file is closed with the directory, unless it is closed before. */
  keep(file: KeptFile): void {
    this.#kept.add(file);
  }

  /** The file was closed. */
  forget(file: KeptFile): void {
    this.#kept.delete(file);
  }

  /**
   * The name of the directory still leads to it. O(1), 2 µs, synchronous.
   *
   * @throws DatabaseError `DIRECTORY_GONE`.
   */
  requireInPlace(): void {
    if (this.#lock.isInPlace?.() === false) throw directoryGone(this.directory);
  }

  /** When a name in it was last made, moved or removed, in nanoseconds, as `requireInPlace` last found. */
  get changeStamp(): bigint | undefined {
    return this.#lock.changeStamp;
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    return this.#at(path, (place) => this.#inner.open(place, mode));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#at(path, (place) => this.#inner.makeDirectory(place));
  }

  list(path: string): Promise<readonly string[]> {
    return this.#at(path, (place) => this.#inner.list(place));
  }

  stat(
    path: string,
  ): Promise<{ readonly kind: 'file' | 'directory' | 'other'; readonly byteCount: number } | undefined> {
    return this.#at(path, (place) => this.#inner.stat(place));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#at(from, (place) => this.#at(to, (target) => this.#inner.rename(place, target)));
  }

  remove(path: string): Promise<void> {
    return this.#at(path, (place) => this.#inner.remove(place));
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#at(path, async (place) => this.#inner.removeDirectory?.(place));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#at(path, (place) => this.#inner.syncDirectory(place));
  }

  lock(path: string): Promise<DirectoryLock> {
    return this.#inner.lock(path);
  }

  /** Calls with the path that leads there; an error names the path that was asked for. */
  async #at<T>(path: string, call: (place: string) => Promise<T>): Promise<T> {
    const { directory } = this;
    if (path !== directory && !path.startsWith(`${directory}/`)) return call(path);
    this.requireInPlace();
    try {
      return await call(this.#heldPath + path.slice(directory.length));
    } catch (error) {
      throw this.#heldPath === directory ? error : renamed(error, this.#heldPath, directory);
    }
  }
}

/** The error of a directory whose name leads elsewhere, or to nothing. */
export function directoryGone(directory: string, what = `${directory} was moved, replaced or removed`): DatabaseError {
  return new DatabaseError('DIRECTORY_GONE', `${what} while it was open here`, { directory });
}

/** The same error with the directory's name for the path it is held by. */
export function renamed(error: unknown, heldPath: string, directory: string): unknown {
  if (!(error instanceof Error)) return error;
  const own = (text: unknown): unknown => (typeof text === 'string' ? text.replaceAll(heldPath, directory) : text);
  error.message = own(error.message) as string;
  for (const name of ['path', 'dest'] as const)
    if (name in error) Object.assign(error, { [name]: own(Reflect.get(error, name)) });
  if (DatabaseError.is(error))
    Object.assign(error, {
      facts: Object.fromEntries(Object.entries(error.facts).map(([name, value]) => [name, own(value)])),
    });
  return error;
}
