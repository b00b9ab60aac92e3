/** What a caller may do that is odd and not forbidden: each has one stated outcome, and leaves every index right. */

import { openDatabase } from '../src/database/open-database.js';
import { FaultFileSystem } from './fault-file-system.js';
import {
  openPlayers,
  type PlayerDatabase,
  player,
  type Repositories,
  type TransactionRepositories,
} from './support/open-players.js';
import { playerDefinition } from './support/player-definition.js';
import { turns } from './support/test-clock.js';

const turn = (): Promise<void> => turns(5);

describe('a query kept over writes', () => {
  it('counts the documents of its moment, by every kind of index', async () => {
    const db = await openPlayers();
    const { player: players } = db;
    const queries = [players.find({ email: 'p1@x.io' }), players.findByClubs('c'), players.findByAge({ gte: 30 })];
    expect(queries.map((query) => query.count())).toEqual([0, 0, 0]);
    await players.insert({ ...player('p1'), clubs: ['c'] });
    expect(queries.map((query) => [query.count(), query.all().length, query.explain().steps[0]?.estimated])).toEqual(
      queries.map(() => [1, 1, 1]),
    );
    await db.close();
  });

  it('continues after a deleted document, in both directions and by key', async () => {
    const { player: players } = await openPlayers();
    for (let index = 0; index < 6; index++) await players.insert(player(`p${index}`, { age: 20 + (index >> 1) }));
    for (const direction of ['asc', 'desc'] as const) {
      const ordered = players.all().orderBy('age', direction);
      const whole = ordered.keys();
      const page = ordered.limit(2).page();
      const last = page.items[1] as (typeof page.items)[0];
      await players.delete(last.id);
      expect(ordered.after(page.next as string).keys()).toEqual(whole.slice(2));
      await players.insert({ ...last, clubs: [] });
    }
    const byKey = players.all().limit(2).page();
    await players.delete('p1');
    expect(
      players
        .all()
        .after(byKey.next as string)
        .keys(),
    ).toEqual(['p2', 'p3', 'p4', 'p5']);
  });

  it.each([
    ['age asc', { i: 'abc' }, 'p1'],
    ['age asc', {}, 'p1'],
    ['age asc', { n: 'NaN' }, 'p1'],
    ['age asc', 1, {}],
    ['age asc', 1, null],
    ['age asc', 1, [[[]]]],
  ])('refuses a cursor of %j, %j, %j', async (...parts) => {
    const { player: players } = await openPlayers();
    const text = Buffer.from(JSON.stringify(parts)).toString('base64url');
    expect(() => players.all().orderBy('age').after(text).all()).toThrow('INVALID_QUERY');
  });
});

it.each([
  ['a list', []],
  ['a bound that nobody set', { age: { lt: undefined } }],
  ['one of two bounds', { age: { gte: 0, lt: undefined } }],
  ['two of them', { age: { gte: undefined, lt: undefined } }],
  ['a value that nobody set', { age: undefined }],
  ['a prefix that is not a text', { age: { prefix: 5 } }],
])('conditions that are %s are refused, and never mean every document', async (_, where) => {
  const db = await openPlayers();
  await db.player.insertMany([player('p1'), player('p2')]);
  await expect(db.player.deleteMany(where as never)).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  await expect(db.player.updateMany(where as never, { age: 1 })).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  expect(() => db.player.all().filter(5 as never)).toThrow('INVALID_QUERY');
  await db.close();
});

describe('a watched query', () => {
  it('begins with the state in memory and never goes back', async () => {
    const db = await openPlayers({ directory: '/data', fileSystem: new FaultFileSystem() });
    await db.player.insert(player('p1', { age: 0 }));
    const writes = [1, 2, 3].map((age) => db.player.update('p1', { age }));
    const shown: (number | undefined)[] = [];
    db.player.watch((rows) => shown.push(rows[0]?.age));
    await Promise.all([...writes, db.player.update('p1', { age: 4 })]);
    expect(shown).toEqual([3, 4]);
    await db.close();
  });

  it('is refused in a transaction, and without a function', async () => {
    const db = await openPlayers();
    await expect(db.transaction((tx) => tx.player.all().watch(() => undefined))).rejects.toThrow('INVALID_QUERY');
    for (const wrong of [
      () => db.player.watch(5 as never),
      () => db.subscribe(undefined as never),
      () => db.changes({ sinse: 1n } as never),
    ])
      expect(wrong).toThrow('INVALID_OPTION');
    expect(() => db.on('compact' as never, () => undefined)).toThrow('INVALID_OPTION');
    expect(db.stats().subscriptionCount).toBe(0);
    await db.close();
  });

  it('leaves no subscription when its listener throws at the first answer', async () => {
    const db = await openPlayers();
    const fails = (): never => {
      throw new Error('listener');
    };
    expect(() => db.player.watch(fails)).toThrow('listener');
    expect(db.stats().subscriptionCount).toBe(0);
    await db.close();
  });

  it('ends with one report when an index it asks is dropped', async () => {
    const db = await openPlayers();
    const errors: unknown[] = [];
    db.on('listenerError', (error) => errors.push(error));
    const byName = await db.player.addIndex({ kind: 'range', field: 'name' });
    let answerCount = 0;
    byName.find({ gte: 'A' }).watch(() => answerCount++);
    db.player
      .all()
      .orderBy('name' as never)
      .limit(1)
      .watch(() => answerCount++);
    db.player.dropIndex('name');
    for (const id of ['p1', 'p2', 'p3']) await db.player.insert(player(id));
    await turn();
    expect(errors).toEqual([
      expect.objectContaining({ code: 'UNINDEXED_FIELD' }),
      expect.objectContaining({ code: 'UNINDEXED_FIELD' }),
    ]);
    expect([answerCount, db.stats().subscriptionCount]).toEqual([2, 0]);
    await db.close();
  });
});

it('changes come as events by kind, of a collection and of all', async () => {
  const db = await openPlayers();
  const heard: string[] = [];
  const errors: unknown[] = [];
  db.on('listenerError', (error) => errors.push(error));
  const subscription = db.player.on('insert', ({ kind, after }) => heard.push(`${kind} ${after?.age}`));
  db.player.on('update', ({ before, after }) => heard.push(`${before?.age} to ${after?.age}`));
  db.on('delete', ({ collection, key }) => heard.push(`${collection} ${String(key)}`));
  db.on('change', async () => {
    throw new Error('async');
  });
  await db.player.insert(player('p1'));
  await db.player.update('p1', { age: 31 });
  await db.player.delete('p1');
  subscription.unsubscribe();
  await db.player.insert(player('p2'));
  await turn();
  expect(heard).toEqual(['insert 30', '30 to 31', 'player p1']);
  expect(errors).toHaveLength(4);
  expect(() => db.player.on('remove' as never, () => undefined)).toThrow('INVALID_OPTION');
  expect(() => db.player.on('insert', undefined as never)).toThrow('INVALID_OPTION');
  await db.close();
});

it('a loop over changes that begins after closing ends at once', async () => {
  const db = await openPlayers();
  await db.player.insert(player('p1'));
  await db.close();
  const heard: unknown[] = [];
  for await (const change of db.changes()) heard.push(change);
  for await (const change of db.player.changes({ since: 0n })) heard.push(change);
  expect(heard).toEqual([]);
});

it('waiting for the disk of a failed database is refused', async () => {
  const fileSystem = new FaultFileSystem();
  const db = await openPlayers({ directory: '/data', fileSystem });
  fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true };
  await expect(db.player.insert(player('p1'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  for (const wait of [() => db.drained(), () => db.flush()])
    await expect(wait()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  expect(db.state).toBe('failed');
  await db.close();
});

describe('writes', () => {
  it('rename a tag in its place, also to an existing one', async () => {
    const { player: players } = await openPlayers();
    await players.insertMany([
      { ...player('p1'), clubs: ['a', 'b', 'c'] },
      { ...player('p2'), clubs: ['c', 'b', 'a'] },
      { ...player('p3'), clubs: ['x', 'b', 'b', 'y'] },
      { ...player('p4'), clubs: ['c'] },
    ]);
    const revision = players.revision('p4');
    expect(await players.renameTag('clubs', 'b', 'c')).toBe(3);
    expect(
      players
        .all()
        .all()
        .map(({ clubs }) => clubs),
    ).toEqual([['a', 'c'], ['c', 'a'], ['x', 'c', 'y'], ['c']]);
    expect(players.tags('clubs')).toEqual(
      new Map([
        ['a', 2],
        ['c', 4],
        ['x', 1],
        ['y', 1],
      ]),
    );
    expect(players.revision('p4')).toBe(revision);
    expect(await players.renameTag('clubs', 'c', 'c')).toBe(4);
    expect(players.revision('p4')).toBe(revision);
    expect(await players.renameTag('clubs', 'unknown', 'c')).toBe(0);
  });

  it('count no further than numbers count', async () => {
    const unbounded = { ...playerDefinition, validate: () => undefined };
    const { player: players }: PlayerDatabase = await openDatabase<Repositories, TransactionRepositories>([unbounded], {
      memory: true,
    });
    await players.insert(player('p1', { age: Number.MAX_SAFE_INTEGER - 1 }));
    await players.increment('p1', 'age');
    for (const by of [1, 2 ** 60])
      await expect(players.increment('p1', 'age', by)).rejects.toThrow('VALIDATION_FAILED');
    await expect(players.increment('p1', 'age', Number.NaN)).rejects.toThrow('VALIDATION_FAILED');
    expect(players.get('p1')?.age).toBe(Number.MAX_SAFE_INTEGER);
    await players.increment('p1', 'age', -0.5);
  });

  it('refuse a value that is not a list', async () => {
    const { player: players } = await openPlayers();
    for (const inputs of [player('p1'), 5, undefined])
      await expect(players.insertMany(inputs as never)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await players.insertMany([])).toEqual([]);
  });

  it('put the end of a document off again and again at no cost of memory', async () => {
    const { player: players } = await openPlayers();
    await players.insert(player('p1'), { ttlMs: 60_000 });
    const db = await openPlayers();
    for (let write = 0; write < 3000; write++)
      await db.player.upsert(player(`p${write % 10}`), { ttlMs: 1_000_000 + write });
    expect(db.stats().expiringCount).toBe(10);
    await db.player.update('p1', { age: 31 });
    expect(db.player.expiresAt('p1')).toBeInstanceOf(Date);
    await db.close();
  });
});

it('a document whose expiry a plug-in refuses delays no other, and the refusal is reported', async () => {
  const db = await openPlayers();
  const errors: unknown[] = [];
  db.on('listenerError', (error) => errors.push(error));
  await db.player.addIndex({
    name: 'stubborn',
    insert: () => undefined,
    update: () => undefined,
    rebuild: () => undefined,
    remove: (document) => {
      if (document.id === 'p2') throw new Error('stay');
    },
  });
  for (const id of ['p1', 'p2', 'p3']) await db.player.insert(player(id), { ttlMs: 5 });
  while (db.player.size > 1 || errors.length === 0) await turn();
  expect(db.player.all().keys()).toEqual(['p2']);
  expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_INDEX_VALUE' })]);
  await db.close();
});

describe('a command', () => {
  it('whose arguments JSON cannot hold is refused with a code, and writes nothing', async () => {
    const db = await openPlayers();
    class Turn {
      readonly self = this;
      execute(tx: TransactionRepositories): void {
        tx.player.insert(player('p1'));
      }
    }
    await expect(db.commit(new Turn())).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'command' } });
    expect(db.player.size).toBe(0);
    await db.close();
  });
});

describe('a getter or condition of an index that writes', () => {
  /** What the getter does while it is asked, of players by this name. */
  let meddle: ((db: PlayerDatabase) => void) | undefined;

  async function openMeddled(): Promise<PlayerDatabase> {
    let db: PlayerDatabase | undefined;
    class Meddled extends playerDefinition.documentClass {
      override get nameLength(): number {
        const { name } = this as unknown as { name: string };
        if (name === 'meddle') meddle?.(db as PlayerDatabase);
        return name.length;
      }
    }
    const asMeddled = <T extends object>(document: T): T => Object.setPrototypeOf(document, Meddled.prototype) as T;
    const definition = {
      ...playerDefinition,
      build: (input: object) => asMeddled(playerDefinition.build(input as never)),
      merge: (document: object, patch: object) => asMeddled(playerDefinition.merge(document as never, patch as never)),
    };
    db = await openDatabase<Repositories, TransactionRepositories>([definition as never], { memory: true });
    await db.player.insertMany([player('p1'), player('p2')]);
    return db;
  }

  it.each<[string, (db: PlayerDatabase) => void]>([
    ['inserts another document', (db) => void db.player.insert(player('p3'))],
    ['updates the very document', (db) => void db.player.update('p1', { email: 'other@x.io' })],
    ['deletes another', (db) => void db.player.delete('p2')],
    ['runs a transaction', (db) => void db.transaction((tx) => tx.player.delete('p1'))],
  ])('and %s fails the write, and leaves everything as it was', async (_, work) => {
    const db = await openMeddled();
    meddle = work;
    await expect(db.player.update('p1', { name: 'meddle', age: 50 })).rejects.toMatchObject({
      code: 'INVALID_INDEX_VALUE',
    });
    meddle = undefined;
    expect(db.player.all().keys()).toEqual(['p1', 'p2']);
    expect(db.player.findByEmail('p1@x.io')?.age).toBe(30);
    expect([db.player.findByAge(50).count(), db.player.findByNameLength({ gte: 0 }).count()]).toEqual([0, 2]);
    await db.player.update('p1', { name: 'meddle', age: 50 });
    expect(db.player.findByAge(50).keys()).toEqual(['p1']);
    await db.close();
  });
});
