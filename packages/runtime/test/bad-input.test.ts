/** Whatever is wrong with a call rejects with a coded error and leaves everything as it was. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { openDatabase } from '../src/database/open-database.js';
import type { Change } from '../src/feed/change.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';
import { playerDefinition } from './support/player-definition.js';

async function errorOf(work: () => unknown): Promise<DatabaseError> {
  try {
    await work();
  } catch (error) {
    if (DatabaseError.is(error)) return error;
    throw error;
  }
  throw new TypeError('nothing was thrown');
}

describe('bad options', () => {
  const bad: readonly (readonly [string, object, string])[] = [
    ['an unknown option', { memory: true, durabilty: 'os' }, 'durability'],
    ['neither directory nor memory', {}, 'directory'],
    ['both directory and memory', { memory: true, directory: 'x' }, 'directory'],
    ['an unknown level', { memory: true, durability: 'safe' }, 'fsync'],
    ['a page size of nothing', { memory: true, pageBytes: 0 }, 'pageBytes'],
    ['a fraction', { memory: true, flushIntervalMs: 1.5 }, 'flushIntervalMs'],
    ['an empty directory', { directory: '' }, 'directory'],
  ];
  it.each(bad)('refuses %s', async (_, options, named) => {
    const error = await errorOf(() => openPlayers(options as DatabaseOptions));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(named);
  });

  it('refuses no options at all', async () => {
    expect((await errorOf(() => openPlayers(null as unknown as DatabaseOptions))).code).toBe('INVALID_OPTION');
  });

  it('refuses what is no generated code, and says where the database is opened', async () => {
    for (const definitions of [{ directory: './data' }, undefined, [{}], [undefined], 'x', new Set()])
      expect(await errorOf(() => openDatabase(definitions as never, { memory: true }))).toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('call the openDatabase of your generated index'),
      });
  });

  it('refuses two classes of one collection, and a collection named like a member of the database', async () => {
    const twice = await errorOf(() => openDatabase([playerDefinition, playerDefinition] as never, { memory: true }));
    expect(twice.code).toBe('INVALID_MODEL');
    const reserved = { ...playerDefinition, model: { ...playerDefinition.model, collection: 'transaction' } };
    expect((await errorOf(() => openDatabase([reserved] as never, { memory: true }))).code).toBe('INVALID_MODEL');
  });

  it('refuses generated code that is older than its class, and names the command', async () => {
    const stale = { ...playerDefinition, declarationFingerprint: 'another' };
    const error = await errorOf(() => openDatabase([stale] as never, { memory: true }));
    expect(error.code).toBe('MODEL_MISMATCH');
    expect(error.facts['command']).toBe('npx nuthatch generate');
  });

  it('refuses a file at the path of the directory or of one of its parents', async () => {
    const root = await mkdtemp(join(tmpdir(), 'nuthatch-'));
    await writeFile(join(root, 'file'), '');
    expect((await errorOf(() => openPlayers({ directory: join(root, 'file') }))).code).toBe('DIRECTORY_UNUSABLE');
    expect((await errorOf(() => openPlayers({ directory: join(root, 'file', 'data') }))).code).toBe(
      'DIRECTORY_UNUSABLE',
    );
    await rm(root, { recursive: true });
  });
});

describe('bad documents, keys and queries', () => {
  let db: PlayerDatabase;
  const heard: Change[] = [];
  beforeEach(async () => {
    db = await openPlayers();
    await db.player.insert(player('p1', { clubs: ['fcb'] }));
    heard.length = 0;
    db.subscribe((change) => heard.push(change));
  });
  afterEach(async () => {
    // Nothing was stored, journaled or announced by any of the tests.
    expect(db.player.size).toBe(1);
    expect(db.seq).toBe(1n);
    expect(heard).toHaveLength(0);
    expect(db.player.get('p1')).toMatchObject({ age: 30, email: 'p1@x.io', clubs: ['fcb'] });
    await db.close();
  });

  const own = (fields: object): never => ({ ...player('p2'), ...fields }) as never;
  const inserts: readonly (readonly [string, () => unknown, ErrorCode])[] = [
    ['a missing field', () => own({ name: undefined }), 'VALIDATION_FAILED'],
    ['a value of the wrong type', () => own({ age: 'old' }), 'VALIDATION_FAILED'],
    ['a value out of bounds', () => own({ age: 121 }), 'VALIDATION_FAILED'],
    ['a field no model knows', () => own({ agee: 3 }), 'VALIDATION_FAILED'],
    [
      'an own `__proto__` key',
      () => JSON.parse('{"__proto__":{"age":1},"id":"p2","email":"e","age":1,"name":"n"}'),
      'VALIDATION_FAILED',
    ],
    ['a key `constructor`', () => own({ constructor: 1 }), 'VALIDATION_FAILED'],
    ['an undefined id', () => own({ id: undefined }), 'INVALID_KEY'],
    ['an id of the wrong type', () => own({ id: 7 }), 'INVALID_KEY'],
    ['an id NaN', () => own({ id: Number.NaN }), 'INVALID_KEY'],
    ['NaN in a range', () => own({ age: Number.NaN }), 'INVALID_INDEX_VALUE'],
    ['an invalid date in a range', () => own({ joinedAt: new Date(Number.NaN) }), 'INVALID_INDEX_VALUE'],
    ['an id in use', () => player('p1', { email: 'other@x.io' }), 'DUPLICATE_KEY'],
    ['a unique value in use', () => own({ email: 'p1@x.io' }), 'DUPLICATE_KEY'],
    ['null', () => null, 'VALIDATION_FAILED'],
    ['nothing', () => undefined, 'VALIDATION_FAILED'],
    ['an array', () => [], 'VALIDATION_FAILED'],
    ['a text', () => 'p2', 'VALIDATION_FAILED'],
    ['a promise', () => Promise.resolve(player('p2')), 'VALIDATION_FAILED'],
  ];
  it.each(inserts)('refuses to insert %s', async (_, input, code) => {
    for (const write of ['insert', 'upsert'] as const) {
      if (write === 'upsert' && (input() as { id?: string } | null | undefined)?.id === 'p1') continue;
      const promise = db.player[write](input() as never);
      expect(promise).toBeInstanceOf(Promise);
      expect((await errorOf(() => promise)).code).toBe(code);
    }
    expect((await errorOf(() => db.player.insertMany([player('p9'), input() as never]))).code).toBe(code);
  });

  it('lists every violation in the facts and names them in the message', async () => {
    const error = await errorOf(() => db.player.insert({ id: 'p2', email: 1, age: 'x', name: null } as never));
    const violations = error.facts['violations'] as readonly { path: string; rule: string }[];
    expect(violations.map(({ path }) => path)).toEqual(['email', 'age', 'name']);
    expect(error.message).toContain('email must be a string');
    expect(error.message).toContain('name must be a string');
  });

  it('names collection, index, value and the holder of a duplicate', async () => {
    const byValue = await errorOf(() => db.player.insert(player('p2', { email: 'p1@x.io' })));
    expect(byValue.facts).toEqual({ collection: 'player', index: 'email', value: 'p1@x.io', holderKey: 'p1' });
    const byKey = await errorOf(() => db.player.insert(player('p1')));
    expect(byKey.facts).toEqual({ collection: 'player', index: 'id', value: 'p1', holderKey: 'p1' });
  });

  const updates: readonly (readonly [string, () => Promise<unknown>, ErrorCode])[] = [
    ['a document that is not there', () => db.player.update('p7', {}), 'DOCUMENT_NOT_FOUND'],
    ['the key', () => db.player.update('p1', { id: 'p2' } as never), 'KEY_CHANGED'],
    ['an unknown field', () => db.player.update('p1', { agee: 1 } as never), 'VALIDATION_FAILED'],
    ['a field to the wrong type', () => db.player.update('p1', { age: '1' } as never), 'VALIDATION_FAILED'],
    ['a range to NaN', () => db.player.update('p1', { age: Number.NaN }), 'INVALID_INDEX_VALUE'],
    ['by an async function', () => db.player.update('p1', (async () => ({ age: 1 })) as never), 'VALIDATION_FAILED'],
    ['by nothing', () => db.player.update('p1', undefined as never), 'VALIDATION_FAILED'],
    ['another revision', () => db.player.update('p1', { age: 1 }, { ifRevision: 2 }), 'REVISION_MISMATCH'],
    ['with a key of the wrong type', () => db.player.update(1 as never, {}), 'INVALID_KEY'],
    ['a text by one', () => db.player.increment('p1', 'name' as never), 'VALIDATION_FAILED'],
    ['with a time to live of nothing', () => db.player.update('p1', {}, { ttlMs: 0 }), 'INVALID_OPTION'],
    ['a tag of a field without tags', () => db.player.addTag('p1', 'name' as never, 'x' as never), 'UNINDEXED_FIELD'],
  ];
  it.each(updates)('refuses to update %s', async (_, work, code) => {
    expect((await errorOf(work)).code).toBe(code);
  });

  it('passes on what an update function throws', async () => {
    await expect(
      db.player.update('p1', () => {
        throw new RangeError('mine');
      }),
    ).rejects.toThrow(RangeError);
  });

  const reads: readonly (readonly [string, () => unknown, ErrorCode])[] = [
    ['get of undefined', () => db.player.get(undefined as never), 'INVALID_KEY'],
    ['get of a number', () => db.player.get(1 as never), 'INVALID_KEY'],
    ['has of an object', () => db.player.has({} as never), 'INVALID_KEY'],
    ['find by a field without index', () => db.player.find({ name: 'x' } as never), 'UNINDEXED_FIELD'],
    ['find by a field of Object', () => db.player.find({ constructor: 1 } as never), 'UNINDEXED_FIELD'],
    ['orderBy a field without range', () => db.player.all().orderBy('email' as never), 'UNINDEXED_FIELD'],
    ['orderBy in no direction', () => db.player.all().orderBy('age', 'up' as never), 'INVALID_QUERY'],
    ['tags of a field without tags', () => db.player.tags('age' as never), 'UNINDEXED_FIELD'],
    ['min of a text', () => db.player.min('email' as never), 'UNINDEXED_FIELD'],
    ['sum of dates', () => db.player.sum('joinedAt' as never), 'INVALID_QUERY'],
    ['an absent value', () => db.player.find({ email: undefined } as never), 'INVALID_QUERY'],
    ['an absent bound value', () => db.player.findByAge(undefined as never), 'INVALID_QUERY'],
    ['gt with gte', () => db.player.findByAge({ gt: 1, gte: 2 } as never), 'INVALID_QUERY'],
    ['an unknown bound', () => db.player.findByAge({ above: 1 } as never), 'INVALID_QUERY'],
    ['an array for a range', () => db.player.findByAge([1, 2] as never), 'INVALID_QUERY'],
    ['between three', () => db.player.findByAge({ between: [1, 2, 3] } as never), 'INVALID_QUERY'],
    ['NaN as a bound', () => db.player.findByAge({ gt: Number.NaN }), 'INVALID_INDEX_VALUE'],
    ['a tag set without a list', () => db.player.findByClubs({ any: 'fcb' } as never), 'INVALID_QUERY'],
    ['a negative limit', () => db.player.all().limit(-1), 'INVALID_QUERY'],
    ['half a document', () => db.player.all().limit(0.5), 'INVALID_QUERY'],
    ['a text that is not a cursor', () => db.player.all().after('nonsense').all(), 'INVALID_QUERY'],
  ];
  it.each(reads)('refuses %s', async (_, work, code) => {
    expect((await errorOf(work)).code).toBe(code);
  });
});

it('drops unknown fields when the option says so', async () => {
  const db = await openPlayers({ memory: true, unknownFields: 'drop' });
  const kept = await db.player.insert({ ...player('p1'), nonsense: 1 } as never);
  expect('nonsense' in kept).toBe(false);
  await db.close();
});

it('never lets a `__proto__` key reach a prototype', async () => {
  const db = await openPlayers({ memory: true, unknownFields: 'drop' });
  const kept = await db.player.insert(
    JSON.parse('{"__proto__":{"evil":true},"id":"p1","email":"e","age":1,"name":"n"}') as never,
  );
  expect((kept as unknown as { evil?: boolean }).evil).toBeUndefined();
  expect(({} as { evil?: boolean }).evil).toBeUndefined();
  await db.close();
});
