/**
 * The running hash that ties every frame to all before it, and the checksum that is peculiar to a database.
 *
 * Frames' CRCs start from a value drawn from the database's UUID: bytes in a document that look like a frame, by chance
 * or because the sender made them so, do not pass for one.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES } from './journal-format.js';

/** Chain value before the first frame of a database. */
export function firstChain(uuid: Uint8Array): Uint8Array {
  return sha256(uuid).subarray(0, CHAIN_BYTES);
}

/** Start value of the CRCs of a database's frames: bytes 16 to 19 of SHA-256 over its UUID. */
export function frameCrcSeed(uuid: Uint8Array): number {
  return sha256(uuid).readUInt32LE(CHAIN_BYTES);
}

/** Chain value of a frame whose `previousChain` is filled in. 0.7 ns per byte, and 1.4 µs. */
export function chainOf(frame: Uint8Array): Uint8Array {
  return sha256(frame.subarray(FRAME_FIELD.previousChain)).subarray(0, CHAIN_BYTES);
}

/** CRC of a frame, over everything after the CRC itself. 0.4 ns per byte. */
export function frameCrc(frame: Uint8Array, seed: number): number {
  return crc32(frame.subarray(FRAME_FIELD.magic), seed);
}

/**
 * Chain value and CRC of a frame in a snapshot of format 2 or 3, whose `previousChain` is filled in, and for `crcOf` its chain.
 * Both go over the header and a CRC of the body, so that a body is read once: 0.15 ns per byte, where SHA-256 takes 0.7.
 */
export class ImageFrameSums {
  /** The header up to its end, then the CRC of the body. */
  readonly #bytes = new Uint8Array(FRAME_HEADER_BYTES + 4);
  readonly #seed: number;

  constructor(frame: Uint8Array, seed: number) {
    this.#seed = seed;
    this.#bytes.set(frame.subarray(0, FRAME_HEADER_BYTES));
    const bodyCrc = crc32(frame.subarray(FRAME_HEADER_BYTES), seed);
    new DataView(this.#bytes.buffer).setUint32(FRAME_HEADER_BYTES, bodyCrc, true);
  }

  chain(): Uint8Array {
    return sha256(this.#bytes.subarray(FRAME_FIELD.previousChain)).subarray(0, CHAIN_BYTES);
  }

  /** @param chain the chain value that stands in the header. */
  crcOf(chain: Uint8Array): number {
    this.#bytes.set(chain, FRAME_FIELD.chain);
    return crc32(this.#bytes.subarray(FRAME_FIELD.magic), this.#seed);
  }
}

/** The polynomial of CRC-32, its bits in reverse. */
const CRC_POLYNOMIAL = 0xedb88320;

/**
 * Chain value of a frame in a snapshot of format 2, by its header alone: the CRC in the header goes over the header and,
 * last, the four bytes of the body's CRC, so that these can be told from it. A header that was changed in any bit gives another
 * chain value than the one that stands in it. 2 µs.
 */
export function chainByHeader(header: Uint8Array, seed: number): Uint8Array {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const before = crc32(header.subarray(FRAME_FIELD.magic, FRAME_HEADER_BYTES), seed);
  let register = ~view.getUint32(FRAME_FIELD.crc32, true);
  for (let bit = 0; bit < 32; bit++) register = register < 0 ? ((register ^ CRC_POLYNOMIAL) << 1) | 1 : register << 1;
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + 4 - FRAME_FIELD.previousChain);
  bytes.set(header.subarray(FRAME_FIELD.previousChain, FRAME_HEADER_BYTES));
  new DataView(bytes.buffer).setUint32(bytes.length - 4, (register ^ ~before) >>> 0, true);
  return sha256(bytes).subarray(0, CHAIN_BYTES);
}

export function isSameChain(left: Uint8Array, right: Uint8Array): boolean {
  for (let index = 0; index < CHAIN_BYTES; index++) if (left[index] !== right[index]) return false;
  return true;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

/** In one call: 1 µs less than by way of a Hash object, which a short frame feels. */
function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
