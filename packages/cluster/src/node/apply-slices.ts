/**
 * How many frames of other nodes are applied in one turn of the event loop: as many as took some milliseconds lately.
 *
 * Frames are whole transactions, so a reader between two slices sees a prefix of the journal, as ever. What waits on this
 * node runs again after each slice: that is why a slice is not one frame, and why only what was applied is measured.
 */
import type { ArrivedFrame } from './arriving-frames.js';

/** One frame more may come on top, and the running again of what waits. */
const SLICE_MS = 5;
/** Before anything was measured. */
const FIRST_BYTES = 32 * 1024;
/** One slice much quicker than those before says little. */
const MOST_GROWTH = 2;

export class ApplySlices {
  #sliceBytes = FIRST_BYTES;

  /** @returns how many frames from a place in the list on; at least one. O(frames in the slice). */
  next(frames: readonly ArrivedFrame[], from: number): number {
    let byteCount = 0;
    let count = 0;
    for (let at = from; at < frames.length; at++) {
      byteCount += frames[at]!.byteCount;
      if (count > 0 && byteCount > this.#sliceBytes) break;
      count++;
    }
    return count;
  }

  /** So many milliseconds went by for a slice. */
  took(slice: readonly ArrivedFrame[], ms: number): void {
    const byteCount = slice.reduce((sum, frame) => sum + frame.byteCount, 0);
    const fitting = (byteCount * SLICE_MS) / Math.max(ms, 0.01);
    const isFull = byteCount * 2 > this.#sliceBytes;
    if (fitting < this.#sliceBytes || isFull) this.#sliceBytes = Math.min(fitting, MOST_GROWTH * this.#sliceBytes);
  }
}
