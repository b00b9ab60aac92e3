/** What ties a frame to the one before it, for engines that compare it: two fields of its header. */
import { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES, FRAME_MAGIC } from '@nuthatch/runtime/cluster';

/** Of the chain value in a frame, in bytes. */
export const CHAIN_OFFSET = FRAME_FIELD.chain;
export const CHAIN_LENGTH = CHAIN_BYTES;

/** The chain value that a frame follows; undefined: the bytes are no frame. */
export function previousChainOf(bytes: Uint8Array): Uint8Array | undefined {
  return isFrame(bytes) ? chainAt(bytes, FRAME_FIELD.previousChain) : undefined;
}

/** Whether a frame may stand behind another one, of which the header is enough. Bytes that are no frames may stand anywhere. */
export function isBehind(before: Uint8Array, bytes: Uint8Array): boolean {
  const previous = previousChainOf(bytes);
  if (previous === undefined || !isFrame(before)) return true;
  return chainAt(before, CHAIN_OFFSET).every((byte, index) => byte === previous[index]);
}

function isFrame(bytes: Uint8Array): boolean {
  if (bytes.length < FRAME_HEADER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(FRAME_FIELD.magic, true) === FRAME_MAGIC;
}

function chainAt(bytes: Uint8Array, offset: number): Uint8Array {
  return bytes.subarray(offset, offset + CHAIN_BYTES);
}
