/**
 * The mark in a node's directory that says whose copy it is, and up to which frame: `node.json`.
 *
 * Written before anything else into a new directory, then every few seconds and at closing, each time after the node's
 * own journal is on the disk up to the place it names. So a crash leaves a mark that is behind the journal, never ahead
 * of it; the frames in between are read again and found to be there.
 */
import { DatabaseError } from '@nuthatch/model';
import { type FileSystem, fromHex, type NodePlace, type StoredModel, toHex } from '@nuthatch/runtime/cluster';
import { type FramePlace, startOf } from './frame-place.js';

const MARK_NAME = 'node.json';
const VERSION = 1;

/** What the mark says. */
export interface CopyMark {
  /** Of the shared journal. */
  readonly uuid: string;
  readonly place: FramePlace;
  /** Models that frames up to there hold. */
  readonly models: readonly StoredModel[];
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
   * Looks at a node's directory before it is opened. A copy of another journal is set aside under another name, and a
   * new one begins.
   *
   * @returns undefined for a node in memory.
   * @throws DatabaseError `DIRECTORY_UNUSABLE` for a database that is no copy.
   */
  static async prepare(
    { directory, fileSystem }: NodePlace,
    uuid: string,
    description: string,
  ): Promise<{ readonly copy: NodeCopy; readonly mark: CopyMark } | undefined> {
    if (directory === undefined) return undefined;
    const copy = new NodeCopy(directory, fileSystem);
    const found = await copy.#read();
    if (found === undefined) await copy.#requireEmpty(description);
    else if (found.uuid === uuid) return { copy, mark: found };
    else await copy.#setAside(found.uuid, description);
    const mark = { uuid, place: startOf(uuid), models: [] };
    await fileSystem.makeDirectory(directory);
    await copy.write(mark);
    return { copy, mark };
  }

  /** Replaces the mark as a whole. A crash leaves the old one or the new one. */
  async write({ uuid, place, models }: CopyMark): Promise<void> {
    const json: MarkJson = {
      version: VERSION,
      uuid,
      position: place.position,
      seq: place.seq,
      chain: toHex(place.chain),
      models,
    };
    const path = `${this.#directory}/${MARK_NAME}`;
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
    const path = `${this.#directory}/${MARK_NAME}`;
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
      const isWhole = Number.isSafeInteger(position) && Number.isSafeInteger(seq) && Array.isArray(models);
      if (!isWhole || !/^[0-9a-f]{32}$/.test(uuid) || !/^[0-9a-f]{32}$/.test(chain))
        throw new Error('a part is missing');
      return { uuid, place: { position, seq, chain: fromHex(chain) }, models };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const what = `${this.#directory}/${MARK_NAME} is not the mark of a node: ${why}; remove the directory and the node makes its copy anew`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: this.#directory }, { cause });
    }
  }

  async #requireEmpty(description: string): Promise<void> {
    const stat = await this.#fileSystem.stat(`${this.#directory}/manifest.nut`);
    if (stat === undefined) return;
    const what = `${this.#directory} holds a database of its own, not a copy of ${description}: give the node another directory`;
    throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: this.#directory });
  }

  /** Nothing is deleted that may be the only copy of something. */
  async #setAside(uuid: string, description: string): Promise<void> {
    const aside = `${this.#directory}.of-${uuid.slice(0, 8)}-${Date.now()}`;
    await this.#fileSystem.rename(this.#directory, aside);
    const text = `${this.#directory} was a copy of another journal than ${description}: it was renamed to ${aside}, and a new copy begins`;
    process.emitWarning(text, { code: 'NUTHATCH_COPY_SET_ASIDE' });
  }
}
