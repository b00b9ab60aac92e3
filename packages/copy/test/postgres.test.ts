import knexOf, { type Knex } from 'knex';
import { Client } from 'pg';
import { openDatabase } from '../../../generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../test/servers/postgres.js';
import { copyTo, sql } from '../src/index.js';
import { describeAwkwardTexts } from './awkward-texts.js';
import { describeExternalStore } from './external-store-contract.js';
import { describeNamesInATarget } from './names-in-a-target.js';
import { describeFailures, type ServerPlace } from './sql/failures.js';
import { describeForeignKeys, POSTGRES_KEYS } from './sql/foreign-keys.js';
import { POSTGRES_ROWS, POSTGRES_SESSIONS } from './sql/hostile-sessions.js';
import { describeKilledCopies } from './sql/killed-copies.js';
import { describeLongNames } from './sql/long-names.js';
import { describeRoundTrips } from './sql/round-trips.js';
import { describeSessionSettings } from './sql/session-settings.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('with a real PostgreSQL', () => {
  let server: PostgresServer;
  let knex: Knex;
  let place: ServerPlace;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startPostgres();
    const config = { client: 'pg', connection: server.connection, pool: { min: 0, max: 4 } };
    knex = knexOf(config);
    const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
    const cutConnections = () =>
      query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'nuthatch'`,
      );
    place = { config, knex, query, hasSchemas: true, quote, cutConnections, startOther: startPostgres };
  });

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

  describeAwkwardTexts('PostgreSQL', (number) => sql(knex, { schema: 'texts', tablePrefix: `t${number}_` }));
  describeNamesInATarget('PostgreSQL', async () => sql(knex, { schema: `names${++schemaCount}` }));
  describeForeignKeys('PostgreSQL', () => place, POSTGRES_KEYS);
  describeLongNames('PostgreSQL', () => place);
  describeSessionSettings('PostgreSQL', () => place, POSTGRES_SESSIONS, POSTGRES_ROWS);
  describeRoundTrips('PostgreSQL', () => place);
  describeFailures('PostgreSQL', () => place, {
    narrowDdl: [
      `CREATE SCHEMA narrow; CREATE TABLE narrow.player (id varchar(10) PRIMARY KEY, age integer NOT NULL, email text,
        clubs jsonb, "joinedAt" timestamptz, nick text NOT NULL, "nameLength" float8, extra int)`,
    ],
    narrowDifferences: [
      { table: 'player', column: 'id', kind: 'type', expected: 'text', found: 'character varying(10)' },
      { table: 'player', column: 'age', kind: 'type', expected: 'double precision', found: 'integer' },
      { table: 'player', column: 'name', kind: 'missingColumn', expected: 'text' },
      { table: 'player', column: 'nick', kind: 'nullability', expected: 'NULL', found: 'NOT NULL' },
      { table: 'player', column: 'extra', kind: 'extraColumn', found: 'integer' },
    ],
    refused: { change: { name: 'a\0b' }, field: 'name' },
    deniedCode: '28P01',
  });
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

  it('refuses an index and a view of a name that it needs, and looks for tables where it makes them', async () => {
    await using db = await openPlayers(3);
    await query(
      'CREATE SCHEMA taken; CREATE TABLE taken.theirs (a int); CREATE INDEX player_email_unique ON taken.theirs (a)',
    );
    await query('CREATE VIEW taken.player_clubs AS SELECT 1 AS id');
    await expect(copyTo(db, sql(knex, { schema: 'taken' }), { collections: ['player'] })).rejects.toMatchObject({
      code: 'COPY_TARGET_MISMATCH',
      facts: {
        differences: [
          { table: 'player', kind: 'owner', found: 'the index player_email_unique of theirs' },
          { table: 'player_clubs', kind: 'owner', found: 'no table' },
        ],
      },
    });
    expect(await query(`SELECT 1 FROM pg_tables WHERE schemaname = 'taken' AND tablename <> 'theirs'`)).toEqual([]);
    // A path of two schemas: the second one holds another program's table.
    await query('CREATE SCHEMA ours; CREATE SCHEMA second; CREATE TABLE second.player (id int)');
    const config = { client: 'pg', connection: server.connection, searchPath: ['ours', 'second'] };
    const pathed = knexOf(config);
    await copyTo(db, sql(pathed), { collections: ['player'] });
    expect(await query('SELECT count(*)::int AS n FROM ours.player')).toEqual([{ n: 3 }]);
    await pathed.destroy();
  });

  it('keeps to itself: the settings of a connection are given back as they were', async () => {
    const single = knexOf({ client: 'pg', connection: server.connection, pool: { min: 1, max: 1 } });
    await single.raw(
      "SET extra_float_digits = 0; SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Kathmandu'; SET search_path = a, public",
    );
    await using db = await openPlayers(3);
    await copyTo(db, sql(single, { schema: 'given_back' }), { collections: ['player'] });
    const settings = ['extra_float_digits', 'DateStyle', 'TimeZone', 'search_path'];
    const shown = await Promise.all(settings.map((name) => single.raw(`SELECT current_setting('${name}') AS is`)));
    expect(shown.map(({ rows }) => rows[0].is)).toEqual(['0', 'German, DMY', 'Asia/Kathmandu', 'a, public']);
    await single.destroy();
  });

  it('names a key that is missing', async () => {
    await using db = await openPlayers(10);
    await query('CREATE SCHEMA keyless; CREATE TABLE keyless.player AS SELECT * FROM plain.player');
    await expect(copyTo(db, sql(knex, { schema: 'keyless' }), { collections: ['player'] })).rejects.toMatchObject({
      facts: { differences: [{ column: 'id', kind: 'key' }, { kind: 'rows' }] },
    });
  });
});
