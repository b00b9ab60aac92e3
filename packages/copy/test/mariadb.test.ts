import knexOf, { type Knex } from 'knex';
import { createConnection } from 'mysql2/promise';
import { playerDefinition } from '../../../generated/player.js';
import { canRunMariadb, type MariadbServer, startMariadb } from '../../../test/servers/mariadb.js';
import { copyTo, shapesOf, sql } from '../src/index.js';
import { describeAwkwardTexts } from './awkward-texts.js';
import { describeExternalStore } from './external-store-contract.js';
import { describeNamesInATarget } from './names-in-a-target.js';
import { describeExamples } from './sql/examples.js';
import { describeFailures, type ServerPlace } from './sql/failures.js';
import { describeForeignKeys, MARIADB_KEYS } from './sql/foreign-keys.js';
import { MARIADB_ROWS, MARIADB_SESSIONS } from './sql/hostile-sessions.js';
import { describeKilledCopies } from './sql/killed-copies.js';
import { describeLongNames } from './sql/long-names.js';
import { describeRoundTrips } from './sql/round-trips.js';
import { describeSessionSettings } from './sql/session-settings.js';
import { openPlayers } from './sql/sql-place.js';

(canRunMariadb() ? describe : describe.skip)('with a real MariaDB', () => {
  let server: MariadbServer;
  let knex: Knex;
  let place: ServerPlace;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startMariadb();
    const config = { client: 'mysql2', connection: server.connection, pool: { min: 0, max: 4 } };
    knex = knexOf(config);
    const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``;
    const cutConnections = async () => {
      const ids = await query(
        `SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user = 'nuthatch'`,
      );
      // One that has ended by itself meanwhile is cut as well.
      for (const { id } of ids) await query(`KILL ${id}`).catch(() => undefined);
    };
    place = { config, knex, query, hasSchemas: true, quote, cutConnections, startOther: startMariadb };
  });

  afterAll(async () => {
    await knex?.destroy();
    await server?.stop();
  });

  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const connection = await createConnection({ ...server.connection, timezone: 'Z' });
    try {
      return (await connection.query(text))[0] as Record<string, unknown>[];
    } finally {
      await connection.end();
    }
  };

  describeExternalStore('MariaDB', async () => {
    const schema = `s${++schemaCount} \`é?`;
    return { store: sql(knex, { schema }), remove: () => knex.raw('DROP DATABASE IF EXISTS ??', [schema]) };
  });
  describeAwkwardTexts('MariaDB', (number) => sql(knex, { schema: 'texts', tablePrefix: `t${number}_` }));
  describeNamesInATarget('MariaDB', async () => sql(knex, { schema: `names${++schemaCount}` }));
  describeForeignKeys('MariaDB', () => place, MARIADB_KEYS);
  describeLongNames('MariaDB', () => place);
  describeSessionSettings('MariaDB', () => place, MARIADB_SESSIONS, MARIADB_ROWS);
  describeRoundTrips('MariaDB', () => place);
  describeFailures('MariaDB', () => place, {
    narrowDdl: [
      'CREATE DATABASE narrow',
      `CREATE TABLE narrow.player (id varchar(10) COLLATE utf8mb4_bin PRIMARY KEY, age int NOT NULL,
        email varchar(768) COLLATE utf8mb4_general_ci, clubs json, joinedAt datetime(3),
        nick varchar(768) COLLATE utf8mb4_nopad_bin NOT NULL, nameLength double, extra int)`,
    ],
    narrowDifferences: [
      { table: 'player', column: 'id', kind: 'type', expected: 'varchar(384)', found: 'varchar(10)' },
      {
        table: 'player',
        column: 'email',
        kind: 'type',
        expected: 'varchar(768)',
        found: 'varchar(768) collate utf8mb4_general_ci',
      },
      { table: 'player', column: 'age', kind: 'type', expected: 'double', found: 'int(11)' },
      { table: 'player', column: 'name', kind: 'missingColumn', expected: 'longtext' },
      { table: 'player', column: 'nick', kind: 'nullability', expected: 'NULL', found: 'NOT NULL' },
      { table: 'player', column: 'extra', kind: 'extraColumn', found: 'int(11)' },
    ],
    refused: { change: { joinedAt: new Date('0500-01-01T00:00:00Z') }, field: 'joinedAt' },
    deniedCode: 'ER_ACCESS_DENIED_ERROR',
  });
  describeKilledCopies('MariaDB', () => place, 8);

  it('sends large documents in statements that the server accepts, and names a document that is too large for any', async () => {
    await using db = await openPlayers(0);
    const { store, table } = { store: sql(knex, { schema: 'large' }), table: 'large.player' };
    const large = { name: 'é"\\🐦'.repeat(60_000), age: 3 };
    await db.player.insertMany(
      Array.from({ length: 40 }, (_, id) => ({ ...large, id: `p${id}`, email: `${id}@x.io` })),
    );
    await copyTo(db, store, { collections: ['player'] });
    await db.player.insert({ id: 'larger', email: 'l@x.io', age: 3, name: 'x'.repeat(17_000_000) });
    await expect(copyTo(db, store, { collections: ['player'] })).rejects.toMatchObject({
      code: 'COPY_VALUE_REFUSED',
      facts: { driverCode: 'ER_NET_PACKET_TOO_LARGE' },
    });
    expect(await query(`SELECT COUNT(*) AS n FROM ${table}`)).toEqual([{ n: 40 }]);
  });

  it('keeps to itself: the mode and the transaction of a connection are given back as they were', async () => {
    const single = knexOf({ client: 'mysql2', connection: server.connection, pool: { min: 1, max: 1 } });
    await single.raw(
      "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+02:00', sql_select_limit = 7",
    );
    await using db = await openPlayers(30);
    await copyTo(db, sql(single, { schema: 'modes' }), { collections: ['player'] });
    const [[row]] = (await single.raw(
      'SELECT @@SESSION.sql_mode AS mode, @@in_transaction AS inside, @@SESSION.time_zone AS zone, @@SESSION.sql_select_limit AS most',
    )) as [object[]];
    expect(row).toEqual({ mode: 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', inside: 0, zone: '+02:00', most: 7 });
    await single.destroy();
  });

  describeExamples('docs/sql.md', () => server.url);
});

describe('the schema for MySQL', () => {
  it('bounds indexed values, compares by code point, and has its indexes inline', () => {
    const [, player, clubs] = sql(knexOf({ client: 'mysql2' })).ddl(shapesOf([playerDefinition]));
    expect(player).toMatch(/`id` varchar\(384\) CHARACTER SET utf8mb4 COLLATE .* NOT NULL, `email` varchar\(768\) /);
    expect(player).toContain('COLLATE /*!80017 utf8mb4_0900_bin *//*M!100202 utf8mb4_nopad_bin */ NOT NULL');
    expect(player).toContain('`joinedAt` datetime(3) NOT NULL');
    expect(player).toContain('UNIQUE KEY `player_email_unique` (`email`)');
    expect(clubs).toContain('PRIMARY KEY (`tag`, `id`)');
  });
});
