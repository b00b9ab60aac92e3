/** Whether the journal is the history that this node has applied, and whether it still holds what comes behind it. */
import type { DatabaseError } from '@nuthatch/model';
import { isSameChain, type Journal, type StoredTransaction, toHex } from '@nuthatch/runtime/cluster';
import type { JournalEngine } from '../engine/journal-engine.js';
import { type ArrivedFrame, type ArrivingFrames, diverged, gone } from './arriving-frames.js';
import type { FramePlace } from './frame-place.js';
import type { OwnTail } from './own-tail.js';

export class OwnHistory {
  readonly #engine: JournalEngine;
  readonly #frames: ArrivingFrames;
  readonly #own: Journal;
  readonly #tail: OwnTail;

  constructor(engine: JournalEngine, frames: ArrivingFrames, own: Journal, tail: OwnTail) {
    this.#engine = engine;
    this.#frames = frames;
    this.#own = own;
    this.#tail = tail;
  }

  /** Before anything is applied: the frame that the copy ends with is the one in the journal. @throws DatabaseError `JOURNAL_DIVERGED`. */
  async requireMark(mark: FramePlace): Promise<void> {
    const { position, seq } = mark;
    if (seq > this.#own.lastSeq) {
      const reason = `the copy here should go up to seq ${seq} and ends at ${this.#own.lastSeq}; remove its directory`;
      throw diverged(this.#engine, position, reason);
    }
    if (position > 0 && !(await this.#isFrameThere(mark))) await this.#requireCovered(mark);
  }

  /** The copy goes on behind its mark: the journal has the same there. @throws DatabaseError `JOURNAL_DIVERGED`. */
  async requireSame(arrived: readonly ArrivedFrame[]): Promise<void> {
    const transactions: StoredTransaction[] = arrived.flatMap((frame) => frame.transactions);
    const seq = await this.#tail.difference(transactions);
    if (seq === undefined) return;
    const { place } = arrived.find((frame) => frame.place.seq >= seq)!;
    throw diverged(this.#engine, place.position, `the copy here holds another transaction ${seq}`);
  }

  /** All of the journal is applied: the copy may not go on behind it. @throws DatabaseError `JOURNAL_DIVERGED`. */
  requireEnd({ position, seq }: FramePlace): void {
    if (this.#own.lastSeq <= seq) return;
    const reason = `the copy here goes up to seq ${this.#own.lastSeq}, the journal up to ${seq}`;
    throw diverged(this.#engine, position, reason);
  }

  /** Where nothing is to be read, the head is where this node is: or else frames behind it, or its own, are gone. @throws DatabaseError `CHANGES_GONE`, `JOURNAL_DIVERGED`. */
  async requireKept(place: FramePlace): Promise<void> {
    const position = await this.#engine.head();
    if (position < place.position) throw this.shortened(place.position, position);
    if (position === place.position) {
      // The journal may have lost frames and got as many others since.
      if (position > 0) await this.#isFrameThere(place);
      return;
    }
    if ((await this.#frames.after(place)).length > 0) return;
    throw gone(this.#engine, place.position + 1, position + 1);
  }

  /** Before an image is stored: one of a history that the journal has lost would be the beginning of every new node. @throws DatabaseError `JOURNAL_DIVERGED`. */
  async requireStanding(place: FramePlace): Promise<void> {
    const position = await this.#engine.head();
    if (position < place.position) throw this.shortened(place.position, position);
    if (place.position > 0) await this.#isFrameThere(place);
  }

  /** @returns false where the frame is not kept. @throws DatabaseError `JOURNAL_DIVERGED` for another frame in its place. */
  async #isFrameThere({ position, chain }: FramePlace): Promise<boolean> {
    const found = await this.#frames.placeAt(position);
    if (found === undefined) return false;
    if (!isSameChain(found.chain, chain)) throw diverged(this.#engine, position, 'another frame stands there');
    return true;
  }

  /** The journal ends before a frame that is applied here. */
  shortened(position: number, head: number): DatabaseError {
    return diverged(this.#engine, position, `the journal ends at frame ${head}, and lost what this node has applied`);
  }

  /** The frame that the copy ends with is not kept: then an image covers it, and the next frame, if any, names its chain. */
  async #requireCovered({ position, chain }: FramePlace): Promise<void> {
    const image = await this.#engine.newestImage();
    if (image === undefined || image.position < position)
      throw diverged(this.#engine, position, 'there is no such frame any more');
    if (image.position === position && image.chain !== toHex(chain))
      throw diverged(this.#engine, position, 'the image of that frame is of another history');
  }
}
