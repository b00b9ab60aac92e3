/** What the testing helper accepts and refuses; checked by the compiler, never run. */
import type { Frozen } from '@nuthatch/runtime';
import { arbitrary, arbitraryMany } from '@nuthatch/runtime/fast-check';
import { createTestDatabase, factory, fork, type TestDatabase } from '@nuthatch/runtime/testing';
import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import {
  City,
  Club,
  Match,
  Membership,
  type NuthatchDatabase,
  openDatabase,
  Player,
  Session,
} from '../../../generated/index.js';

export async function databases(): Promise<void> {
  const db = await createTestDatabase(openDatabase, {
    seed: { player: [{ id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' }], sessions: [] },
    now: new Date(),
  });
  expectTypeOf(db).toEqualTypeOf<TestDatabase<NuthatchDatabase>>();
  expectTypeOf(db).toExtend<NuthatchDatabase>();
  expectTypeOf(db.fork()).toEqualTypeOf<TestDatabase<NuthatchDatabase>>();
  expectTypeOf(fork(db)).toEqualTypeOf<TestDatabase<NuthatchDatabase>>();
  db.clock.advance(5);
  using _copy = db.fork();
  // @ts-expect-error no such collection
  await createTestDatabase(openDatabase, { seed: { plyer: [] } });
  // @ts-expect-error a member of the database is no collection
  await createTestDatabase(openDatabase, { seed: { transaction: [] } });
  // @ts-expect-error a field is missing
  await createTestDatabase(openDatabase, { seed: { player: [{ id: 'p1' }] } });
  // @ts-expect-error no option
  await createTestDatabase(openDatabase, { sead: {} });
  await createTestDatabase(openDatabase, {
    seed: async (empty) => {
      await empty.club.insert({ id: 'fcb', name: 'Basel', size: 1 });
    },
  });
}

export async function factories(db: NuthatchDatabase): Promise<void> {
  const players = factory(Player, { email: (number) => `p${number}@x.io` });
  expectTypeOf(players.build()).toEqualTypeOf<Frozen<Player>>();
  expectTypeOf(players.buildMany(2)).toEqualTypeOf<Frozen<Player>[]>();
  players.build({ age: 31 });
  // @ts-expect-error no field
  players.build({ agee: 31 });
  // @ts-expect-error another type
  players.build({ age: '31' });
  await db.player.insert(players.build());
  await db.club.insertMany(factory(Club).buildMany(2));
  await db.city.insertMany(factory(City).buildMany(2));
  await db.match.insertMany(factory(Match).buildMany(2));
  await db.membership.insertMany(factory(Membership).buildMany(2));
  await db.sessions.insertMany(factory(Session).buildMany(2));
  expectTypeOf(arbitrary(Player)).toEqualTypeOf<fc.Arbitrary<Frozen<Player>>>();
  expectTypeOf(arbitraryMany(Club)).toEqualTypeOf<fc.Arbitrary<Frozen<Club>[]>>();
  arbitrary(Player, { name: fc.constant('Ann') });
  // @ts-expect-error another type
  arbitrary(Player, { name: fc.constant(5) });
}
