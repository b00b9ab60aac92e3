/** What the types of generated repositories accept and refuse; checked by the compiler, never run. */
import type { Frozen } from '@nuthatch/runtime';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { expectTypeOf } from 'expect-type';
import {
  type ClubInput,
  clubKey,
  type clubSchema,
  type NuthatchDatabase,
  type PlayerInput,
  playerKey,
  playerSchema,
} from '../../../generated/index.js';
import type { Player } from '../../../schemas/player.js';

declare const db: NuthatchDatabase;

export function keys(): void {
  expectTypeOf(db.player.get('p1')).toEqualTypeOf<Frozen<Player> | undefined>();
  db.player.get(playerKey('p1'));
  // @ts-expect-error a club's key in the place of a player's
  db.player.get(clubKey('fcb'));
  // @ts-expect-error a number in the place of a string
  db.player.get(1);
  // @ts-expect-error an id declared as Key<'Session'> takes no plain string
  db.sessions.get('s1');
  db.membership.get({ club: 'fcb', player: 'p1' });
  // @ts-expect-error a part of a composite key is missing
  db.membership.get({ club: 'fcb' });
}

export function viewed(): void {
  expectTypeOf(db.player.view('p1', ({ age }) => age)).toEqualTypeOf<number | undefined>();
  expectTypeOf(db.player.view('p1', (player) => player)).toEqualTypeOf<Frozen<Player> | undefined>();
  expectTypeOf(db.player.view(playerKey('p1'), async ({ name }) => name)).toEqualTypeOf<Promise<string> | undefined>();
  db.player.view('p1', ({ nameLength }) => nameLength);
  // @ts-expect-error a club's key in the place of a player's
  db.player.view(clubKey('fcb'), ({ age }) => age);
  // @ts-expect-error a field that the class does not have
  db.player.view('p1', ({ shoeSize }) => shoeSize);
  // @ts-expect-error what a view gives is read-only
  db.player.view('p1', (player) => (player.age = 3));
  // @ts-expect-error no function
  db.player.view('p1');
  expectTypeOf(db.clubMembers.view('fcb', ({ members }) => members)).toEqualTypeOf<number | undefined>();
  expectTypeOf(db.snapshot().player.view('p1', ({ age }) => age)).toEqualTypeOf<number | undefined>();
  // @ts-expect-error a number in the place of a string
  db.snapshot().player.view(1, ({ age }) => age);
  expectTypeOf(db.keyValue<{ of: string }>('tokens').view('t1', ({ of }) => of)).toEqualTypeOf<string | undefined>();
  void db.transaction((tx) => {
    expectTypeOf(tx.player.view('p1', ({ clubs }) => clubs)).toEqualTypeOf<readonly string[] | undefined>();
  });
}

export async function writes(): Promise<void> {
  expectTypeOf(await db.player.insert({ id: 'p1', email: 'a@b.c', age: 3, name: 'Ann' })).toEqualTypeOf<
    Frozen<Player>
  >();
  // @ts-expect-error a required field is missing
  await db.player.insert({ id: 'p1', age: 3, name: 'Ann' });
  // @ts-expect-error a field that the class does not have
  await db.player.insert({ id: 'p1', email: 'a@b.c', age: 3, name: 'Ann', shoeSize: 40 });
  await db.match.insert({ home: 'fcb', away: 'bvb', playedAt: new Date() });
  await db.player.update('p1', { nick: undefined });
  await db.player.update('p1', (player) => ({ age: player.age + 1 }), { ifRevision: 2 });
  // @ts-expect-error a key never changes
  await db.player.update('p1', { id: 'p2' });
  const player = db.player.require('p1');
  // @ts-expect-error documents are read-only
  player.age = 3;
  // @ts-expect-error at any depth
  player.clubs.push('fcb');
  await db.player.upsert({ ...player, clubs: player.clubs });
}

export async function fieldsByKind(): Promise<void> {
  db.player.sum('age');
  // @ts-expect-error a range of dates has no sum
  db.player.sum('joinedAt');
  // @ts-expect-error no range at all
  db.player.sum('name');
  await db.player.increment('p1', 'age');
  // @ts-expect-error a text
  await db.player.increment('p1', 'name');
  // @ts-expect-error the key
  await db.player.increment('p1', 'id');
  await db.player.upsertBy('email', { email: 'a@b.c', age: 3, name: 'Ann' });
  // @ts-expect-error not unique
  await db.player.upsertBy('name', { email: 'a@b.c', age: 3, name: 'Ann' });
  await db.transaction((tx) => {
    // @ts-expect-error not unique
    tx.player.upsertBy('age', { email: 'a@b.c', age: 3, name: 'Ann' });
    // @ts-expect-error a text
    tx.player.increment('p1', 'email');
  });
}

export function queries(): void {
  db.player.find({ clubs: 'fcb', age: { gte: 18, lt: 21 } });
  db.player.find({ clubs: { any: ['fcb'], none: ['scp'] } });
  // @ts-expect-error not indexed
  db.player.find({ name: 'Ann' });
  // @ts-expect-error two lower bounds
  db.player.findByAge({ gt: 1, gte: 2 });
  // @ts-expect-error two upper bounds
  db.player.findByAge({ lt: 1, lte: 2 });
  // @ts-expect-error a prefix of a number
  db.player.findByAge({ prefix: '1' });
  db.player.all().orderBy('age', 'desc').limit(3);
  // @ts-expect-error no order over an unordered field
  db.player.all().orderBy('email');
  // @ts-expect-error tags of another type
  db.player.findByClubs(3);
  expectTypeOf(db.player.findByEmail('a@b.c')).toEqualTypeOf<Frozen<Player> | undefined>();
  expectTypeOf(db.player.tags('clubs')).toMatchTypeOf<ReadonlyMap<string, number>>();
  // @ts-expect-error no tags there
  db.player.tags('age');
}

export function conditions(): void {
  db.player.find({ id: 'p1' });
  db.player.find({ id: { in: ['p1', playerKey('p2')] }, email: { not: 'a@b.c' }, nick: { absent: true } });
  db.player.find({ age: { in: [1, 2], not: { gte: 2 } }, clubs: { in: ['fcb'], none: ['bvb'] } });
  db.player.find({
    or: [{ age: 3 }, { and: [{ clubs: 'fcb' }, { not: { nick: 'ace' } }] }],
    joinedAt: { not: new Date() },
  });
  db.player.find({ joinedAt: { gte: new Date(), absent: false } });
  // @ts-expect-error a club's key
  db.player.find({ id: { in: [clubKey('fcb')] } });
  // @ts-expect-error keys have no order to ask for
  db.player.find({ id: { gte: 'p1' } });
  // @ts-expect-error a value of another type
  db.player.find({ age: { in: ['1'] } });
  // @ts-expect-error not a list
  db.player.find({ age: { in: 1 } });
  // @ts-expect-error a value of another type
  db.player.find({ age: { not: 'x' } });
  // @ts-expect-error a date where a number is due
  db.player.find({ age: { not: { gt: new Date() } } });
  // @ts-expect-error true or false
  db.player.find({ nick: { absent: 'yes' } });
  // @ts-expect-error bounds of a field without an order
  db.player.find({ nick: { gte: 'a' } });
  // @ts-expect-error the field never holds null
  db.player.find({ nick: null });
  // @ts-expect-error not indexed
  db.player.find({ or: [{ name: 'Ann' }] });
  // @ts-expect-error a list of conditions
  db.player.find({ or: { age: 3 } });
  // @ts-expect-error one condition
  db.player.find({ not: [{ age: 3 }] });
  // @ts-expect-error a bigint index is asked for a bigint
  db.club.find({ balance: { gte: 100 } });
  // @ts-expect-error a bigint index is asked for a bigint
  db.club.findByBalance({ gte: 100 });
  // @ts-expect-error a prefix beside a bound
  db.city.find({ name: { prefix: 'a', gt: 'b' } });
  // @ts-expect-error undefined is refused
  db.player.find({ age: undefined });
  const age: number | undefined = undefined;
  db.player.find({ age, clubs: { any: undefined }, or: [{ nick: undefined }] }, { ignoreUndefined: true });
  db.player.count({ age: { gte: age, lt: 3 } }, { ignoreUndefined: true });
  // @ts-expect-error of another type all the same
  db.player.find({ age: { gte: 'x' } }, { ignoreUndefined: true });
  // @ts-expect-error not in a write
  void db.player.deleteMany({ age }, { ignoreUndefined: true });
}

export function compositeConditions(): void {
  db.membership.find({ id: { club: 'fcb', player: 'p1' } });
  db.membership.find({ id: { in: [{ club: 'fcb', player: 'p1' }] } });
  db.membership.find({ id: { not: { in: [{ club: 'fcb', player: 'p1' }] } } }).orderBy('id');
  db.membership.find({ club_since: { in: [{ club: 'fcb' }, { club: 'bvb', since: { gt: new Date() } }] } });
  db.membership.find({ club_since: { not: { club: 'fcb' } } });
  // @ts-expect-error a part of the key is missing
  db.membership.find({ id: { club: 'fcb' } });
  // @ts-expect-error a list of keys
  db.membership.find({ id: { in: { club: 'fcb', player: 'p1' } } });
  // @ts-expect-error a value of another type
  db.membership.find({ club_since: { in: [{ club: 3 }] } });
  // @ts-expect-error the first field is missing
  db.membership.find({ club_since: { not: { since: new Date() } } });
}

export function rows(): void {
  const query = db.player.find({ clubs: 'fcb' }).select('name', 'nick', 'clubs', 'nameLength').orderBy('age');
  interface Row {
    readonly name: string;
    readonly nick?: string;
    readonly clubs: readonly string[];
    readonly nameLength: number;
  }
  expectTypeOf(query.all()).toEqualTypeOf<Pick<Frozen<Player>, 'name' | 'nick' | 'clubs' | 'nameLength'>[]>();
  expectTypeOf(query.first()).toExtend<Row | undefined>();
  expectTypeOf(query.limit(3).page({ total: true }).items[0]).toExtend<Row | undefined>();
  for (const row of query) expectTypeOf(row).toExtend<Row>();
  expectTypeOf(query.keys()).toEqualTypeOf<ReturnType<ReturnType<typeof db.player.all>['keys']>>();
  query
    .filter((player) => player.age > 3)
    .watch((watched, delta) => {
      expectTypeOf(watched[0]).toExtend<Row | undefined>();
      expectTypeOf(delta.added[0]).toExtend<Row | undefined>();
    });
  // The key of the class stays what it is: a plain text is no key of a session.
  const id = db.sessions.all().select('id').first()!.id;
  db.sessions.get(id);
  // @ts-expect-error the row has no such field
  query.first()?.age;
  // @ts-expect-error rows are read-only
  query.first()!.name = 'Bea';
  // @ts-expect-error no such field
  db.player.all().select('shoeSize');
  // @ts-expect-error no field at all
  db.player.all().select();
  // @ts-expect-error a list in the place of names
  db.player.all().select(['name']);
}

export function values(): void {
  expectTypeOf(db.player.all().distinct('age')).toEqualTypeOf<number[]>();
  expectTypeOf(db.player.all().distinct('clubs')).toEqualTypeOf<string[]>();
  expectTypeOf(db.player.all().distinct('nick')).toEqualTypeOf<string[]>();
  expectTypeOf(db.player.find({ clubs: 'fcb' }).distinct('joinedAt')).toEqualTypeOf<Date[]>();
  const all = db.player
    .all()
    .aggregate({ count: true, sum: 'age', avg: ['age', 'nameLength'], min: 'nick', max: 'joinedAt' });
  expectTypeOf(all.count).toEqualTypeOf<number>();
  expectTypeOf(all.sum).toEqualTypeOf<number>();
  expectTypeOf(all.avg.nameLength).toEqualTypeOf<number | undefined>();
  expectTypeOf(all.min).toEqualTypeOf<string | undefined>();
  expectTypeOf(all.max).toEqualTypeOf<Date | undefined>();
  expectTypeOf(db.club.all().aggregate({ sum: 'balance', avg: 'balance', max: 'balance' })).toExtend<{
    readonly sum: bigint;
    readonly avg: number | undefined;
    readonly max: bigint | undefined;
  }>();
  const [group] = db.player.all().aggregate({ count: true, max: 'age' }, { by: ['clubs', 'nick'] });
  expectTypeOf(group!.clubs).toEqualTypeOf<string | undefined>();
  expectTypeOf(group!.nick).toEqualTypeOf<string | undefined>();
  expectTypeOf(group!.max).toEqualTypeOf<number | undefined>();
  const [byAge] = db.player.all().aggregate({ count: true }, { by: 'age' });
  expectTypeOf(byAge!.age).toEqualTypeOf<number>();
  // @ts-expect-error not asked for
  byAge!.sum;
  // @ts-expect-error not in a list
  all.avg.age.toFixed();
  // @ts-expect-error no such field
  db.player.all().distinct('shoeSize');
  // @ts-expect-error values that make no groups
  db.sessions.all().distinct('device');
  // @ts-expect-error a text
  db.player.all().aggregate({ sum: 'name' });
  // @ts-expect-error a date
  db.player.all().aggregate({ avg: 'joinedAt' });
  // @ts-expect-error lists have no order
  db.player.all().aggregate({ max: 'clubs' });
  // @ts-expect-error no measure at all
  db.player.all().aggregate({});
  // @ts-expect-error no such measure
  db.player.all().aggregate({ count: true, average: 'age' });
  // @ts-expect-error no field
  db.player.all().aggregate({ count: 'age' });
  // @ts-expect-error no such field
  db.player.all().aggregate({ count: true }, { by: 'shoeSize' });
  // @ts-expect-error values that make no groups
  db.sessions.all().aggregate({ count: true }, { by: 'device' });
}

export function orders(): void {
  db.player.all().orderBy('age', 'desc').orderBy('joinedAt').orderBy('id').offset(20).limit(10);
  expectTypeOf(db.player.all().page({ total: true }).total).toEqualTypeOf<number>();
  // @ts-expect-error no order over an unordered field
  db.player.all().orderBy('age').orderBy('email');
  // @ts-expect-error only where it was asked for
  void db.player.all().page().total;
}

export async function transactions(): Promise<void> {
  const size = await db.transaction((tx) => {
    expectTypeOf(tx.player.delete('p1')).toEqualTypeOf<boolean>();
    return tx.club.update('fcb', { size: 24 }).size;
  });
  expectTypeOf(size).toEqualTypeOf<number>();
}

export function schemas(): void {
  type Input = StandardSchemaV1.InferInput<typeof playerSchema>;
  type Output = StandardSchemaV1.InferOutput<typeof playerSchema>;
  expectTypeOf<Output>().toEqualTypeOf<PlayerInput>();
  expectTypeOf<Input['joinedAt']>().toEqualTypeOf<Date | string | undefined>();
  expectTypeOf<Input['age']>().toEqualTypeOf<number>();
  expectTypeOf(playerSchema).toExtend<StandardSchemaV1>();
  expectTypeOf(playerSchema).toExtend<StandardJSONSchemaV1>();
  expectTypeOf<StandardSchemaV1.InferOutput<typeof clubSchema>>().toEqualTypeOf<ClubInput>();
  const input: Input = { id: 'p1', email: 'ann@x.io', age: 3, name: 'Ann', joinedAt: '2025-01-01T00:00:00Z' };
  void input;
  // @ts-expect-error a required field is missing
  const partial: Input = { id: 'p1' };
  void partial;
}
