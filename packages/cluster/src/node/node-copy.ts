/**
 * The mark in a node's directory that says whose copy it is, and up to which frame: `node.json`.
 *
 * Written before anything else into a new directory, then every few seconds and at closing, each time after the node's
 * own journal is on the disk up to the place it names. So a crash leaves a mark that is behind the journal, never ahead
 * of it; the frames in between are read again and found to be there.
 */
import { dirname } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import {
  type FileSystem,
  fromHex,
  removeBlobs,
  type StoredModel,
  withDirectoryErrors,
} from '@nuthatch/runtime/cluster';
import { unpackBackup } from '@nuthatch/runtime/tools';
import { checkedParts } from '../engine/image-digest.js';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import { isCount, isStoredModel } from '../engine/kept-json.js';
import { type FramePlace, placeOf, startOf, toPlaceJson } from './frame-place.js';

/** In a node's directory. */
export const COPY_MARK_NAME = 'node.json';
const VERSION = 1;

/** What the mark says. */
export interface CopyMark {
  /** Of the shared journal. */
  readonly uuid: string;
  readonly place: FramePlace;
  /** Models that frames up to there hold. */
  readonly models: readonly StoredModel[];
}

/** Where a copy is to be. */
export interface CopyPlace {
  /** Absolute. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
}

/** The journal that it is a copy of. */
export interface JournalOfCopy {
  readonly uuid: string;
  readonly engine: JournalEngine;
  readonly description: string;
}

export interface PreparedCopy {
  readonly copy: NodeCopy;
  readonly mark: CopyMark;
}

interface MarkJson {
  readonly version: number;
  readonly uuid: string;
  readonly position: number;
  readonly seq: number;
  readonly chain: string;
  readonly models: readonly StoredModel[];
}

export class NodeCopy {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;

  private constructor(directory: string, fileSystem: FileSystem) {
    this.#directory = directory;
    this.#fileSystem = fileSystem;
  }

  /**
   * Looks at a node's directory before it is opened. A copy that cannot be gone on from, of another journal or from
   * before the oldest frame that is kept, is set aside under another name, and a new one begins: from the newest image.
   *
   * A new copy is made under another name and renamed when it has its mark: a crash leaves `‹directory›.joining`, which
   * the next opening removes.
   *
   * @throws DatabaseError `DIRECTORY_UNUSABLE` for a database that is no copy; `DATABASE_LOCKED`; `JOURNAL_DAMAGED`.
   */
  static async prepare({ directory, fileSystem }: CopyPlace, journal: JournalOfCopy): Promise<PreparedCopy> {
    const copy = new NodeCopy(directory, fileSystem);
    const { engine, uuid, description } = journal;
    const found = await copy.#onDisk(() => copy.#read());
    if (found === undefined) await copy.#onDisk(() => copy.#requireNone(description));
    else if (found.uuid !== uuid) await copy.#setAside('was a copy of another journal', journal);
    else if (await isFollowed(engine, found.place.position)) return { copy, mark: found };
    else await copy.#setAside(`ends at frame ${found.place.position}, before the oldest one that is kept`, journal);
    const image = await engine.newestImage();
    const mark = image === undefined ? { uuid, place: startOf(uuid), models: [] } : markOf(uuid, image);
    const joining = new NodeCopy(`${directory}.joining`, fileSystem);
    await copy.#onDisk(() => joining.#removeHalfMade());
    if (image === undefined) await copy.#onDisk(() => fileSystem.makeDirectory(joining.#directory));
    else {
      const stream = checkedParts(engine.imageParts(image), image, description);
      await unpackBackup({ fileSystem, stream, destination: joining.#directory });
    }
    await copy.#onDisk(async () => {
      await joining.write(mark);
      if ((await fileSystem.stat(directory)) !== undefined) await fileSystem.removeDirectory?.(directory);
      await fileSystem.rename(joining.#directory, directory);
      await fileSystem.syncDirectory(dirname(directory));
    });
    return { copy, mark };
  }

  /** What the disk refuses must not be taken for the engine's silence, and asked again. */
  #onDisk<T>(work: () => Promise<T>): Promise<T> {
    return withDirectoryErrors(this.#directory, work);
  }

  /** The mark of a directory, which may be in use; undefined: it is no copy. @throws DatabaseError `DIRECTORY_UNUSABLE`. */
  static markOf({ directory, fileSystem }: CopyPlace): Promise<CopyMark | undefined> {
    return new NodeCopy(directory, fileSystem).#read();
  }

  /**
   * Renames a directory that nobody has open. Nothing is deleted that may be the only copy of something.
   *
   * @returns its name from now on.
   * @throws DatabaseError `DATABASE_LOCKED`.
   */
  static async setAside({ directory, fileSystem }: CopyPlace, uuid: string): Promise<string> {
    const aside = `${directory}.aside-${uuid.slice(0, 8)}-${Date.now()}`;
    // Somebody may have it open: a node of another journal.
    const lock = await fileSystem.lock(directory);
    try {
      await fileSystem.rename(directory, aside);
    } finally {
      await lock.release();
    }
    await fileSystem.syncDirectory(dirname(directory));
    return aside;
  }

  /** The rest of a crash, which nobody has opened. */
  async #removeHalfMade(): Promise<void> {
    if ((await this.#fileSystem.stat(this.#directory)) === undefined) return;
    // Another process may be making it at this moment.
    const lock = await this.#fileSystem.lock(this.#directory);
    try {
      // A journal that was made of a directory has blobs in its first image.
      await removeBlobs(this.#fileSystem, this.#directory);
      for (const name of await this.#fileSystem.list(this.#directory))
        if (!name.startsWith('lock')) await this.#fileSystem.remove(`${this.#directory}/${name}`);
    } finally {
      await lock.release();
    }
    for (const name of await this.#fileSystem.list(this.#directory))
      await this.#fileSystem.remove(`${this.#directory}/${name}`);
    await this.#fileSystem.removeDirectory?.(this.#directory);
  }

  /** Replaces the mark as a whole. A crash leaves the old one or the new one. */
  async write({ uuid, place, models }: CopyMark): Promise<void> {
    const json: MarkJson = { version: VERSION, uuid, ...toPlaceJson(place), models };
    const path = `${this.#directory}/${COPY_MARK_NAME}`;
    const temporary = `${path}.new`;
    const fileSystem = this.#fileSystem;
    if ((await fileSystem.stat(temporary)) !== undefined) await fileSystem.remove(temporary);
    const handle = await fileSystem.open(temporary, 'create-exclusive');
    try {
      await handle.write(Buffer.from(`${JSON.stringify(json)}\n`), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fileSystem.rename(temporary, path);
    await fileSystem.syncDirectory(this.#directory);
  }

  async #read(): Promise<CopyMark | undefined> {
    const path = `${this.#directory}/${COPY_MARK_NAME}`;
    if ((await this.#fileSystem.stat(path)) === undefined) return undefined;
    const handle = await this.#fileSystem.open(path, 'read');
    try {
      const bytes = new Uint8Array(await handle.size());
      await handle.read(bytes, 0);
      return this.#parse(Buffer.from(bytes).toString());
    } finally {
      await handle.close();
    }
  }

  #parse(text: string): CopyMark {
    try {
      const { version, uuid, position, seq, chain, models } = JSON.parse(text) as MarkJson;
      if (version !== VERSION) throw new Error(`version ${String(version)}, expected ${VERSION}`);
      const isWhole = isCount(position) && isCount(seq) && Array.isArray(models) && models.every(isStoredModel);
      if (!isWhole || !/^[0-9a-f]{32}$/.test(uuid) || !/^[0-9a-f]{32}$/.test(chain))
        throw new Error('a part is missing');
      return { uuid, place: { position, seq, chain: fromHex(chain) }, models };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const what = `${this.#directory}/${COPY_MARK_NAME} is not the mark of a node: ${why}; remove the directory and the node makes its copy anew`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: this.#directory }, { cause });
    }
  }

  async #requireNone(description: string): Promise<void> {
    const stat = await this.#fileSystem.stat(`${this.#directory}/manifest.nut`);
    if (stat === undefined) return;
    const what = `${this.#directory} holds a database of its own, not a copy of ${description}: give the node another directory`;
    throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: this.#directory });
  }

  async #setAside(why: string, { uuid, description }: JournalOfCopy): Promise<void> {
    const place = { directory: this.#directory, fileSystem: this.#fileSystem };
    const aside = await this.#onDisk(() => NodeCopy.setAside(place, uuid));
    const text = `${this.#directory} ${why}: it was renamed to ${aside}, and a new copy of ${description} begins`;
    process.emitWarning(text, { code: 'NUTHATCH_COPY_SET_ASIDE' });
  }
}

/** Whether nothing behind the position is missing: the next frame is kept, or there is none. */
export async function isFollowed(engine: JournalEngine, position: number): Promise<boolean> {
  const [next] = await engine.read(position, 1);
  return next === undefined ? (await engine.head()) <= position : next.position === position + 1;
}

function markOf(uuid: string, image: ImageEntry): CopyMark {
  return { uuid, place: placeOf(image), models: image.models };
}
