/**
 * Frames of other nodes that were read and not applied yet. A node that has transactions of its own waiting takes them
 * back and runs them again around each applying: so it gathers what comes first.
 */
import type { ApplySlices } from './apply-slices.js';
import type { ArrivedFrame, ArrivingFrames } from './arriving-frames.js';
import type { FramePlace } from './frame-place.js';

export class Arrivals {
  readonly #source: ArrivingFrames;
  #frames: ArrivedFrame[] = [];
  #end: FramePlace;
  byteCount = 0;

  constructor(source: ArrivingFrames, start: FramePlace) {
    this.#source = source;
    this.#end = start;
  }

  /** The end of the journal as far as it was read. */
  get end(): FramePlace {
    return this.#end;
  }

  get frames(): readonly ArrivedFrame[] {
    return this.#frames;
  }

  get first(): ArrivedFrame | undefined {
    return this.#frames[0];
  }

  /** Reads what stands behind the end. @returns the new ones. @throws what `ArrivingFrames.after` throws. */
  async look(): Promise<readonly ArrivedFrame[]> {
    const found = await this.#source.after(this.#end);
    for (const frame of found) {
      this.#frames.push(frame);
      this.byteCount += frame.byteCount;
      this.#end = frame.place;
    }
    return found;
  }

  /** Lets go of the first: it is this node's own. */
  shift(): void {
    this.byteCount -= this.#frames.shift()!.byteCount;
  }

  /** The first of them, as many as are applied in one turn of the event loop; none when there are none. @param leastBytes where there are so many. */
  take(slices: ApplySlices, leastBytes: number): readonly ArrivedFrame[] {
    let count = slices.next(this.#frames, 0);
    let byteCount = 0;
    for (let at = 0; at < this.#frames.length && (at < count || byteCount < leastBytes); at++) {
      byteCount += this.#frames[at]!.byteCount;
      count = Math.max(count, at + 1);
    }
    const taken = this.#frames.splice(0, count);
    for (const { byteCount } of taken) this.byteCount -= byteCount;
    return taken;
  }

  /** A frame of this node has landed right behind the end. */
  moveTo(place: FramePlace): void {
    this.#end = place;
  }
}
