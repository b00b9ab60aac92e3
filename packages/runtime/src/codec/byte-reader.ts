/**
 * Reads what byte-writer.ts wrote, from a stretch of a buffer that may be anything at all.
 *
 * Every read is checked against the end before anything is allocated, so that damaged lengths cost nothing: a value
 * never takes more memory than the bytes that remain. Nothing returned refers to the buffer afterwards.
 */
import { endianness } from 'node:os';
import { DatabaseError } from '@nuthatch/model';
import { MAX_NESTED_LEVELS } from '../document/frozen-any-value.js';
import { type FrozenDate, frozenDateOf } from '../document/frozen-values.js';
import { asFastBuffer, type FastBuffer } from './fast-buffer.js';
import { SHARED_TEXTS } from './shared-texts.js';
import { isStorableCount, isStorableLength } from './storable.js';
import { SHORT_STRING_CHARACTERS } from './value-format.js';

/** Journals are little-endian on every machine. */
const IS_BIG_ENDIAN = endianness() === 'BE';

export class ByteReader {
  readonly #buffer: FastBuffer;
  readonly #view: DataView;
  #position: number;
  #end: number;
  #keyText = '';
  #level = 0;

  /** Reads `data` from `start` up to, not including, `end`. No copy. */
  constructor(data: Uint8Array, start: number = 0, end: number = data.length) {
    this.#buffer = asFastBuffer(data);
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#position = start;
    this.#end = Math.min(end, data.length);
  }

  /** The bytes that were read, without a copy. */
  get data(): Uint8Array {
    return this.#buffer;
  }

  /** Offset in the data of the next byte to be read. */
  get position(): number {
    return this.#position;
  }

  /** Length of the data. */
  get byteCount(): number {
    return this.#buffer.length;
  }

  /** Where the stretch ends that is read. */
  get end(): number {
    return this.#end;
  }

  /** Bytes left before the end. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Goes to another stretch of the same data, to read many documents with one reader. O(1). */
  seek(start: number, end: number): void {
    this.#position = start;
    this.#end = Math.min(end, this.#buffer.length);
  }

  /**
   * Reads a value that may contain more of its kind.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` when that is nested deeper than any writer nests it.
   */
  within<T>(read: () => T): T {
    if (this.#level >= MAX_NESTED_LEVELS) this.#refuseForm(`values nested more than ${MAX_NESTED_LEVELS} levels deep`);
    this.#level++;
    try {
      return read();
    } finally {
      this.#level--;
    }
  }

  /** One byte. */
  byte(): number {
    if (this.#position >= this.#end) this.#refuse('a byte', 1);
    return this.#buffer[this.#position++]!;
  }

  /** Unsigned integer up to 2^53 - 1. */
  varint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 128;
    for (;;) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) break;
      scale *= 128;
      if (scale > 0x2_0000_0000_0000) this.#refuseForm('an integer of more than 8 bytes');
    }
    if (!isStorableCount(value)) this.#refuseForm('an integer above 2^53 - 1');
    return value;
  }

  /**
   * A varint that counts elements still to be read: refused when the rest could not hold them.
   *
   * @param elementBytes the least bytes one element takes; 0 for objects without fields.
   */
  count(elementBytes: number = 1): number {
    const count = this.varint();
    if (count * elementBytes > this.remaining) this.#refuse(`${count} elements`, count * elementBytes);
    if (!isStorableLength(count, elementBytes)) this.#refuseForm(`${count} elements without bytes`);
    return count;
  }

  /** Any number. */
  number(): number {
    const coded = this.varint();
    if (coded % 2 === 1) return this.float64();
    const zigzag = coded / 2;
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** A string. */
  string(): string {
    const header = this.varint();
    const isWide = header % 2 === 1;
    const byteCount = isWide ? (header - 1) / 2 : header / 2;
    const start = this.#take('a string', byteCount);
    if (isWide) {
      if (byteCount % 2 === 1) this.#refuseForm('UTF-16 text of an odd byte count');
      return this.#buffer.ucs2Slice(start, start + byteCount);
    }
    if (byteCount > SHORT_STRING_CHARACTERS) return this.#buffer.utf8Slice(start, start + byteCount);
    if (byteCount === 0) return '';
    const codes = SHORT_CODES[byteCount]!;
    const buffer = this.#buffer;
    for (let index = 0; index < byteCount; index++) {
      const code = buffer[start + index]!;
      if (code > 0x7f) return buffer.utf8Slice(start, start + byteCount);
      codes[index] = code;
    }
    return String.fromCharCode.apply(undefined, codes);
  }

  /** A document's key is read now, as a string: its own id, a moment later, is mostly the same text. */
  noteKey(key: string): void {
    this.#keyText = key;
  }

  /** A string that is mostly the key noted last: then that very text, not another in memory. */
  keyText(): string {
    return this.#isShortText(this.#keyText) ? this.#passShortText(this.#keyText) : this.string();
  }

  /** A string that many documents have: one text in memory for most of them. See shared-texts.ts. */
  sharedText(): string {
    const buffer = this.#buffer;
    const start = this.#position + 1;
    const header = buffer[start - 1]!;
    const end = start + (header >>> 1);
    if (header % 2 === 1 || header > SHORT_STRING_CHARACTERS * 2 || end > this.#end) return this.string();
    let hash = header;
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ buffer[index]!, FNV_PRIME);
    const place = SHARED_TEXTS.placeOf(hash);
    const newer = SHARED_TEXTS.at(place);
    if (this.#isShortText(newer)) return this.#passShortText(newer);
    const elder = SHARED_TEXTS.at(place + 1);
    if (this.#isShortText(elder)) return this.#passShortText(elder);
    const text = this.string();
    SHARED_TEXTS.keep(hash, text);
    return text;
  }

  /** Whether what comes next is the text, of ASCII and no more than 32 units. */
  #isShortText(text: string): boolean {
    const { length } = text;
    const buffer = this.#buffer;
    const start = this.#position + 1;
    if (buffer[start - 1] !== length * 2 || length > SHORT_STRING_CHARACTERS || start + length > this.#end)
      return false;
    for (let index = 0; index < length; index++) {
      const code = buffer[start + index]!;
      if (code !== text.charCodeAt(index) || code > 0x7f) return false;
    }
    return true;
  }

  #passShortText(text: string): string {
    this.#position += 1 + text.length;
    return text;
  }

  /** 0 or 1. */
  boolean(): boolean {
    const value = this.byte();
    if (value > 1) this.#refuseForm(`boolean ${value}`);
    return value === 1;
  }

  /** A bigint of any size. */
  bigint(): bigint {
    const header = this.varint();
    const isNegative = header % 2 === 1;
    const byteCount = isNegative ? (header - 1) / 2 : header / 2;
    if (byteCount === 0) return 0n;
    const start = this.#take('a bigint', byteCount);
    const magnitude = BigInt(`0x${this.#buffer.toString('hex', start, start + byteCount)}`);
    return isNegative ? -magnitude : magnitude;
  }

  /** Passes over a string, refusing what `string` refuses. */
  passString(): void {
    const header = this.varint();
    const isWide = header % 2 === 1;
    const byteCount = isWide ? (header - 1) / 2 : header / 2;
    this.#take('a string', byteCount);
    if (isWide && byteCount % 2 === 1) this.#refuseForm('UTF-16 text of an odd byte count');
  }

  /** `textHash` of the text that comes next, which is not passed over; -1 when it has none. O(length). */
  nextTextHash(): number {
    const buffer = this.#buffer;
    const start = this.#position + 1;
    const header = buffer[start - 1]!;
    const end = start + (header >>> 1);
    if (header % 2 === 1 || header > MAX_HASHED_CHARACTERS * 2 || end > this.#end) return -1;
    let hash = header >>> 1;
    let index = start;
    for (; index + 4 <= end; index += 4) {
      const word = this.#view.getInt32(index, true);
      if ((word & NOT_ASCII) !== 0) return -1;
      hash = Math.imul(hash ^ word, HASH_PRIME);
      hash ^= hash >>> 15;
    }
    for (; index < end; index++) {
      const code = buffer[index]!;
      if (code > 0x7f) return -1;
      hash = Math.imul(hash ^ code, HASH_PRIME);
    }
    return mixed(hash);
  }

  /** Whether what comes next is this text, of no more than 63 units of ASCII. */
  isNextText(text: string): boolean {
    const { length } = text;
    const buffer = this.#buffer;
    const start = this.#position + 1;
    if (buffer[start - 1] !== length * 2 || start + length > this.#end) return false;
    for (let index = 0; index < length; index++) if (buffer[start + index] !== text.charCodeAt(index)) return false;
    return true;
  }

  /** Whether the text that comes next is above the one at a position; both have a `textHash`. O(length). */
  isNextTextAbove(position: number): boolean {
    const buffer = this.#buffer;
    const next = this.#position;
    const [length, otherLength] = [buffer[next]!, buffer[position]!];
    const common = Math.min(length, otherLength) >>> 1;
    for (let index = 1; index <= common; index++) {
      const difference = buffer[next + index]! - buffer[position + index]!;
      if (difference !== 0) return difference > 0;
    }
    return length > otherLength;
  }

  /** Passes over a bigint, refusing what `bigint` refuses. */
  passBigint(): void {
    const header = this.varint();
    this.#take('a bigint', header % 2 === 1 ? (header - 1) / 2 : header / 2);
  }

  /** A date no one can change. */
  date(): FrozenDate {
    return frozenDateOf(this.number());
  }

  /** A copy of the bytes. */
  bytes(): Uint8Array {
    const byteCount = this.varint();
    const start = this.#take('bytes', byteCount);
    const copy = new Uint8Array(byteCount);
    copy.set(this.#buffer.subarray(start, start + byteCount));
    return copy;
  }

  /** A copy of the numbers. */
  floats(): Float32Array {
    const count = this.count(4);
    const start = this.#take('numbers', count * 4);
    const floats = new Float32Array(count);
    new Uint8Array(floats.buffer).set(this.#buffer.subarray(start, start + count * 4));
    if (IS_BIG_ENDIAN) Buffer.from(floats.buffer).swap32();
    return floats;
  }

  /** 4 bytes, unsigned. */
  uint32(): number {
    return this.#view.getUint32(this.#take('a number', 4), true);
  }

  /** 8 bytes, unsigned, up to 2^53 - 1. */
  uint64(): number {
    const start = this.#take('a number', 8);
    const value = this.#view.getUint32(start, true) + this.#view.getUint32(start + 4, true) * 0x1_0000_0000;
    if (!isStorableCount(value)) this.#refuseForm('an integer above 2^53 - 1');
    return value;
  }

  /** 8 bytes, IEEE 754. */
  float64(): number {
    return this.#view.getFloat64(this.#take('a number', 8), true);
  }

  /** Passes over `byteCount` bytes and returns where they begin. */
  skip(byteCount: number): number {
    return this.#take('a value', byteCount);
  }

  /** A view of the next `byteCount` bytes, which are passed over. The only result that shares the buffer. */
  skipped(byteCount: number): Uint8Array {
    const start = this.#take('a value', byteCount);
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset + start, byteCount);
  }

  #take(what: string, byteCount: number): number {
    const start = this.#position;
    if (byteCount > this.#end - start) this.#refuse(what, byteCount);
    this.#position = start + byteCount;
    return start;
  }

  #refuse(what: string, needBytes: number): never {
    const facts = { offset: this.#position, needBytes, remainingBytes: this.remaining };
    throw new DatabaseError(
      'JOURNAL_DAMAGED',
      `value ends after the data: ${what} at ${this.#position} needs ${needBytes} bytes, found ${this.remaining}`,
      facts,
    );
  }

  #refuseForm(what: string): never {
    throw new DatabaseError('JOURNAL_DAMAGED', `${what} before ${this.#position}`, { offset: this.#position });
  }
}

/** FNV-1a: chooses a place among shared texts, nothing more. */
const FNV_PRIME = 0x01000193;

/** Of MurmurHash3: spreads four bytes at a time. */
const HASH_PRIME = 0xcc9e2d51;
/** Bits that are set in four bytes when one of them is not ASCII. */
const NOT_ASCII = 0x80808080 | 0;

/** Longer texts have no `textHash`. */
const MAX_HASHED_CHARACTERS = 63;

/** A hash of 31 bits of an ASCII text of up to 63 units, the same for its bytes; -1 for others. O(length). */
export function textHash(text: string): number {
  const { length } = text;
  if (length > MAX_HASHED_CHARACTERS) return -1;
  let hash = length;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    const a = text.charCodeAt(index);
    const b = text.charCodeAt(index + 1);
    const c = text.charCodeAt(index + 2);
    const d = text.charCodeAt(index + 3);
    if ((a | b | c | d) > 0x7f) return -1;
    hash = Math.imul(hash ^ (a | (b << 8) | (c << 16) | (d << 24)), HASH_PRIME);
    hash ^= hash >>> 15;
  }
  for (; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return -1;
    hash = Math.imul(hash ^ code, HASH_PRIME);
  }
  return mixed(hash);
}

/** Finaliser of MurmurHash3: every bit reaches the low ones. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 1;
}

/** One array for each length of a short string: filled, handed to `fromCharCode` and used again. */
const SHORT_CODES: readonly number[][] = Array.from({ length: SHORT_STRING_CHARACTERS + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);
