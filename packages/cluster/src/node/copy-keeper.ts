/** Writes the mark of a node's copy now and then: after the node's own journal is on the disk up to the place it names. */
import { later, type StoredModel, type Timer } from '@nuthatch/runtime/cluster';
import type { FramePlace } from './frame-place.js';
import type { CopyMark, NodeCopy } from './node-copy.js';

/** So many milliseconds of frames are read again after a crash. */
const MARK_MS = 2_000;

export class CopyKeeper {
  readonly #copy: NodeCopy;
  readonly #uuid: string;
  readonly #flush: () => Promise<void>;
  #place: FramePlace;
  #models: readonly StoredModel[];
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param flush puts everything that the node's own journal was given on the disk. */
  constructor(copy: NodeCopy, { uuid, place, models }: CopyMark, flush: () => Promise<void>) {
    this.#copy = copy;
    this.#uuid = uuid;
    this.#place = place;
    this.#models = models;
    this.#flush = flush;
  }

  /** The node has come to a place. O(1). */
  note(place: FramePlace, models: readonly StoredModel[]): void {
    this.#place = place;
    this.#models = models;
    this.#timer ??= later(() => {
      this.#timer = undefined;
      // A failing disk fails the node's own journal, which reports it.
      this.#mark().catch(() => undefined);
    }, MARK_MS);
  }

  /** The place of the copy on disk, after everything up to there was flushed. */
  async flushed(): Promise<{ readonly place: FramePlace; readonly models: readonly StoredModel[] }> {
    const place = this.#place;
    const models = this.#models;
    await this.#flush();
    return { place, models };
  }

  /** Writes the last mark. Nothing may be noted after it. */
  async finish(): Promise<void> {
    this.#timer?.cancel();
    await this.#mark();
  }

  #mark(): Promise<void> {
    const done = this.#writing.then(async () => {
      const { place, models } = await this.flushed();
      await this.#copy.write({ uuid: this.#uuid, place, models });
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }
}
