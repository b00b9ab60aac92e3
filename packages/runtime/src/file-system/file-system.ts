/**
 * The only door to files. Three implementations: node-file-system.ts (real), memory-file-system.ts (tests, examples)
 * and the tests' fault file system. All pass the same contract suite. Paths use `/`, relative to nothing.
 *
 * Errors are Node's own (`code` ENOENT, ENOSPC, EIO …); the caller turns them into DatabaseErrors.
 */
export interface FileHandle {
  /** Writes all of `data` at `position`, repeating short writes. */
  write(data: Uint8Array, position: number): Promise<void>;
  /**
   * Writes all of `data` and makes it durable, in one call to the system where there is one. Says nothing of what was
   * written before and is not synced. A failed call must never be repeated.
   */
  writeDurably(data: Uint8Array, position: number): Promise<void>;
  /** Same as `write`, blocking the loop: for short frames, which the system takes into its cache. */
  writeSync(data: Uint8Array, position: number): void;
  /** Reads up to `into.length` bytes at `position`; returns the count, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * Same as `read`, blocking the loop: for cold documents, at their first touch. Left out: the file system has no such
   * read, as IndexedDB has none, and cold collections are refused.
   */
  readSync?(into: Uint8Array, position: number): number;
  /** Makes written data durable (fdatasync). A failed call must never be repeated. */
  sync(): Promise<void>;
  truncate(byteCount: number): Promise<void>;
  size(): Promise<number>;
  /** Whether the path leads to this file; false once it was removed, moved or replaced. Synchronous, 10 µs. Left out: nobody can tell. */
  hasName?(path: string): boolean;
  close(): Promise<void>;
}

export type OpenMode = 'read' | 'read-write' | 'create-exclusive';

export interface FileSystem {
  /**
   * Opens a file; `read-write` needs it to exist, `create-exclusive` makes it with mode 0600 and fails with EEXIST. Never
   * follows a symlink for writing.
   *
   * @throws DatabaseError `DIRECTORY_UNUSABLE`, without waiting, when a FIFO, device, socket or directory has the name.
   */
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  /** Creates the directory and its missing parents with mode 0700. */
  makeDirectory(path: string): Promise<void>;
  /** Names (not paths) of the entries, sorted. */
  list(path: string): Promise<readonly string[]>;
  stat(
    path: string,
  ): Promise<{ readonly kind: 'file' | 'directory' | 'other'; readonly byteCount: number } | undefined>;
  rename(from: string, to: string): Promise<void>;
  /**
   * The name is gone at once; the space of a large file may be freed little by little, so the file shrinks for every
   * reader that has it open.
   */
  remove(path: string): Promise<void>;
  /** Removes a directory that is empty, and fails for any other. Left out: directories stay. */
  removeDirectory?(path: string): Promise<void>;
  /** fsync of a directory: makes creations, renames and removals in it durable. No-op where the platform has none. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes the exclusive lock of a directory, released by death of the process.
   *
   * @throws DatabaseError `DATABASE_LOCKED` with the holder's pid when someone has it, this very process included.
   */
  lock(path: string): Promise<DirectoryLock>;
}

/** An exclusive lock held by this process. It is of the directory itself, whatever its name comes to mean. */
export interface DirectoryLock {
  /** A path that leads to the directory itself, wherever it is moved to. Left out, or its name: there is none. */
  readonly heldPath?: string;
  /** Whether the name still leads to the directory. Synchronous, 2 µs. Left out: nobody can tell. */
  isInPlace?(): boolean;
  /** When a name in the directory was last made, moved or removed, in nanoseconds, as `isInPlace` last found. Left out: nobody can tell. */
  readonly changeStamp?: bigint | undefined;
  release(): Promise<void>;
}
