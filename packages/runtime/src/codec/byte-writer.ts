/**
 * Appends values to one growing buffer that is used again and again: no allocation per value, none per document.
 *
 * The bytes of each value are ruled by docs/journal-format.md, section "Values", and read back by byte-reader.ts.
 * Integers of fixed width are little-endian. Writing after `finish()` overwrites nothing that is before `position`,
 * but may move the buffer: a view is good until the next write.
 */
import { endianness } from 'node:os';
import { DatabaseError } from '@nuthatch/model';
import { asFastBuffer, type FastBuffer } from './fast-buffer.js';
import { isStorableLength } from './storable.js';
import { MAX_EMPTY_ELEMENTS, SHORT_STRING_CHARACTERS, VARINT_NUMBER_LIMIT } from './value-format.js';

const DEFAULT_CAPACITY_BYTES = 1024;
/** A stretch of bytes longer than this is copied by the machine, a shorter one by a loop. */
const LONG_PART_BYTES = 256;
const SIZED_PREFIX_BYTES = 2;
/** The largest count in two groups of seven bits. */
const SIZED_PREFIX_LIMIT = 2 ** 14;
/** Journals are little-endian on every machine. */
const IS_BIG_ENDIAN = endianness() === 'BE';

export class ByteWriter {
  #buffer: FastBuffer;
  #view: DataView;
  #position = 0;

  /** @param capacityBytes first size of the buffer; it doubles whenever it is full. */
  constructor(capacityBytes: number = DEFAULT_CAPACITY_BYTES) {
    this.#buffer = allocate(Math.max(16, capacityBytes));
    this.#view = viewOf(this.#buffer);
  }

  /** Count of bytes written since the last `reset()`. */
  get position(): number {
    return this.#position;
  }

  /** Bytes the buffer holds without growing. */
  get capacityBytes(): number {
    return this.#buffer.length;
  }

  /** Forgets what was written; the buffer is kept. O(1). */
  reset(): void {
    this.#position = 0;
  }

  /** Forgets what was written from `position` on, to take back half a value. O(1). */
  rewind(position: number): void {
    this.#position = Math.min(position, this.#position);
  }

  /** View of what was written; good until the next write. O(1), no copy. */
  finish(): Uint8Array {
    // A plain Uint8Array: the `slice` of a Buffer does not copy, but a caller that keeps a piece relies on a copy.
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#position);
  }

  /**
   * Releases a buffer that has grown beyond `capacityBytes`, so that one giant document does not occupy memory from
   * then on.
   */
  shrink(capacityBytes: number): void {
    if (this.#buffer.length <= capacityBytes || this.#position > capacityBytes) return;
    this.#replaceBuffer(allocate(capacityBytes));
  }

  /** One byte, 0 to 255. */
  byte(value: number): void {
    if (this.#position === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#position++] = value;
  }

  /** Unsigned integer up to 2^53 - 1 in 7-bit groups, lowest first: 1 byte below 128, at most 8. */
  varint(value: number): void {
    if (this.#position + 8 > this.#buffer.length) this.#grow(8);
    const buffer = this.#buffer;
    let position = this.#position;
    let rest = value;
    if (rest > 0x7fffffff) {
      // Four groups at once: dividing what is no small integer is dear, and times are such numbers.
      const low = rest % 0x1000_0000;
      buffer[position++] = (low & 0x7f) | 0x80;
      buffer[position++] = ((low >>> 7) & 0x7f) | 0x80;
      buffer[position++] = ((low >>> 14) & 0x7f) | 0x80;
      buffer[position++] = (low >>> 21) | 0x80;
      rest = (rest - low) / 0x1000_0000;
    }
    while (rest > 0x7f) {
      buffer[position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[position++] = rest;
    this.#position = position;
  }

  /**
   * A varint that counts elements to come.
   *
   * @param leastBytes the least bytes that one takes.
   * @throws DatabaseError `TRANSACTION_TOO_LARGE` for more elements without bytes than a reader takes.
   */
  count(count: number, leastBytes: number): void {
    if (!isStorableLength(count, leastBytes)) {
      const what = `${count} elements that take no bytes; at most ${MAX_EMPTY_ELEMENTS} can be stored`;
      throw new DatabaseError('TRANSACTION_TOO_LARGE', what, { count, limit: MAX_EMPTY_ELEMENTS });
    }
    this.varint(count);
  }

  /** Any number: integers below 2^51 in 1 to 8 bytes, all others (fractions, -0, NaN, infinities) in 9. */
  number(value: number): void {
    if (
      Number.isInteger(value) &&
      value < VARINT_NUMBER_LIMIT &&
      value > -VARINT_NUMBER_LIMIT &&
      !Object.is(value, -0)
    ) {
      this.varint(value >= 0 ? value * 4 : value * -4 - 2);
      return;
    }
    this.byte(1);
    this.float64(value);
  }

  /** UTF-8 with its byte count before it; UTF-16 when the text is not well formed, so that it comes back unchanged. */
  string(value: string): void {
    const length = value.length;
    if (length <= SHORT_STRING_CHARACTERS) {
      if (this.#position + 1 + length > this.#buffer.length) this.#grow(1 + length);
      const buffer = this.#buffer;
      const start = this.#position + 1;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        buffer[start + index] = code;
      }
      if (index === length) {
        buffer[this.#position] = length * 2;
        this.#position = start + length;
        return;
      }
    }
    this.#longString(value);
  }

  /** One byte, 0 or 1. */
  boolean(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** Sign and byte count as one varint, then the magnitude, highest byte first. */
  bigint(value: bigint): void {
    const isNegative = value < 0n;
    const magnitude = isNegative ? -value : value;
    if (magnitude === 0n) {
      this.byte(0);
      return;
    }
    const digits = magnitude.toString(16);
    const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
    const byteCount = hex.length / 2;
    this.varint(byteCount * 2 + (isNegative ? 1 : 0));
    if (this.#position + byteCount > this.#buffer.length) this.#grow(byteCount);
    this.#buffer.write(hex, this.#position, byteCount, 'hex');
    this.#position += byteCount;
  }

  /** Epoch milliseconds as a `number`; an invalid date is NaN and comes back as one. */
  date(value: Date): void {
    this.number(value.getTime());
  }

  /** Byte count, then the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Their count, then 4 bytes each. */
  floats(value: Float32Array): void {
    this.varint(value.length);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.raw(IS_BIG_ENDIAN ? Buffer.from(bytes).swap32() : bytes);
  }

  /** The bytes as they are, with no count before them. */
  raw(value: Uint8Array): void {
    if (this.#position + value.length > this.#buffer.length) this.#grow(value.length);
    this.#buffer.set(value, this.#position);
    this.#position += value.length;
  }

  /** A stretch of bytes as it is, with no count before it. */
  rawPart(data: Uint8Array, start: number, end: number): void {
    const byteCount = end - start;
    if (this.#position + byteCount > this.#buffer.length) this.#grow(byteCount);
    // `set` takes an array of its own for each stretch; most documents are shorter than that is worth.
    if (byteCount > LONG_PART_BYTES) this.#buffer.set(data.subarray(start, end), this.#position);
    else for (let index = 0; index < byteCount; index++) this.#buffer[this.#position + index] = data[start + index]!;
    this.#position += byteCount;
  }

  /** 4 bytes, unsigned. */
  uint32(value: number): void {
    const position = this.#advance(4);
    this.#view.setUint32(position, value, true);
  }

  /** 8 bytes, unsigned, up to 2^53 - 1. */
  uint64(value: number): void {
    const position = this.#advance(8);
    this.#view.setUint32(position, value % 0x1_0000_0000, true);
    this.#view.setUint32(position + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  /** 8 bytes, IEEE 754. */
  float64(value: number): void {
    // Advance first: it may replace the view.
    const position = this.#advance(8);
    this.#view.setFloat64(position, value, true);
  }

  /** Leaves `byteCount` bytes to be filled in later and returns where they begin. */
  skip(byteCount: number): number {
    return this.#advance(byteCount);
  }

  /** Fills in 4 bytes left by `skip`. */
  uint32At(position: number, value: number): void {
    this.#view.setUint32(position, value, true);
  }

  /** Begins a stretch that gets its byte count before it; returns what `endSized` wants. */
  beginSized(): number {
    return this.#advance(SIZED_PREFIX_BYTES);
  }

  /** Ends the stretch: its byte count goes before it as a varint of at least two bytes. O(1) below 16 KiB. */
  endSized(start: number): void {
    const byteCount = this.#position - start - SIZED_PREFIX_BYTES;
    if (byteCount >= SIZED_PREFIX_LIMIT) {
      // Rare and long: write the true varint and move the stretch after it.
      const end = this.#position;
      this.varint(byteCount);
      const prefixBytes = this.#position - end;
      const prefix = Uint8Array.prototype.slice.call(this.#buffer, end, end + prefixBytes);
      this.#position = end;
      this.#advance(prefixBytes - SIZED_PREFIX_BYTES);
      this.#buffer.copyWithin(start + prefixBytes, start + SIZED_PREFIX_BYTES, end);
      this.#buffer.set(prefix, start);
      return;
    }
    this.#buffer[start] = (byteCount & 0x7f) | 0x80;
    this.#buffer[start + 1] = byteCount >>> 7;
  }

  #longString(value: string): void {
    const byteCount = Buffer.byteLength(value, 'utf8');
    if (byteCount !== value.length && !isWellFormed(value)) {
      const wideByteCount = value.length * 2;
      this.varint(wideByteCount * 2 + 1);
      const position = this.#advance(wideByteCount);
      this.#buffer.ucs2Write(value, position, wideByteCount);
      return;
    }
    this.varint(byteCount * 2);
    const position = this.#advance(byteCount);
    this.#buffer.utf8Write(value, position, byteCount);
  }

  #advance(byteCount: number): number {
    const position = this.#position;
    if (position + byteCount > this.#buffer.length) this.#grow(byteCount);
    this.#position = position + byteCount;
    return position;
  }

  #grow(needBytes: number): void {
    const leastBytes = this.#position + needBytes;
    let capacityBytes = this.#buffer.length * 2;
    while (capacityBytes < leastBytes) capacityBytes *= 2;
    let grown: FastBuffer;
    try {
      grown = allocate(capacityBytes);
    } catch (cause) {
      const what = `${leastBytes} bytes to write do not fit into memory`;
      throw new DatabaseError('TRANSACTION_TOO_LARGE', what, { needBytes: leastBytes }, { cause });
    }
    this.#replaceBuffer(grown);
  }

  #replaceBuffer(buffer: FastBuffer): void {
    this.#buffer.copy(buffer, 0, 0, this.#position);
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
  }
}

const NOT_WELL_FORMED = /[\ud800-\udfff]/u;

/** False when the text holds half a surrogate pair, which UTF-8 cannot say. O(length). */
function isWellFormed(text: string): boolean {
  return !NOT_WELL_FORMED.test(text);
}

function allocate(byteCount: number): FastBuffer {
  return asFastBuffer(Buffer.allocUnsafeSlow(byteCount));
}

function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
