/**
 * Stores an image in the engine when many bytes of frames have come since the last one, and has frames removed that it
 * covers: so a new node reads an image and few frames, and the journal does not grow for ever.
 *
 * Each node with a directory does this; the engine lets one do it at a time. An image that fails costs nothing but time:
 * it is tried again later.
 */
import { later, type Timer } from '@nuthatch/runtime/cluster';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import { toPlaceJson } from './frame-place.js';
import type { CopyMark } from './node-copy.js';
import { streamed } from './streamed.js';

const RETRY_MS = 60_000;

export interface ImageOptions {
  /** Bytes of frames after which an image is stored. */
  readonly imageBytes: number;
  /** Frames that an image covers are kept for so long, in milliseconds, */
  readonly retentionMs: number;
  /** and no more bytes of them than this. */
  readonly retentionBytes: number;
  /** Longest wait before one is begun, in milliseconds. */
  readonly jitterMs: number;
}

/** What the database does for an image. */
export interface ImageSource {
  /** Makes the copy on disk small. */
  compact(): Promise<unknown>;
  /** Writes the copy on disk to a stream, at a seq of its own that is not below the mark's. */
  backupTo(stream: NodeJS.WritableStream): Promise<unknown>;
}

export class ImageKeeper {
  readonly #engine: JournalEngine;
  readonly #options: ImageOptions;
  readonly #source: ImageSource;
  /** The place of the copy on disk, after everything up to there was flushed. */
  readonly #mark: () => Promise<Omit<CopyMark, 'uuid'>>;
  #sinceBytes = 0;
  #timer: Timer | undefined;
  #storing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    engine: JournalEngine,
    options: ImageOptions,
    source: ImageSource,
    mark: () => Promise<Omit<CopyMark, 'uuid'>>,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#source = source;
    this.#mark = mark;
  }

  /** Frames of so many bytes have settled. O(1). */
  note(byteCount: number): void {
    this.#sinceBytes += byteCount;
    if (this.#sinceBytes >= this.#options.imageBytes) this.#schedule(Math.random() * this.#options.jitterMs);
  }

  /** Stores an image now, unless another node is at it or there is a newer one; then frames go that are not needed. */
  store(): Promise<ImageEntry | undefined> {
    const done = this.#storing.then(() => this.#store());
    this.#storing = done.catch(() => undefined);
    return done;
  }

  /** Begins no more; waits for the one that is being stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#storing;
  }

  #schedule(ms: number): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = later(() => {
      this.#timer = undefined;
      this.#storeWhenDue().catch(() => this.#schedule(RETRY_MS));
    }, ms);
  }

  /** Another node may have stored one meanwhile. */
  async #storeWhenDue(): Promise<void> {
    const { bytesSinceImage } = await this.#engine.usage();
    if (bytesSinceImage >= this.#options.imageBytes) await this.store();
    else this.#sinceBytes = bytesSinceImage;
  }

  async #store(): Promise<ImageEntry | undefined> {
    if (this.#isClosed) return undefined;
    await this.#source.compact();
    const { place, models } = await this.#mark();
    const entry = await this.#engine.storeImage(
      { ...toPlaceJson(place), models },
      streamed((stream) => this.#source.backupTo(stream)),
    );
    this.#sinceBytes = 0;
    const { retentionMs, retentionBytes } = this.#options;
    const newest = entry ?? (await this.#engine.newestImage());
    if (newest !== undefined) await this.#engine.truncate({ upTo: newest.position, retentionMs, retentionBytes });
    return entry;
  }
}
