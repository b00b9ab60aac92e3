/** Every export, with values of wrong types at every argument: it does its work, or refuses by code. */

import { DatabaseError } from '@nuthatch/model';
import knexOf from 'knex';
import { openDatabase } from '../../../generated/index.js';
import { playerDefinition } from '../../../generated/player.js';
import * as copy from '../src/index.js';

const WRONG: readonly unknown[] = [
  ...[undefined, null, 0, -1, 1.5, Number.NaN, 5n, '', 'text', '\0', true, false, Symbol('symbol')],
  ...[
    [],
    [null],
    [5],
    {},
    { [Symbol.iterator]: 5 },
    () => undefined,
    new Date(Number.NaN),
    new Map(),
    Object.create(null),
  ],
  ...[
    { historyId: 5 },
    { client: null },
    { client: { config: null } },
    { collection: 5 },
    { kind: 'date' },
    { kind: 5 },
  ],
  { collections: 5, batchRowCount: 0, onProgress: 5, signal: 5, verify: 5, existing: 5, conflict: 5, rejectedFile: 5 },
  { collections: [5] },
  { collections: ['nobody'] },
  { batchRowCount: '5' },
  { batchChangeCount: Number.NaN },
  { retryMs: 'soon' },
  { onEvent: 'event' },
  { tablePrefix: 5 },
  { schema: 5, table: 5, file: 5, columns: 5 },
  { table: 'player', columns: { id: 5 } },
  { file: 'none.csv', delimiter: 5 },
  { keyspace: 5, replication: 5, bucketCount: 'x' },
];

let db: Awaited<ReturnType<typeof openDatabase>>;
const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
const store = copy.sql(knex);
const client = { keyspace: 'k', execute: async () => ({ rows: [] }), batch: async () => ({ rows: [] }) };

beforeAll(async () => {
  db = await openDatabase({ memory: true });
  await db.player.insert({ id: 'a', email: 'a@x.io', age: 3, name: 'A', clubs: ['b'] });
  await copy.copyTo(db, store, { collections: ['player'] });
});
afterAll(async () => {
  await db.close();
  await knex.destroy();
});

/** Right arguments of each export, in whose places the wrong ones are put. */
const RIGHT = (): Readonly<Record<string, readonly unknown[]>> => {
  const [shape] = copy.shapesOf([playerDefinition]);
  const only = { collections: ['player'] };
  const document = db.player.require('a');
  return {
    CollectionChecksum: [shape],
    pagesOf: [store, shape, 10],
    summaryOfStore: [store, shape, 10],
    shapesOf: [[playerDefinition], {}],
    copyTo: [db, store, only],
    ddlOf: [db, store, only],
    completeAt: [shape, 'history', 5n],
    isUsable: [copy.completeAt(shape!, 'history', 5n), shape, 'history'],
    sourceOf: [db],
    keyValuesOf: [shape, document],
    fromJsonValue: [{ kind: 'date' }, '2026-01-01'],
    toJsonValue: [{ kind: 'date' }, new Date(5)],
    loadFrom: [db, store, { ...only, conflict: 'skip' }],
    Mirror: [db, store, only],
    mirror: [db, store, only],
    cassandra: [client, {}],
    CassandraStore: [
      client,
      { keyspace: 'k', bucketCount: 2, session: { concurrency: 1, attempts: 1, consistency: 6 } },
    ],
    csvFile: [{ file: 'none.csv' }],
    csvOf: [db, 'player'],
    MemoryStore: [{}],
    importModel: [knex, { table: 'player' }],
    requireDatabaseUrl: ['postgres', 'postgres://h/db', 'URL', 'url'],
    sql: [knex, {}],
    SqlStore: [knex, Reflect.get({ dialect: undefined }, 'dialect'), {}],
    sqlTable: [knex, { table: 'player' }],
  };
};

/** Runs it to its end: promises, iterators, a mirror. */
async function outcomeOf(name: string, args: readonly unknown[]): Promise<unknown> {
  try {
    const face = Reflect.get(copy, name) as (...given: readonly unknown[]) => unknown;
    const isClass = /^[A-Z]/.test(name);
    const made = await (isClass ? Reflect.construct(face, [...args]) : face(...args));
    if (made instanceof copy.CollectionChecksum)
      for (const wrong of WRONG.slice(0, 9)) expectCoded(() => made.add(wrong as object));
    if (made instanceof copy.Mirror) {
      await made.stop();
      return undefined;
    }
    if (Object(made) === made && Symbol.asyncIterator in (made as object))
      for await (const _each of made as AsyncIterable<unknown>);
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectCoded(work: () => void): void {
  try {
    work();
  } catch (error) {
    expect(DatabaseError.is(error)).toBe(true);
  }
}

const NAMES = Object.keys(copy).filter((name) => typeof Reflect.get(copy, name) === 'function');

it('is held over every export', () => {
  expect(Object.keys(RIGHT()).sort()).toEqual([...NAMES].sort());
});

it.each(NAMES)('%s refuses wrong arguments by code', async (name) => {
  const right = RIGHT()[name] as readonly unknown[];
  for (let at = 0; at < right.length; at++)
    for (const wrong of WRONG) {
      const error = await outcomeOf(name, right.with(at, wrong));
      const isCoded = error === undefined || DatabaseError.is(error);
      expect([name, at, typeof wrong === 'symbol' ? 'symbol' : wrong, isCoded ? true : error]).toEqual([
        ...[name, at, typeof wrong === 'symbol' ? 'symbol' : wrong, true],
      ]);
    }
  const error = await outcomeOf(name, []);
  expect([name, name === 'MemoryStore' ? error === undefined : DatabaseError.is(error)]).toEqual([name, true]);
});

/** Every store, with right arguments for each method: the wrong ones are put in their places. */
const STORES: readonly (readonly [string, () => object])[] = [
  ['sql', () => store],
  ['cassandra', () => copy.cassandra(client)],
  ['MemoryStore', () => new copy.MemoryStore()],
  ['sqlTable', () => copy.sqlTable(knex, { table: 'player' })],
  ['csvFile', () => copy.csvFile({ file: __filename })],
];

it.each(STORES)('the methods of %s refuse wrong arguments by code', async (name, make) => {
  const [shape] = copy.shapesOf([playerDefinition]);
  const position = copy.completeAt(shape!, 'history', 5n);
  const change = { shape, key: ['none'], document: undefined, seq: 5n };
  const methods: Readonly<Record<string, readonly unknown[]>> = {
    ddl: [[shape]],
    check: [[shape]],
    create: [[shape]],
    setPositions: [[position]],
    begin: [shape, position],
    apply: [[change], [position]],
    readPage: [shape, undefined, 5],
    count: [shape],
  };
  const made = make() as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
  for (const [method, right] of Object.entries(methods)) {
    if (made[method] === undefined) continue;
    for (let at = 0; at < right.length; at++)
      // Lists without a member mean nothing to do, and no cursor the first page.
      for (const wrong of WRONG.filter((value) => !(Array.isArray(value) && value.length === 0))) {
        if (method === 'readPage' && at === 1) continue;
        const error = await (async () => made[method]!(...right.with(at, wrong)))().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const code = DatabaseError.is(error) ? error.code : error;
        expect([name, method, at, typeof wrong === 'symbol' ? 'symbol' : wrong, code]).toEqual([
          ...[name, method, at, typeof wrong === 'symbol' ? 'symbol' : wrong, 'INVALID_OPTION'],
        ]);
      }
  }
  if (made['begin'] === undefined) return;
  const writer = await (async () => made['begin']!(shape, position))().then(
    (begun) => begun as copy.CollectionWriter,
    () => undefined,
  );
  if (writer === undefined) return expect(name).toBe('cassandra');
  for (const wrong of [5, null, 'text', [5], [null]])
    await expect(writer.write(wrong as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(writer.finish({} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await writer.abandon();
});

const SLIPS: readonly (readonly [string, () => unknown])[] = [
  ['column', () => copy.sqlTable(knex, { table: 'player', column: {} } as never)],
  ['column', () => copy.csvFile({ file: 'a', column: {} } as never)],
  ['collection', () => copy.copyTo(db, store, { collection: ['player'] } as never)],
  ['batchRows', () => copy.loadFrom(db, store, { batchRows: 5 } as never)],
  ['colections', () => copy.mirror(db, store, { colections: [] } as never)],
  ['prefix', () => copy.sql(knex, { prefix: 'a' } as never)],
  ['prefix', () => copy.cassandra(client, { prefix: 'a' } as never)],
  ['class', () => copy.importModel(knex, { table: 'player', class: 'A' } as never)],
];

it.each(SLIPS)('an option that there is not is named: %s', async (option, work) => {
  const error = await (async () => work())().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'INVALID_OPTION', facts: { option } });
  expect((error as Error).message).toMatch(/there is no such option, only /);
});
