/** The transactions of a shared journal, for tools that know no class. Read a few frames at a time, each checked. */
import {
  documentsOfAnyClass,
  frameCrcSeed,
  fromHex,
  isSameChain,
  type StoredModel,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import { ArrivingFrames } from '../node/arriving-frames.js';
import { type FramePlace, placeOf } from '../node/frame-place.js';

export class JournalFrames {
  readonly #engine: JournalEngine;
  readonly #frames: ArrivingFrames;

  /** @param models that frames before those which are read hold. */
  constructor(engine: JournalEngine, uuid: string, models: readonly StoredModel[] = []) {
    this.#engine = engine;
    this.#frames = new ArrivingFrames(engine, documentsOfAnyClass(models), frameCrcSeed(fromHex(uuid)));
  }

  /** The place right before the oldest frame that is kept; undefined when none is. */
  oldest(): Promise<FramePlace | undefined> {
    return this.#frames.oldestPlace();
  }

  /**
   * The place of the last frame; of the image when no frame is kept behind it.
   *
   * @param position of the head.
   * @param image the newest one.
   */
  async headPlace(position: number, image: ImageEntry | undefined): Promise<FramePlace | undefined> {
    if (position > 0) {
      const place = await this.#frames.placeAt(position);
      if (place !== undefined) return place;
    }
    return image?.position === position ? placeOf(image) : undefined;
  }

  /** Whether the history of the journal goes through a place; undefined when nothing that is kept can tell. */
  async holds({ position, chain, seq }: FramePlace, image: ImageEntry | undefined): Promise<boolean | undefined> {
    const found = image?.position === position ? placeOf(image) : await this.#placeAt(position);
    if (found !== undefined) return found.seq === seq && isSameChain(found.chain, chain);
    const head = await this.#engine.head();
    if (head === 0 && image === undefined) return position === 0 && seq === 0;
    return head < position ? false : undefined;
  }

  /** The place of a frame, also right before the oldest one. */
  async #placeAt(position: number): Promise<FramePlace | undefined> {
    const oldest = await this.oldest();
    if (oldest?.position === position) return oldest;
    return position === 0 ? undefined : this.#frames.placeAt(position);
  }

  /**
   * Those in the frames behind a place, in order. Memory: a few MiB of frames.
   *
   * @param upTo position of the last frame to be read.
   * @throws DatabaseError `CHANGES_GONE` when frames go meanwhile, `JOURNAL_DAMAGED`, `JOURNAL_DIVERGED`; what the engine throws.
   */
  async *transactions(from: FramePlace, upTo: number): AsyncGenerator<StoredTransaction, void> {
    let place = from;
    while (place.position < upTo) {
      const arrived = await this.#frames.after(place);
      if (arrived.length === 0) return;
      for (const frame of arrived) {
        if (frame.place.position > upTo) return;
        yield* frame.transactions;
        place = frame.place;
      }
    }
  }
}
