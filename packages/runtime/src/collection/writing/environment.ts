/** What a database takes from outside of its data: the time, new ids, random numbers. Tests give it their own. */
import { type Clock, DATE_CLOCK } from '../../time/clock.js';
import { UuidGenerator } from './id-generator.js';

export interface Environment {
  readonly clock: Clock;
  /** UUIDs version 7, each greater than the one before. */
  readonly ids: { next(): string };
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

/** One generator for the process: its ids rise across databases. */
export const REAL_ENVIRONMENT: Environment = {
  clock: DATE_CLOCK,
  ids: new UuidGenerator(),
  random: () => Math.random(),
};
