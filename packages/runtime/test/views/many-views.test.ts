/** Many views of random conditions and groups over one collection, against a plain look at every document. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldType, ViewFieldModel } from '@nuthatch/model';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { definitionOf } from '../support/definition-of-model.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, DIRECTORY, type Fields, field, NUMBER, STRING } from '../support/open-models.js';
import {
  type Asked,
  below,
  pick,
  type Random,
  randomAsked,
  randomThing,
  thingId,
  thingModel,
} from '../support/random-things.js';
import { seeded } from '../support/seeded.js';
import { show } from '../support/thing-database.js';
import { type ViewOfModel, viewOf } from '../support/views-of-models.js';

const ROUNDS = repeats('NUTHATCH_MANY_VIEWS', 8);
const THINGS = 25;
const documents = definitionOf(thingModel);

const TYPES: Readonly<Record<string, FieldType>> = Object.fromEntries([
  ...thingModel.fields.map(({ name, type }) => [name, type] as const),
  ['tags', STRING],
  ['labels', STRING],
  ['country', STRING],
]);
const GROUPS = [
  ['tags'],
  ['labels'],
  ['country'],
  ['name'],
  ['balance'],
  ['age'],
  ['due'],
  ['isOpen'],
  ['name', 'balance'],
];
const MADE: readonly (readonly [FieldType, ViewFieldModel])[] = [
  [NUMBER, { name: 'count', kind: 'count' }],
  [NUMBER, { name: 'scores', kind: 'sum', of: 'score' }],
  [{ kind: 'bigint' }, { name: 'debts', kind: 'sum', of: 'debt' }],
  [NUMBER, { name: 'averageRank', kind: 'avg', of: 'rank' }],
  [NUMBER, { name: 'averageDebt', kind: 'avg', of: 'debt' }],
  [{ kind: 'date' }, { name: 'first', kind: 'min', of: 'seenAt' }],
  [STRING, { name: 'last', kind: 'max', of: 'name' }],
  [NUMBER, { name: 'least', kind: 'min', of: 'score' }],
  [
    { kind: 'array', element: { kind: 'object', fields: [] } },
    { name: 'top', kind: 'top', of: 'age', count: 2, order: 'desc', fields: ['id', 'age'] },
  ],
  [
    { kind: 'array', element: { kind: 'object', fields: [] } },
    { name: 'earliest', kind: 'top', of: 'due', count: 3, order: 'asc', fields: ['id', 'country', 'due'] },
  ],
];

interface RandomView {
  readonly asked: Asked;
  readonly view: ViewOfModel;
}

function randomView(random: Random, number: number): RandomView {
  let asked = randomAsked(random);
  // A view is asked by fields; several of them together have a name only where there is an index.
  while (show(asked).includes('name_balance')) asked = randomAsked(random);
  const taken = (name: string) => ({
    model: field(name, TYPES[name]!, { optional: true }),
    made: { name, kind: 'field', of: name } as const,
  });
  const isCode = random() < 0.2;
  const where = isCode ? (thing: Fields) => asked.meets(thing) : asked.where;
  const name = `view${number}`;
  if (random() < 0.3)
    return { asked, view: { name, where, fields: ['id', 'rank', 'name', 'place', 'tags'].map(taken) } };
  const groupBy = pick(random, GROUPS);
  const made = MADE.filter(() => random() < 0.5).map(([type, made]) => ({
    model: field(made.name, type, { optional: true }),
    made,
  }));
  return { asked, view: { name, where, groupBy, fields: [...groupBy.map(taken), ...made] } };
}

function expectedRows({ asked, view }: RandomView, things: ReadonlyMap<string, Fields>): Map<string, Fields> {
  const found = [...things.values()]
    .filter(asked.meets)
    .sort((a, b) => ((a['id'] as string) < (b['id'] as string) ? -1 : 1));
  const rows = new Map<string, Fields>();
  const { groupBy, fields } = view;
  if (groupBy === undefined) {
    for (const thing of found)
      rows.set(keyText([thing['id']]), Object.fromEntries(fields.map(({ model: { name } }) => [name, thing[name]])));
    return rows;
  }
  const groups = new Map<string, { key: readonly unknown[]; group: Fields[] }>();
  for (const thing of found)
    for (const key of keysOf(thing, groupBy)) {
      const text = keyText(key);
      const known = groups.get(text);
      if (known === undefined) groups.set(text, { key, group: [thing] });
      else known.group.push(thing);
    }
  for (const [text, { key, group }] of groups)
    rows.set(
      text,
      Object.fromEntries(fields.map(({ made }) => [made.name, madeOf(made, group, key[groupBy.indexOf(made.name)])])),
    );
  return rows;
}

function keysOf(thing: Fields, groupBy: readonly string[]): readonly (readonly unknown[])[] {
  const values = groupBy.map((name) => thing[name]);
  if (values.some((value) => value === undefined || value === null)) return [];
  const [only] = values;
  return Array.isArray(only) || only instanceof Set ? [...new Set(only)].map((each) => [each]) : [values];
}

function madeOf(made: ViewFieldModel, group: readonly Fields[], key: unknown): unknown {
  if (made.kind === 'field') return key;
  if (made.kind === 'count') return group.length;
  const values = group.map((thing) => thing[made.of]).filter((value) => value !== undefined && value !== null);
  const order = (a: unknown, b: unknown): number =>
    (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  switch (made.kind) {
    case 'sum':
      // Halves and small bigints: any order of adding is exact.
      return made.of === 'debt'
        ? values.reduce<bigint>((sum, value) => sum + (value as bigint), 0n)
        : values.reduce<number>((sum, value) => sum + (value as number), 0);
    case 'avg': {
      if (values.length === 0) return undefined;
      if (made.of !== 'debt') return values.reduce<number>((sum, value) => sum + (value as number), 0) / values.length;
      const sum = values.reduce<bigint>((all, value) => all + (value as bigint), 0n);
      return Number(sum / BigInt(values.length)) + Number(sum % BigInt(values.length)) / values.length;
    }
    case 'min':
    case 'max': {
      const best = [...values].sort(order).at(made.kind === 'min' ? 0 : -1);
      return typeof best === 'number' ? best + 0 : best;
    }
    default: {
      const sign = made.order === 'asc' ? 1 : -1;
      return group
        .filter((thing) => thing[made.of] !== undefined && thing[made.of] !== null)
        .sort((a, b) => sign * (order(a[made.of], b[made.of]) || order(a['id'], b['id'])))
        .slice(0, made.count)
        .map((thing) => Object.fromEntries((made.fields ?? []).map((name) => [name, thing[name]])));
    }
  }
}

function keyText(key: readonly unknown[]): string {
  return key.map((part) => (part instanceof Date ? part.getTime() : String(part))).join('|');
}

let comparedCount = 0;

function expectViews(db: AnyDatabase, all: readonly RandomView[], things: ReadonlyMap<string, Fields>): void {
  for (const each of all) {
    const { groupBy = ['id'], name } = each.view;
    const rows = new Map(
      [...db[name]!.all()].map((row) => [keyText(groupBy.map((part) => row[part])), { ...row }] as const),
    );
    const expected = expectedRows(each, things);
    comparedCount++;
    if (!isDeepStrictEqual(rows, expected))
      expect({ view: each.view, rows }).toEqual({ view: each.view, rows: expected });
  }
}

it('asks a text without regard to case where the index of the class does so', async () => {
  const id = { model: field('id', STRING), made: { name: 'id', kind: 'field', of: 'id' } as const };
  const wheres: readonly (readonly [where: object, ids: readonly string[]])[] = [
    [{ handle: 'ANN' }, ['a']],
    [{ handle: { in: ['aNN', 'bea'] } }, ['a', 'b']],
    [{ handle: { not: 'anN' } }, ['b', 'c']],
    [{ handle: { absent: true } }, ['c']],
    [{ or: [{ handle: 'BEA' }, { age: 3 }] }, ['b', 'c']],
    // An order has its own regard to case.
    [{ handle: { prefix: 'A' } }, ['a']],
    [{ handle: { prefix: 'a' } }, []],
    [{ name: 'X' }, []],
  ];
  const views = wheres.map(([where], number) => viewOf(documents, { name: `view${number}`, where, fields: [id] }));
  await using db = (await openDatabase([documents], { memory: true }, [], views)) as unknown as AnyDatabase;
  for (const thing of [
    { id: 'a', age: 1, handle: 'Ann' },
    { id: 'b', age: 2, handle: 'bEA' },
    { id: 'c', age: 3 },
  ])
    await db['player']!.insert({ name: 'x', rank: null, balance: 0n, labels: new Set(), place: { x: 0 }, ...thing });
  expect(wheres.map((_, number) => db[`view${number}`]!.all().keys())).toEqual(wheres.map(([, ids]) => ids));
});

it('shows in each of many views what a look at every document shows', async () => {
  await seeded(async (random) => {
    for (let round = 0; round < ROUNDS; round++) {
      // Few are asked one after another, many are found by their conditions.
      const count = round % 2 === 0 ? 40 : 8;
      const all = Array.from({ length: count }, (_, number) => randomView(random, number));
      const views = all.map(({ view }) => viewOf(documents, view));
      const fileSystem = new MemoryFileSystem();
      const open = async (): Promise<AnyDatabase> =>
        (await openDatabase([documents], { directory: DIRECTORY, fileSystem }, [], views)) as unknown as AnyDatabase;
      let db = await open();
      let things = new Map<string, Fields>();
      for (let turn = 0; turn < 25; turn++) {
        const now = new Map(things);
        const isTakenBack = random() < 0.3;
        const done = db.transaction((tx) => {
          const { player } = tx as unknown as Record<
            string,
            { upsert(thing: object): Fields; delete(id: string): boolean; update(id: string, patch: object): Fields }
          >;
          for (let write = below(random, 5); write >= 0; write--) {
            const id = thingId(below(random, THINGS));
            const thing = randomThing(random, id);
            if (random() < 0.2) {
              player!.delete(id);
              now.delete(id);
            } else if (random() < 0.4 && now.has(id)) {
              const names = Object.keys(thing).filter((name) => name !== 'id' && random() < 0.2);
              now.set(id, player!.update(id, Object.fromEntries(names.map((name) => [name, thing[name]]))));
            } else now.set(id, player!.upsert(thing));
          }
          if (random() < 0.2) expectViews(db, all, now);
          if (isTakenBack) throw new RangeError('taken back');
        });
        if (isTakenBack) await expect(done).rejects.toThrow('taken back');
        else {
          await done;
          things = now;
        }
        expectViews(db, all, things);
        if (random() < 0.1) {
          await db.close();
          db = await open();
          expectViews(db, all, things);
        }
      }
      await db.close();
    }
  });
  expect(comparedCount).toBeGreaterThan(ROUNDS * 400);
});
