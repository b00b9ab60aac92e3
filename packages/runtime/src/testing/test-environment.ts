/** Clock, ids and random numbers of a test's database: all of them the same in every run. */
import type { Environment } from '../collection/writing/environment.js';
import { uuidText } from '../collection/writing/id-generator.js';
import type { SeededRandom } from './seeded-random.js';
import { TestClock } from './test-clock.js';

const RANDOM_BYTES = 10;
const LAST_COUNTER = 0xfff;

export class TestEnvironment implements Environment {
  readonly clock: TestClock;
  readonly ids = { next: (): string => this.#nextId() };
  readonly #random: SeededRandom;
  #lastMs = -1;
  #counter = 0;

  constructor(clock: TestClock, random: SeededRandom) {
    this.clock = clock;
    this.#random = random;
  }

  random(): number {
    return this.#random.next();
  }

  /** Another one that goes on from here on its own: it gives the ids that this one would have given. */
  fork(): TestEnvironment {
    const forked = new TestEnvironment(new TestClock(this.clock.now()), this.#random.copy());
    forked.#lastMs = this.#lastMs;
    forked.#counter = this.#counter;
    return forked;
  }

  /** As UuidGenerator, but that a millisecond counts from 0: the clock stands still most of the time. */
  #nextId(): string {
    const nowMs = Math.max(0, this.clock.now());
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = 0;
    } else if (++this.#counter > LAST_COUNTER) {
      this.#counter = 0;
      this.#lastMs++;
    }
    const bytes = Uint8Array.from({ length: RANDOM_BYTES }, () => this.#random.between(0, 255));
    return uuidText(this.#lastMs, this.#counter, bytes);
  }
}
