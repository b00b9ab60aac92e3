/**
 * What other nodes write, on its way into memory: read as it comes, applied when it has to be.
 *
 * Each applying takes back what waits here and runs it again. So while something waits, frames are gathered until they
 * are several times as much, until somebody waits for them, or until this node is about to send.
 */
import { nowMs, turn } from '@nuthatch/runtime/cluster';
import { ApplySlices } from './apply-slices.js';
import type { Arrivals } from './arrivals.js';
import type { ArrivedFrame } from './arriving-frames.js';
import type { NodeWaiters } from './node-waiters.js';
import type { OwnHistory } from './own-history.js';
import type { SettledPart } from './settled-part.js';
import type { Turns } from './turns.js';
import type { WaitingPart } from './waiting-part.js';

/** What has arrived is applied when it is so many times what waits here, */
const ARRIVED_PER_WAITING = 4;
/** and when it is as long as this. */
const MOST_ARRIVED_BYTES = 4 * 1024 * 1024;
/** A node to which nothing comes looks so often whether that is because all of it is gone. */
const ASK_HEAD_MS = 5_000;

export interface FollowingParts {
  readonly arrivals: Arrivals;
  readonly history: OwnHistory;
  readonly settled: SettledPart;
  readonly waiting: WaitingPart;
  readonly waiters: NodeWaiters;
  readonly turns: Turns;
  /** Of this opening of this node. */
  readonly epoch: number;
  /** The node has failed: nothing is applied any more. */
  isOver(): boolean;
  /** After frames were applied. */
  wake(): void;
}

export class Following {
  readonly #parts: FollowingParts;
  readonly #slices = new ApplySlices();
  #askHeadMs = 0;
  /** When the engine was asked last. */
  lookedMs = 0;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
  }

  /** Reads what others wrote. @throws what `ArrivingFrames.after` throws. */
  async look(): Promise<readonly ArrivedFrame[]> {
    const { arrivals, turns, epoch } = this.#parts;
    this.lookedMs = nowMs();
    const arrived = await arrivals.look();
    const atMs = nowMs();
    for (const { epoch: writer, place, claimMs } of arrived)
      if (writer !== epoch) turns.arrived({ epoch: writer, position: place.position, claimMs }, atMs);
    return arrived;
  }

  /** At opening: reads and applies. @returns whether there was anything. @throws DatabaseError `JOURNAL_DIVERGED`. */
  async catchUp(): Promise<boolean> {
    const { arrivals, history, settled } = this.#parts;
    const arrived = await this.look();
    if (settled.head.seq < settled.ownSeq) await history.requireSame(arrivals.frames);
    await this.takeIn();
    if (arrived.length === 0) await history.requireKept(arrivals.end);
    return arrived.length > 0;
  }

  /** Reads; where nothing comes for long, asks whether that is because all of it is gone. @throws DatabaseError `CHANGES_GONE`. */
  async lookOrAsk(): Promise<void> {
    if ((await this.look()).length > 0 || nowMs() < this.#askHeadMs) return;
    await this.#parts.history.requireKept(this.#parts.arrivals.end);
    this.#askHeadMs = nowMs() + ASK_HEAD_MS;
  }

  /** Not each frame at once while transactions wait here; but nobody waits for it in vain. */
  takeInWhenDue(): void {
    const { arrivals, waiting, waiters } = this.#parts;
    const { byteCount, end } = arrivals;
    if (byteCount === 0) return;
    const isMuch = byteCount >= Math.min(MOST_ARRIVED_BYTES, ARRIVED_PER_WAITING * waiting.drafts.byteCount);
    if (isMuch || waiters.areServedBy(end)) this.takeSlice();
  }

  /** Applies all that has come, some milliseconds of it in a turn of the loop: readers see whole frames. */
  async takeIn(): Promise<void> {
    const { arrivals, isOver } = this.#parts;
    while (!isOver() && arrivals.first !== undefined) {
      this.takeSlice();
      if (arrivals.first !== undefined) await turn();
    }
  }

  /** Applies the first frames, in one turn; what waits here runs again behind them. @throws DatabaseError that ends the node. */
  takeSlice(): void {
    const { arrivals, settled, waiting, wake } = this.#parts;
    const slice = arrivals.take(this.#slices, ARRIVED_PER_WAITING * waiting.drafts.byteCount);
    const last = slice.at(-1);
    if (last === undefined) return;
    // Claims alone change nothing that waits.
    if (last.place.seq > settled.head.seq || waiting.hasLost) this.#apply(slice, last);
    const byteCount = slice.reduce((sum, frame) => sum + frame.byteCount, 0);
    settled.moveTo(last.place, last.timeMs, byteCount);
    wake();
  }

  #apply(slice: readonly ArrivedFrame[], { place }: ArrivedFrame): void {
    const { settled, waiting } = this.#parts;
    const { ownSeq } = settled;
    const beganMs = nowMs();
    for (const { models } of slice) for (const model of models) settled.knowModel(model);
    const fresh = slice.flatMap(({ transactions }) => transactions.filter(({ seq }) => seq > ownSeq));
    waiting.overtake(fresh, place.seq, () => {
      settled.keep(fresh);
      this.#slices.took(slice, nowMs() - beganMs);
    });
  }
}
