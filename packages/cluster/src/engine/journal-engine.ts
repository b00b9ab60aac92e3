/**
 * The port between a node and the engine that keeps the shared journal. Order, copies and election are the engine's
 * work; it stores bytes at positions and knows nothing of their meaning.
 *
 *   position 1, 2, 3 …    one frame at each, never changed; a frame lands only where the head is right before it
 *
 * Contract, held by `test/engine-contract.ts` for every engine:
 *   1  of several appends at one position exactly one wins, and its frame is what every later read finds
 *   2  `won` means durable: no restart and no failover that the engine claims to survive loses it
 *   3  an append that throws may have landed or not; it never lands after a later read at its position found nothing
 *      and another append took the position
 *   4  a read is a contiguous run from the position after `after` on
 */

/** One frame as the engine keeps it. */
export interface StoredFrame {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What an engine says of a journal when it is opened. */
export interface JournalPlace {
  /** Identity of the journal, 32 hexadecimal digits; the proposed one when the journal was made by this call. */
  readonly uuid: string;
  /** Position of the last frame; 0 before the first. */
  readonly head: number;
}

export interface JournalEngine {
  /** The engine and the journal in words, for messages: no credentials. */
  readonly description: string;
  /** The largest frame that the engine takes, in bytes. */
  readonly maxFrameBytes: number;
  /**
   * Connects, makes what is missing, and checks that settings lose no acknowledged write.
   *
   * @param proposedUuid of the journal, if there is none of this name.
   * @throws DatabaseError `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `FORMAT_UNSUPPORTED`.
   */
  open(proposedUuid: string): Promise<JournalPlace>;
  /**
   * Stores the frame at `position` if the head stands right before it. Anything thrown leaves the outcome unknown.
   *
   * @returns `lost` when another frame stands there.
   */
  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'>;
  /** Frames from the one after `after` on, as many as fit `limitBytes` and at least one; none at the head. */
  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]>;
  /** Position of the last frame now: no frame that was acknowledged before the call is missed. */
  head(): Promise<number>;
  /**
   * Resolves when there may be a frame after `after`, and after a while in any case; at once when the signal is aborted.
   * Never rejects.
   */
  wait(after: number, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. Idempotent; calls on their way reject. */
  close(): Promise<void>;
}
