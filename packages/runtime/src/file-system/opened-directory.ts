/**
 * A directory held open: which one it is, a path that leads to it whatever becomes of its name, and whether its name
 * still leads to it.
 *
 * A name may come to mean another directory while we work: a deploy switches a symbolic link, somebody removes the
 * directory and makes it again, or moves it. An operation by name then affects the other directory. Held open, its inode
 * is also given to no other directory.
 */
import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf } from './node-call.js';

/** Errors that say that a name leads nowhere; any other says nothing of where it leads. */
const NOWHERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

export class OpenedDirectory {
  /** Its absolute path: the process may go elsewhere. */
  readonly name: string;
  /** `/proc/self/fd/N` on Linux; elsewhere the name. */
  readonly path: string;
  /** Device and inode, in one text: the same for every name of the directory, another for every copy. */
  readonly identity: string;
  /** Undefined where directories cannot be opened. */
  readonly #opened: promises.FileHandle | undefined;
  #changeStamp: bigint | undefined;

  private constructor(name: string, path: string, identity: string, opened: promises.FileHandle | undefined) {
    this.name = name;
    this.path = path;
    this.identity = identity;
    this.#opened = opened;
  }

  /** Opens it, following symbolic links. Errors are Node's. */
  static async open(path: string): Promise<OpenedDirectory> {
    const name = resolve(path);
    const opened = await openDirectory(name);
    try {
      const identity = identityOf(opened ? await opened.stat({ bigint: true }) : fs.statSync(name, { bigint: true }));
      const place = opened === undefined ? name : heldPath(opened.fd, name, identity);
      return new OpenedDirectory(name, place, identity, opened);
    } catch (error) {
      await opened?.close();
      throw error;
    }
  }

  /** When a name in it was last made, moved or removed, in nanoseconds, as `isInPlace` last found; undefined before. */
  get changeStamp(): bigint | undefined {
    return this.#changeStamp;
  }

  /** Whether the name still leads here. Blocks the loop for 2 µs; no I/O while the name is in the system's cache. */
  isInPlace(): boolean {
    try {
      const stats = fs.statSync(this.name, { bigint: true });
      this.#changeStamp = stats.mtimeNs;
      // File systems without inodes tell nothing.
      return stats.ino === 0n || identityOf(stats) === this.identity;
    } catch (error) {
      return !NOWHERE.has(errnoOf(error) ?? '');
    }
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }
}

async function openDirectory(name: string): Promise<promises.FileHandle | undefined> {
  if (process.platform === 'win32') return undefined;
  return promises.open(name, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
}

/** Where there is no /proc, or one of other processes, the name is all there is. */
function heldPath(descriptor: number, name: string, identity: string): string {
  if (process.platform !== 'linux') return name;
  const path = `/proc/self/fd/${descriptor}`;
  try {
    return identityOf(fs.statSync(path, { bigint: true })) === identity ? path : name;
  } catch {
    return name;
  }
}

function identityOf({ dev, ino }: fs.BigIntStats): string {
  return `${dev}-${ino}`;
}
