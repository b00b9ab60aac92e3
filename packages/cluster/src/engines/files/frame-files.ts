/**
 * Frames as files: which are there, and up to where they were removed.
 *
 * The floor is raised before any frame is removed, so a process that slept through a truncation cannot take the place of a
 * frame that is gone: it looks at the floor again behind its append, and loses.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES } from '@nuthatch/runtime/cluster';
import { isBehind } from '../../engine/frame-links.js';
import type { StoredFrame, Truncation } from '../../engine/journal-engine.js';
import {
  damaged,
  isErrno,
  type JournalFiles,
  nameOf,
  namesIn,
  positionIn,
  readFile,
  readStart,
  syncFolder,
} from './journal-files.js';

/** Read at a time: each is a file of its own. */
const READ_AHEAD = 16;

interface FrameFile {
  readonly position: number;
  readonly byteCount: number;
  readonly writtenMs: number;
}

export class FrameFiles {
  readonly #files: JournalFiles;
  /** The highest position that was seen; the head is not below it. */
  #seen = 0;
  /** The name of every frame up to here is on the disk. */
  #synced = 0;

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  /** @throws Error when nobody can tell any more whether the frame was there and was removed, or came too late. */
  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    if (!(await this.#followsHead(position, bytes))) return 'lost';
    const path = this.#files.frameOf(position);
    if (!(await this.#files.putOnce(path, bytes))) return 'lost';
    if ((await this.floor()) >= position) {
      // The process slept. Nobody reads what stands here, be it this frame or one that was removed before.
      await fs.rm(path, { force: true });
      throw new Error(`frame ${position} was covered by an image and removed before its append had ended`);
    }
    this.#seen = position;
    this.#synced = Math.max(this.#synced, position);
    return 'won';
  }

  /** Reads the header of the frame before: somebody may have put a backup, or another journal, in the place of this one. */
  async #followsHead(position: number, bytes: Uint8Array): Promise<boolean> {
    const before = position - 1;
    const floor = await this.floor();
    if (floor === before) return true;
    if (floor > before || this.#seen > before) return false;
    const header = await readStart(this.#files.frameOf(before), FRAME_HEADER_BYTES);
    return header !== undefined && isBehind(header, bytes);
  }

  /** Position of the last frame that was removed; 0: none was. */
  async floor(): Promise<number> {
    return Math.max(0, ...(await namesIn(this.#files.floor)).map((name) => positionIn(name) ?? 0));
  }

  async head(): Promise<number> {
    let head = Math.max(this.#seen, await this.floor());
    if (head === this.#seen && head > 0) while (await this.#isThere(head + 1)) head++;
    else head = (await this.#runOf(await this.#positions())) ?? head;
    // What is told of is there to stay.
    await this.#sync(head);
    this.#seen = head;
    return head;
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    const found = await this.#readFrom(Math.max(after, await this.floor()) + 1, limitBytes);
    const last = found.at(-1)?.position;
    if (last === undefined) {
      const floor = await this.floor();
      // Removed since the first look: what follows is read instead.
      return floor > after && (await this.#isThere(floor + 1)) ? this.read(floor, limitBytes) : [];
    }
    await this.#sync(last);
    this.#seen = Math.max(this.#seen, last);
    return found;
  }

  async #readFrom(first: number, limitBytes: number): Promise<StoredFrame[]> {
    const found: StoredFrame[] = [];
    let byteCount = 0;
    // One alone at first: where a node follows the others there is no more than that.
    for (let width = 1; ; width = READ_AHEAD) {
      const next = first + found.length;
      const read = await Promise.all(Array.from({ length: width }, (_, index) => this.#bytesAt(next + index)));
      for (const bytes of read) {
        if (bytes === undefined) return found;
        byteCount += bytes.length;
        if (found.length > 0 && byteCount > limitBytes) return found;
        found.push({ position: first + found.length, bytes });
      }
    }
  }

  /** Removes frames that an image at this position covers, as far as they are not to be kept. */
  async truncate({ upTo, retentionMs, retentionBytes }: Truncation, imagePosition: number): Promise<void> {
    const mostPosition = Math.min(upTo, imagePosition);
    const oldestMs = Date.now() - retentionMs;
    let keptBytes = 0;
    const positions = await this.#positions();
    for (const position of positions.reverse()) {
      const file = await this.#stat(position);
      if (file === undefined) return;
      keptBytes += file.byteCount;
      if (position > mostPosition || (file.writtenMs >= oldestMs && keptBytes <= retentionBytes)) continue;
      return this.#raiseFloor(position);
    }
  }

  async #raiseFloor(floor: number): Promise<void> {
    await this.#files.putOnce(join(this.#files.floor, nameOf(floor)), '');
    for (const name of await namesIn(this.#files.floor))
      if ((positionIn(name) ?? floor) < floor) await fs.rm(join(this.#files.floor, name), { force: true });
    for (const folder of [...(await namesIn(this.#files.frames))].sort()) {
      const path = join(this.#files.frames, folder);
      const names = await namesIn(path);
      const gone = names.filter((name) => (positionIn(name) ?? Number.POSITIVE_INFINITY) <= floor);
      for (const name of gone) await fs.rm(join(path, name), { force: true });
      if (gone.length < names.length || path === this.#files.folderOf(floor + 1)) return;
      // One that sleeps may be about to write into it, and makes it again.
      await fs.rmdir(path).catch(() => undefined);
    }
  }

  /** Of all frames, oldest first. */
  async list(): Promise<readonly FrameFile[]> {
    const found: FrameFile[] = [];
    for (const position of await this.#positions()) {
      const file = await this.#stat(position);
      if (file !== undefined) found.push(file);
    }
    return found;
  }

  async #positions(): Promise<number[]> {
    const floor = await this.floor();
    const found: number[] = [];
    for (const folder of [...(await namesIn(this.#files.frames))].sort())
      for (const name of await namesIn(join(this.#files.frames, folder))) {
        const position = positionIn(name);
        if (position !== undefined && position > floor) found.push(position);
      }
    return found.sort((a, b) => a - b);
  }

  /** The last of them. @throws DatabaseError `JOURNAL_DAMAGED` when one before it is not there: nobody could read on behind it. */
  async #runOf(positions: readonly number[]): Promise<number | undefined> {
    let next = (await this.floor()) + 1;
    for (const position of positions) {
      if (position < next) continue;
      // One that came during the look, or all up to there went.
      for (; next < position; next++)
        if (!(await this.#isThere(next)) && (await this.floor()) < next)
          throw damaged(this.#files.frameOf(next), `is missing: frame ${position} behind it is there`);
      next = position + 1;
    }
    return positions.at(-1);
  }

  /** A frame that another process wrote has its name at once, and keeps it over a power cut from now on. */
  async #sync(upTo: number): Promise<void> {
    if (upTo <= this.#synced) return;
    const folders = new Set<string>();
    for (let position = Math.max(this.#synced, await this.floor()) + 1; position <= upTo; position++)
      folders.add(this.#files.folderOf(position));
    for (const folder of folders)
      await syncFolder(folder).catch((error: unknown) => {
        // All of it was removed by a truncation.
        if (!isErrno(error, 'ENOENT')) throw error;
      });
    this.#synced = upTo;
  }

  async #isThere(position: number): Promise<boolean> {
    return (await this.#stat(position)) !== undefined;
  }

  async #stat(position: number): Promise<FrameFile | undefined> {
    try {
      const { size, mtimeMs } = await fs.stat(this.#files.frameOf(position));
      return { position, byteCount: size, writtenMs: mtimeMs };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #bytesAt(position: number): Promise<Uint8Array | undefined> {
    return readFile(this.#files.frameOf(position));
  }
}
