/** Writes one message: the primitives of sync-protocol.md, "Encoding". Grows by doubling; one writer per message. */

import { protocolViolation } from './protocol-violation.js';

const INITIAL_BYTES = 256;
const UTF8 = new TextEncoder();
/** Texts up to this length are looked at by unit: most are keys and names in ASCII. One byte holds their length. */
const SHORT_TEXT_UNITS = 64;

export class MessageWriter {
  #data = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#data.buffer);
  #length = 0;

  u8(value: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  /** @param value a whole number from 0 to 2^53 - 1. @throws DatabaseError `PROTOCOL_VIOLATION` for any other value. */
  varint(value: number): void {
    // Without end for Infinity, another number for one below 0: nothing like it may leave.
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw protocolViolation(`${value} is not a number to send`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#data[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#data[this.#length++] = rest;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** The bytes alone, without their count. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  text(value: string): void {
    if (value.length > SHORT_TEXT_UNITS || !this.#shortText(value)) this.bytes(UTF8.encode(value));
  }

  /** @returns false, and nothing is written, when it is not all ASCII. */
  #shortText(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 1);
    const data = this.#data;
    const start = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      data[start + index] = unit;
    }
    data[this.#length] = length;
    this.#length = start + length;
    return true;
  }

  /** The message written so far, as a copy of its own. */
  finish(): Uint8Array {
    return this.#data.slice(0, this.#length);
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#data.length) return;
    const data = new Uint8Array(Math.max(needed, this.#data.length * 2));
    data.set(this.#data.subarray(0, this.#length));
    this.#data = data;
    this.#view = new DataView(data.buffer);
  }
}
