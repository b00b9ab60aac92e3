/**
 * Random transactions over five classes that refer to each other in every way, against plain maps: what is refused, what is
 * deleted along and what is let go, with transactions that throw, kills and reopenings. Joins, finders and `related` are
 * asked over documents that are bytes still and over those that were read.
 */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { FaultFileSystem } from '../fault-file-system.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';
import { seeded } from '../support/seeded.js';

const RUNS = repeats('NUTHATCH_REFERENCE_RUNS', 8);
const TRANSACTIONS = 60;

const OPTIONAL = { optional: true };
const listOf = (kind: 'array' | 'set'): FieldType => ({ kind, element: STRING });
const PAIR: FieldType = { kind: 'object', fields: [field('x', STRING), field('y', NUMBER)] };

const MODELS: readonly DocumentModel[] = [
  modelWith([field('b', STRING, OPTIONAL), field('c', STRING), field('as', listOf('array'))], {
    ...{ name: 'A', collection: 'a' },
    indexes: [{ name: 'b', kind: 'range', fields: ['b'] }],
    references: [
      { field: 'b', to: 'b', onDelete: 'setAbsent' },
      { field: 'c', to: 'c', onDelete: 'restrict' },
      { field: 'as', to: 'a', onDelete: 'cascade' },
    ],
  }),
  modelWith([field('a', STRING, OPTIONAL), field('ds', listOf('set')), field('kind', STRING)], {
    ...{ name: 'B', collection: 'b' },
    indexes: [{ name: 'kind', kind: 'tag', fields: ['kind'] }],
    references: [
      { field: 'a', to: 'a', onDelete: 'cascade' },
      { field: 'ds', to: 'd', onDelete: 'setAbsent' },
    ],
  }),
  modelWith([field('d', { kind: 'nullable', of: STRING }), field('own', STRING, OPTIONAL), field('kind', STRING)], {
    ...{ name: 'C', collection: 'c' },
    indexes: [
      { name: 'd', kind: 'tag', fields: ['d'] },
      { name: 'kind', kind: 'tag', fields: ['kind'] },
    ],
    references: [
      { field: 'd', to: 'd', onDelete: 'setAbsent' },
      { field: 'own', to: 'c', onDelete: 'restrict' },
    ],
  }),
  modelWith([field('pairs', { kind: 'array', element: PAIR })], {
    ...{ name: 'D', collection: 'd' },
    references: [{ field: 'pairs', to: 'e', onDelete: 'setAbsent' }],
  }),
  modelWith([], {
    ...{ name: 'E', collection: 'e', key: { fields: ['x', 'y'] } },
    fields: [field('x', STRING), field('y', NUMBER), field('b', STRING, OPTIONAL)],
    indexes: [{ name: 'y', kind: 'range', fields: ['y'] }],
    references: [{ field: 'b', to: 'b', onDelete: 'cascade' }],
  }),
];

type Collection = Map<string, Fields>;
type World = Readonly<Record<string, Collection>>;

const modelOf = (name: string): DocumentModel => MODELS.find(({ collection }) => collection === name)!;
const keyTextOf = (name: string, document: Fields): string =>
  name === 'e' ? `${String(document['x'])} ${String(document['y'])}` : String(document['id']);
const textOf = (value: unknown): string =>
  typeof value === 'object' ? `${String((value as Fields)['x'])} ${String((value as Fields)['y'])}` : String(value);
const valuesOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null
    ? []
    : Array.isArray(value)
      ? value
      : value instanceof Set
        ? [...value]
        : [value];

class Reference {
  world: World = Object.fromEntries(MODELS.map(({ collection }) => [collection, new Map()]));

  /** What a transaction makes of the world; undefined: it is refused. */
  after(steps: readonly Step[]): World | undefined {
    const world: Record<string, Collection> = {};
    for (const [name, documents] of Object.entries(this.world)) world[name] = new Map(documents);
    const late: (() => boolean)[] = [];
    const gone = new Set<string>();
    const deleted: (readonly [string, string])[] = [];
    for (const { name, key, document } of steps) {
      const before = world[name]!.get(key);
      if (document === undefined) {
        if (!world[name]!.delete(key)) continue;
        gone.add(`${name} ${key}`);
        deleted.push([name, key]);
        continue;
      }
      world[name]!.set(key, document);
      gone.delete(`${name} ${key}`);
      for (const { field: at, to } of modelOf(name).references ?? [])
        for (const each of valuesOf(document[at])) {
          const text = textOf(each);
          if (!gone.has(`${to} ${text}`) || valuesOf(before?.[at]).map(textOf).includes(text)) continue;
          // It came to refer to what was deleted before: no cascade takes it along.
          late.push(() => !world[to]!.has(text) && valuesOf(world[name]!.get(key)?.[at]).map(textOf).includes(text));
        }
    }
    if (late.some((isMissing) => isMissing())) return undefined;
    for (const [to, key] of deleted) {
      if (world[to]!.has(key)) continue;
      for (const model of MODELS)
        for (const reference of model.references!) {
          if (reference.to !== to || reference.onDelete === 'restrict') continue;
          for (const [own, document] of [...world[model.collection]!]) {
            const values = valuesOf(document[reference.field]);
            if (!values.map(textOf).includes(key)) continue;
            if (reference.onDelete === 'cascade') {
              world[model.collection]!.delete(own);
              deleted.push([model.collection, own]);
            } else world[model.collection]!.set(own, without(document, reference.field, key));
          }
        }
    }
    return this.#isWhole(world) ? world : undefined;
  }

  #isWhole(world: World): boolean {
    return MODELS.every(({ collection, references }) =>
      [...world[collection]!.values()].every((document) =>
        references!.every(({ field: at, to }) => valuesOf(document[at]).every((each) => world[to]!.has(textOf(each)))),
      ),
    );
  }
}

function without(document: Fields, at: string, key: string): Fields {
  const value = document[at];
  const left = valuesOf(value).filter((each) => textOf(each) !== key);
  const isOptional = at === 'b' || at === 'own';
  const next = Array.isArray(value) ? left : value instanceof Set ? new Set(left) : isOptional ? undefined : null;
  return { ...document, [at]: next };
}

interface Step {
  readonly name: string;
  readonly key: string;
  /** Undefined: it is deleted. */
  readonly document: Fields | undefined;
}

class Chance {
  constructor(readonly random: () => number) {}

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Often one that is there. */
  key(world: World, name: string): string {
    const known = [...world[name]!.keys()];
    return known.length > 0 && this.random() < 0.95 ? this.of(known) : this.newKey(name);
  }

  newKey(name: string): string {
    return name === 'e' ? `${this.of(['p', 'q', 'r'])} ${this.below(3)}` : `${name}${this.below(6)}`;
  }

  step(world: World): Step {
    const name = this.of(['a', 'b', 'c', 'd', 'e']);
    if (this.random() < 0.3) return { name, key: this.key(world, name), document: undefined };
    const key = this.newKey(name);
    return { name, key, document: this.document(world, name, key) };
  }

  document(world: World, name: string, key: string): Fields {
    const maybe = (to: string): string | undefined => (this.random() < 0.6 ? this.key(world, to) : undefined);
    const some = (to: string): string[] => [
      ...new Set(Array.from({ length: this.below(3) }, () => this.key(world, to))),
    ];
    const kind = this.of(['u', 'v', 'w']);
    const pair = (text: string): Fields => ({ x: text.split(' ')[0], y: Number(text.split(' ')[1]) });
    switch (name) {
      case 'a':
        return { id: key, b: maybe('b'), c: this.key(world, 'c'), as: some('a') };
      case 'b':
        return { id: key, a: maybe('a'), ds: new Set(some('d')), kind };
      case 'c':
        return { id: key, d: maybe('d') ?? null, own: maybe('c'), kind };
      case 'd':
        return { id: key, pairs: some('e').map(pair) };
      default:
        return { ...pair(key), b: maybe('b') };
    }
  }
}

it(`keeps every key to a document, as plain maps do, in ${RUNS} lives`, async () => {
  const refused = { REFERENCED: 0, REFERENCE_MISSING: 0 };
  let taken = 0;
  for (let run = 0; run < RUNS; run++) {
    await seeded(async (random) => {
      const chance = new Chance(random);
      const reference = new Reference();
      const fileSystem = new FaultFileSystem();
      const open = (): Promise<AnyDatabase> => openModels(fileSystem, MODELS, { durability: 'os', pageBytes: 65_536 });
      let db = await open();
      for (let number = 0; number < TRANSACTIONS; number++) {
        const steps = Array.from({ length: 1 + chance.below(4) }, () => chance.step(reference.world));
        const after = reference.after(steps);
        const isThrown = random() < 0.1;
        const done = await runSteps(db, steps, isThrown).catch((error: { code?: string }) => error);
        if (isThrown) expect(done).toMatchObject({ message: 'taken back' });
        else if (after === undefined) {
          const code = (done as { code: keyof typeof refused }).code;
          expect(Object.keys(refused)).toContain(code);
          refused[code]++;
        } else {
          expect(done).toBeUndefined();
          reference.world = after;
          taken++;
        }
        compare(db, reference.world);
        if (random() < 0.06) {
          if (random() < 0.5) await db.compact();
          fileSystem.kill();
          db = await open();
          expect(db.recovery?.danglingReferences).toBeUndefined();
          ask(db, reference.world, chance);
          compare(db, reference.world);
        }
        ask(db, reference.world, chance);
      }
      await db.close();
    });
  }
  for (const count of [taken, ...Object.values(refused)]) expect(count).toBeGreaterThan(0);
});

it('leaves no key without document over power cuts, and no transaction by half', async () => {
  for (let run = 0; run < Math.ceil(RUNS / 2); run++) {
    await seeded(async (random) => {
      const chance = new Chance(random);
      const reference = new Reference();
      const fileSystem = new FaultFileSystem();
      const open = (): Promise<AnyDatabase> => openModels(fileSystem, MODELS, { durability: 'os', pageBytes: 65_536 });
      for (let life = 0; life < 4; life++) {
        // A key without document would be refused here.
        const db = await open();
        const known = [reference.world];
        for (let number = 0; number < 20; number++) {
          const steps = Array.from({ length: 1 + chance.below(4) }, () => chance.step(reference.world));
          const after = reference.after(steps);
          await runSteps(db, steps, false).catch(() => undefined);
          if (after === undefined) continue;
          reference.world = after;
          known.push(after);
        }
        if (random() < 0.3) await db.compact();
        if (random() < 0.3) await db.close();
        fileSystem.crash(random);
        const again = await open();
        const found = worldText(contentsOf(again));
        const place = known.findLastIndex((world) => worldText(world) === found);
        expect(place).toBeGreaterThanOrEqual(0);
        reference.world = known[place]!;
        ask(again, reference.world, chance);
        await again.close();
      }
    });
  }
});

async function runSteps(db: AnyDatabase, steps: readonly Step[], isThrown: boolean): Promise<void> {
  const write = (into: AnyDatabase, { name, key, document }: Step): unknown => {
    if (document !== undefined) return into[name]!.upsert(document);
    return into[name]!.delete(name === 'e' ? ({ x: key.split(' ')[0], y: Number(key.split(' ')[1]) } as never) : key);
  };
  const [only] = steps;
  if (steps.length === 1 && !isThrown) {
    await write(db, only!);
    return;
  }
  await db.transaction((tx) => {
    for (const step of steps) void write(tx as never, step);
    if (isThrown) throw new RangeError('taken back');
  });
}

function compare(db: AnyDatabase, world: World): void {
  expect(contentsOf(db)).toEqual(world);
}

/** The same for equal worlds, whatever the order of their documents and fields. */
function worldText(world: World): string {
  const shown = (value: unknown): unknown => (value instanceof Set ? [...value] : value);
  const rows = Object.entries(world).flatMap(([name, documents]) =>
    Array.from(documents, ([key, document]) => {
      const fields = modelOf(name).fields.map((each) => [each.name, shown(document[each.name])]);
      return `${name} ${key} ${JSON.stringify(fields)}`;
    }),
  );
  return rows.sort().join('\n');
}

function contentsOf(db: AnyDatabase): World {
  return Object.fromEntries(
    MODELS.map(({ collection: name }) => [
      name,
      new Map(Array.from(db[name]!, (document) => [keyTextOf(name, document), { ...document }])),
    ]),
  );
}

/** Conditions of a class by name, with what they mean. */
function ask(db: AnyDatabase, world: World, chance: Chance): void {
  const kind = chance.of(['u', 'v', 'w']);
  const y = chance.below(3);
  const leadsTo = (to: string, holds: (document: Fields) => boolean, at: string) => (document: Fields) =>
    valuesOf(document[at]).some((each) => {
      const target = world[to]!.get(textOf(each));
      return target !== undefined && holds(target);
    });
  const ofKind = (document: Fields): boolean => document['kind'] === kind;
  const isY = (document: Fields): boolean => (document['y'] as number) >= y;
  const asked: (readonly [string, Fields, (document: Fields) => boolean])[] = [
    ['a', { c: { kind } }, leadsTo('c', ofKind, 'c')],
    ['a', { b: { kind: { in: [kind] } } }, leadsTo('b', ofKind, 'b')],
    ['a', { as: { c: { kind } } }, leadsTo('a', leadsTo('c', ofKind, 'c'), 'as')],
    ['a', { not: { c: { kind } } }, (document) => !leadsTo('c', ofKind, 'c')(document)],
    ['a', { c: { kind }, b: { absent: true } }, (d) => leadsTo('c', ofKind, 'c')(d) && d['b'] === undefined],
    [
      'a',
      { or: [{ c: { kind } }, { b: { kind } }] },
      (d) => leadsTo('c', ofKind, 'c')(d) || leadsTo('b', ofKind, 'b')(d),
    ],
    ['d', { pairs: { y: { gte: y } } }, leadsTo('e', isY, 'pairs')],
    ['b', { ds: { pairs: { y: { gte: y } } } }, leadsTo('d', leadsTo('e', isY, 'pairs'), 'ds')],
    ['c', { own: { not: { kind } } }, (document) => !leadsTo('c', ofKind, 'own')(document)],
  ];
  for (const [name, where, holds] of asked) {
    const expected = [...world[name]!.values()].filter(holds).map((document) => keyTextOf(name, document));
    const query = db[name]!.find(where);
    expect({
      where,
      keys: query
        .all()
        .map((document) => keyTextOf(name, document))
        .sort(),
    }).toEqual({
      ...{ where, keys: expected.sort() },
    });
    expect(query.count()).toBe(expected.length);
    expect(query.explain().conditions.every(({ estimated }) => estimated >= 0)).toBe(true);
  }
  const finders = db['c'] as never as Readonly<Record<string, (key: string) => { keys(): string[] }>>;
  const key = chance.key(world, 'c');
  const referring = [...world['a']!.values()].filter((document) => document['c'] === key).map(({ id }) => id);
  expect(finders['asOf']!(key).keys().sort()).toEqual(referring.sort());
  const reads = db['b'] as never as { related(document: Fields, field: string): Fields[] };
  for (const document of db['b']!.all().limit(2).all())
    expect(reads.related(document, 'ds').map(({ id }) => id)).toEqual(valuesOf(document['ds']));
}
