/** Writes one message: the primitives of sync-protocol.md, "Encoding". Grows by doubling; one writer per message. */

const INITIAL_BYTES = 256;
const UTF8 = new TextEncoder();

export class MessageWriter {
  #data = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#data.buffer);
  #length = 0;

  u8(value: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  /** @param value a whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
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
    this.bytes(UTF8.encode(value));
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
