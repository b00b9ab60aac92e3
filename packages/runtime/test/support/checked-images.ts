/** A database that opens from images, beside brute force: every kind of key and index, and random histories. */
import type { CollectionStorage, DocumentModel, FieldType, IndexModel } from '@nuthatch/model';
import fc from 'fast-check';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './open-models.js';

const DATE: FieldType = { kind: 'date' };
const BIGINT: FieldType = { kind: 'bigint' };
const list = (element: FieldType): FieldType => ({ kind: 'array', element });
const index = (kind: IndexModel['kind'], ...fields: string[]): IndexModel => ({
  name: fields.join('_'),
  kind,
  fields,
});

/** How the key of a document of this number looks, and what of the document finds it. */
export interface KeyKind {
  readonly model: Partial<DocumentModel>;
  readonly fields: DocumentModel['fields'];
  of(number: number): Fields;
  key(fields: Fields): unknown;
}

const plainKey = (type: FieldType, of: (number: number) => unknown): KeyKind => ({
  model: { key: { fields: ['id'] } },
  fields: [field('id', type)],
  of: (number) => ({ id: of(number) }),
  key: ({ id }) => id,
});
export const KEYS: Readonly<Record<string, KeyKind>> = {
  texts: plainKey(STRING, (number) => `k${number % 7}-${number}`),
  'texts in order': plainKey(STRING, (number) => `k${String(number).padStart(6, '0')}`),
  'long texts': plainKey(STRING, (number) => `${'é'.repeat(number % 3)}${'x'.repeat((number % 4) * 40)}${number}`),
  numbers: plainKey(NUMBER, (number) => ((number * 7_919) % 10_007) - 5_000),
  bigints: plainKey(BIGINT, (number) => BigInt(number) * 10n ** 17n - 3n),
  dates: plainKey(DATE, (number) => new Date(number * 1_000)),
  'several fields': {
    model: { key: { fields: ['region', 'number'] } },
    fields: [field('region', STRING), field('number', NUMBER)],
    of: (number) => ({ region: `r${number % 3}`, number }),
    key: ({ region, number }) => ({ region, number }),
  },
};

const OPTIONAL = { optional: true } as const;
const FIELDS = [
  field('mail', STRING),
  field('badge', NUMBER, OPTIONAL),
  field('name', STRING),
  field('tags', list(STRING)),
  field('ranks', list(NUMBER), OPTIONAL),
  field('group', STRING, OPTIONAL),
  field('age', NUMBER),
  field('born', DATE),
  field('title', STRING, OPTIONAL),
  field('worth', BIGINT),
  field('until', DATE, OPTIONAL),
];
export const INDEXES: readonly IndexModel[] = [
  index('unique', 'mail'),
  index('unique', 'badge'),
  { ...index('unique', 'name'), caseInsensitive: true },
  index('unique', 'age', 'mail'),
  index('tag', 'tags'),
  index('tag', 'ranks'),
  index('tag', 'group'),
  index('range', 'age'),
  index('range', 'born'),
  index('range', 'title'),
  index('range', 'worth'),
  index('range', 'group', 'age'),
];

const modelOf = ({ model, fields }: KeyKind, indexes = INDEXES): DocumentModel => {
  const {
    fields: [, ...others],
    ...rest
  } = modelWith(FIELDS, { ...model, indexes });
  return { ...rest, fields: [...fields, ...others], expires: 'until' };
};

/** The document of a number, at a version: most of its indexed values change with it. */
function documentOf(kind: KeyKind, number: number, version: number): Fields {
  const spread = number * 31 + version * 17;
  return {
    ...kind.of(number),
    mail: `m${number}-${version % 2}@x.io`,
    badge: number % 5 === 0 ? undefined : number * 10 + (version % 3),
    name: `${number % 2 === 0 ? 'NAME' : 'name'}${number}.${version % 2}`,
    tags: [`t${spread % 9}`, `t${spread % 4}`, ...(spread % 3 === 0 ? ['all'] : [])],
    ranks: spread % 4 === 0 ? undefined : [spread % 5, spread % 3],
    group: spread % 6 === 0 ? undefined : `g${spread % 4}`,
    age: spread % 11,
    born: new Date((spread % 13) * 86_400_000),
    title: spread % 7 === 0 ? undefined : `${'long '.repeat(spread % 20)}${spread % 5}`,
    worth: BigInt(spread % 8) * 10n ** 20n,
    until: number % 4 === 0 ? new Date(4_000_000_000_000 + number) : undefined,
  };
}

export interface Touching {
  readonly kind: 'put' | 'delete' | 'read';
  readonly numbers: readonly number[];
}

export type Step =
  | Touching
  | { readonly kind: 'compact' | 'reopen' }
  | { readonly kind: 'beside'; readonly steps: readonly Touching[] };

const numbers = fc.array(fc.nat(60), { minLength: 1, maxLength: 12 });
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), numbers }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), numbers }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), numbers }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'compact' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('beside' as const),
        steps: fc.array(fc.record({ kind: fc.constantFrom('put' as const, 'delete' as const), numbers }), {
          maxLength: 3,
        }),
      }),
    },
    { weight: 3, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  ),
  { minLength: 3, maxLength: 16 },
);

/** One database and what it is to hold. */
export class Checked {
  readonly #fileSystem = new MemoryFileSystem();
  readonly #kind: KeyKind;
  readonly #model: DocumentModel;
  readonly #options: Partial<DatabaseOptions>;
  readonly #state = new Map<number, { document: Fields; version: number; revision: number }>();
  #db!: AnyDatabase;

  constructor(kind: KeyKind, options: Partial<DatabaseOptions> = {}, storage: CollectionStorage = 'disk') {
    this.#options = options;
    this.#kind = kind;
    this.#model = { ...modelOf(kind), storage };
  }

  get database(): AnyDatabase {
    return this.#db;
  }

  get things(): AnyDatabase[string] {
    return this.#db['player']!;
  }

  async open(indexes: readonly IndexModel[] = INDEXES): Promise<void> {
    const model = { ...this.#model, indexes };
    this.#db = await openModels(this.#fileSystem, [model], { compaction: 'manual', ...this.#options });
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  async run(step: Step): Promise<void> {
    if (step.kind === 'compact') await this.#db.compact();
    else if (step.kind === 'beside') {
      // The image is of the state when it began, whatever is written while it is made.
      const compacting = this.#db.compact();
      for (const each of step.steps) await this.run(each);
      await compacting;
    } else if (step.kind === 'reopen') {
      await this.close();
      await this.open();
    } else if ('numbers' in step) for (const number of step.numbers) await this.#runOne(step.kind, number);
  }

  async #runOne(kind: 'put' | 'delete' | 'read', number: number): Promise<void> {
    const held = this.#state.get(number);
    const key = this.#kind.key(documentOf(this.#kind, number, 0)) as string;
    if (kind === 'read') expect(plain(this.things.get(key))).toEqual(held?.document && plain(held.document));
    else if (kind === 'delete') {
      expect(await this.things.delete(key)).toBe(held !== undefined);
      this.#state.delete(number);
    } else {
      const version = (held?.version ?? -1) + 1;
      const document = documentOf(this.#kind, number, version);
      await this.things.upsert(document);
      this.#state.set(number, { document, version, revision: (held?.revision ?? 0) + 1 });
    }
  }

  /** Counts of the documents and of the entries of indexes that the tables of the image find. */
  imageCounts(): readonly number[] {
    const { imageCount, indexes } = this.#db.stats().collections['player']!;
    return [imageCount, ...INDEXES.map(({ name }) => indexes[name]!.imageCount)];
  }

  /** Every query answers as brute force does. */
  check(): void {
    const documents = [...this.#state.values()].map(({ document }) => document);
    expect(this.things.size).toBe(documents.length);
    const byText = (fields: readonly Fields[]): string[] => fields.map(textOf).sort();
    expect(byText(this.things.all().all())).toEqual(byText(documents));
    for (const { document, revision } of this.#state.values()) {
      const key = this.#kind.key(document) as string;
      expect(this.things.revision(key)).toBe(revision);
      expect(this.things.expiresAt(key)?.getTime()).toBe((document['until'] as Date | undefined)?.getTime());
      expect(textOf(this.things.first({ mail: document['mail'] })!)).toBe(textOf(document));
      expect(textOf(this.things.first({ name: String(document['name']).toUpperCase() })!)).toBe(textOf(document));
      if (document['badge'] !== undefined)
        expect(textOf(this.things.first({ badge: document['badge'] })!)).toBe(textOf(document));
    }
    expect(this.things.first({ mail: 'nobody' })).toBeUndefined();
    for (const name of ['tags', 'ranks', 'group']) this.#checkTags(name, documents);
    for (const name of ['age', 'born', 'title', 'worth']) this.#checkRange(name, documents);
  }

  #checkTags(name: string, documents: readonly Fields[]): void {
    const tagsOf = (document: Fields): readonly unknown[] => [document[name] ?? []].flat();
    for (const tag of new Set([...documents.flatMap(tagsOf), name === 'ranks' ? 99 : 'no such'])) {
      const due = documents.filter((document) => tagsOf(document).includes(tag));
      expect(this.things.find({ [name]: tag }).count()).toBe(due.length);
      expect(
        this.things
          .find({ [name]: tag })
          .all()
          .map(textOf)
          .sort(),
      ).toEqual(due.map(textOf).sort());
    }
  }

  #checkRange(name: string, documents: readonly Fields[]): void {
    const held = documents.filter((document) => document[name] !== undefined);
    const values = held.map((document) => document[name] as number);
    const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(String);
    expect(
      this.things
        .all()
        .orderBy(name)
        .all()
        .filter((document) => document[name] !== undefined)
        .map((document) => String(document[name])),
    ).toEqual(sorted);
    const [middle] = values;
    if (middle === undefined) return;
    const above = held.filter((document) => (document[name] as number) >= middle);
    const found = this.things.find({ [name]: { gte: middle } });
    expect(found.count()).toBe(above.length);
    expect(found.all().map(textOf).sort()).toEqual(above.map(textOf).sort());
    const forwards = this.things
      .find({ [name]: { gte: middle } })
      .orderBy(name)
      .all();
    expect(
      this.things
        .find({ [name]: { gte: middle } })
        .orderBy(name, 'desc')
        .all(),
    ).toEqual(forwards.reverse());
  }
}

function plain(document: object | undefined): object | undefined {
  return document && { ...document };
}

function textOf(document: Fields): string {
  return JSON.stringify(
    Object.entries(document).filter(([, value]) => value !== undefined),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  );
}
