import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knexOf, { type Knex } from 'knex';
import { openDatabase } from '../../../generated/index.js';
import { copyTo, csvFile, loadFrom, sqlTable } from '../src/index.js';
import { MemoryStore } from '../src/targets/memory/memory-store.js';

const input = (id: string, age = 30) => ({ id, email: `${id}@x.io`, age, name: `P ${id}`, clubs: ['a', id] });
const players = { collections: ['player'] };

describe('loadFrom', () => {
  let knex: Knex;

  beforeEach(() => {
    knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  });

  afterEach(() => knex.destroy());

  it('marks its writes in the change feed and keeps the policy for keys that are there', async () => {
    await using from = await openDatabase({ memory: true });
    await from.player.insertMany([input('a'), input('b'), input('c')]);
    const store = new MemoryStore();
    await copyTo(from, store);
    const loaded = async (conflict: 'fail' | 'skip' | 'overwrite') => {
      const db = await openDatabase({ memory: true });
      await db.player.insert(input('b', 99));
      const origins: string[] = [];
      db.subscribe(({ origin }) => void origins.push(origin));
      const report = await loadFrom(db, store, { ...players, conflict }).catch((error: unknown) => error);
      return { report, age: db.player.get('b')?.age, size: db.player.size, origins };
    };
    expect(await loaded('fail')).toMatchObject({ report: { code: 'LOAD_CONFLICT', facts: { key: 'b' } }, age: 99 });
    expect(await loaded('skip')).toMatchObject({
      report: { collections: [{ loadedCount: 2, skippedCount: 1 }] },
      age: 99,
      size: 3,
      origins: ['load', 'load'],
    });
    expect(await loaded('overwrite')).toMatchObject({
      report: { collections: [{ loadedCount: 3 }] },
      age: 30,
      size: 3,
    });
  });

  it('loads a foreign table by a mapping, coerces by the model, and names each row it refuses', async () => {
    await knex.raw(
      'CREATE TABLE people (no INTEGER PRIMARY KEY, mail TEXT, age TEXT, joined TEXT, name TEXT, clubs TEXT)',
    );
    await knex('people').insert([
      { no: 1, mail: 'a@x.io', age: '31', joined: '2026-01-02 03:04:05', name: 'Ann', clubs: '["x"]' },
      { no: 2, mail: 'no mail', age: '200', joined: '2026-01-02', name: 'Bea', clubs: '[]' },
      { no: 3, mail: 'c@x.io', age: 'old', joined: '2026-01-02', name: null, clubs: 'x' },
      { no: 4, mail: 'a@x.io', age: '4', joined: '1767323045000', name: 'Dan', clubs: null },
      { no: 5, mail: 'e@x.io', age: '5', joined: '2026-01-02T00:00:00+01:00', name: 'Eve', clubs: null },
    ]);
    const source = sqlTable(knex, { table: 'people', columns: { id: 'no', email: 'mail', joinedAt: 'joined' } });
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-load-'));
    try {
      await using db = await openDatabase({ memory: true });
      const rejectedFile = join(folder, 'rejected.jsonl');
      const report = await loadFrom(db, source, { ...players, conflict: 'skip', rejectedFile, batchRowCount: 2 });
      expect(report.collections[0]).toMatchObject({ readCount: 5, loadedCount: 2, rejectedCount: 3 });
      expect(db.player.get('1')).toMatchObject({ age: 31, clubs: ['x'], joinedAt: new Date('2026-01-02T03:04:05Z') });
      expect(db.player.get('5')?.joinedAt).toEqual(new Date('2026-01-01T23:00:00Z'));
      const lines = readFileSync(rejectedFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.map(({ key, code, reasons }) => [key, code, reasons.length])).toEqual([
        ['2', 'VALIDATION_FAILED', 2],
        ['3', 'VALIDATION_FAILED', 3],
        ['4', 'DUPLICATE_KEY', 1],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('stops at the first row it refuses when no file takes it, and says how far it came', async () => {
    await using db = await openDatabase({ memory: true });
    await knex.raw('CREATE TABLE player (id TEXT PRIMARY KEY, email TEXT, age INTEGER, name TEXT)');
    await knex('player').insert([{ ...rowOf('a') }, { ...rowOf('b'), age: -1 }, { ...rowOf('c') }]);
    await expect(loadFrom(db, sqlTable(knex, { table: 'player' }), players)).rejects.toMatchObject({
      code: 'LOAD_REJECTED',
      facts: { collection: 'player', key: 'b', loadedCount: 1, reason: 'VALIDATION_FAILED' },
    });
    await expect(loadFrom(db, sqlTable(knex, { table: 'nobody' }), players)).rejects.toMatchObject({
      code: 'COPY_FAILED',
    });
  });
});

describe('a mapping', () => {
  const slips = [
    ['a field that is not there', { nik: 'nick' }, { code: 'INVALID_OPTION', facts: { option: 'columns' } }],
    ['a field in other case', { Nick: 'nick' }, { code: 'INVALID_OPTION' }],
    ['a getter', { nameLength: 'nick' }, { code: 'INVALID_OPTION' }],
    ['what every object has', { constructor: 'nick' }, { code: 'INVALID_OPTION' }],
    ['no name of a column', { nick: undefined as unknown as string }, { code: 'INVALID_OPTION' }],
    ['a column that is not there', { nick: 'nik' }, { code: 'COPY_TARGET_MISMATCH', facts: { column: 'nik' } }],
    ['a column for the key that is not there', { id: 'key' }, { code: 'COPY_TARGET_MISMATCH', facts: { field: 'id' } }],
  ] as const;

  it.each(slips)('of %s is refused before a row is read, of a table and of a file', async (_, columns, error) => {
    const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-mapping-'));
    try {
      await knex.raw('CREATE TABLE player (id TEXT PRIMARY KEY, email TEXT, age INTEGER, name TEXT, nick TEXT)');
      await knex('player').insert({ ...rowOf('a'), nick: 'n' });
      const file = join(folder, 'players.csv');
      writeFileSync(file, 'id,email,age,name,nick\na,a@x.io,3,a,n\n');
      await using db = await openDatabase({ memory: true });
      for (const source of [sqlTable(knex, { table: 'player', columns }), csvFile({ file, columns })]) {
        const rejectedFile = join(folder, 'rejected');
        await expect(loadFrom(db, source, { ...players, rejectedFile })).rejects.toMatchObject(error);
        expect(db.player.size).toBe(0);
      }
    } finally {
      await knex.destroy();
      rmSync(folder, { recursive: true });
    }
  });

  it('is required if a column differs from its field by case, or occurs twice in a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-mapping-'));
    try {
      const file = join(folder, 'players.csv');
      await using db = await openDatabase({ memory: true });
      for (const header of ['Nick', 'nick,nick']) {
        writeFileSync(file, `id,email,age,name,${header}\na,a@x.io,3,a,n${header.includes(',') ? ',m' : ''}\n`);
        await expect(loadFrom(db, csvFile({ file }), players)).rejects.toMatchObject({
          code: 'COPY_TARGET_MISMATCH',
          facts: { field: 'nick' },
        });
      }
      writeFileSync(file, 'id,email,age,name,Nick\na,a@x.io,3,a,n\n');
      await loadFrom(db, csvFile({ file, columns: { nick: 'Nick' } }), players);
      expect(db.player.get('a')?.nick).toBe('n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const rowOf = (id: string) => ({ id, email: `${id}@x.io`, age: 3, name: id });
