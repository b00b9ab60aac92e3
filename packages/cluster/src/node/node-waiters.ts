/** Callers that wait for a node to come to a place. */
import type { DatabaseError } from '@nuthatch/model';
import { SeqWaiters } from '@nuthatch/runtime/cluster';
import type { FramePlace } from './frame-place.js';

export class NodeWaiters {
  /** For a seq to be settled. */
  readonly settled = new SeqWaiters();
  /** For what was pending when they asked. */
  readonly flushing = new SeqWaiters();
  /** For a position. */
  readonly placed = new SeqWaiters();
  /** For room. */
  readonly draining = new SeqWaiters();

  /** Whether anybody would go on if everything up to a place were applied. */
  areServedBy({ seq, position }: FramePlace): boolean {
    return this.settled.isAwaited(seq) || this.placed.isAwaited(position);
  }

  /** Everything up to a place is applied. */
  wake({ seq, position }: FramePlace, hasRoom: boolean): void {
    this.settled.wake(seq);
    this.flushing.wake(seq);
    this.placed.wake(position);
    if (hasRoom) this.draining.wake(0);
  }

  reject(error: DatabaseError): void {
    for (const waiters of [this.settled, this.flushing, this.placed, this.draining]) waiters.reject(error);
  }
}
