import knexOf, { type Knex } from 'knex';
import { Client } from 'pg';
import { openDatabase, playerDefinition } from '../../../generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../test/servers/postgres.js';
import { CollectionChecksum, copyTo, mirror, shapesOf, sql, summaryOfStore } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';
import { interrupted } from './interrupted-store.js';
import { describeKilledCopies } from './sql/killed-copies.js';
import { describeRoundTrips } from './sql/round-trips.js';
import type { SqlPlace } from './sql/sql-place.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('with a real PostgreSQL', () => {
  let server: PostgresServer;
  let knex: Knex;
  let place: SqlPlace;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startPostgres();
    const config = { client: 'pg', connection: server.connection, pool: { min: 0, max: 4 } };
    knex = knexOf(config);
    const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
    place = { config, knex, query, hasSchemas: true, quote };
  }, 60_000);

  afterAll(async () => {
    await knex?.destroy();
    await server?.stop();
  });

  describeExternalStore('PostgreSQL', async () => {
    const schema = `s${++schemaCount} "é?`;
    return {
      store: sql(knex, { schema }),
      remove: async () => {
        await query(`DROP SCHEMA IF EXISTS "${schema.replaceAll('"', '""')}" CASCADE`);
      },
    };
  });

  describeRoundTrips('PostgreSQL', () => place);
  describeKilledCopies('PostgreSQL', () => place, 20);

  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client(server.connection);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  const input = (id: string, age = 30) => ({ id, email: `${id}@x.io`, age, name: `P ${id}`, clubs: ['a', id] });

  const openPlayers = async (count: number) => {
    const db = await openDatabase({ memory: true });
    await db.player.insertMany(Array.from({ length: count }, (_, number) => input(`p${number}`, number % 100)));
    return db;
  };

  it('reads back with plain SQL as typed columns, tags and indexes', async () => {
    await using db = await openPlayers(100);
    await db.player.update('p7', { joinedAt: new Date('2026-01-02T03:04:05.678Z'), nick: 'Né "q"' });
    await copyTo(db, sql(knex, { schema: 'plain' }), { collections: ['player'] });
    const rows = await query(
      `SELECT p.id, p.age, p."joinedAt", p.nick, p.clubs, p."nameLength"
         FROM plain.player p JOIN plain.player_clubs c USING (id) WHERE c.tag = 'p7'`,
    );
    expect(rows).toEqual([
      {
        id: 'p7',
        age: 7,
        joinedAt: new Date('2026-01-02T03:04:05.678Z'),
        nick: 'Né "q"',
        clubs: ['a', 'p7'],
        nameLength: 4,
      },
    ]);
    const indexes = await query(
      `SELECT indexname, indexdef LIKE '%UNIQUE%' AS is_unique FROM pg_indexes
        WHERE schemaname = 'plain' AND tablename = 'player' ORDER BY indexname COLLATE "C"`,
    );
    expect(indexes).toEqual([
      { indexname: 'player_age_range', is_unique: false },
      { indexname: 'player_email_unique', is_unique: true },
      { indexname: 'player_joinedAt_range', is_unique: false },
      { indexname: 'player_nameLength_range', is_unique: false },
      { indexname: 'player_nick_unique', is_unique: true },
      { indexname: 'player_pkey', is_unique: true },
    ]);
  });

  it('equals its snapshot although a thousand writes come meanwhile', async () => {
    await using db = await openPlayers(3_000);
    const before = new Map([...db.player.all()].map((player) => [player.id, player.age]));
    const copying = copyTo(db, sql(knex, { schema: 'busy' }), { collections: ['player'], batchRowCount: 100 });
    for (let number = 0; number < 1_000; number++) {
      if (number % 10 === 0) await db.player.delete(`p${number}`);
      else await db.player.upsert(input(number % 3 === 0 ? `new${number}` : `p${number}`, 101));
      if (number % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const report = await copying;
    const rows = await query('SELECT id, age FROM busy.player');
    const copied = new Map(rows.map(({ id, age }) => [id, age]));
    expect(report.collections[0]?.count).toBe(copied.size);
    if (report.seq === 1n) expect(copied).toEqual(before);
  });

  it('says by code what is wrong, and writes nothing then', async () => {
    await using db = await openPlayers(10);
    const wrong = knexOf({ client: 'pg', connection: { ...server.connection, password: 'hunter2-wrong' } });
    const failure = await copyTo(db, sql(wrong)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'COPY_ACCESS_DENIED', facts: { driverCode: '28P01' } });
    expect(String((failure as Error).stack)).not.toContain('hunter2-wrong');
    await wrong.destroy();
    const nowhere = knexOf({ client: 'pg', connection: { ...server.connection, port: 1 } });
    await expect(copyTo(db, sql(nowhere))).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE', retryable: true });
    await nowhere.destroy();

    await query(`CREATE SCHEMA narrow; CREATE TABLE narrow.player (id varchar(10) PRIMARY KEY, age integer NOT NULL,
      email text, clubs jsonb, "joinedAt" timestamptz, nick text NOT NULL, "nameLength" float8, extra int);
      CREATE SCHEMA keyless; CREATE TABLE keyless.player AS SELECT * FROM plain.player`);
    const differences = await copyTo(db, sql(knex, { schema: 'narrow' }), { collections: ['player'] }).catch(
      (error: { code: string; facts: { differences: object[] } }) => [error.code, ...error.facts.differences],
    );
    expect(differences).toEqual([
      'COPY_TARGET_MISMATCH',
      { table: 'player', column: 'id', kind: 'type', expected: 'text', found: 'character varying(10)' },
      { table: 'player', column: 'age', kind: 'type', expected: 'double precision', found: 'integer' },
      { table: 'player', column: 'name', kind: 'missingColumn', expected: 'text' },
      { table: 'player', column: 'nick', kind: 'nullability', expected: 'NULL', found: 'NOT NULL' },
      { table: 'player', column: 'extra', kind: 'extraColumn', found: 'integer' },
    ]);
    expect(await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'narrow'`)).toHaveLength(1);
    await expect(copyTo(db, sql(knex, { schema: 'keyless' }), { collections: ['player'] })).rejects.toMatchObject({
      facts: { differences: [{ column: 'id', kind: 'key' }, { kind: 'rows' }] },
    });

    const store = sql(knex, { schema: 'foreign' });
    await copyTo(db, store, { collections: ['player'] });
    await query('DELETE FROM "foreign".nuthatch_position');
    await expect(copyTo(db, store, { collections: ['player'] })).rejects.toMatchObject({
      code: 'COPY_TARGET_MISMATCH',
      facts: { differences: [{ table: 'player', kind: 'rows' }] },
    });
    await db.player.update('p1', { name: 'a\0b' });
    await expect(copyTo(db, store, { collections: ['player'], existing: 'replace' })).rejects.toMatchObject({
      code: 'COPY_VALUE_REFUSED',
      facts: { collection: 'player', field: 'name', key: ['p1'] },
    });
  });

  it('can be resumed after the server cut the connection, and after the server was gone', async () => {
    await using db = await openPlayers(2_000);
    const due = await copyTo(db, sql(knex, { schema: 'whole' }), { collections: ['player'] });
    for (const moment of [1, 9, 20]) {
      const schema = `cut${moment}`;
      const cutting = interrupted(sql(knex, { schema }), moment, () =>
        query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'nuthatch'`,
        ),
      );
      const options = { collections: ['player'], batchRowCount: 100 };
      await expect(copyTo(db, cutting, options)).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
      expect(await query(`SELECT 1 FROM ${schema}.player`)).toEqual([]);
      const report = await copyTo(db, sql(knex, { schema }), { collections: ['player'] });
      expect(report.collections[0]?.checksum).toBe(due.collections[0]?.checksum);
    }
    const passing = await startPostgres();
    const other = knexOf({ client: 'pg', connection: passing.connection });
    await expect(
      copyTo(
        db,
        interrupted(sql(other), 3, () => passing.stop()),
        { batchRowCount: 10 },
      ),
    ).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
    await other.destroy().catch(() => undefined);
  }, 60_000);

  it('is mirrored exactly once although the server cuts connections while writes go on', async () => {
    await using db = await openPlayers(50);
    const store = sql(knex, { schema: 'mirrored' });
    let retries = 0;
    await using following = mirror(db, store, {
      collections: ['player'],
      retryMs: 5,
      batchChangeCount: 20,
      onEvent: ({ kind }) => void (kind === 'retrying' && retries++),
    });
    await following.caughtUp();
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 40; number++) {
        void db.player.upsert(input(`p${(round * 40 + number) % 70}`, number));
        if (number % 9 === 0) await db.player.delete(`p${number}`);
      }
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'nuthatch'`,
      );
    }
    await following.caughtUp();
    const [shape] = shapesOf([playerDefinition]);
    const checksum = new CollectionChecksum(shape!);
    for (const player of db.player.all()) checksum.add(player);
    expect(await summaryOfStore(store, shape!)).toEqual(checksum.summary);
    expect(following.status().appliedSeq).toBe(db.seq);
    expect(retries).toBeGreaterThanOrEqual(0);
  });
});
