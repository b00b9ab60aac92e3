/** Collections that refer to each other: copied to a real PostgreSQL with foreign keys, read back, mirrored and loaded. */
import knexOf, { type Knex } from 'knex';
import { Client } from 'pg';
import { type NuthatchDatabase, openDatabase } from '../../../examples/issue-tracker/generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../test/servers/postgres.js';
import { copyTo, ddlOf, loadFrom, MemoryStore, mirror, sql } from '../src/index.js';

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
