/** How much may wait for the engine: from one limit on loops are to wait, from another on writes are refused. */
import { DatabaseError } from '@nuthatch/model';
import type { WaitingPart } from './waiting-part.js';

/** Writes are refused when this many times `maxPendingBytes` wait. */
const MAX_PENDING = 16;

export class PendingRoom {
  readonly #waiting: WaitingPart;
  readonly #maxPendingBytes: number;

  constructor(waiting: WaitingPart, maxPendingBytes: number) {
    this.#waiting = waiting;
    this.#maxPendingBytes = maxPendingBytes;
  }

  /** Whether loops that write may go on. */
  get isThere(): boolean {
    return this.#waiting.drafts.byteCount <= this.#maxPendingBytes;
  }

  /** @throws DatabaseError `TOO_MUCH_PENDING`. */
  require(): void {
    const pendingBytes = this.#waiting.drafts.byteCount;
    const mostBytes = MAX_PENDING * this.#maxPendingBytes;
    if (pendingBytes <= mostBytes) return;
    const what = `${pendingBytes} bytes wait for the engine; the limit is ${mostBytes} (${MAX_PENDING} times \`maxPendingBytes\`)`;
    throw new DatabaseError('TOO_MUCH_PENDING', what, { pendingBytes, mostBytes });
  }
}
