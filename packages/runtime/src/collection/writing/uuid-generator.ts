/**
 * UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of epoch milliseconds, then 74 bits that grow within a millisecond,
 * so that ids sort by time of creation within this process even when the clock stands still or steps back.
 */
import { randomFillSync } from 'node:crypto';
import { idTimeOf, LAST_ID_MS } from './id-time.js';

const POOL_BYTES = 4096;
const RANDOM_BYTES = 10;
const LAST_COUNTER = 0xfff;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class UuidGenerator {
  readonly #clock: () => number;
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #poolUsed = POOL_BYTES;
  #lastMs = -1;
  /** The 12 bits after the version: a counter, seeded at random in each millisecond (RFC 9562, 6.2 method 1). */
  #counter = 0;

  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock;
  }

  /** A new id, greater as text than every earlier one of this generator. About 0.5 µs. */
  next(): string {
    if (this.#poolUsed + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#poolUsed = 0;
    }
    const random = this.#pool.subarray(this.#poolUsed, this.#poolUsed + RANDOM_BYTES);
    this.#poolUsed += RANDOM_BYTES;
    const nowMs = idTimeOf(this.#clock());
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      // The top bit stays free, so that a millisecond has room for at least 2,048 ids.
      this.#counter = ((random[0]! << 8) | random[1]!) & 0x7ff;
    } else if (++this.#counter > LAST_COUNTER) {
      this.#counter = 0;
      this.#lastMs = Math.min(this.#lastMs + 1, LAST_ID_MS);
    }
    return uuidText(this.#lastMs, this.#counter, random);
  }

  /** Later ids are of a later time than this, whatever the clock says. */
  goOnAfter(timeMs: number): void {
    const lastMs = idTimeOf(timeMs);
    if (lastMs < this.#lastMs || lastMs === LAST_ID_MS) return;
    this.#lastMs = lastMs;
    this.#counter = LAST_COUNTER;
  }
}

/**
 * The text of one id.
 *
 * @param counter 12 bits.
 * @param random 10 bytes, of which those from the third on count.
 */
export function uuidText(timeMs: number, counter: number, random: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = HEX[(random[2]! & 0x3f) | 0x80]!;
  let tail = '';
  for (let index = 4; index < RANDOM_BYTES; index++) tail += HEX[random[index]!]!;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${HEX[random[3]!]!}-${tail}`;
}
