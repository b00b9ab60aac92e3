/**
 * Random writes and questions for nearest neighbours against a plain look at every document: each metric, equal and absent
 * vectors, conditions, filters, pages, loops in slices, watched queries; after updates, undo, expiry and reopening.
 *
 * Numbers are small and whole, so that sums are exact in whatever order they are taken.
 */
import { VECTOR_METRICS, type VectorMetric } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { ApproximateVectors } from '../../src/indexes/approximate-vectors.js';
import type { NearestOptions, NearestQuery } from '../../src/repository/nearest-query.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';
import { seeded } from '../support/seeded.js';

const QUERIES = repeats('NUTHATCH_VECTORS', 3_000);
const QUERIES_FOR_EACH = 50;
const COUNT = 60;

type Random = () => number;
type AnyNearest = NearestQuery<never>;

const below = (random: Random, count: number): number => Math.floor(random() * count);
const isOdd = ({ id }: Fields): boolean => Number((id as string).slice(1)) % 2 === 1;

interface Setting {
  readonly metric: VectorMetric;
  readonly dimensions: number;
  readonly isList: boolean;
}

const modelOf = ({ metric, dimensions, isList }: Setting) =>
  modelWith(
    [
      field('lang', STRING),
      field('year', NUMBER),
      field(
        'embedding',
        { kind: 'nullable', of: isList ? { kind: 'array', element: NUMBER } : { kind: 'floats' } },
        { optional: true },
      ),
    ],
    {
      indexes: [
        { name: 'lang', kind: 'tag', fields: ['lang'] },
        { name: 'year', kind: 'range', fields: ['year'] },
      ],
      vectors: [{ field: 'embedding', dimensions, metric }],
    },
  );

function randomVector(random: Random, { dimensions, metric, isList }: Setting): Float32Array | number[] {
  const numbers: number[] = Array.from({ length: dimensions }, () => below(random, 5) - 2);
  if (metric === 'cosine' && !numbers.some(Boolean)) numbers[0] = 1;
  return isList ? numbers : Float32Array.from(numbers);
}

function randomDocument(random: Random, id: string, setting: Setting): Fields {
  const document: Fields = { id, lang: ['en', 'de', 'fr'][below(random, 3)], year: below(random, 10) };
  const choice = random();
  if (choice < 0.1) return document;
  return { ...document, embedding: choice < 0.15 ? null : randomVector(random, setting) };
}

function distanceBetween(metric: VectorMetric, a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sum = (of: (index: number) => number): number =>
    Array.from({ length: a.length }, (_, index) => of(index)).reduce((total, part) => total + part, 0);
  const dot = sum((index) => a[index]! * b[index]!);
  if (metric === 'dot') return 0 - dot;
  if (metric === 'euclidean') return Math.sqrt(sum((index) => (a[index]! - b[index]!) ** 2));
  const length = (of: ArrayLike<number>): number => Math.sqrt(sum((index) => of[index]! ** 2));
  return Math.min(2, Math.max(0, 1 - dot / (length(a) * length(b))));
}

interface Expected {
  readonly id: string;
  readonly distance: number;
}

function expectedHits(
  things: ReadonlyMap<string, Fields>,
  metric: VectorMetric,
  vector: ArrayLike<number>,
  meets: (thing: Fields) => boolean,
): Expected[] {
  return [...things.values()]
    .filter((thing) => thing['embedding'] != null && meets(thing))
    .map((thing) => ({
      id: thing['id'] as string,
      distance: distanceBetween(metric, thing['embedding'] as ArrayLike<number>, vector),
    }))
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
}

function nearest(db: AnyDatabase, vector: unknown, options: NearestOptions<never> = {}): AnyNearest {
  return db['player']!.nearest(vector as never, options as never) as unknown as AnyNearest;
}

const hitsOf = (query: AnyNearest): Expected[] =>
  query.hits().map(({ document, distance }) => ({ id: (document as Fields)['id'] as string, distance }));
const idsOf = (hits: readonly Expected[]): string[] => hits.map(({ id }) => id);

async function checkOne(
  db: AnyDatabase,
  things: ReadonlyMap<string, Fields>,
  setting: Setting,
  random: Random,
): Promise<void> {
  const vector = randomVector(random, setting);
  const lang = ['en', 'de', 'fr'][below(random, 3)]!;
  const years = [below(random, 10), below(random, 10)].sort((a, b) => a - b) as [number, number];
  const [where, meets] = (
    [
      [undefined, () => true],
      [{ lang }, (thing: Fields) => thing['lang'] === lang],
      [{ year: { between: years } }, ({ year }: Fields) => Number(year) >= years[0] && Number(year) <= years[1]],
      [
        { lang, year: { gte: years[0] } },
        (thing: Fields) => thing['lang'] === lang && Number(thing['year']) >= years[0],
      ],
      [{ not: { lang } }, (thing: Fields) => thing['lang'] !== lang],
    ] as const
  )[below(random, 5)]!;
  const expected = expectedHits(things, setting.metric, vector, meets as (thing: Fields) => boolean);
  const limit = 1 + below(random, 12);
  const query = nearest(db, vector, where === undefined ? {} : ({ where } as never));
  switch (below(random, 6)) {
    case 0:
      expect(hitsOf(query)).toEqual(expected);
      expect(query.count()).toBe(expected.length);
      break;
    case 1:
      expect(hitsOf(query.limit(limit))).toEqual(expected.slice(0, limit));
      expect(query.first()?.['id' as never]).toBe(expected[0]?.id);
      break;
    case 2:
      expect(hitsOf(query.offset(limit).limit(limit))).toEqual(expected.slice(limit, 2 * limit));
      break;
    case 3: {
      const found = hitsOf(query.filter(isOdd as never).limit(limit));
      expect(found).toEqual(expected.filter((hit) => isOdd({ id: hit.id })).slice(0, limit));
      break;
    }
    case 4: {
      const found: string[] = [];
      let page = query.limit(limit).page();
      for (;;) {
        found.push(...(page.items as unknown as Fields[]).map(({ id }) => id as string));
        if (page.next === undefined) break;
        page = query.limit(limit).after(page.next).page();
      }
      expect(found).toEqual(idsOf(expected));
      break;
    }
    default: {
      const found: unknown[] = [];
      for await (const { id } of query.limit(limit) as unknown as AsyncIterable<Fields>) found.push(id);
      expect(found).toEqual(idsOf(expected).slice(0, limit));
    }
  }
}

/** Some writes, in transactions of which one in five is taken back. */
async function write(
  db: AnyDatabase,
  things: Map<string, Fields>,
  setting: Setting,
  random: Random,
  count: number,
): Promise<void> {
  for (let round = 0; round < count; round++) {
    const after = new Map(things);
    const isTakenBack = random() < 0.2;
    const writing = db.transaction((tx) => {
      const players = (tx as unknown as Record<string, AnyWriter>)['player']!;
      for (let step = 0; step <= below(random, 4); step++) {
        const id = `t${below(random, COUNT)}`;
        const thing = randomDocument(random, id, setting);
        const choice = random();
        if (choice < 0.25) {
          players.delete(id);
          after.delete(id);
        } else if (choice < 0.5 && after.has(id)) {
          const patch = random() < 0.5 ? { year: thing['year'] } : { embedding: thing['embedding'] };
          players.update(id, patch);
          after.set(id, { ...after.get(id), ...patch });
        } else {
          players.upsert(thing);
          after.set(id, thing);
        }
      }
      if (isTakenBack) throw new Error('taken back');
    });
    await writing.catch(() => undefined);
    if (isTakenBack) continue;
    things.clear();
    for (const [id, thing] of after) things.set(id, thing);
  }
}

interface AnyWriter {
  delete(id: string): unknown;
  update(id: string, patch: object): unknown;
  upsert(thing: object): unknown;
}

it('answers as a look at every document does', () =>
  seeded(async (random) => {
    for (let asked = 0; asked < QUERIES; asked += QUERIES_FOR_EACH) {
      const setting: Setting = {
        metric: VECTOR_METRICS[below(random, 3)]!,
        dimensions: 1 + below(random, 20),
        isList: random() < 0.3,
      };
      const fileSystem = new MemoryFileSystem();
      const model = modelOf(setting);
      const things = new Map<string, Fields>();
      let db = await openModels(fileSystem, [model]);
      await write(db, things, setting, random, 40);
      let watched: string[] = [];
      const target = randomVector(random, setting);
      const limit = 1 + below(random, 5);
      const watch = (): { unsubscribe(): void } =>
        nearest(db, target, { limit }).watch((rows) => {
          watched = (rows as unknown as Fields[]).map(({ id }) => id as string);
        });
      let subscription = watch();
      for (let round = 0; round < QUERIES_FOR_EACH / 10; round++) {
        if (random() < 0.3) {
          subscription.unsubscribe();
          if (random() < 0.5) await db.compact();
          await db.close();
          db = await openModels(fileSystem, [model]);
          subscription = watch();
        }
        for (let query = 0; query < 10; query++) await checkOne(db, things, setting, random);
        await write(db, things, setting, random, 4);
        expect(watched).toEqual(idsOf(expectedHits(things, setting.metric, target, () => true)).slice(0, limit));
      }
      await db.close();
    }
  }));

/** Stands for a library: looks at every vector, and gives candidates in another order than the engine's. */
class LinearLibrary implements ApproximateVectors {
  readonly vectors = new Map<number, Float32Array>();
  readonly metric: VectorMetric;

  constructor(metric: VectorMetric) {
    this.metric = metric;
  }

  set(id: number, vector: Float32Array): void {
    this.vectors.set(id, vector.slice());
  }

  remove(id: number): void {
    this.vectors.delete(id);
  }

  clear(): void {
    this.vectors.clear();
  }

  search(vector: Float32Array, count: number): number[] {
    return [...this.vectors]
      .map(([id, other]) => ({ id, distance: distanceBetween(this.metric, other, vector) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, count)
      .map(({ id }) => id)
      .reverse();
  }
}

it('keeps a library up to date through writes and undo, and gives the nearest that it knows', () =>
  seeded(async (random) => {
    for (const metric of VECTOR_METRICS) {
      const setting: Setting = { metric, dimensions: 9, isList: false };
      const fileSystem = new MemoryFileSystem();
      let db = await openModels(fileSystem, [modelOf(setting)]);
      const things = new Map<string, Fields>();
      const others = Array.from({ length: 400 }, (_, number) => randomDocument(random, `z${number}`, setting));
      await db['player']!.insertMany(others);
      for (const other of others) things.set(other['id'] as string, other);
      await db.close();
      db = await openModels(fileSystem, [modelOf(setting)]);
      const library = new LinearLibrary(metric);
      const filling = db['player']!.approximate('embedding' as never, library);
      await write(db, things, setting, random, 30);
      await filling;
      await write(db, things, setting, random, 30);
      for (let round = 0; round < 60; round++) {
        const vector = randomVector(random, setting);
        const lang = ['en', 'de', 'fr'][below(random, 3)]!;
        const options = random() < 0.5 ? {} : { where: { lang } };
        const expected = expectedHits(
          things,
          metric,
          vector,
          (thing) => options.where === undefined || thing['lang'] === lang,
        );
        // Of equal distances the library gives any.
        const found = hitsOf(nearest(db, vector, { ...options, limit: 7, approximate: true } as never));
        expect(found.map(({ distance }) => distance)).toEqual(expected.slice(0, 7).map(({ distance }) => distance));
        const odd = hitsOf(nearest(db, vector, { approximate: true, limit: 3 } as never).filter(isOdd as never));
        expect(odd.every(isOdd as never)).toBe(true);
        expect(odd).toHaveLength(3);
      }
      expect(library.vectors.size).toBe([...things.values()].filter(({ embedding }) => embedding != null).length);
      await db.close();
    }
  }));
