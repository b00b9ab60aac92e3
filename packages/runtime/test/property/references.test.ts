/**
 * Random transactions over six classes that refer to each other in every way, against plain maps: what is refused, what is
 * deleted along and what is let go, with transactions that throw, kills and reopenings. Joins, finders and `related` are
 * asked over documents that are bytes still and over those that were read.
 */
import { FaultFileSystem } from '../fault-file-system.js';
import {
  contentsOf,
  keyTextOf,
  LINKED_MODELS,
  LinkedChance,
  LinkedWorld,
  runSteps,
  textOf,
  valuesOf,
  type World,
  worldText,
} from '../support/linked-world.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, openModels } from '../support/open-models.js';
import { seeded } from '../support/seeded.js';

const RUNS = repeats('NUTHATCH_REFERENCE_RUNS', 8);
const TRANSACTIONS = 60;
/** How often a chain grows. */
const GROWTH = 0.03;

it(`keeps every key to a document, as plain maps do, in ${RUNS} lives`, async () => {
  const refused = { REFERENCED: 0, REFERENCE_MISSING: 0 };
  let taken = 0;
  for (let run = 0; run < RUNS; run++) {
    await seeded(async (random) => {
      const chance = new LinkedChance(random);
      const reference = new LinkedWorld();
      const fileSystem = new FaultFileSystem();
      const open = (): Promise<AnyDatabase> =>
        openModels(fileSystem, LINKED_MODELS, { durability: 'os', pageBytes: 65_536 });
      let db = await open();
      for (let number = 0; number < TRANSACTIONS; number++) {
        const steps = chance.steps(reference.world, GROWTH, 20);
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

it('shows in watched joins what a look at every document finds, whichever side is written', async () => {
  let shownCount = 0;
  for (let run = 0; run < Math.ceil(RUNS / 2); run++) {
    await seeded(async (random) => {
      const chance = new LinkedChance(random);
      const reference = new LinkedWorld();
      const db = await openModels(new FaultFileSystem(), LINKED_MODELS, { durability: 'os' });
      const watched: { readonly question: Question; keys: readonly string[]; readonly limit: number }[] = [];
      for (let number = 0; number < TRANSACTIONS; number++) {
        if (number % 15 === 0)
          for (const question of questions(() => reference.world, chance)) {
            const [name, where] = question;
            const limit = chance.of([2, 1_000]);
            const each = { question, keys: [] as readonly string[], limit };
            watched.push(each);
            const show = (rows: readonly Fields[]): void => {
              each.keys = rows.map((document) => keyTextOf(name, document)).sort();
              shownCount++;
            };
            db[name]!.find(where).limit(limit).watch(show);
          }
        const steps = chance.steps(reference.world, GROWTH, 20);
        const after = reference.after(steps);
        await runSteps(db, steps).catch(() => undefined);
        reference.world = after ?? reference.world;
        for (const { question, keys, limit } of watched) {
          const [name, where, holds] = question;
          const all = [...reference.world[name]!.values()].filter(holds).map((document) => keyTextOf(name, document));
          // Which of more than the limit are shown is for the query to choose.
          expect([where, keys.length]).toEqual([where, Math.min(limit, all.length)]);
          expect([where, keys.filter((key) => !all.includes(key))]).toEqual([where, []]);
        }
      }
      await db.close();
    });
  }
  expect(shownCount).toBeGreaterThan(TRANSACTIONS);
});

it('leaves no key without document over power cuts, and no transaction by half', async () => {
  for (let run = 0; run < Math.ceil(RUNS / 2); run++) {
    await seeded(async (random) => {
      const chance = new LinkedChance(random);
      const reference = new LinkedWorld();
      const fileSystem = new FaultFileSystem();
      const open = (): Promise<AnyDatabase> =>
        openModels(fileSystem, LINKED_MODELS, { durability: 'os', pageBytes: 65_536 });
      for (let life = 0; life < 4; life++) {
        // A key without document would be refused here.
        const db = await open();
        const known = [reference.world];
        for (let number = 0; number < 20; number++) {
          const steps = chance.steps(reference.world, GROWTH, 20);
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

function compare(db: AnyDatabase, world: World): void {
  expect(contentsOf(db)).toEqual(world);
}

function pairOf(text: string): Fields {
  return { x: text.split(' ')[0], y: Number(text.split(' ')[1]) };
}

/** Questions for keys of several parts. */
function askedKeys(pair: Fields, other: Fields): readonly Question[] {
  const has = (document: Fields, key: Fields): boolean => valuesOf(document['pairs']).map(textOf).includes(textOf(key));
  return [
    ['d', { pairs: pair }, (document) => has(document, pair)],
    ['d', { pairs: { not: pair } }, (document) => !has(document, pair)],
    ['d', { pairs: { in: [pair, other] } }, (document) => has(document, pair) || has(document, other)],
    ['d', { pairs: { all: [pair, other] } }, (document) => has(document, pair) && has(document, other)],
    ['d', { pairs: { none: [pair, other] } }, (document) => !has(document, pair) && !has(document, other)],
  ];
}

type Question = readonly [string, Fields, (document: Fields) => boolean];

/** Conditions of a class by name, with what they mean in the world as it is then. */
function questions(worldNow: () => World, chance: LinkedChance): readonly Question[] {
  const world = worldNow();
  const kind = chance.of(['u', 'v', 'w']);
  const y = chance.below(3);
  const leadsTo = (to: string, holds: (document: Fields) => boolean, at: string) => (document: Fields) =>
    valuesOf(document[at]).some((each) => {
      const target = worldNow()[to]!.get(textOf(each));
      return target !== undefined && holds(target);
    });
  const ofKind = (document: Fields): boolean => document['kind'] === kind;
  const isY = (document: Fields): boolean => (document['y'] as number) >= y;
  const [pair, other] = [chance, chance].map((each) => pairOf(each.key(world, 'e'))) as [Fields, Fields];
  return [
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
    ...askedKeys(pair, other),
    [
      'b',
      { ds: { pairs: pair } },
      leadsTo('d', (document) => valuesOf(document['pairs']).map(textOf).includes(textOf(pair)), 'ds'),
    ],
    ['c', { own: { not: { kind } } }, (document) => !leadsTo('c', ofKind, 'own')(document)],
  ];
}

function ask(db: AnyDatabase, world: World, chance: LinkedChance): void {
  for (const [name, where, holds] of questions(() => world, chance)) {
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
