/**
 * ULIDs (github.com/ulid/spec): 48 bits of epoch milliseconds, then 80 bits that are random in a new millisecond and one
 * more than before within the same one; 26 digits of Crockford's base 32, upper case. So ids sort as text, by time and
 * within a millisecond in the order in which they were made.
 *
 *   ulid := time, 10 digits; high, 8 digits; low, 8 digits        high and low are the 80 bits in halves
 *
 * Where the specification lets a generator fail, this one goes on: when the 80 bits are used up, it borrows from the next
 * millisecond; while the clock stands still or is behind, it counts on from the last id.
 */
import { randomFillSync } from 'node:crypto';
import { idTimeOf, LAST_ID_MS } from './id-time.js';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PAIRS = Array.from({ length: 1024 }, (_, pair) => DIGITS[pair >>> 5]! + DIGITS[pair & 31]!);
const HALF = 2 ** 40;
const QUARTER = 2 ** 20;
const RANDOM_BYTES = 10;

/** The place of a generator in its order of ids, to go on from. */
export interface UlidPlace {
  readonly lastMs: number;
  readonly high: number;
  readonly low: number;
}

export class UlidGenerator {
  readonly #clock: () => number;
  readonly #fill: (bytes: Uint8Array) => unknown;
  readonly #bytes = new Uint8Array(RANDOM_BYTES);
  #lastMs = -1;
  #high = 0;
  #low = 0;
  /** Text of time and high half: it stays the same from one id to the next within a millisecond. */
  #head = '';

  /** @param fill writes random bytes; left out: those of node:crypto. */
  constructor(clock: () => number = () => Date.now(), fill: (bytes: Uint8Array) => unknown = randomFillSync) {
    this.#clock = clock;
    this.#fill = fill;
  }

  /** A new id, greater as text than each earlier one of this generator. About 0.3 µs, 1 µs the first in a millisecond. */
  next(): string {
    const nowMs = idTimeOf(this.#clock());
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#fill(this.#bytes);
      this.#high = numberAt(this.#bytes, 0);
      this.#low = numberAt(this.#bytes, 5);
      this.#setHead();
    } else if (++this.#low === HALF) {
      this.#low = 0;
      this.#carry();
    }
    return this.#head + eightDigits(this.#low);
  }

  /** Later ids are of a later time than this, whatever the clock says. */
  goOnAfter(timeMs: number): void {
    const lastMs = idTimeOf(timeMs);
    if (lastMs < this.#lastMs || lastMs === LAST_ID_MS) return;
    this.place = { lastMs, high: HALF - 1, low: HALF - 1 };
  }

  get place(): UlidPlace {
    return { lastMs: this.#lastMs, high: this.#high, low: this.#low };
  }

  set place({ lastMs, high, low }: UlidPlace) {
    this.#lastMs = lastMs;
    this.#high = high;
    this.#low = low;
    this.#setHead();
  }

  #carry(): void {
    if (++this.#high === HALF) {
      this.#high = 0;
      // In the last millisecond of all ids begin again, and an insert refuses those that are taken.
      this.#lastMs = Math.min(this.#lastMs + 1, LAST_ID_MS);
    }
    this.#setHead();
  }

  #setHead(): void {
    this.#head = ulidTime(Math.max(0, this.#lastMs)) + eightDigits(this.#high);
  }
}

/** The text of one id. @param random 10 bytes. */
export function ulidText(timeMs: number, random: Uint8Array): string {
  return ulidTime(timeMs) + eightDigits(numberAt(random, 0)) + eightDigits(numberAt(random, 5));
}

/** Ten digits: the first holds three bits, so that no ULID begins with 8 or more. */
function ulidTime(timeMs: number): string {
  const high = Math.floor(timeMs / QUARTER);
  return PAIRS[high >>> 20]! + fourDigits(high & (QUARTER - 1)) + fourDigits(timeMs % QUARTER);
}

function eightDigits(value: number): string {
  return fourDigits(Math.floor(value / QUARTER)) + fourDigits(value % QUARTER);
}

function fourDigits(value: number): string {
  return PAIRS[value >>> 10]! + PAIRS[value & 1023]!;
}

/** Five bytes as one number, big-endian. */
function numberAt(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let index = from; index < from + 5; index++) value = value * 256 + bytes[index]!;
  return value;
}
