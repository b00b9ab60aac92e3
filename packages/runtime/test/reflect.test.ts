/** A database as programs see it that know none of its classes: names, models, documents as JSON. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const DATE: FieldType = { kind: 'date' };
const BIGINT: FieldType = { kind: 'bigint' };
const WHEN = '2026-01-31T12:00:00.000Z';

/** A class with this key, and nothing else but a note. */
function keyed(collection: string, ...fields: readonly (readonly [string, FieldType])[]): DocumentModel {
  return modelWith([field('note', STRING, { optional: true })], {
    ...{ name: `Keyed${collection}`, collection, key: { fields: fields.map(([name]) => name) } },
    fields: [...fields.map(([name, type]) => field(name, type)), field('note', STRING, { optional: true })],
  });
}

const THING = modelWith(
  [
    field('count', NUMBER),
    field('when', DATE),
    field('big', BIGINT),
    field('bytes', { kind: 'bytes' }, { optional: true }),
    field('tags', { kind: 'array', element: STRING }),
    field('places', { kind: 'set', element: DATE }, { optional: true }),
    field('scores', { kind: 'map', key: BIGINT, value: NUMBER }, { optional: true }),
    field('nick', { kind: 'nullable', of: STRING }, { optional: true }),
    field('either', { kind: 'union', members: [STRING, DATE, BIGINT] }, { optional: true }),
    field(
      'home',
      { kind: 'object', fields: [field('since', DATE), field('town', STRING, { optional: true })] },
      { optional: true },
    ),
    field('odd', NUMBER, { optional: true }),
    field('flag', { kind: 'boolean' }, { optional: true }),
  ],
  {
    name: 'Thing',
    collection: 'thing',
    indexes: [
      { name: 'count', kind: 'range', fields: ['count'] },
      { name: 'when', kind: 'range', fields: ['when'] },
      { name: 'big', kind: 'unique', fields: ['big'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'count_when', kind: 'range', fields: ['count', 'when'] },
    ],
  },
);

const FULL = {
  ...{ id: 't1', count: 7, odd: 'NaN', when: WHEN, big: '12345678901234567890', bytes: 'AQID', tags: ['a', 'b'] },
  ...{ places: [WHEN], scores: [['7', 1.5]], nick: null, flag: false },
  ...{ either: { is: 'date', value: WHEN }, home: { since: WHEN } },
};

function thing(id: string, more: object = {}): object {
  return { id, count: 1, when: WHEN, big: id.replace(/\D/g, ''), tags: [], ...more };
}

describe('reflection', () => {
  let db: AnyDatabase;
  const fileSystem = (): MemoryFileSystem => new MemoryFileSystem();
  const open = async (...models: readonly DocumentModel[]): Promise<AnyDatabase> => {
    db = await openModels(fileSystem(), models);
    return db;
  };
  afterEach(() => db.close());

  it('tells collections, models as JSON and counts', async () => {
    await open(THING, keyed('simple', ['id', STRING]));
    const [first, second] = db.reflect().collections();
    expect([first?.name, first?.className, first?.count, first?.storage, second?.name]).toEqual([
      ...['thing', 'Thing', 0, 'disk', 'simple'],
    ]);
    expect(JSON.parse(JSON.stringify(first?.model))).toEqual(first?.model);
    expect(Object.isFrozen(first?.model) || first?.model === THING).toBe(true);
    await db.reflect().collection('thing').insert(thing('t1'));
    expect(db.reflect().collection('thing').describe().count).toBe(1);
  });

  it('takes and gives every type as JSON, as JSON.stringify writes it', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    const inserted = await things.insert(FULL);
    expect(JSON.parse(JSON.stringify(inserted))).toEqual(FULL);
    const stored = db['thing']!.get('t1')!;
    expect([stored['odd'], stored['big'], (stored['when'] as Date).toISOString()]).toEqual([
      Number.NaN,
      12345678901234567890n,
      WHEN,
    ]);
    expect([...(stored['scores'] as Map<bigint, number>)]).toEqual([[7n, 1.5]]);
    expect(JSON.parse(JSON.stringify(things.get('t1')))).toEqual(FULL);
    expect(things.entry('t1')).toMatchObject({ key: 't1', revision: 1, expiresAt: undefined });
    // What came out goes in again.
    expect(await things.upsert(JSON.parse(JSON.stringify(things.get('t1'))) as object)).toEqual(inserted);
  });

  it.each<[string, DocumentModel, unknown, object, string]>([
    ['a text', keyed('k', ['id', STRING]), 'a/b "c"', { id: 'a/b "c"' }, 'a/b "c"'],
    ['a number', keyed('k', ['id', NUMBER]), 7, { id: 7 }, '7'],
    [
      'a bigint',
      keyed('k', ['id', BIGINT]),
      '12345678901234567890',
      { id: '12345678901234567890' },
      '12345678901234567890',
    ],
    ['a date', keyed('k', ['id', DATE]), WHEN, { id: WHEN }, WHEN],
    ['a boolean', keyed('k', ['id', { kind: 'boolean' }]), true, { id: true }, 'true'],
    ['a text or number', keyed('k', ['id', { kind: 'union', members: [STRING, NUMBER] }]), '7', { id: '7' }, '"7"'],
    [
      'several fields',
      keyed('k', ['team', STRING], ['number', NUMBER], ['day', DATE]),
      { team: 'fcb', number: 7, day: WHEN },
      { team: 'fcb', number: 7, day: WHEN },
      JSON.stringify({ team: 'fcb', number: 7, day: WHEN }),
    ],
  ])('has a key that is %s as JSON and as a text, there and back', async (_, model, key, fields, text) => {
    await open(model);
    const reflected = db.reflect().collection('k');
    await reflected.insert({ ...fields, note: 'x' });
    const [entry] = reflected.page().entries;
    expect(entry?.key).toEqual(key);
    expect(reflected.keyText(key)).toBe(text);
    expect(reflected.keyOfText(text)).toEqual(key);
    for (const each of [key, reflected.keyOfText(text)]) expect(reflected.get(each)).toMatchObject({ note: 'x' });
    await reflected.update(key, { note: 'y' });
    expect(reflected.get(key)).toMatchObject({ note: 'y' });
    expect([await reflected.delete(key), await reflected.delete(key), reflected.get(key)]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('finds by conditions in JSON, page by page', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    for (let number = 1; number <= 9; number++)
      await things.insert(
        thing(`t${number}`, {
          count: number,
          when: `2026-01-0${number}T00:00:00.000Z`,
          tags: [number % 2 ? 'odd' : 'even'],
        }),
      );
    const ids = (where: object): unknown =>
      things
        .find(where)
        .map(({ id }) => id)
        .sort();
    expect(ids({ when: { gte: '2026-01-08T00:00:00.000Z' } })).toEqual(['t8', 't9']);
    expect(ids({ when: { between: ['2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'] } })).toEqual(['t2', 't3']);
    expect(ids({ when: '2026-01-04T00:00:00.000Z' })).toEqual(['t4']);
    expect(ids({ big: '5' })).toEqual(['t5']);
    expect(ids({ tags: { any: ['odd'] }, count: { lt: 4 } })).toEqual(['t1', 't3']);
    expect(ids({ count_when: { count: 3, when: { lte: WHEN } } })).toEqual(['t3']);
    expect([things.count({ tags: 'even' }), things.count()]).toEqual([4, 9]);
    const seen: unknown[] = [];
    let after: string | undefined;
    do {
      const { entries, next } = things.page({ orderBy: 'count', direction: 'desc', limit: 4, ...(after && { after }) });
      seen.push(...entries.map(({ key }) => key));
      after = next;
    } while (after !== undefined);
    expect(seen).toEqual(['t9', 't8', 't7', 't6', 't5', 't4', 't3', 't2', 't1']);
  });

  it('edits field by field, takes fields away with null, and compares revisions', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    await things.insert(FULL);
    const patched = await things.update('t1', { flag: null, nick: null, count: 3 }, { ifRevision: 1 });
    expect(patched).not.toHaveProperty('flag');
    expect(patched).toMatchObject({ nick: null, count: 3 });
    await expect(things.update('t1', { count: 4 }, { ifRevision: 1 })).rejects.toMatchObject({
      code: 'REVISION_MISMATCH',
    });
    await expect(things.update('t1', { id: 't2' })).rejects.toMatchObject({ code: 'KEY_CHANGED' });
    await expect(things.update('none', { count: 4 })).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    await expect(things.insert(FULL)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(db['thing']?.revision('t1')).toBe(2);
  });

  it('refuses what the model does not know, by path, and changes nothing', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as object;
    const bad: readonly (readonly [unknown, readonly string[]])[] = [
      [null, ['']],
      ['text', ['']],
      [[], ['']],
      [{ ...thing('t1'), nope: 1, count: 'many' }, ['nope', 'count']],
      [
        JSON.parse('{"id":"t1","count":1,"when":"2026-01-31T12:00:00.000Z","big":"1","tags":[],"__proto__":{"x":1}}'),
        ['__proto__'],
      ],
      [thing('t1', { when: 'tomorrow' }), ['when']],
      [thing('t1', { big: 1.5 }), ['big']],
      [thing('t1', { bytes: '***' }), ['bytes']],
      [thing('t1', { home: { since: WHEN, street: 1 } }), ['home.street']],
      [thing('t1', { scores: [[1]] }), ['scores[0]']],
      [thing('t1', { home: { since: deep } }), ['home.since']],
      [{ id: 't1' }, ['count', 'when', 'big']],
    ];
    for (const [json, paths] of bad) {
      const refused = things.insert(json as never);
      await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
      const error = (await refused.catch((caught: unknown) => caught)) as { facts: { violations: { path: string }[] } };
      for (const path of paths) expect(error.facts.violations.map((each) => each.path)).toContain(path);
    }
    await things.insert(thing('t1'));
    for (const patch of [null, { count: null }, { nope: 1 }, { when: 5 }])
      await expect(things.update('t1', patch as never)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(things.insert(thing('t2'), { returning: 'entry' } as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect([things.count(), db['thing']?.revision('t1')]).toEqual([1, 1]);
  });

  it('refuses names, keys and conditions that are none, each with its code', async () => {
    await open(THING, keyed('number', ['id', NUMBER]), keyed('both', ['a', STRING], ['b', NUMBER]));
    const reflection = db.reflect();
    const things = reflection.collection('thing');
    const code = (work: () => unknown): unknown => {
      try {
        work();
        return undefined;
      } catch (error) {
        return (error as { readonly code?: string }).code;
      }
    };
    for (const name of ['nope', '', undefined, 5, '__proto__', 'toString', '$sync'])
      expect(code(() => reflection.collection(name as never))).toBe('INVALID_OPTION');
    for (const key of [undefined, null, 5, {}, []]) expect(code(() => things.get(key))).toBe('INVALID_KEY');
    for (const key of ['x', '1.0', '', 'NaN', true])
      expect(code(() => reflection.collection('number').get(key))).toBe('INVALID_KEY');
    for (const key of ['x', '{"a":', { a: 'x' }, { a: 'x', b: 'y' }, 5, ['x'], '{"a":"x"}'])
      expect(code(() => reflection.collection('both').get(key))).toBe('INVALID_KEY');
    for (const where of [null, 'x', [], 5]) expect(code(() => things.find(where as never))).toBe('INVALID_QUERY');
    expect(code(() => things.find({ flag: true }))).toBe('UNINDEXED_FIELD');
    expect(code(() => things.find({ when: 'tomorrow' }))).toBe('INVALID_INDEX_VALUE');
    expect(code(() => things.find({ count: null }))).toBe('INVALID_QUERY');
    expect(code(() => things.page({ wher: {} } as never))).toBe('INVALID_QUERY');
    expect(code(() => things.page({ limit: -1 }))).toBe('INVALID_QUERY');
    expect(code(() => things.page({ after: 'x' }))).toBe('INVALID_QUERY');
    expect(code(() => things.page(null as never))).toBe('INVALID_QUERY');
    expect(code(() => things.watch({}, 5 as never))).toBe('INVALID_OPTION');
    expect(code(() => things.subscribe(undefined as never))).toBe('INVALID_OPTION');
  });

  it('joins a transaction: all of it or nothing', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    await db.transaction(() => {
      void things.insert(thing('t1'));
      void things.insert(thing('t2'));
      expect(things.count()).toBe(2);
    });
    const failing = db.transaction(() => {
      things.update('t1', { count: 9 }).catch(() => undefined);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect([things.count(), things.get('t1')?.['count']]).toEqual([2, 1]);
  });

  it('watches answers and changes as JSON', async () => {
    await open(THING);
    const things = db.reflect().collection('thing');
    const answers: unknown[] = [];
    const changes: unknown[] = [];
    using watched = things.watch({ tags: 'a' }, (documents) => void answers.push(documents.map(({ id }) => id)));
    using subscribed = things.subscribe((change) => void changes.push(JSON.parse(JSON.stringify(change))));
    expect([watched, subscribed]).toHaveLength(2);
    await things.insert(thing('t1', { tags: ['a'] }));
    await things.delete('t1');
    expect(answers).toEqual([[], ['t1'], []]);
    expect(changes).toMatchObject([
      { kind: 'insert', key: 't1', after: { big: '1' }, seq: '1' },
      { kind: 'delete', key: 't1', before: { when: WHEN } },
    ]);
  });
});
