/** Documents of more than a thousand fields in SQLite, whose expressions end at a depth of 1,000. */
import type { DocumentModel } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import knexOf from 'knex';
import { copyTo, loadFrom, mirror, sql } from '../src/index.js';
import { copiedDefinition } from './copied-definition.js';

interface Wide {
  insertMany(inputs: readonly object[]): Promise<unknown>;
  update(key: object, patch: object): Promise<unknown>;
  delete(key: object): Promise<unknown>;
  all(): { all(): object[] };
}

type Collections = Readonly<Record<'wide', Wide>>;

const KEYS = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'];

function modelOf(fieldCount: number): DocumentModel {
  const number = { kind: 'number' } as const;
  const names = [...KEYS, ...Array.from({ length: fieldCount - KEYS.length }, (_, at) => `f${at}`)];
  const fields = names.map((name) => ({ name, type: number, optional: false, rules: [] }));
  return {
    name: 'Wide',
    collection: 'wide',
    storage: 'disk',
    key: { fields: KEYS },
    fields,
    computed: [],
    indexes: [],
  };
}

const open = (model: DocumentModel) =>
  openDatabase<Collections, Collections>([copiedDefinition(model)], { memory: true });

it.each([1_100, 1_999])(
  'copies, mirrors and loads documents of %i fields',
  async (fieldCount) => {
    const model = modelOf(fieldCount);
    const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
    const documentOf = (number: number): Record<string, number> =>
      Object.fromEntries(model.fields.map(({ name }, at) => [name, number * 10_000 + at]));
    const keyOf = (number: number): object => Object.fromEntries(KEYS.map((name, at) => [name, number * 10_000 + at]));
    const [from, to] = [await open(model), await open(model)];
    await from.wide.insertMany(Array.from({ length: 20 }, (_, number) => documentOf(number)));
    const store = sql(knex);
    await copyTo(from, store);
    await from.wide.update(keyOf(3), { [`f${fieldCount - 10}`]: 5 });
    await from.wide.delete(keyOf(4));
    expect((await copyTo(from, store)).collections[0]).toMatchObject({ writtenCount: 1, deletedCount: 1 });
    const following = mirror(from, store);
    await from.wide.insertMany(Array.from({ length: 210 }, (_, number) => documentOf(number + 300)));
    await following.caughtUp();
    await following.stop();
    await loadFrom(to, store);
    const sorted = (db: typeof from) =>
      db.wide
        .all()
        .all()
        .map((one) => JSON.stringify(one))
        .sort();
    expect(sorted(to)).toEqual(sorted(from));
    await Promise.all([knex.destroy(), from.close(), to.close()]);
  },
  60_000,
);

it('refuses more fields than a table can have, before anything is written', async () => {
  const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  const db = await open(modelOf(2_100));
  await expect(copyTo(db, sql(knex))).rejects.toMatchObject({
    code: 'COPY_TARGET_MISMATCH',
    facts: { differences: [{ table: 'wide', kind: 'columnCount', found: '2100' }] },
  });
  expect(await knex('sqlite_master').select()).toEqual([]);
  await Promise.all([knex.destroy(), db.close()]);
});
