/**
 * Tells a good frame from anything else: half a frame, zeros, a frame of another place, damaged bytes.
 *
 * The mirror of frame-writer.ts; grammar in docs/journal-format.md, "Frame". No I/O, no allocation before checks.
 */
import { DatabaseError } from '@nuthatch/model';
import { isStorableCount } from '../codec/storable.js';
import { chainByHeader, chainOf, frameCrc, ImageFrameSums, isSameChain } from './chain.js';
import { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES, FRAME_MAGIC, SNAPSHOT_FRAME } from './journal-format.js';

/** The header of a good frame. */
export interface FrameHeader {
  readonly frameBytes: number;
  /** Length of the body before the page's codec. */
  readonly bodyBytes: number;
  readonly pageNumber: number;
  readonly frameId: number;
  readonly firstSeq: number;
  readonly syncedSeq: number;
  readonly timeMs: number;
  readonly epoch: number;
  readonly transactionCount: number;
  /** Of a snapshot of format 2 or 3: what its records are, as in `SNAPSHOT_FRAME`; else 0. */
  readonly flags: number;
  /** Copies: they outlive the buffer. */
  readonly chain: Uint8Array;
  readonly previousChain: Uint8Array;
}

/** Where in the history a frame must stand. */
export interface ExpectedFrame {
  readonly pageNumber: number;
  /** Absent after a hole: then anything later is accepted. */
  readonly previousChain?: Uint8Array;
  readonly frameId: number;
  readonly firstSeq: number;
}

/**
 * Length of the frame that begins with `header`, or why there is none. O(1).
 *
 * @param header at least FRAME_HEADER_BYTES long.
 * @param availableBytes what is left in the file from the frame's first byte on.
 */
export function frameBytesOf(header: Uint8Array, availableBytes: number): number | string {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(FRAME_FIELD.magic, true) !== FRAME_MAGIC) {
    return header.subarray(0, FRAME_HEADER_BYTES).every((byte) => byte === 0) ? 'zeros' : 'not a frame';
  }
  const frameBytes = view.getUint32(FRAME_FIELD.frameBytes, true);
  if (frameBytes < FRAME_HEADER_BYTES)
    return `frame has a length of ${frameBytes} bytes, expected at least ${FRAME_HEADER_BYTES}`;
  if (frameBytes > availableBytes) return `frame has a length of ${frameBytes} bytes, found ${availableBytes}`;
  return frameBytes;
}

/**
 * Checks a whole frame's checksum and chain and reads its header; a text says what is wrong. O(frame length).
 *
 * @param isOfImage of a snapshot of format 2 or 3.
 * @throws DatabaseError `FORMAT_UNSUPPORTED` for flags of a later format.
 */
export function readFrameHeader(frame: Uint8Array, crcSeed: number, isOfImage: boolean = false): FrameHeader | string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const chain = frame.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
  const sums = isOfImage ? new ImageFrameSums(frame, crcSeed) : undefined;
  if (view.getUint32(FRAME_FIELD.crc32, true) !== (sums?.crcOf(chain) ?? frameCrc(frame, crcSeed)))
    return 'wrong checksum';
  if (!isSameChain(chain, sums?.chain() ?? chainOf(frame))) return 'wrong chain value';
  return headerOf(view, chain, isOfImage);
}

/**
 * As `readFrameHeader`, of a frame in a snapshot of format 2 whose body is passed over: header and place in the chain are
 * checked, the body is not. O(1).
 */
export function readPassedHeader(header: Uint8Array, crcSeed: number): FrameHeader | string {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const chain = header.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
  return isSameChain(chain, chainByHeader(header, crcSeed)) ? headerOf(view, chain, true) : 'wrong chain value';
}

/** @throws DatabaseError `FORMAT_UNSUPPORTED` for flags of a later format. */
function headerOf(view: DataView, chain: Uint8Array, isOfImage: boolean): FrameHeader | string {
  const flags = view.getUint32(FRAME_FIELD.flags, true);
  if (flags > (isOfImage ? SNAPSHOT_FRAME.end : 0))
    throw new DatabaseError('FORMAT_UNSUPPORTED', `frame with unknown flags ${flags}`, { flags });
  const firstSeq = Number(view.getBigUint64(FRAME_FIELD.firstSeq, true));
  const transactionCount = view.getUint32(FRAME_FIELD.transactionCount, true);
  if (!isStorableCount(firstSeq + transactionCount)) return `seq ${firstSeq} is out of range`;
  return {
    frameBytes: view.getUint32(FRAME_FIELD.frameBytes, true),
    bodyBytes: view.getUint32(FRAME_FIELD.bodyBytes, true),
    pageNumber: view.getUint32(FRAME_FIELD.pageNumber, true),
    frameId: Number(view.getBigUint64(FRAME_FIELD.frameId, true)),
    firstSeq,
    syncedSeq: Number(view.getBigUint64(FRAME_FIELD.syncedSeq, true)),
    timeMs: view.getFloat64(FRAME_FIELD.timeMs, true),
    epoch: view.getUint32(FRAME_FIELD.epoch, true),
    transactionCount,
    flags,
    chain,
    previousChain: previousChainOf(view),
  };
}

function previousChainOf({ buffer, byteOffset }: DataView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset + FRAME_FIELD.previousChain, CHAIN_BYTES).slice();
}

/** Why a good frame does not belong where it stands; undefined when it does. O(1). */
export function misplacement(frame: FrameHeader, expected: ExpectedFrame): string | undefined {
  if (frame.pageNumber !== expected.pageNumber)
    return `expected a frame of page ${expected.pageNumber}, found one of page ${frame.pageNumber}`;
  if (!expected.previousChain) {
    const isLater = frame.frameId >= expected.frameId && frame.firstSeq >= expected.firstSeq;
    return isLater ? undefined : `frame ${frame.frameId} is repeated`;
  }
  if (frame.frameId !== expected.frameId) return `expected frame ${expected.frameId}, found frame ${frame.frameId}`;
  if (frame.firstSeq !== expected.firstSeq) return `expected seq ${expected.firstSeq}, found seq ${frame.firstSeq}`;
  return isSameChain(frame.previousChain, expected.previousChain) ? undefined : 'frame belongs to another history';
}
