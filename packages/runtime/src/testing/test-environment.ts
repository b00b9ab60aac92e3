/** Clock, ids and random numbers of a test's database: all of them the same in every run. */
import type { Environment, IdSource } from '../collection/writing/environment.js';
import { idTimeOf, LAST_ID_MS } from '../collection/writing/id-time.js';
import { UlidGenerator } from '../collection/writing/ulid-generator.js';
import { uuidText } from '../collection/writing/uuid-generator.js';
import type { SeededRandom } from './seeded-random.js';
import { TestClock } from './test-clock.js';

const RANDOM_BYTES = 10;
const LAST_COUNTER = 0xfff;

export class TestEnvironment implements Environment {
  readonly clock: TestClock;
  readonly ids: IdSource;
  readonly #ulids: UlidGenerator;
  readonly #random: SeededRandom;
  #lastMs = -1;
  #counter = 0;

  constructor(clock: TestClock, random: SeededRandom) {
    this.clock = clock;
    this.#random = random;
    this.#ulids = new UlidGenerator(
      () => clock.now(),
      (bytes) => this.#fill(bytes),
    );
    this.ids = { uuid: () => this.#nextUuid(), ulid: () => this.#ulids.next(), goOnAfter: () => undefined };
  }

  random(): number {
    return this.#random.next();
  }

  /** Another one that goes on from here on its own: it gives the ids that this one would have given. */
  fork(): TestEnvironment {
    const forked = new TestEnvironment(new TestClock(this.clock.now()), this.#random.copy());
    forked.#lastMs = this.#lastMs;
    forked.#counter = this.#counter;
    forked.#ulids.place = this.#ulids.place;
    return forked;
  }

  /** As UuidGenerator, but that a millisecond counts from 0: the clock stands still most of the time. */
  #nextUuid(): string {
    const nowMs = idTimeOf(this.clock.now());
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = 0;
    } else if (++this.#counter > LAST_COUNTER) {
      this.#counter = 0;
      this.#lastMs = Math.min(this.#lastMs + 1, LAST_ID_MS);
    }
    return uuidText(this.#lastMs, this.#counter, this.#fill(new Uint8Array(RANDOM_BYTES)));
  }

  #fill(bytes: Uint8Array): Uint8Array {
    for (let index = 0; index < bytes.length; index++) bytes[index] = this.#random.between(0, 255);
    return bytes;
  }
}
