/** References to blobs are copied as objects, and loaded where their bytes are. */
import knexOf from 'knex';
import { openDatabase } from '../../../generated/index.js';
import { copyTo, loadFrom, sql } from '../src/index.js';

const machines = { collections: ['machine'] };

it('a copy in SQL has the references, and a database that has the bytes takes them back', async () => {
  const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  try {
    await using from = await openDatabase({ memory: true });
    const photo = await from.blobs.put(new Uint8Array([1, 2, 3]), { mediaType: 'image/png' });
    await from.machine.insert({ id: 'm1', serial: 'a', photo, drawings: [photo] });
    const store = sql(knex);
    await copyTo(from, store, machines);
    const [row] = (await knex('machine')) as readonly { readonly photo: string; readonly drawings: string }[];
    expect(JSON.parse(row!.photo)).toEqual({ ...photo });
    expect(JSON.parse(row!.drawings)).toEqual([{ ...photo }]);

    await using to = await openDatabase({ memory: true });
    const refused = loadFrom(to, store, machines);
    await expect(refused).rejects.toMatchObject({ code: 'LOAD_REJECTED', facts: { reason: 'BLOB_MISSING' } });
    // The same bytes have the same reference.
    expect(await to.blobs.put(await from.blobs.bytes(photo), { mediaType: 'image/png' })).toEqual(photo);
    await loadFrom(to, store, machines);
    expect(to.machine.require('m1')).toMatchObject({ photo, drawings: [photo] });
  } finally {
    await knex.destroy();
  }
});
