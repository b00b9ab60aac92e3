/**
 * Values of every type in every place of every read: what cannot be meant is refused with a code, and never taken for
 * every document. No TypeError or RangeError of the engine's own reaches a caller.
 */
import { DatabaseError, type DocumentModel, type FieldType, type IndexModel } from '@nuthatch/model';
import type { Database } from '../src/database/database.js';
import { openDatabase } from '../src/database/open-database.js';
import type { Repository } from '../src/repository/repository.js';
import type { CollectionTypes } from '../src/repository/repository-types.js';
import { definitionOf } from './support/definition-of-model.js';

type Kind = 'string' | 'number' | 'bigint' | 'date' | 'boolean';
const KINDS: readonly Kind[] = ['string', 'number', 'bigint', 'date', 'boolean'];

const SAMPLES: Readonly<Record<Kind, readonly unknown[]>> = {
  string: ['b', 'zz'],
  number: [2, 100, -0.5, Number.POSITIVE_INFINITY],
  bigint: [2n, 10n ** 30n],
  date: [new Date(2)],
  boolean: [true],
};

/** What stands for no value of any kind. */
class Empty {
  get text(): string {
    return 'a';
  }
}
const throwing = new Proxy({}, { get: () => undefined });
const circle: Record<string, unknown> = {};
circle['self'] = circle;
const SHAPES: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['NaN', Number.NaN],
  ['an invalid date', new Date(Number.NaN)],
  ['a symbol', Symbol('s')],
  ['a function', () => true],
  ['an empty list', []],
  ['a list', ['b', 2]],
  ['a list of lists', [[['b']]]],
  ['an empty object', {}],
  ['an object without a prototype', Object.create(null)],
  ['an object that inherits', Object.create({ gte: 1, any: ['b'] })],
  ['an object of other names', { above: 1 }],
  ['bounds without values', { gte: undefined, lt: null }],
  ['a map', new Map([['text', 'b']])],
  ['a set', new Set(['b'])],
  ['a promise', Promise.resolve({ text: 'b' })],
  ['an instance with getters', new Empty()],
  ['a regular expression', /b/],
  ['bytes', new Uint8Array(3)],
  ['a boxed text', new String('')],
  ['a proxy', throwing],
  ['a circle', circle],
];

const type = (kind: Kind): FieldType => ({ kind });
const field = (name: string, of: FieldType): DocumentModel['fields'][number] => ({
  name,
  type: of,
  optional: false,
  rules: [],
});
const listOf = (kind: Kind): string => `${kind}List`;
const uniqueOf = (kind: Kind): string => `${kind}Unique`;
const composites: readonly (readonly [Kind, Kind])[] = KINDS.flatMap((first) =>
  KINDS.filter((second) => second !== first).map((second) => [first, second] as const),
);
const index = (kind: IndexModel['kind'], ...fields: readonly string[]): IndexModel => ({
  name: fields.join('_'),
  kind,
  fields,
});
const thing: DocumentModel = {
  name: 'Thing',
  collection: 'thing',
  storage: 'disk',
  key: { fields: ['id'] },
  computed: [],
  fields: [
    field('id', { kind: 'string' }),
    ...KINDS.flatMap((kind) => [
      field(kind, type(kind)),
      field(uniqueOf(kind), { kind: 'nullable', of: type(kind) }),
      field(listOf(kind), { kind: 'array', element: type(kind) }),
    ]),
  ],
  indexes: [
    ...KINDS.flatMap((kind) => [index('range', kind), index('unique', uniqueOf(kind)), index('tag', listOf(kind))]),
    ...composites.map(([first, second]) => ({ ...index('range', first, second), name: `${first}_${second}` })),
    { name: 'both', kind: 'unique', fields: ['string', 'bigint'] },
  ],
};

interface AnyTypes extends CollectionTypes {
  readonly order: string;
  readonly tags: Record<string, unknown>;
  readonly ranges: Record<string, unknown>;
  readonly sums: string;
  readonly fixed: never;
  readonly unique: string;
  readonly numbers: string;
}
interface Repositories {
  readonly thing: Repository<AnyTypes>;
}

const VALUES: Readonly<Record<Kind, readonly unknown[]>> = {
  string: ['a', 'b', 'c'],
  number: [1, 2, 3],
  bigint: [1n, 2n, 3n],
  date: [new Date(1), new Date(2), new Date(3)],
  boolean: [false, true, false],
};

function thingOf(at: number): object {
  const fields: Record<string, unknown> = { id: `t${at}` };
  for (const kind of KINDS) {
    const value = VALUES[kind][at];
    fields[kind] = value;
    fields[uniqueOf(kind)] = kind === 'boolean' && at > 1 ? null : value;
    fields[listOf(kind)] = [value];
  }
  return fields;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return DatabaseError.is(error) ? error.code : String(error);
  }
}

const REFUSED = /^(INVALID_|UNINDEXED_FIELD)/;

let db: Database<unknown> & Repositories;
beforeAll(async () => {
  db = await openDatabase<Repositories, unknown>([definitionOf(thing)], { memory: true });
  await db.thing.insertMany([0, 1, 2].map(thingOf));
});
afterAll(() => db.close());

/** Conditions with `value` in each place one can stand in. */
function places(kind: Kind, value: unknown): readonly object[] {
  const bounds = [
    { gt: value },
    { gte: value },
    { lt: value },
    { lte: value },
    { between: [value, value] },
    { between: [VALUES[kind][0], value] },
    { gte: VALUES[kind][0], lt: value },
  ];
  // A unique field of these may hold null, and may then be asked for it.
  const unique = [value, { in: [value] }, { not: value }].map((query) => ({ [uniqueOf(kind)]: query }));
  const words = [
    { in: [value] },
    { in: [VALUES[kind][0], value] },
    { not: value },
    { gte: VALUES[kind][0], not: value },
  ];
  return [
    ...(value === null ? [] : unique),
    ...words.flatMap((query) => [{ [kind]: query }, { [listOf(kind)]: query }]).slice(0, -1),
    { or: [{ [kind]: value }] },
    { and: [{ [kind]: VALUES[kind][0] }, { [listOf(kind)]: value }] },
    { not: { [kind]: value } },
    { [listOf(kind)]: value },
    { [listOf(kind)]: { any: [value] } },
    { [listOf(kind)]: { all: [VALUES[kind][0], value] } },
    { [listOf(kind)]: { any: VALUES[kind], none: [value] } },
    ...[value, ...bounds].flatMap((query) => [
      { [kind]: query },
      { [kind === 'string' ? 'string_number' : `${kind}_string`]: { [kind]: query } },
      ...(kind === 'string' ? [] : [{ [`string_${kind}`]: { string: 'a', [kind]: query } }]),
    ]),
  ];
}

describe.each(KINDS)('an index of %s', (kind) => {
  const others = KINDS.filter((other) => other !== kind);

  it('answers for values of its own type as a scan does', () => {
    for (const value of SAMPLES[kind])
      for (const where of places(kind, value)) expect(() => db.thing.find(where).count()).not.toThrow();
    const middle = VALUES[kind][1];
    expect(db.thing.find({ [kind]: middle }).keys()).toEqual(['t1']);
    expect(db.thing.find({ [listOf(kind)]: middle }).keys()).toEqual(['t1']);
    expect(db.thing.find({ [uniqueOf(kind)]: middle }).keys()).toEqual(['t1']);
  });

  it.each(others)('refuses a %s in every place', (other) => {
    for (const value of SAMPLES[other])
      for (const where of places(kind, value))
        expect([where, codeOf(() => db.thing.find(where))]).toEqual([where, 'INVALID_INDEX_VALUE']);
  });

  it.each(SHAPES)('refuses %s in every place', (_, value) => {
    for (const where of places(kind, value))
      expect([where, codeOf(() => db.thing.find(where).all())]).toEqual([where, expect.stringMatching(REFUSED)]);
  });

  it.each(SHAPES)('refuses %s as a list of tags, as two bounds and as a prefix', (name, value) => {
    const lists = name === 'a list' ? [] : [{ any: value }, { all: value }, { none: value }];
    const wheres = [
      ...lists.map((query) => ({ [listOf(kind)]: query })),
      ...lists.map((query) => ({ [listOf(kind)]: { any: VALUES[kind], ...query } })),
      { [kind]: { between: value } },
      { [kind]: { prefix: value } },
      { [kind === 'string' ? 'string_number' : `${kind}_string`]: value },
    ];
    for (const where of wheres)
      expect([where, codeOf(() => db.thing.find(where).all())]).toEqual([where, expect.stringMatching(REFUSED)]);
  });
});

it('an empty prefix is refused, and a prefix that is not a text', () => {
  expect(codeOf(() => db.thing.find({ string: { prefix: '' } }))).toBe('INVALID_QUERY');
  expect(codeOf(() => db.thing.find({ number: { prefix: 'a' } }))).toBe('INVALID_INDEX_VALUE');
  expect(codeOf(() => db.thing.find({ string_number: { string: { prefix: '' } } }))).toBe('INVALID_QUERY');
  expect(db.thing.find({ string: { prefix: 'b' } }).keys()).toEqual(['t1']);
});

it('two bounds of one side are refused in a composite index, too', () => {
  for (const bounds of [
    { gt: 1, gte: 2 },
    { lt: 1, lte: 2 },
    { between: [1, 2], gt: 1 },
  ]) {
    expect(codeOf(() => db.thing.find({ number: bounds }))).toBe('INVALID_QUERY');
    expect(codeOf(() => db.thing.find({ string_number: { string: 'a', number: bounds } }))).toBe('INVALID_QUERY');
  }
});

/** Each of these says: every document. */
const EMPTY = ['an empty object', 'an object without a prototype', 'a proxy'];

describe.each(SHAPES.filter(([name]) => !EMPTY.includes(name)))('%s as all conditions', (_, where) => {
  it('is refused by every read and write, and nothing is lost', async () => {
    const reads = [
      () => db.thing.find(where as never),
      () => db.thing.count(where as never),
      () => db.thing.sum('number', where as never),
      () => db.thing.first(where as never),
      () => db.thing.exists(where as never),
    ];
    for (const read of reads) expect(codeOf(read)).toMatch(REFUSED);
    await expect(db.thing.deleteMany(where as never)).rejects.toMatchObject({
      code: expect.stringMatching(REFUSED) as string,
    });
    await expect(db.thing.updateMany(where as never, {})).rejects.toMatchObject({
      code: expect.stringMatching(REFUSED) as string,
    });
    expect(db.thing.size).toBe(3);
  });
});

it('an empty object alone means every document', () => {
  expect(db.thing.find({}).count()).toBe(3);
  expect(db.thing.count({})).toBe(3);
  expect(db.thing.find(Object.create(null) as object).count()).toBe(3);
});

it.each([...SHAPES, ...KINDS.map((kind) => [`a ${kind}`, SAMPLES[kind][0]] as const)])(
  '%s as any argument of a read is answered or refused with a code',
  (name, value) => {
    const given = value as never;
    const snapshot = db.snapshot() as unknown as Record<
      string,
      { get(key: unknown): unknown; has(key: unknown): boolean }
    >;
    const things = snapshot['thing'] as { get(key: unknown): unknown; has(key: unknown): boolean };
    const query = db.thing.all();
    const calls: Readonly<Record<string, () => unknown>> = {
      get: () => db.thing.get(given),
      has: () => db.thing.has(given),
      require: () => db.thing.require(given),
      revision: () => db.thing.revision(given),
      expiresAt: () => db.thing.expiresAt(given),
      getMany: () => db.thing.getMany(given),
      'getMany of one': () => db.thing.getMany([given]),
      tags: () => db.thing.tags(given),
      min: () => db.thing.min(given),
      max: () => db.thing.max(given),
      sum: () => db.thing.sum(given),
      orderBy: () => query.orderBy(given).all(),
      direction: () => query.orderBy('number', given).all(),
      limit: () => query.limit(given).all(),
      after: () => query.after(given).all(),
      'after in an order': () => query.orderBy('number').after(given).page(),
      filter: () => (typeof value === 'function' ? undefined : query.filter(given).all()),
      watch: () => (typeof value === 'function' ? undefined : query.watch(given)),
      on: () => db.thing.on(given, () => undefined),
      'on with': () => (typeof value === 'function' ? undefined : db.thing.on('insert', given)),
      subscribe: () => (typeof value === 'function' ? undefined : db.thing.subscribe(given)),
      changes: () => (value === undefined ? undefined : db.thing.changes(given)[Symbol.dispose]()),
      'changes filter': () =>
        typeof value === 'function' ? undefined : db.thing.changes({ filter: given })[Symbol.dispose](),
      'snapshot get': () => things.get(given),
      'snapshot has': () => things.has(given),
    };
    const lenient = new Set(['has', 'get', 'revision', 'expiresAt', 'snapshot get', 'snapshot has', 'getMany of one']);
    for (const [call, work] of Object.entries(calls)) {
      const code = codeOf(work);
      expect([call, code ?? 'INVALID_NOTHING']).toEqual([call, expect.stringMatching(/^[A-Z]+(_[A-Z]+)+$/)]);
      if (lenient.has(call) && name !== 'a string') expect([call, code]).toEqual([call, 'INVALID_KEY']);
    }
    (snapshot as unknown as { close(): void }).close();
    expect(codeOf(() => db.thing.all().after(given))).toBe(typeof value === 'string' ? undefined : 'INVALID_QUERY');
  },
);

it.each([...SHAPES, ...KINDS.map((kind) => [`a ${kind}`, SAMPLES[kind][0]] as const)])(
  'opening with %s for any option, or as the options, is refused with a code or does what it says',
  async (_, value) => {
    const names = [
      'directory durability flushIntervalMs pageBytes maxFrameBytes pageCodec encryption maxPendingBytes unknownFields',
      'recovery historyChangeCount compaction shared closeOnSignal onProgress onRecovery fileSystem memory',
    ].flatMap((line) => line.split(' '));
    const given = [value, ...names.map((name) => ({ memory: true, [name]: value }))];
    for (const options of given) {
      try {
        const opened = await openDatabase([definitionOf(thing)], options as never);
        await opened.close();
      } catch (error) {
        expect([options, DatabaseError.is(error), (error as DatabaseError).code]).toEqual([
          options,
          true,
          'INVALID_OPTION',
        ]);
      }
    }
  },
);

describe('a cursor', () => {
  const cursor = (...parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

  it.each([
    ['number asc', 'a text', 't1'],
    ['number asc', { i: '1' }, 't1'],
    ['number asc', true, 't1'],
    ['number asc', [1], 't1'],
    ['bigint asc', 1, 't1'],
    ['string asc', 1, 't1'],
    ['date asc', 'a text', 't1'],
    ['string_number asc', 'a', 't1'],
    ['string_number asc', ['a'], 't1'],
    ['string_number asc', [1, 'a'], 't1'],
    ['string_number asc', ['a', 1, 1], 't1'],
    ['string_number asc', ['a', [[1]]], 't1'],
    ['number asc', 1, 5],
    ['number asc', 1, { i: '5' }],
  ])('in the order %s at %p and key %p is refused', (order, value, key) => {
    const [name, direction] = order.split(' ') as [string, 'asc'];
    expect(
      codeOf(() =>
        db.thing
          .all()
          .orderBy(name, direction)
          .after(cursor(order, value, key))
          .all(),
      ),
    ).toBe('INVALID_QUERY');
  });

  it.each(['number', 'bigint', 'date', 'string', 'boolean', 'string_number', 'number_date'])(
    'of a page by %s continues after it',
    (name) => {
      const query = db.thing.all().orderBy(name).limit(2);
      const { next } = query.page();
      expect(query.after(next as string).keys()).toEqual(db.thing.all().orderBy(name).keys().slice(2));
    },
  );
});

it('tags of another type, and absent ones, are not added, removed or renamed', async () => {
  const wrong = [undefined, null, 5, 5n, true, new Date(1), {}, ['a'], { any: ['a'] }, Symbol('a')];
  for (const tag of wrong) {
    const refused = { code: expect.stringMatching(/^INVALID_(QUERY|INDEX_VALUE)$/) as string };
    await expect(db.thing.addTag('t0', 'stringList', tag)).rejects.toMatchObject(refused);
    await expect(db.thing.removeTag('t0', 'stringList', tag)).rejects.toMatchObject(refused);
    await expect(db.thing.renameTag('stringList', 'a', tag)).rejects.toMatchObject(refused);
    await expect(db.thing.renameTag('stringList', tag, 'b')).rejects.toMatchObject(refused);
  }
  expect(db.thing.tags('stringList')).toEqual(
    new Map([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]),
  );
});

it('a date is taken off and renamed by its time', async () => {
  const own = await openDatabase<Repositories, unknown>([definitionOf(thing)], { memory: true });
  await own.thing.insert(thingOf(0));
  await own.thing.addTag('t0', 'dateList', new Date(1));
  expect(own.thing.tags('dateList')).toEqual(new Map([[new Date(1), 1]]));
  await own.thing.renameTag('dateList', new Date(1), new Date(9));
  expect(own.thing.find({ dateList: new Date(9) }).count()).toBe(1);
  await own.thing.removeTag('t0', 'dateList', new Date(9));
  expect(own.thing.tags('dateList').size).toBe(0);
  await own.close();
});

it('a live index over a getter without a type in the model takes conditions of the type that it holds', async () => {
  class Own {
    declare readonly number: number;
    get doubled(): number {
      return this.number * 2;
    }
  }
  const own = await openDatabase<Repositories, unknown>([definitionOf(thing, Own as never)], { memory: true });
  await own.thing.insertMany([0, 1, 2].map(thingOf));
  const doubled = await own.thing.addIndex({ kind: 'range', field: 'doubled' as never });
  for (const query of ['b', { gte: 'b' }, { lt: 5n }, { between: [1n, 2n] }, { prefix: 'b' }, true])
    expect([query, codeOf(() => doubled.find(query as never))]).toEqual([query, 'INVALID_INDEX_VALUE']);
  expect(doubled.find({ gte: 4 } as never).keys()).toEqual(['t1', 't2']);
  await own.close();
});
