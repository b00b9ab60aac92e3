/** Transactions on their way to the engine: one frame, gathered until it is sent. */
import {
  ByteWriter,
  CHAIN_BYTES,
  effectAt,
  effectCount,
  FRAME_FIELD,
  FRAME_HEADER_BYTES,
  type JournaledTransaction,
  PLAIN_CODEC,
  type StoredModel,
  writeClaimRecord,
  writeModelRecord,
  writeTransaction,
} from '@nuthatch/runtime/cluster';
import type { FramePlace } from './frame-place.js';
import type { SharedModels } from './shared-models.js';

/** What distinguishes the frames of a node. */
export interface FrameMaker {
  /** Start of the CRCs of this journal. */
  readonly crcSeed: number;
  /** Another one at each opening of each node: two nodes never make the same frame. */
  readonly epoch: number;
}

/** A record of a claim is no longer than this. */
const CLAIM_BYTES = 16;

export class FrameDraft {
  readonly #writer = new ByteWriter(16 * 1024);
  readonly transactions: JournaledTransaction[] = [];
  /** That the frame holds. */
  readonly models: StoredModel[] = [];

  constructor() {
    this.#writer.skip(FRAME_HEADER_BYTES);
  }

  get byteCount(): number {
    return this.#writer.position;
  }

  /**
   * Encodes one transaction. O(bytes).
   *
   * @throws DatabaseError `TRANSACTION_TOO_LARGE`, or what a codec throws; nothing was added then.
   */
  add(transaction: JournaledTransaction, models: SharedModels, maxFrameBytes: number): void {
    const start = this.#writer.position;
    const modelCount = this.models.length;
    // A copy: the transaction itself may be used again.
    const { timeMs, effects, origin, command } = transaction;
    try {
      for (let index = 0; index < effectCount(effects); index++) {
        const model = models.declare(effectAt(effects, index).definition);
        if (model === undefined) continue;
        this.models.push(model);
        writeModelRecord(this.#writer, model);
      }
      const left = maxFrameBytes - FRAME_HEADER_BYTES - (this.#writer.position - start);
      writeTransaction(this.#writer, transaction, models.table, left);
    } catch (error) {
      this.#writer.rewind(start);
      for (const model of this.models.splice(modelCount)) models.retract(model);
      throw error;
    }
    this.transactions.push({ timeMs, effects, ...(origin && { origin }), command });
  }

  /** Whether a claim fits as well. */
  hasRoomForClaim(maxFrameBytes: number): boolean {
    return this.byteCount + CLAIM_BYTES <= maxFrameBytes;
  }

  /**
   * The frame as it goes behind a place. Nothing may be added afterwards.
   *
   * @param claimMs how long other nodes are asked to wait for the next one; undefined: nothing is said.
   * @returns its bytes, and the place after it.
   */
  seal(behind: FramePlace, { crcSeed, epoch }: FrameMaker, timeMs: number, claimMs?: number): SealedFrame {
    if (claimMs !== undefined) writeClaimRecord(this.#writer, claimMs);
    const position = behind.position + 1;
    const bytes = PLAIN_CODEC.encode(this.#writer.finish(), {
      pageNumber: 0,
      firstSeq: behind.seq + 1,
      transactionCount: this.transactions.length,
      frameId: position,
      previousChain: behind.chain,
      syncedSeq: behind.seq,
      epoch,
      timeMs,
      crcSeed,
    }) as Uint8Array;
    return {
      bytes: bytes.slice(),
      place: { position, seq: behind.seq + this.transactions.length, chain: chainIn(bytes) },
    };
  }
}

export interface SealedFrame {
  readonly bytes: Uint8Array;
  readonly place: FramePlace;
}

function chainIn(frame: Uint8Array): Uint8Array {
  return frame.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
}
