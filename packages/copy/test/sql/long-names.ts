/** Names that are longer than the database has them are told apart, or refused before anything is made. */
import { copyTo, importModel, loadFrom, sql, sqlTable } from '../../src/index.js';
import { openPlayers, type SqlPlace } from './sql-place.js';

export function describeLongNames(name: string, placeOf: () => SqlPlace): void {
  describe(`names longer than those of ${name}`, () => {
    it('of prefixes tell copies apart, the tables of positions too', async () => {
      const { knex } = placeOf();
      const prefixes = ['a', 'b'].map((end) => `${'p'.repeat(70)}${end}_`);
      const found: number[] = [];
      for (const [index, tablePrefix] of prefixes.entries()) {
        await using db = await openPlayers(index + 1);
        await copyTo(db, sql(knex, { tablePrefix, schema: 'long_names' }), { collections: ['player'] });
        const again = await copyTo(db, sql(knex, { tablePrefix, schema: 'long_names' }), { collections: ['player'] });
        expect(again.collections[0]).toMatchObject({ wasThere: true, count: index + 1 });
      }
      for (const tablePrefix of prefixes) {
        await using to = await openPlayers(0);
        await loadFrom(to, sql(knex, { tablePrefix, schema: 'long_names' }), { collections: ['player'] });
        found.push(to.player.size);
      }
      expect(found).toEqual([1, 2]);
    });

    it('of schemas and foreign tables are refused, for the server would cut them', async () => {
      const { knex } = placeOf();
      const long = 's'.repeat(70);
      const refused = (option: string) => ({ code: 'INVALID_OPTION', facts: { option } });
      expect(() => sql(knex, { schema: long })).toThrow(expect.objectContaining(refused('schema')));
      expect(() => sqlTable(knex, { table: long })).toThrow(expect.objectContaining(refused('table')));
      expect(() => sqlTable(knex, { table: 't', schema: long })).toThrow(expect.objectContaining(refused('schema')));
      await expect(importModel(knex, { table: long })).rejects.toMatchObject(refused('table'));
      await expect(importModel(knex, { table: 't', schema: long })).rejects.toMatchObject(refused('schema'));
    });
  });
}
