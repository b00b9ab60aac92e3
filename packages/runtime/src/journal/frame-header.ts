/** The head of a frame. Grammar: docs/journal-format.md, "Frame". Read back by frame-reader.ts. */
import { chainOf, frameCrc, ImageFrameSums } from './chain.js';
import { FRAME_FIELD, FRAME_HEADER_BYTES, FRAME_MAGIC } from './journal-format.js';

/** The facts of a frame besides its body; most of it is known only when it is about to be written. */
export interface FramePlace {
  readonly pageNumber: number;
  readonly firstSeq: number;
  readonly transactionCount: number;
  readonly frameId: number;
  readonly previousChain: Uint8Array;
  readonly syncedSeq: number;
  readonly epoch: number;
  readonly timeMs: number;
  readonly crcSeed: number;
  /** Only of a frame in a snapshot of format 2 or 3: what its records are. */
  readonly snapshotFrame?: number | undefined;
}

/** Fills in the header of a frame whose body is complete and plain. 2.5 ns per byte. */
export function sealFrame(frame: Uint8Array, place: FramePlace): void {
  writeFrameHeader(frame, place, frame.length - FRAME_HEADER_BYTES);
  finishFrame(frame, place.crcSeed, place.snapshotFrame !== undefined);
}

/** Fills in the header but for chain value and checksum. O(1). */
export function writeFrameHeader(frame: Uint8Array, place: FramePlace, bodyBytes: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(FRAME_FIELD.magic, FRAME_MAGIC, true);
  view.setUint32(FRAME_FIELD.frameBytes, frame.length, true);
  view.setUint32(FRAME_FIELD.pageNumber, place.pageNumber, true);
  frame.set(place.previousChain, FRAME_FIELD.previousChain);
  setUint64(view, FRAME_FIELD.frameId, place.frameId);
  setUint64(view, FRAME_FIELD.firstSeq, place.firstSeq);
  setUint64(view, FRAME_FIELD.syncedSeq, place.syncedSeq);
  view.setFloat64(FRAME_FIELD.timeMs, place.timeMs, true);
  view.setUint32(FRAME_FIELD.epoch, place.epoch, true);
  view.setUint32(FRAME_FIELD.transactionCount, place.transactionCount, true);
  view.setUint32(FRAME_FIELD.bodyBytes, bodyBytes, true);
  view.setUint32(FRAME_FIELD.flags, place.snapshotFrame ?? 0, true);
}

/**
 * Fills in chain value and checksum over everything else. 2.5 ns per byte.
 *
 * @param isOfImage of a snapshot of format 2 or 3.
 */
export function finishFrame(frame: Uint8Array, crcSeed: number, isOfImage: boolean = false): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (isOfImage) {
    const sums = new ImageFrameSums(frame, crcSeed);
    const chain = sums.chain();
    frame.set(chain, FRAME_FIELD.chain);
    view.setUint32(FRAME_FIELD.crc32, sums.crcOf(chain), true);
    return;
  }
  // The chain covers all after it, the checksum all behind itself, the chain included: so it comes last in time.
  frame.set(chainOf(frame), FRAME_FIELD.chain);
  view.setUint32(FRAME_FIELD.crc32, frameCrc(frame, crcSeed), true);
}

/** Two halves: a bigint each for three numbers would be an eighth of what sealing a short frame takes. */
function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}
