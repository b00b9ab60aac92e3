/** Collections that refer to each other: copied to a real PostgreSQL with foreign keys, read back, mirrored and loaded. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { MemoryFileSystem } from '@nuthatch/runtime';
import knexOf, { type Knex } from 'knex';
import { Client } from 'pg';
import { type NuthatchDatabase, openDatabase } from '../../../examples/issue-tracker/generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../test/servers/postgres.js';
import {
  type AnyDatabase,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../../runtime/test/support/open-models.js';
import { copyTo, ddlOf, loadFrom, MemoryStore, mirror, sql } from '../src/index.js';

const PAGE_KEY: FieldType = { kind: 'object', fields: [field('org', STRING), field('no', NUMBER)] };
const OPTIONAL = { optional: true };

/** Keys of several parts, in a field, in a list and in a circle, and keys that are dates. */
const PARTED: readonly DocumentModel[] = [
  modelWith([], {
    ...{ name: 'Page', collection: 'page', key: { fields: ['org', 'no'] } },
    fields: [field('org', STRING), field('no', NUMBER), field('home', PAGE_KEY, OPTIONAL)],
    references: [{ field: 'home', to: 'page', onDelete: 'setAbsent' }],
  }),
  modelWith([], {
    ...{ name: 'Day', collection: 'day', key: { fields: ['at'] } },
    fields: [field('at', { kind: 'date' })],
  }),
  modelWith(
    [
      field('page', PAGE_KEY, OPTIONAL),
      field('pages', { kind: 'array', element: PAGE_KEY }),
      field('day', { kind: 'date' }, OPTIONAL),
    ],
    {
      ...{ name: 'Note', collection: 'note' },
      references: [
        { field: 'page', to: 'page', onDelete: 'setAbsent' },
        { field: 'pages', to: 'page', onDelete: 'setAbsent' },
        { field: 'day', to: 'day', onDelete: 'setAbsent' },
      ],
    },
  ),
];

const describeIfThere = canRunPostgres() ? describe : describe.skip;

async function tracker(): Promise<NuthatchDatabase> {
  const db = await openDatabase({ memory: true });
  await db.transaction((tx) => {
    tx.issue.insertMany([
      { id: 1, title: 'a', project: 'core', blockedBy: new Set([2]), watchers: ['bo', 'ada'] },
      { id: 2, title: 'b', project: 'core', blockedBy: new Set([1, 3]), assignee: 'bo' },
      { id: 3, title: 'c', project: 'site', parent: 4 },
      { id: 4, title: 'd', project: 'site' },
    ]);
    tx.project.insertMany([
      { id: 'core', lead: 'ada' },
      { id: 'site', area: 'tools', lead: 'bo' },
    ]);
    tx.person.insertMany([
      { id: 'ada', name: 'Ada' },
      { id: 'bo', name: 'Bo' },
    ]);
    tx.remark.insert({ id: 'r', issue: 3, text: 'yes' });
  });
  return db;
}

const issuesOf = (db: NuthatchDatabase) => db.issue.all().orderBy('id').all();

describeIfThere('with foreign keys in a real PostgreSQL', () => {
  let server: PostgresServer;
  let knex: Knex;
  beforeAll(async () => {
    server = await startPostgres();
    knex = knexOf({ client: 'pg', connection: server.connection, pool: { min: 0, max: 4 } });
  });
  afterAll(async () => {
    await knex?.destroy();
    await server?.stop();
  });

  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client(server.connection);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const keysIn = (schema: string) =>
    query(
      `SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to", condeferred AS deferred
         FROM pg_constraint WHERE contype = 'f' AND connamespace = '${schema}'::regnamespace
        ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C"`,
    );

  it('makes one for each field, of lists over their tag table, and the server holds to them', async () => {
    await using db = await tracker();
    const store = sql(knex, { schema: 'keys', foreignKeys: true });
    await copyTo(db, store);
    expect(await keysIn('keys')).toEqual(
      [
        ['keys.issue', 'keys.person'],
        ['keys.issue', 'keys.issue'],
        ['keys.issue', 'keys.project'],
        ['keys."issue_blockedBy"', 'keys.issue'],
        ['keys.issue_watchers', 'keys.person'],
        ['keys.project', 'keys.person'],
        ['keys.remark', 'keys.person'],
        ['keys.remark', 'keys.issue'],
      ]
        .map(([from, to]) => ({ from, to, deferred: true }))
        .sort((a, b) => (a.from! < b.from! ? -1 : a.from! > b.from! ? 1 : 0)),
    );
    expect(
      await query(
        `SELECT i.id::int, p.area, array_agg(b.tag::int ORDER BY b.tag) AS blockers FROM keys.issue i
           JOIN keys.project p ON p.id = i.project JOIN keys."issue_blockedBy" b ON b.id = i.id GROUP BY i.id, p.area ORDER BY i.id`,
      ),
    ).toEqual([
      { id: 1, area: 'engine', blockers: [2] },
      { id: 2, area: 'engine', blockers: [1, 3] },
    ]);
    await expect(query(`DELETE FROM keys.person WHERE id = 'ada'`)).rejects.toMatchObject({ code: '23503' });
    await expect(query(`INSERT INTO keys."issue_blockedBy" VALUES (1, 99)`)).rejects.toMatchObject({ code: '23503' });
    expect(ddlOf(db, store).filter((line) => line.includes('FOREIGN KEY'))).toHaveLength(8);
  });

  it('copies again what was deleted and inserted in between, over keys that are there', async () => {
    await using db = await tracker();
    const store = sql(knex, { schema: 'again', foreignKeys: true });
    await copyTo(db, store);
    await db.project.delete('core');
    await db.transaction((tx) => {
      tx.project.update('site', { lead: 'cy' });
      tx.person.delete('bo');
      tx.person.insert({ id: 'cy', name: 'Cy' });
      tx.issue.insert({ id: 9, title: 'new', project: 'site', assignee: 'cy' });
    });
    const { collections } = await copyTo(db, store);
    expect(collections.map(({ collection, count }) => [collection, count])).toContainEqual(['issue', 3]);
    expect(await keysIn('again')).toHaveLength(8);
    expect(await query('SELECT lead FROM again.project')).toEqual([{ lead: 'cy' }]);
    await using other = await openDatabase({ memory: true });
    await loadFrom(other, store);
    expect(issuesOf(other)).toEqual(issuesOf(db));
  });

  it('is mirrored by transactions whose keys hold at their end alone', async () => {
    await using db = await tracker();
    const store = sql(knex, { schema: 'mirrored', foreignKeys: true });
    const following = mirror(db, store);
    await following.caughtUp();
    await db.transaction((tx) => {
      tx.issue.insert({ id: 10, title: 'x', project: 'late', blockedBy: new Set([11]) });
      tx.issue.insert({ id: 11, title: 'y', project: 'late', blockedBy: new Set([10]) });
      tx.project.insert({ id: 'late', lead: 'ada' });
    });
    await db.project.delete('core');
    await db.flush();
    await following.caughtUp();
    expect(following.status().state).toBe('following');
    await following.stop();
    expect(await query('SELECT id::int FROM mirrored.issue ORDER BY id')).toEqual([3, 4, 10, 11].map((id) => ({ id })));
    expect(await keysIn('mirrored')).toHaveLength(8);
  });

  it('makes them of keys of several parts, single and in lists, and of dates, over circles', async () => {
    const day = new Date('2026-01-31T12:00:00.000Z');
    await using db = await openModels(new MemoryFileSystem(), PARTED);
    await db.transaction((tx) => {
      const { page, note, day: days } = tx as never as AnyDatabase;
      void note!.insertMany([
        { id: 'a', page: { org: 'o', no: 1 }, pages: [], day },
        {
          id: 'b',
          pages: [
            { no: 2, org: 'o' },
            { org: 'o', no: 1 },
            { org: 'o', no: 2 },
          ],
        },
        { id: 'c', pages: [] },
      ]);
      void page!.insertMany([
        { org: 'o', no: 1, home: { org: 'o', no: 2 } },
        { org: 'o', no: 2, home: { org: 'o', no: 1 } },
      ]);
      void days!.insert({ at: day });
    });
    const store = sql(knex, { schema: 'parted', foreignKeys: true });
    await copyTo(db, store);
    expect(await keysIn('parted')).toEqual(
      [
        ['parted.note', 'parted.day'],
        ['parted.note_page', 'parted.page'],
        ['parted.note_pages', 'parted.page'],
        ['parted.page_home', 'parted.page'],
      ].map(([from, to]) => ({ from, to, deferred: true })),
    );
    const pages = (): Promise<readonly Record<string, unknown>[]> =>
      query('SELECT id, pages_org AS org, pages_no AS no FROM parted.note_pages ORDER BY id, pages_no');
    expect(await pages()).toEqual([
      { id: 'b', org: 'o', no: 1 },
      { id: 'b', org: 'o', no: 2 },
    ]);
    expect(await query('SELECT id, page_no FROM parted.note_page')).toEqual([{ id: 'a', page_no: 1 }]);
    for (const statement of [
      `DELETE FROM parted.page WHERE no = 1`,
      `INSERT INTO parted.note_pages VALUES ('c', 'o', 3)`,
      `DELETE FROM parted.day`,
    ])
      await expect(query(statement)).rejects.toMatchObject({ code: '23503' });
    // Copied again over rows that are there, then mirrored.
    await db['page']!.delete({ org: 'o', no: 2 } as never);
    await copyTo(db, store);
    expect(await pages()).toEqual([{ id: 'b', org: 'o', no: 1 }]);
    const following = mirror(db, store);
    await following.caughtUp();
    await db.transaction((tx) => {
      const { page, note } = tx as never as AnyDatabase;
      void note!.update('c', { page: { org: 'p', no: 7 }, pages: [{ org: 'p', no: 7 }] });
      void page!.insert({ org: 'p', no: 7 });
    });
    await db.flush();
    await following.caughtUp();
    await following.stop();
    expect(await pages()).toEqual([
      { id: 'b', org: 'o', no: 1 },
      { id: 'c', org: 'p', no: 7 },
    ]);
    expect(await keysIn('parted')).toHaveLength(4);
    await using other = await openModels(new MemoryFileSystem(), PARTED);
    await loadFrom(other, store);
    for (const name of ['page', 'note', 'day']) expect([...other[name]!]).toEqual([...db[name]!]);
  });

  it('refuses a part of the collections, and the option elsewhere', async () => {
    await using db = await tracker();
    const store = sql(knex, { schema: 'part', foreignKeys: true });
    for (const collections of [['issue'], ['person', 'project']])
      await expect(copyTo(db, store, { collections })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/foreign keys between \w+ and \w+ need both/),
      });
    const sqlite = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
    expect(() => sql(sqlite, { foreignKeys: true })).toThrow('INVALID_OPTION');
    await sqlite.destroy();
  });
});

describe('a load of collections that refer to each other', () => {
  it('brings them in whatever their order, circles included, and says which rows refer to nothing', async () => {
    await using db = await tracker();
    const store = new MemoryStore();
    await copyTo(db, store);
    for (const batchRowCount of [1, 2, 1_000]) {
      await using other = await openDatabase({ memory: true });
      const { collections } = await loadFrom(other, store, { batchRowCount });
      expect(collections.map(({ collection, loadedCount }) => [collection, loadedCount])).toEqual([
        ['issue', 4],
        ['person', 2],
        ['project', 2],
        ['remark', 1],
      ]);
      expect(issuesOf(other)).toEqual(issuesOf(db));
    }
    await using partial = await openDatabase({ memory: true });
    await expect(loadFrom(partial, store, { collections: ['person', 'issue'] })).rejects.toMatchObject({
      code: 'LOAD_REJECTED',
      facts: { reason: 'REFERENCE_MISSING' },
    });
    expect(partial.person.size).toBe(2);
  });
});
