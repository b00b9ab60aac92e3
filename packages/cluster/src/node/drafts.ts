/** Transactions that wait for the engine: frames that are gathered, the oldest of which may be on its way. */
import { DatabaseError } from '@nuthatch/model';
import type { JournaledTransaction } from '@nuthatch/runtime/cluster';
import { FrameDraft } from './frame-draft.js';
import type { SharedModels } from './shared-models.js';

/** A frame this long is sent; the next transaction begins another. */
const FULL_FRAME_BYTES = 256 * 1024;

export class Drafts {
  readonly #maxFrameBytes: number;
  readonly #models: SharedModels;
  #drafts: FrameDraft[] = [];
  /** Nothing is added any more to the first. */
  #isFirstSent = false;

  constructor(maxFrameBytes: number, models: SharedModels) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#models = models;
  }

  get count(): number {
    return this.#drafts.length;
  }

  get byteCount(): number {
    return this.#drafts.reduce((sum, { byteCount }) => sum + byteCount, 0);
  }

  /** Encodes a transaction into the newest frame, or into another one. @throws DatabaseError `TRANSACTION_TOO_LARGE`. */
  add(transaction: JournaledTransaction): void {
    const last = this.#drafts.at(-1);
    const isOpen = last !== undefined && !(this.#isFirstSent && this.#drafts.length === 1) && !isFull(last);
    if (isOpen && this.#joins(last, transaction)) return;
    const draft = new FrameDraft();
    draft.add(transaction, this.#models, this.#maxFrameBytes);
    this.#drafts.push(draft);
  }

  /** The oldest, which is about to be sent; undefined when nothing waits. */
  send(): FrameDraft | undefined {
    this.#isFirstSent = this.#drafts.length > 0;
    return this.#drafts[0];
  }

  /** The oldest has landed. */
  shift(): FrameDraft {
    this.#isFirstSent = false;
    return this.#drafts.shift()!;
  }

  /** What waits is taken back, or will be encoded anew: other nodes may have given out the same numbers. */
  clear(): void {
    this.#drafts = [];
    this.#isFirstSent = false;
    this.#models.restart();
  }

  /** @returns false, with nothing changed, when the frame has no room for it. */
  #joins(draft: FrameDraft, transaction: JournaledTransaction): boolean {
    try {
      draft.add(transaction, this.#models, this.#maxFrameBytes - draft.byteCount);
      return true;
    } catch (error) {
      if (!DatabaseError.is(error, 'TRANSACTION_TOO_LARGE')) throw error;
      return false;
    }
  }
}

function isFull({ byteCount }: FrameDraft): boolean {
  return byteCount >= FULL_FRAME_BYTES;
}
