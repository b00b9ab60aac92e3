/**
 * Images as files: the bytes first, then the entry that names them. An entry is there only when its bytes are whole.
 *
 * Who stores one has the lock of the folder, which the death of its process frees.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { NodeFileSystem } from '@nuthatch/runtime/cluster';
import { ImageDigest, partsOf } from '../../engine/image-digest.js';
import type { ImageEntry, ImagePlace } from '../../engine/journal-engine.js';
import { isCount, isStoredModel } from '../../engine/kept-json.js';
import { damaged, isErrno, type JournalFiles, nameOf, namesIn, readJson, syncFolder } from './journal-files.js';

const PART_BYTES = 1024 * 1024;
/** The newest one, and the one before it, which somebody may be reading. */
const KEPT_IMAGES = 2;

interface KeptImage {
  readonly entry: ImageEntry;
  /** Name of the file with the bytes. */
  readonly data: string;
}

export class ImageFiles {
  readonly #files: JournalFiles;

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  async newest(): Promise<ImageEntry | undefined> {
    return (await this.#kept()).at(-1)?.entry;
  }

  async *parts({ position }: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const image = (await this.#kept()).find(({ entry }) => entry.position === position);
    if (image === undefined) throw new Error(`the image at frame ${position} is gone`);
    for (let offset = 0; offset < image.entry.byteCount; offset += PART_BYTES) {
      const part = await this.#partAt(image, offset);
      // Shorter than it says: whoever reads it counts.
      if (part.length === 0) return;
      yield part;
    }
  }

  /** Opened for each part: a reader that goes away leaves nothing open. */
  async #partAt(image: KeptImage, offset: number): Promise<Uint8Array> {
    const path = join(this.#files.images, image.data);
    const handle = await fs.open(path, 'r').catch(async (error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error;
      const isKept = (await this.#kept()).some(({ data }) => data === image.data);
      if (isKept) throw damaged(path, 'is missing: the image that it is of is there', error);
      throw new Error(`the image at frame ${image.entry.position} is gone`);
    });
    try {
      const part = new Uint8Array(PART_BYTES);
      const { bytesRead } = await handle.read(part, 0, PART_BYTES, offset);
      return part.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async store(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const lock = await new NodeFileSystem().lock(this.#files.images).catch((error: unknown) => {
      if (DatabaseError.is(error, 'DATABASE_LOCKED')) return undefined;
      throw error;
    });
    if (lock === undefined) return undefined;
    try {
      const kept = await this.#kept();
      if ((kept.at(-1)?.entry.position ?? -1) >= place.position) return undefined;
      await this.#removeAllBut(kept);
      const data = `${place.position}-${randomUUID()}.data`;
      const digest = new ImageDigest();
      try {
        await this.#writeParts(data, partsOf(chunks, digest, PART_BYTES));
      } catch (error) {
        await fs.rm(join(this.#files.images, data), { force: true });
        throw error;
      }
      const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
      const image: KeptImage = { entry, data };
      await this.#files.putOnce(this.#entryPath(place.position), JSON.stringify(image));
      await this.#removeAllBut([...kept, image].slice(-KEPT_IMAGES));
      return entry;
    } finally {
      await lock.release();
    }
  }

  async #writeParts(data: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
    const handle = await fs.open(join(this.#files.images, data), 'wx', 0o600);
    try {
      // A single write may write less than it was given, and say so by no error.
      for await (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(this.#files.images);
  }

  /** Entries first: an entry without its bytes would be an image that cannot be read. */
  async #removeAllBut(kept: readonly KeptImage[]): Promise<void> {
    const names = new Set(kept.flatMap(({ entry, data }) => [`${nameOf(entry.position)}.json`, data]));
    const found = await namesIn(this.#files.images);
    for (const ending of ['.json', '.data'])
      for (const name of found)
        if (name.endsWith(ending) && !names.has(name)) await fs.rm(join(this.#files.images, name), { force: true });
  }

  /** Oldest first. */
  async #kept(): Promise<readonly KeptImage[]> {
    const kept: KeptImage[] = [];
    for (const name of [...(await namesIn(this.#files.images))].sort()) {
      if (!name.endsWith('.json')) continue;
      // Undefined: removed since the look, for a newer one is there.
      const image = await readJson<KeptImage>(join(this.#files.images, name), isImage);
      if (image !== undefined) kept.push(image);
    }
    return kept;
  }

  #entryPath(position: number): string {
    return join(this.#files.images, `${nameOf(position)}.json`);
  }
}

/** No entry leads out of the folder. */
function isImage({ entry, data }: Partial<KeptImage>): boolean {
  const { position, seq, byteCount, chain, sha256, models } = Object(entry) as Partial<ImageEntry>;
  return (
    [position, seq, byteCount].every(isCount) &&
    /^[0-9a-f]{32}$/.test(String(chain)) &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    Array.isArray(models) &&
    models.every(isStoredModel) &&
    /^\d+-[0-9a-f-]{36}\.data$/.test(String(data))
  );
}
