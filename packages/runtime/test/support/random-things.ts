/** Documents with absent, null and equal values, and what may be asked of them: said twice, once for the engine, once plainly. */
import type { DocumentModel } from '@nuthatch/model';
import { type Fields, field, modelWith, NUMBER, STRING } from './open-models.js';

/** Fields of range indexes: some of them always there, absent now and then, or null. */
export const COMPOSITES: readonly (readonly string[])[] = [
  ['name', 'age'],
  ['name', 'country', 'due'],
  ['country', 'rank'],
  ['balance', 'name', 'score'],
  ['name', 'balance', 'seenAt'],
  ['due', 'isOpen', 'debt'],
];

export const thingModel: DocumentModel = modelWith(
  [
    field('age', NUMBER, { optional: true }),
    field('rank', { kind: 'nullable', of: NUMBER }),
    field('name', STRING),
    field('tags', { kind: 'array', element: STRING }, { optional: true }),
    field('country', { kind: 'nullable', of: STRING }, { optional: true }),
    field('code', STRING, { optional: true }),
    field('balance', { kind: 'bigint' }),
    field('due', { kind: 'date' }, { optional: true }),
    field('score', { kind: 'nullable', of: NUMBER }, { optional: true }),
    field('labels', { kind: 'set', element: STRING }, { optional: true }),
    field(
      'place',
      { kind: 'object', fields: [field('x', NUMBER), field('y', NUMBER, { optional: true })] },
      { optional: true },
    ),
    field('seenAt', { kind: 'date' }, { optional: true }),
    field('debt', { kind: 'bigint' }, { optional: true }),
    field('isOpen', { kind: 'boolean' }, { optional: true }),
    field('handle', STRING, { optional: true }),
    field('state', { kind: 'literal', values: ['open', 'closed', 3] }, { optional: true }),
  ],
  {
    indexes: [
      { name: 'age', kind: 'range', fields: ['age'] },
      { name: 'rank', kind: 'range', fields: ['rank'] },
      { name: 'name', kind: 'range', fields: ['name'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'country', kind: 'tag', fields: ['country'] },
      { name: 'code', kind: 'unique', fields: ['code'] },
      { name: 'balance', kind: 'range', fields: ['balance'] },
      { name: 'due', kind: 'range', fields: ['due'] },
      { name: 'labels', kind: 'tag', fields: ['labels'] },
      { name: 'isOpen', kind: 'tag', fields: ['isOpen'] },
      { name: 'handle', kind: 'unique', fields: ['handle'], caseInsensitive: true },
      { name: 'state', kind: 'tag', fields: ['state'] },
      { name: 'name_balance', kind: 'range', fields: ['name', 'balance'] },
      ...COMPOSITES.map((fields) => ({ name: fields.join('_'), kind: 'range' as const, fields })),
    ],
  },
);

export type Random = () => number;
type Predicate = (thing: Fields) => boolean;

/** A condition, and whether a document meets it. */
export interface Asked {
  readonly where: Fields;
  readonly meets: Predicate;
}

export interface Ordered {
  readonly orders: readonly (readonly [field: string, direction: 'asc' | 'desc'])[];
  compare(a: Fields, b: Fields): number;
}

export const below = (random: Random, count: number): number => Math.floor(random() * count);
export const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

const NAMES = ['Ann', 'Anna', 'Bea', 'Cem', '', 'Ann😀', '😀😎'];
/** The last one is half of a sign: texts are compared by their units. */
const PREFIXES = ['An', 'Ann', '😀', 'Ann\ud83d'];
const STATES = ['open', 'closed', 3];
const TAGS = ['a', 'b', 'c', 'd'];
const COUNTRIES = ['CH', 'DE', 'FR'];
/** Halves, so that sums do not depend on the order of their parts. */
const SCORES = [-0, 0, 0.5, 7, -3, 1e6];

export function randomThing(random: Random, id: string): Fields {
  const isThere = (): boolean => random() < 0.75;
  return {
    id,
    ...(isThere() && { age: below(random, 6) }),
    rank: isThere() ? below(random, 4) - 1.5 : null,
    name: pick(random, NAMES),
    ...(isThere() && { tags: TAGS.filter(() => random() < 0.4) }),
    ...(isThere() && { country: isThere() ? pick(random, COUNTRIES) : null }),
    // Unique: no two things have one.
    ...(random() < 0.5 && { code: `code ${id}` }),
    balance: BigInt(below(random, 4)),
    ...(isThere() && { due: new Date(below(random, 4) * 1_000) }),
    ...(isThere() && { score: isThere() ? pick(random, SCORES) : null }),
    labels: new Set(TAGS.filter(() => random() < 0.3)),
    place: { x: below(random, 3), ...(isThere() && { y: 1 }) },
    seenAt: new Date(below(random, 3) * 1_000),
    ...(isThere() && { debt: BigInt(below(random, 3)) * 2n ** 60n }),
    ...(isThere() && { isOpen: random() < 0.5 }),
    ...(isThere() && { handle: inAnyCase(random, `straße ${id}`) }),
    ...(isThere() && { state: pick(random, STATES) }),
  };
}

function inAnyCase(random: Random, text: string): string {
  return random() < 0.5 ? text : text.replace('stra', 'STRA').replace('t', 'T');
}

const idOf = (number: number): string => `t${String(number).padStart(4, '0')}`;
export const thingId = idOf;

/** How a field's values are made and compared; dates as the number of their milliseconds. */
interface Scalar {
  readonly field: string;
  readonly kind: 'unique' | 'range' | 'tag' | 'key';
  readonly mayBeNull?: true;
  readonly mayBePrefixed?: true;
  readonly isOfAnyCase?: true;
  value(random: Random): unknown;
}

const SCALARS: readonly Scalar[] = [
  { field: 'age', kind: 'range', value: (random) => below(random, 7) },
  { field: 'rank', kind: 'range', mayBeNull: true, value: (random) => below(random, 5) - 1.5 },
  { field: 'name', kind: 'range', mayBePrefixed: true, value: (random) => pick(random, [...NAMES, 'Zoe']) },
  { field: 'tags', kind: 'tag', value: (random) => pick(random, [...TAGS, 'z']) },
  { field: 'country', kind: 'tag', mayBeNull: true, value: (random) => pick(random, [...COUNTRIES, 'IT']) },
  { field: 'code', kind: 'unique', value: (random) => `code ${idOf(below(random, 80))}` },
  { field: 'balance', kind: 'range', value: (random) => BigInt(below(random, 5)) },
  { field: 'due', kind: 'range', value: (random) => new Date(below(random, 5) * 1_000) },
  { field: 'labels', kind: 'tag', value: (random) => pick(random, [...TAGS, 'z']) },
  { field: 'isOpen', kind: 'tag', value: (random) => random() < 0.5 },
  {
    field: 'handle',
    kind: 'unique',
    isOfAnyCase: true,
    value: (random) => inAnyCase(random, `straße ${idOf(below(random, 80))}`),
  },
  { field: 'state', kind: 'tag', value: (random) => pick(random, STATES) },
  { field: 'id', kind: 'key', value: (random) => idOf(below(random, 80)) },
];

const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);

function has(thing: Fields, { field, kind, isOfAnyCase }: Scalar, value: unknown): boolean {
  const held = thing[field];
  if (isOfAnyCase && held !== undefined) return (held as string).toLowerCase() === (value as string).toLowerCase();
  if (held instanceof Set) return held.has(value);
  if (value !== null && kind === 'tag' && Array.isArray(held)) return held.includes(value);
  return held !== undefined && plain(held) === plain(value);
}

/** Values for leading fields of an index over several, and now and then bounds for the next one. */
export function leadingAsked(random: Random): Asked {
  const where: Record<string, unknown> = {};
  const all: Predicate[] = [];
  for (const field of pick(random, COMPOSITES)) {
    const scalar = SCALARS.find((each) => each.field === field);
    if (scalar === undefined || (all.length > 0 && random() < 0.3)) break;
    const value = scalar.value(random);
    if (scalar.kind === 'range' && random() < 0.2) {
      const query: Record<string, unknown> = {};
      all.push(addBounds(random, scalar, query));
      where[field] = query;
      break;
    }
    where[field] = value;
    all.push((thing) => has(thing, scalar, value));
  }
  return { where, meets: (thing) => all.every((meets) => meets(thing)) };
}

export function randomAsked(random: Random, depth = 0): Asked {
  const leading = random() < 0.15 ? leadingAsked(random) : undefined;
  const where: Record<string, unknown> = { ...leading?.where };
  const all: Predicate[] = leading === undefined ? [] : [leading.meets];
  const count = depth > 0 ? 1 + below(random, 2) : below(random, 4);
  for (let each = 0; each < count; each++) {
    const scalar = pick(random, SCALARS);
    if (Object.hasOwn(where, scalar.field)) continue;
    const { query, meets } = randomQuestion(random, scalar, 0);
    where[scalar.field] = query;
    all.push(meets);
  }
  if (random() < 0.1) {
    const { query, meets } = randomPair(random, 0);
    where['name_balance'] = query;
    all.push(meets);
  }
  if (depth < 3 && random() < 0.25) {
    const isMany = depth === 0 && random() < 0.04;
    const parts = Array.from({ length: isMany ? 30 : 1 + below(random, 3) }, () =>
      randomAsked(random, isMany ? 3 : depth + 1),
    );
    where['or'] = parts.map((part) => part.where);
    all.push((thing) => parts.some(({ meets }) => meets(thing)));
  }
  if (depth < 3 && random() < 0.15) {
    const part = randomAsked(random, depth + 1);
    where['not'] = part.where;
    all.push((thing) => !part.meets(thing));
  }
  if (depth < 3 && random() < 0.1) {
    const parts = Array.from({ length: 1 + below(random, 2) }, () => randomAsked(random, depth + 1));
    where['and'] = parts.map((part) => part.where);
    all.push((thing) => parts.every(({ meets }) => meets(thing)));
  }
  return { where, meets: (thing) => all.every((meets) => meets(thing)) };
}

function randomQuestion(random: Random, scalar: Scalar, depth: number): { query: unknown; meets: Predicate } {
  const { field, kind, mayBeNull } = scalar;
  const value = scalar.value(random);
  const choice = random();
  if (mayBeNull && choice < 0.1) return { query: null, meets: (thing) => thing[field] === null };
  if (choice < 0.3) return { query: value, meets: (thing) => has(thing, scalar, value) };
  const query: Record<string, unknown> = {};
  const all: Predicate[] = [];
  if (random() < 0.4) {
    const values = Array.from({ length: below(random, 4) }, () => scalar.value(random));
    if (mayBeNull && random() < 0.2) values.push(null);
    query['in'] = values;
    all.push((thing) => values.some((each) => has(thing, scalar, each)));
  }
  if (depth < 2 && random() < 0.3) {
    const inner = randomQuestion(random, scalar, depth + 1);
    query['not'] = inner.query;
    all.push((thing) => !inner.meets(thing));
  }
  if (kind !== 'key' && random() < 0.2) {
    const isAbsent = random() < 0.5;
    query['absent'] = isAbsent;
    all.push((thing) => (thing[field] === undefined) === isAbsent);
  }
  if (kind === 'range' && random() < 0.5) all.push(addBounds(random, scalar, query));
  if (kind === 'tag' && random() < 0.5) all.push(addSets(random, scalar, query));
  if (all.length === 0) return { query: value, meets: (thing) => has(thing, scalar, value) };
  return { query, meets: (thing) => all.every((meets) => meets(thing)) };
}

/** A question to the index over two fields. */
function randomPair(random: Random, depth: number): { query: unknown; meets: Predicate } {
  const one = (): { query: Fields; meets: Predicate } => {
    const name = pick(random, NAMES);
    const least = BigInt(below(random, 5));
    return random() < 0.5
      ? { query: { name }, meets: (thing) => thing['name'] === name }
      : {
          query: { name, balance: { gte: least } },
          meets: (thing) => thing['name'] === name && (thing['balance'] as bigint) >= least,
        };
  };
  const choice = random();
  if (choice < 0.4) return one();
  if (choice < 0.7) {
    const parts = Array.from({ length: below(random, 4) }, one);
    return {
      query: { in: parts.map(({ query }) => query) },
      meets: (thing) => parts.some(({ meets }) => meets(thing)),
    };
  }
  const inner = depth < 2 ? randomPair(random, depth + 1) : one();
  return { query: { not: inner.query }, meets: (thing) => !inner.meets(thing) };
}

function addBounds(random: Random, scalar: Scalar, query: Record<string, unknown>): Predicate {
  const held = (thing: Fields): never => plain(thing[scalar.field]) as never;
  const isHeld = (thing: Fields): boolean => thing[scalar.field] !== undefined && thing[scalar.field] !== null;
  const [low, high] = [scalar.value(random), scalar.value(random)];
  if (scalar.mayBePrefixed && random() < 0.3) {
    const prefix = pick(random, PREFIXES);
    query['prefix'] = prefix;
    return (thing) => isHeld(thing) && String(thing[scalar.field]).startsWith(prefix);
  }
  if (random() < 0.3) {
    query['between'] = [low, high];
    return (thing) => isHeld(thing) && held(thing) >= (plain(low) as never) && held(thing) <= (plain(high) as never);
  }
  const all: Predicate[] = [isHeld];
  const lower = pick(random, ['gt', 'gte', undefined]);
  const upper = lower === undefined ? pick(random, ['lt', 'lte']) : pick(random, ['lt', 'lte', undefined]);
  if (lower !== undefined) {
    query[lower] = low;
    all.push((thing) => held(thing) > (plain(low) as never) || (lower === 'gte' && held(thing) === plain(low)));
  }
  if (upper !== undefined) {
    query[upper] = high;
    all.push((thing) => held(thing) < (plain(high) as never) || (upper === 'lte' && held(thing) === plain(high)));
  }
  return (thing) => all.every((meets) => meets(thing));
}

function addSets(random: Random, scalar: Scalar, query: Record<string, unknown>): Predicate {
  const sets = ['any', 'all', 'none'].filter(() => random() < 0.5);
  const named = sets.length === 0 ? ['any'] : sets;
  const all: Predicate[] = [];
  for (const name of named) {
    const values = Array.from({ length: 1 + below(random, 2) }, () => scalar.value(random));
    query[name] = values;
    const hits = (thing: Fields): boolean[] => values.map((value) => has(thing, scalar, value));
    if (name === 'any') all.push((thing) => hits(thing).includes(true));
    else if (name === 'all') all.push((thing) => !hits(thing).includes(false));
    else all.push((thing) => !hits(thing).includes(true));
  }
  return (thing) => all.every((meets) => meets(thing));
}

const ORDERS = ['age', 'rank', 'name', 'balance', 'due', 'id'];

export function randomOrder(random: Random): Ordered {
  const fields: string[] = random() < 0.15 ? ['name', 'balance'] : [];
  while (fields.length === 0 || random() < 0.5) {
    const field = pick(random, ORDERS);
    if (fields.includes(field)) break;
    fields.push(field);
    if (field === 'id') break;
  }
  const one = pick(random, ['asc', 'desc'] as const);
  const isOne = random() < 0.5;
  const orders = fields.map((field) => [field, isOne ? one : pick(random, ['asc', 'desc'] as const)] as const);
  const last = orders.at(-1)!;
  const full = last[0] === 'id' ? orders : [...orders, ['id', last[1]] as const];
  return {
    orders,
    compare: (a, b) => {
      for (const [field, direction] of full) {
        const order = compareValues(plain(a[field]), plain(b[field]), direction);
        if (order !== 0) return order;
      }
      return 0;
    },
  };
}

/** Documents without a value come last in both directions. */
function compareValues(a: unknown, b: unknown, direction: 'asc' | 'desc'): number {
  const isNone = [a, b].map((value) => value === undefined || value === null);
  if (isNone[0] || isNone[1]) return Number(isNone[0]) - Number(isNone[1]);
  if (a === b) return 0;
  return (a as never) < (b as never) === (direction === 'asc') ? -1 : 1;
}
