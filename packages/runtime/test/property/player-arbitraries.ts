/** Random operations over few ids and values, so that they collide often. */
import fc from 'fast-check';
import type { Operation, PlainPlayer } from './reference-players.js';

export const IDS = Array.from({ length: 12 }, (_, index) => `p${index}`);
export const EMAILS = Array.from({ length: 10 }, (_, index) => `e${index}@x.io`);
export const CLUBS = ['fcb', 'bvb', 'scp', 'hsv'];
export const NICKS = ['nobody', 'ace', 'kid'];
const NAMES = ['Al', 'Bo', 'Cleo', 'Diana', ''];

const age = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: -2, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 121, 0.5, -0) },
);
const email = fc.constantFrom(...EMAILS);
const clubs = fc.subarray(CLUBS);
const nick = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(...NICKS) },
);
const id = fc.constantFrom(...IDS);
const name = fc.constantFrom(...NAMES);

const player: fc.Arbitrary<PlainPlayer> = fc.record({ id, email, clubs, age, name, nick });
/** Mostly a mail of one's own, so that most inserts get through. */
const likelyPlayer = fc.oneof(
  player,
  player.map((made) => ({ ...made, email: `${made.id}@own.io`, nick: undefined })),
);
const patch = fc.oneof(
  fc.record({ age }),
  fc.record({ email }),
  fc.record({ clubs, age }),
  fc.record({ nick }),
  fc.record({ name }),
  fc.constant({}),
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('insert' as const, 'upsert' as const, 'insertIfAbsent' as const),
      player: likelyPlayer,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('insertMany' as const),
      players: fc.array(likelyPlayer, { maxLength: 4 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      id,
      patch,
      ifRevision: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), id }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deleteMany' as const), age: fc.integer({ min: 8, max: 14 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('updateMany' as const), club: fc.constantFrom(...CLUBS), patch }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('swapEmails' as const), a: id, b: id }) },
);

export type Step =
  | { readonly kind: 'single'; readonly operation: Operation }
  | { readonly kind: 'transaction'; readonly operations: readonly Operation[]; readonly doesThrow: boolean }
  | { readonly kind: 'reopen' | 'compact' }
  | { readonly kind: 'compare' };

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: operation.map((made) => ({ kind: 'single' as const, operation: made })) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      operations: fc.array(operation, { minLength: 1, maxLength: 6 }),
      doesThrow: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'compare' as const }) },
);
