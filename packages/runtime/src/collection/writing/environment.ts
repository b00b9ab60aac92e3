/** What a database takes from outside of its data: the time, new ids, random numbers. Tests give it their own. */
import { type Clock, DATE_CLOCK } from '../../time/clock.js';
import { UlidGenerator } from './ulid-generator.js';
import { UuidGenerator } from './uuid-generator.js';

export interface Environment {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

/** Ids that an insert leaves out, but those of a sequence, which each collection counts itself. */
export interface IdSource {
  /** A UUID version 7, greater than each one before. */
  uuid(): string;
  /** A ULID, greater than each one before. */
  ulid(): string;
  /**
   * Later ids are of a later time than this. A directory has ids up to its last transaction's time, and the clock may have
   * been set back since.
   */
  goOnAfter(timeMs: number): void;
}

class RealIds implements IdSource {
  readonly #uuids = new UuidGenerator();
  readonly #ulids = new UlidGenerator();

  uuid(): string {
    return this.#uuids.next();
  }

  ulid(): string {
    return this.#ulids.next();
  }

  goOnAfter(timeMs: number): void {
    this.#uuids.goOnAfter(timeMs);
    this.#ulids.goOnAfter(timeMs);
  }
}

/** One source of ids for the process: its ids rise across databases. */
export const REAL_ENVIRONMENT: Environment = {
  clock: DATE_CLOCK,
  ids: new RealIds(),
  random: () => Math.random(),
};
