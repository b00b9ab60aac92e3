/**
 * The bytes of a blob as the engine keeps them. Every version reads them for ever.
 *
 *   blob := part*                    numbered from 0; none for an empty blob
 *   part := crc32 u32, bytes         little-endian; of the bytes, begun with the number of the part; 256 KiB but for the last
 */
import { crc32 } from 'node:zlib';
import { cutParts } from '../engine/cut-parts.js';

export const PART_BYTES = 256 * 1024;
const HEAD_BYTES = 4;

export function partCount(size: number): number {
  return Math.ceil(size / PART_BYTES);
}

function encodePart(part: number, bytes: Uint8Array): Uint8Array {
  const stored = new Uint8Array(HEAD_BYTES + bytes.length);
  new DataView(stored.buffer).setUint32(0, crc32(bytes, part), true);
  stored.set(bytes, HEAD_BYTES);
  return stored;
}

/** @param size of the blob. @returns its bytes; a text says what is wrong with them. */
export function decodePart(part: number, stored: Uint8Array, size: number): Uint8Array | string {
  const expected = Math.min(PART_BYTES, size - part * PART_BYTES);
  const found = stored.length - HEAD_BYTES;
  if (found !== expected) return `part ${part} has ${found} bytes, expected ${expected}`;
  const bytes = stored.subarray(HEAD_BYTES);
  const checksum = new DataView(stored.buffer, stored.byteOffset).getUint32(0, true);
  return crc32(bytes, part) === checksum ? bytes : `the checksum of part ${part} does not fit`;
}

/** The bytes of a blob, in pieces of any length, as its parts are stored, numbered. Memory: one part. */
export async function* encodedParts(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly [number, Uint8Array], void> {
  let number = 0;
  for await (const bytes of cutParts(pieces, PART_BYTES)) {
    yield [number, encodePart(number, bytes)];
    number++;
  }
}
