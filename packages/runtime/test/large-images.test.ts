/** Images of some thousand documents: postings and orders that are trees, filled leaf by leaf as they are asked for and written to. */
import type { DocumentModel, IndexModel } from '@nuthatch/model';
import type { Collection } from '../src/collection/collection.js';
import { partsOf, prepareParts } from '../src/database/assemble-database.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const COUNT = 6_000;

const index = (kind: IndexModel['kind'], name: string): IndexModel => ({ name, kind, fields: [name] });
const MODEL: DocumentModel = modelWith(
  [
    field('mail', STRING),
    field('tags', { kind: 'array', element: STRING }),
    field('age', NUMBER),
    field('score', NUMBER),
    field('name', STRING),
  ],
  {
    indexes: [
      index('unique', 'mail'),
      index('tag', 'tags'),
      // Three values, so each has some thousand documents; another for each document; a few documents each.
      index('range', 'age'),
      index('range', 'score'),
      index('range', 'name'),
    ],
  },
);

/** Numbers that look as if drawn, the same at each run. */
function scattered(number: number): number {
  return Math.imul(number ^ (number >>> 15), 0x2c1b3c6d) >>> 0;
}

function thing(number: number, version: number, isInOrder: boolean): Fields {
  const spread = scattered(number * 7 + version);
  return {
    id: isInOrder ? `t${String(number).padStart(6, '0')}` : `t${scattered(number)}-${number}`,
    mail: `m${number}.${version}`,
    tags: ['all', `g${spread % 50}`, ...(spread % 2 === 0 ? ['half'] : [])],
    age: spread % 3,
    score: spread,
    name: `n${spread % 1_500}`,
  };
}

class Things {
  readonly #state = new Map<number, Fields>();
  readonly #isInOrder: boolean;
  #db!: AnyDatabase;

  constructor(isInOrder: boolean) {
    this.#isInOrder = isInOrder;
  }

  get repository(): AnyDatabase[string] {
    return this.#db['player']!;
  }

  async open(fileSystem: MemoryFileSystem): Promise<void> {
    this.#db = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
  }

  async fill(): Promise<void> {
    const documents = Array.from({ length: COUNT }, (_, number) => thing(number, 0, this.#isInOrder));
    await this.repository.insertMany(documents);
    for (const [number, document] of documents.entries()) this.#state.set(number, document);
    await this.#db.compact();
  }

  async put(number: number, version: number): Promise<void> {
    const document = thing(number, version, this.#isInOrder);
    await this.repository.upsert(document);
    this.#state.set(number, document);
  }

  async delete(number: number): Promise<void> {
    await this.repository.delete(String(thing(number, 0, this.#isInOrder)['id']));
    this.#state.delete(number);
  }

  imageCounts(): readonly number[] {
    const { indexes } = this.#db.stats().collections['player']!;
    return MODEL.indexes.map(({ name }) => indexes[name]!.imageCount);
  }

  check(): void {
    const documents = [...this.#state.values()];
    expect(this.repository.size).toBe(documents.length);
    for (const tag of ['all', 'half', 'g7', 'g49', 'none']) {
      const due = documents.filter(({ tags }) => (tags as string[]).includes(tag)).map(({ id }) => String(id));
      const found = this.repository.find({ tags: tag });
      expect([tag, found.count()]).toEqual([tag, due.length]);
      expect(
        found
          .all()
          .map(({ id }) => String(id))
          .sort(),
      ).toEqual(due.sort());
    }
    for (const name of ['age', 'score', 'name']) {
      const due = [...documents].sort((a, b) => compare(a[name], b[name]) || compare(a['id'], b['id']));
      const found = this.repository.all().orderBy(name).all();
      expect(found.map(({ id }) => id)).toEqual(due.map(({ id }) => id));
      const middle = due[Math.floor(due.length / 2)]!;
      const above = due.filter((document) => compare(document[name], middle[name]) >= 0);
      const some = this.repository
        .find({ [name]: { gte: middle[name] } })
        .orderBy(name, 'desc')
        .limit(500)
        .all();
      expect(some.map(({ id }) => id)).toEqual(
        above
          .reverse()
          .slice(0, 500)
          .map(({ id }) => id),
      );
      expect(this.repository.find({ [name]: { lt: middle[name] } }).count()).toBe(documents.length - above.length);
    }
    for (const document of documents.slice(0, 200))
      expect(this.repository.first({ mail: document['mail'] })?.['id']).toBe(document['id']);
  }

  /** Another collection of the class that holds the same, until one of them is written to. */
  shared(): Collection {
    const { collections, definitions, options, environment } = partsOf(this.#db)!;
    const second = prepareParts(definitions, options, environment).collections.get('player')!;
    second.share(collections.get('player')!);
    return second;
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function compare(a: unknown, b: unknown): number {
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

describe.each([
  { keys: 'in order', isInOrder: true },
  { keys: 'in no order', isInOrder: false },
])('a large image with keys $keys', ({ isInOrder }) => {
  it('answers as brute force does, untouched, written to, and followed by a journal', async () => {
    const fileSystem = new MemoryFileSystem();
    const things = new Things(isInOrder);
    await things.open(fileSystem);
    await things.fill();
    await things.close();
    await things.open(fileSystem);
    expect(things.imageCounts().every((imageCount) => imageCount >= COUNT)).toBe(true);
    // Some leaves are written to before any was read.
    for (let round = 0; round < 400; round++) await things.put(scattered(round) % COUNT, 1 + (round % 3));
    for (let round = 0; round < 300; round++) await things.delete(scattered(round + 9_000) % COUNT);
    for (let number = COUNT; number < COUNT + 200; number++) await things.put(number, 0);
    expect(things.imageCounts()[0]).toBeLessThan(COUNT);
    things.check();
    await things.close();
    await things.open(fileSystem);
    things.check();
    await things.close();
  });

  it('is held by a second collection as it was, whatever is written to the first', async () => {
    const fileSystem = new MemoryFileSystem();
    const things = new Things(isInOrder);
    await things.open(fileSystem);
    await things.fill();
    await things.close();
    await things.open(fileSystem);
    const second = things.shared();
    for (let number = 0; number < 500; number++) await things.put(number, 1);
    for (let number = 500; number < 900; number++) await things.delete(number);
    things.check();
    const { indexes, store } = second;
    expect([store.size, indexes.tag('tags').structure.count('all')]).toEqual([COUNT, COUNT]);
    expect(indexes.range('score').structure.collect().length).toBe(COUNT);
    for (let number = 0; number < COUNT; number += 7) {
      const document = thing(number, 0, isInOrder);
      expect({ ...second.get(document['id']) }).toEqual(document);
      expect(indexes.unique('mail').find(document['mail'])).toBe(second.get(document['id']));
    }
    await things.close();
  });

  it('answers as brute force does when most documents of an order and a tag leave', async () => {
    const fileSystem = new MemoryFileSystem();
    const things = new Things(isInOrder);
    await things.open(fileSystem);
    await things.fill();
    await things.close();
    await things.open(fileSystem);
    for (let number = 0; number < COUNT; number++) if (number % 10 !== 3) await things.delete(number);
    things.check();
    await things.close();
  });
});
