import knexOf, { type Knex } from 'knex';
import { playerDefinition } from '../../../generated/player.js';
import { canRunMariadb, type MariadbServer, startMariadb } from '../../../test/servers/mariadb.js';
import { shapesOf, sql } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';

(canRunMariadb() ? describe : describe.skip)('with a real MariaDB', () => {
  let server: MariadbServer;
  let knex: Knex;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startMariadb();
    knex = knexOf({ client: 'mysql2', connection: server.connection, pool: { min: 0, max: 4 } });
  }, 60_000);

  afterAll(async () => {
    await knex?.destroy();
    await server?.stop();
  });

  describeExternalStore('MariaDB', async () => {
    const schema = `s${++schemaCount} \`é?`;
    return { store: sql(knex, { schema }), remove: () => knex.raw('DROP DATABASE IF EXISTS ??', [schema]) };
  });
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
