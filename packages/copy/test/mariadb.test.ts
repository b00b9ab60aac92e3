import knexOf, { type Knex } from 'knex';
import { createConnection } from 'mysql2/promise';
import { playerDefinition } from '../../../generated/player.js';
import { canRunMariadb, type MariadbServer, startMariadb } from '../../../test/servers/mariadb.js';
import { shapesOf, sql } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';
import { describeKilledCopies } from './sql/killed-copies.js';
import { describeRoundTrips } from './sql/round-trips.js';
import type { SqlPlace } from './sql/sql-place.js';

(canRunMariadb() ? describe : describe.skip)('with a real MariaDB', () => {
  let server: MariadbServer;
  let knex: Knex;
  let place: SqlPlace;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startMariadb();
    const config = { client: 'mysql2', connection: server.connection, pool: { min: 0, max: 4 } };
    knex = knexOf(config);
    const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``;
    place = { config, knex, query, hasSchemas: true, quote };
  }, 60_000);

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
  describeRoundTrips('MariaDB', () => place);
  describeKilledCopies('MariaDB', () => place, 8);
});

describe('the schema for MySQL', () => {
  it('bounds what is indexed, compares by code point, and has its indexes inline', () => {
    const [, player, clubs] = sql(knexOf({ client: 'mysql2' })).ddl(shapesOf([playerDefinition]));
    expect(player).toMatch(/`id` varchar\(384\) CHARACTER SET utf8mb4 COLLATE .* NOT NULL, `email` varchar\(768\) /);
    expect(player).toContain('COLLATE /*!80017 utf8mb4_0900_bin *//*M!100202 utf8mb4_nopad_bin */ NOT NULL');
    expect(player).toContain('`joinedAt` datetime(3) NOT NULL');
    expect(player).toContain('UNIQUE KEY `player_email_unique` (`email`)');
    expect(clubs).toContain('PRIMARY KEY (`tag`, `id`)');
  });
});
