/**
 * Reads one message. Each length is checked against what is left and against its limit before anything is allocated; what
 * does not fit is a `PROTOCOL_VIOLATION`.
 */
import { protocolViolation } from './protocol-violation.js';

/** `fatal`: a text that is no UTF-8 is malformed, not mended. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const VARINT_BYTES = 8;
/** Texts up to this length are looked at by byte: most are keys and names in ASCII, faster read than by the decoder. */
const SHORT_TEXT_BYTES = 32;
/** One list of units for each length, written anew by each text. */
const SHORT_UNITS: readonly number[][] = Array.from({ length: SHORT_TEXT_BYTES + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

export class MessageReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get remaining(): number {
    return this.#data.length - this.#position;
  }

  u8(): number {
    this.#require(1);
    return this.#data[this.#position++]!;
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw protocolViolation(`expected a flag of 0 or 1, found ${value}`);
    return value === 1;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < VARINT_BYTES; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw protocolViolation('found a number beyond 2^53 - 1');
        if (byte === 0 && count > 0) throw protocolViolation('found a number that is written longer than it needs');
        return value;
      }
      factor *= 0x80;
    }
    throw protocolViolation(`found a number of more than ${VARINT_BYTES} bytes`);
  }

  f64(): number {
    this.#require(8);
    const value = this.#view.getFloat64(this.#position, true);
    this.#position += 8;
    return value;
  }

  /** A view of the message, not a copy. */
  raw(byteCount: number): Uint8Array {
    this.#require(byteCount);
    this.#position += byteCount;
    return this.#data.subarray(this.#position - byteCount, this.#position);
  }

  bytes(maxBytes: number): Uint8Array {
    const byteCount = this.varint();
    if (byteCount > maxBytes) throw protocolViolation(`expected at most ${maxBytes} bytes, found ${byteCount}`);
    return this.raw(byteCount);
  }

  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    const short = bytes.length > SHORT_TEXT_BYTES ? undefined : asciiText(bytes);
    if (short !== undefined) return short;
    try {
      return UTF8.decode(bytes);
    } catch {
      // The decoder's own error says no more than this.
      throw protocolViolation('found a text that is not UTF-8');
    }
  }

  /** A count of things of at least `leastBytes` each, so that a lying count allocates nothing. */
  count(maxCount: number, leastBytes: number): number {
    const count = this.varint();
    if (count > maxCount) throw protocolViolation(`expected a count of at most ${maxCount}, found ${count}`);
    if (count * leastBytes > this.remaining)
      throw protocolViolation(`found a count of ${count}, but only ${this.remaining} bytes are left`);
    return count;
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` when something is left. */
  requireEnd(): void {
    if (this.remaining > 0)
      throw protocolViolation(`expected the end of the message, found ${this.remaining} more bytes`);
  }

  #require(byteCount: number): void {
    if (byteCount > this.remaining)
      throw protocolViolation(`expected ${byteCount} more bytes, found ${this.remaining}`);
  }
}

/** @returns undefined when it is not all ASCII. */
function asciiText(bytes: Uint8Array): string | undefined {
  const { length } = bytes;
  const units = SHORT_UNITS[length]!;
  for (let index = 0; index < length; index++) {
    const unit = bytes[index]!;
    if (unit > 0x7f) return undefined;
    units[index] = unit;
  }
  return String.fromCharCode.apply(undefined, units);
}
