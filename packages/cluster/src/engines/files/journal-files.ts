/**
 * Files and names of a journal in a directory, and the two ways in which a file comes to be there: as a whole or not at all.
 *
 *   journal.json                        identity: made once, by whoever comes first
 *   frames/000000/000000000001          one frame in each file, never changed; 1,000 positions in each folder
 *   floor/000000000000                  an empty file: frames up to the highest number there are gone, and none lands there
 *   images/000000000042.json, 42-….data what an image is of, and its bytes; the first appears when the second is whole
 *   turns/…                             one empty file for each process that has asked others to let it go first
 *   blobs/‹id›/000000000000             the parts of a blob
 *   new/…                               files that are being written; a crash leaves them, an opening removes old ones
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';

/** Frames in each folder: a folder of many thousands is slow to list. */
const FOLDER_POSITIONS = 1_000;
const OWN_NAMES: readonly string[] = ['blobs', 'floor', 'frames', 'images', 'journal.json', 'new', 'turns'];
/** A file that is being written for longer is of a process that died. */
const ABANDONED_MS = 86_400_000;

/** Twelve digits, so that names sort as numbers do. */
export function nameOf(position: number): string {
  return String(position).padStart(12, '0');
}

/** The position in a name; undefined for any other name. */
export function positionIn(name: string): number | undefined {
  return /^\d{12}$/.test(name) ? Number(name) : undefined;
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(String((error as { readonly code?: unknown } | undefined)?.code));
}

/** The bytes of a file; undefined where there is none. @throws DatabaseError `JOURNAL_DAMAGED` where a folder has its name. */
export function readFile(path: string): Promise<Buffer | undefined> {
  return reading(path, () => fs.readFile(path));
}

/** As `readFile`, its first bytes: fewer where it is shorter. */
export function readStart(path: string, byteCount: number): Promise<Buffer | undefined> {
  return reading(path, async () => {
    const file = await fs.open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(byteCount), 0, byteCount, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  });
}

async function reading(path: string, read: () => Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    // To ask again would not help: nobody but a user puts it there.
    if (isErrno(error, 'EISDIR')) throw damaged(path, 'is a folder, expected a file', error);
    throw error;
  }
}

/**
 * The JSON in a file; undefined where there is none.
 *
 * @param isWhole whether an object has all its parts.
 * @throws DatabaseError `JOURNAL_DAMAGED`.
 */
export async function readJson<T>(path: string, isWhole: (json: Partial<T>) => boolean): Promise<T | undefined> {
  const bytes = await readFile(path);
  if (bytes === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (cause) {
    throw damaged(path, 'holds no JSON', cause);
  }
  if (typeof json !== 'object' || json === null || !isWhole(json as Partial<T>))
    throw damaged(path, 'lacks parts of what it is to say');
  return json as T;
}

/** @param what is wrong, behind the name of the file. */
export function damaged(path: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `${path} ${what}`, { file: path }, { cause });
}

/** Names in a folder; none where it is not there. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

export class JournalFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get identity(): string {
    return join(this.directory, 'journal.json');
  }

  get frames(): string {
    return join(this.directory, 'frames');
  }

  get floor(): string {
    return join(this.directory, 'floor');
  }

  get images(): string {
    return join(this.directory, 'images');
  }

  get turns(): string {
    return join(this.directory, 'turns');
  }

  blobOf(id: string): string {
    return join(this.directory, 'blobs', id);
  }

  blobPartOf(id: string, part: number): string {
    return join(this.blobOf(id), nameOf(part));
  }

  folderOf(position: number): string {
    return join(this.frames, String(Math.floor(position / FOLDER_POSITIONS)).padStart(6, '0'));
  }

  frameOf(position: number): string {
    return join(this.folderOf(position), nameOf(position));
  }

  /** Whether there is anything that a journal has. */
  async hasParts(): Promise<boolean> {
    for (const folder of [this.frames, this.floor, this.images]) if ((await namesIn(folder)).length > 0) return true;
    return false;
  }

  /**
   * Makes what is missing, durably, and removes what a process left behind that died.
   *
   * @throws DatabaseError `DIRECTORY_UNUSABLE` for a directory that holds anything else: nothing is put beside it.
   */
  async make(): Promise<void> {
    const found = await namesIn(this.directory);
    const foreign = found.find((name) => !OWN_NAMES.includes(name));
    if (foreign !== undefined) {
      const what = `${this.directory} is not the directory of a journal: it holds ${foreign}`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: this.directory, found: foreign });
    }
    for (const folder of [this.directory, this.frames, this.floor, this.images, this.turns, this.#new])
      await makeFolder(folder);
    const oldestMs = Date.now() - ABANDONED_MS;
    for (const folder of [this.turns, this.#new])
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        const found = await fs.stat(path).catch(() => undefined);
        if (found !== undefined && found.mtimeMs < oldestMs) await fs.rm(path, { force: true });
      }
  }

  /**
   * Puts a file in place unless there is one of this name. Its bytes are on the disk before it has the name, and so is the
   * name when this resolves. Of several processes one wins: a second name for a file is given as a whole, or refused.
   *
   * @returns whether it was put there.
   */
  async putOnce(path: string, bytes: Uint8Array | string): Promise<boolean> {
    const written = await this.#write(bytes);
    try {
      await linkInto(written, path);
      await syncFolder(dirname(path));
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    } finally {
      await fs.rm(written, { force: true });
    }
  }

  /** Puts a file in the place of another one. A crash leaves the old one or the new one. */
  async replace(path: string, bytes: Uint8Array | string): Promise<void> {
    const written = await this.#write(bytes);
    try {
      await fs.rename(written, path);
    } catch (error) {
      await fs.rm(written, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  }

  get #new(): string {
    return join(this.directory, 'new');
  }

  async #write(bytes: Uint8Array | string): Promise<string> {
    const path = join(this.#new, randomUUID());
    const handle = await fs.open(path, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } catch (error) {
      // A full disk: what asks again and again must not make it fuller.
      await fs.rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return path;
  }
}

async function linkInto(written: string, path: string): Promise<void> {
  try {
    await fs.link(written, path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    // Its folder is the next one, or was removed by a truncation.
    await makeFolder(dirname(path));
    await fs.link(written, path);
  }
}

async function makeFolder(path: string): Promise<void> {
  if ((await fs.mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(dirname(path));
}

/** Makes names in a folder durable. No-op where the platform has no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
