/**
 * The bytes of a blob as the engine keeps them. Every version reads them for ever.
 *
 *   blob := part*                    numbered from 0; none for an empty blob
 *   part := crc32 u32, bytes         little-endian; of the bytes, begun with the number of the part; 256 KiB but for the last
 */
import { crc32 } from 'node:zlib';

export const PART_BYTES = 256 * 1024;
const HEAD_BYTES = 4;

export function partCount(size: number): number {
  return Math.ceil(size / PART_BYTES);
}

export function encodePart(part: number, bytes: Uint8Array): Uint8Array {
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
  const due = new DataView(stored.buffer, stored.byteOffset).getUint32(0, true);
  return crc32(bytes, part) === due ? bytes : `the checksum of part ${part} does not fit`;
}

/** Pieces of any length as parts of one length, numbered. */
export async function* partsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly [number, Uint8Array], void> {
  let part = new Uint8Array(PART_BYTES);
  let length = 0;
  let number = 0;
  for await (const piece of pieces)
    for (let done = 0; done < piece.length; ) {
      const count = Math.min(PART_BYTES - length, piece.length - done);
      part.set(piece.subarray(done, done + count), length);
      length += count;
      done += count;
      if (length < PART_BYTES) continue;
      yield [number++, part];
      part = new Uint8Array(PART_BYTES);
      length = 0;
    }
  if (length > 0) yield [number, part.subarray(0, length)];
}
