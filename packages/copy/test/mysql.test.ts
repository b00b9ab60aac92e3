/**
 * MySQL and MariaDB: against the server whose URL NUTHATCH_MYSQL_URL holds (an empty database that may be filled). No
 * server comes by itself, so without it the statements alone are looked at.
 */
import knexOf from 'knex';
import { playerDefinition } from '../../../generated/player.js';
import { shapesOf, sql } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';

const url = process.env['NUTHATCH_MYSQL_URL'];
let prefix = 0;

if (url === undefined) process.stderr.write('skipped: the tests with MySQL, since NUTHATCH_MYSQL_URL is not set\n');
else
  describeExternalStore('MySQL', async () => {
    const knex = knexOf({ client: 'mysql2', connection: url });
    const tablePrefix = `t${process.pid}_${++prefix}_`;
    return {
      store: sql(knex, { tablePrefix }),
      remove: async () => {
        const [tables] = (await knex.raw('SHOW TABLES')) as [Record<string, string>[]];
        for (const name of tables.flatMap((row) => Object.values(row)))
          if (name.startsWith(tablePrefix)) await knex.raw('DROP TABLE ??', [name]);
        await knex.destroy();
      },
    };
  });

describe('the schema for MySQL', () => {
  it('bounds what is indexed, compares by code point, and has its indexes inline', () => {
    const [, player, clubs] = sql(knexOf({ client: 'mysql2' })).ddl(shapesOf([playerDefinition]));
    expect(player).toContain('`email` varchar(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL');
    expect(player).toContain('`joinedAt` datetime(3) NOT NULL');
    expect(player).toContain('UNIQUE KEY `player_email_unique` (`email`)');
    expect(clubs).toContain('PRIMARY KEY (`tag`, `id`)');
  });
});
