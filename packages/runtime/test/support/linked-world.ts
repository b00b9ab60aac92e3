/**
 * Six classes that refer to each other in every way, random transactions over them, and what plain maps make of those:
 * for tests of references that run, are killed, or crash.
 */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import type { WriteOptions } from '../../src/repository/repository-types.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, STRING } from './open-models.js';
import { randomFrom } from './seeded.js';

const OPTIONAL = { optional: true };
const listOf = (kind: 'array' | 'set'): FieldType => ({ kind, element: STRING });
const PAIR: FieldType = { kind: 'object', fields: [field('x', STRING), field('y', NUMBER)] };

export const LINKED_MODELS: readonly DocumentModel[] = [
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
  // Grows in chains, which go all at once.
  modelWith([field('up', STRING, OPTIONAL), field('a', STRING)], {
    ...{ name: 'F', collection: 'f' },
    references: [
      { field: 'up', to: 'f', onDelete: 'cascade' },
      { field: 'a', to: 'a', onDelete: 'cascade' },
    ],
  }),
];

export type Collection = Map<string, Fields>;
export type World = Readonly<Record<string, Collection>>;

const modelOf = (name: string): DocumentModel => LINKED_MODELS.find(({ collection }) => collection === name)!;
export const keyTextOf = (name: string, document: Fields): string =>
  name === 'e' ? `${String(document['x'])} ${String(document['y'])}` : String(document['id']);
export const textOf = (value: unknown): string =>
  typeof value === 'object' ? `${String((value as Fields)['x'])} ${String((value as Fields)['y'])}` : String(value);
export const valuesOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null
    ? []
    : Array.isArray(value)
      ? value
      : value instanceof Set
        ? [...value]
        : [value];

/** Plain maps that follow the rules of `@Ref` in the plainest way. */
export class LinkedWorld {
  world: World = Object.fromEntries(LINKED_MODELS.map(({ collection }) => [collection, new Map()]));

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
      for (const model of LINKED_MODELS)
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
    return LINKED_MODELS.every(({ collection, references }) =>
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

export interface Step {
  readonly name: string;
  readonly key: string;
  /** Undefined: it is deleted. */
  readonly document: Fields | undefined;
}

export class LinkedChance {
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
    return known.length > 0 && this.random() < 0.97 ? this.of(known) : this.newKey(name);
  }

  newKey(name: string): string {
    return name === 'e' ? `${this.of(['p', 'q', 'r'])} ${this.below(3)}` : `${name}${this.below(6)}`;
  }

  /** A few writes; or, as often as `growth` says, a chain of `length` documents that hang on one. */
  steps(world: World, growth: number, length: number): readonly Step[] {
    if (this.random() >= growth) return Array.from({ length: 1 + this.below(4) }, () => this.step(world));
    const a = this.key(world, 'a');
    return Array.from({ length }, (_, place): Step => {
      const key = `${a} ${place}`;
      return { name: 'f', key, document: { id: key, up: place === 0 ? undefined : `${a} ${place - 1}`, a } };
    });
  }

  step(world: World): Step {
    const drawn = this.of(['a', 'b', 'c', 'd', 'e']);
    if (this.random() < 0.3) return { name: drawn, key: this.key(world, drawn), document: undefined };
    // An `a` needs a `c`.
    const name = drawn === 'a' && world['c']!.size === 0 ? 'c' : drawn;
    const key = this.newKey(name);
    return { name, key, document: this.document(world, name, key) };
  }

  document(world: World, name: string, key: string): Fields {
    // Of an empty collection seldom: most transactions would be refused for a key that is not there.
    const has = (to: string): boolean => world[to]!.size > 0 || this.random() < 0.05;
    const maybe = (to: string): string | undefined =>
      this.random() < 0.6 && has(to) ? this.key(world, to) : undefined;
    const some = (to: string): string[] =>
      has(to) ? [...new Set(Array.from({ length: this.below(3) }, () => this.key(world, to)))] : [];
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

/** Rejects as the transaction does. @param isThrown the function throws at its end. */
export async function runSteps(
  db: AnyDatabase,
  steps: readonly Step[],
  isThrown = false,
  options: WriteOptions = {},
): Promise<void> {
  const write = (into: AnyDatabase, { name, key, document }: Step, more?: WriteOptions): unknown => {
    if (document !== undefined) return into[name]!.upsert(document, more);
    return into[name]!.delete(
      name === 'e' ? ({ x: key.split(' ')[0], y: Number(key.split(' ')[1]) } as never) : key,
      more,
    );
  };
  const [only] = steps;
  if (steps.length === 1 && !isThrown) {
    await write(db, only!, options);
    return;
  }
  await db.transaction((tx) => {
    for (const step of steps) void write(tx as never, step);
    if (isThrown) throw new RangeError('taken back');
  }, options);
}

/** The same for equal worlds, whatever the order of their documents and fields. */
export function worldText(world: World): string {
  const shown = (value: unknown): unknown => (value instanceof Set ? [...value] : value);
  const rows = Object.entries(world).flatMap(([name, documents]) =>
    Array.from(documents, ([key, document]) => {
      const fields = modelOf(name).fields.map((each) => [each.name, shown(document[each.name])]);
      return `${name} ${key} ${JSON.stringify(fields)}`;
    }),
  );
  return rows.sort().join('\n');
}

export function contentsOf(db: AnyDatabase): World {
  return Object.fromEntries(
    LINKED_MODELS.map(({ collection: name }) => [
      name,
      new Map(Array.from(db[name]!, (document) => [keyTextOf(name, document), { ...document }])),
    ]),
  );
}

/**
 * A history that a killed process and whoever looks after it can both tell: transaction `number` follows from the seed, the
 * number and the world before it. A refused one leaves the world as it was.
 */
export function* linkedHistory(seed: number, growth: number, length: number): Generator<HistoryStep, never> {
  const reference = new LinkedWorld();
  for (let number = 1; ; number++) {
    const steps = new LinkedChance(randomFrom(seed + number)).steps(reference.world, growth, length);
    const after = reference.after(steps);
    if (after !== undefined) reference.world = after;
    yield { number, steps, isRefused: after === undefined, world: reference.world };
  }
}

export interface HistoryStep {
  readonly number: number;
  readonly steps: readonly Step[];
  readonly isRefused: boolean;
  /** What is there after it. */
  readonly world: World;
}
