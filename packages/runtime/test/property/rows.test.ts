/**
 * Rows against a plain look at every document: random fields, values and groups of random conditions, orders and parts,
 * over documents with absent, null and equal values, touched and as bytes since the opening.
 */
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, openModels } from '../support/open-models.js';
import {
  type Asked,
  below,
  COMPOSITES,
  leadingAsked,
  pick,
  type Random,
  randomAsked,
  randomOrder,
  thingModel,
} from '../support/random-things.js';
import { seeded } from '../support/seeded.js';
import { type AnyQuery, filled, ordered, show } from '../support/thing-database.js';

const QUERIES = repeats('NUTHATCH_ROWS', 20_000);
const QUERIES_FOR_EACH = 400;

const FIELDS = thingModel.fields.map(({ name }) => name);

/** As `expect(…).toEqual` of anything that is compared as it is printed. */
function alike(what: object, found: unknown, expected: unknown): void {
  if (textOf(found) !== textOf(expected)) expect({ ...what, found }).toEqual({ ...what, found: expected });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Set) return [...part];
    if (part === undefined) return '?';
    return Object.is(part, -0) ? '-0' : Number.isNaN(part) ? 'NaN' : part;
  });
}

function picked(thing: Fields, fields: readonly string[]): Fields {
  return Object.fromEntries(fields.map((name) => [name, thing[name]]));
}

async function checkSelect(db: AnyDatabase, things: ReadonlyMap<string, Fields>, random: Random): Promise<void> {
  const asked = randomAsked(random);
  const order = randomOrder(random);
  const fields = [...new Set(Array.from({ length: 1 + below(random, 4) }, () => pick(random, FIELDS)))];
  const expected = [...things.values()].filter(asked.meets).sort(order.compare);
  const rows = expected.map((thing) => picked(thing, fields));
  const what = { said: show(asked, order), fields };
  const query = ordered(db['player']!.find(asked.where) as unknown as AnyQuery, order).select(
    ...(fields as never as [never]),
  );
  const limit = 1 + below(random, 9);
  const offset = below(random, 5);
  switch (below(random, 6)) {
    case 0:
      alike(what, query.all(), rows);
      break;
    case 1:
      alike(what, query.offset(offset).limit(limit).all(), rows.slice(offset, offset + limit));
      break;
    case 2:
      alike(what, query.first(), rows[0]);
      break;
    case 3: {
      const found: unknown[] = [];
      let page = query.limit(limit).page({ total: true });
      for (;;) {
        alike(what, page.total, rows.length);
        found.push(...page.items);
        if (page.next === undefined) break;
        page = query.limit(limit).after(page.next).page({ total: true });
      }
      alike(what, found, rows);
      break;
    }
    case 4: {
      const found: unknown[] = [];
      for await (const row of query.offset(offset)) found.push(row);
      alike(what, found, rows.slice(offset));
      break;
    }
    default: {
      const isOdd = ({ id }: Fields): boolean => Number((id as string).slice(1)) % 2 === 1;
      alike(
        what,
        query.filter(isOdd as never).all(),
        expected.filter(isOdd).map((thing) => picked(thing, fields)),
      );
    }
  }
}

/** The query's documents as a part of all that meet the conditions, and said so once more, plainly. */
function randomPart(random: Random, query: AnyQuery, expected: readonly Fields[]): [AnyQuery, readonly Fields[]] {
  const limit = 1 + below(random, 20);
  const offset = below(random, 5);
  switch (below(random, 8)) {
    case 0:
      return [query.offset(offset).limit(limit), expected.slice(offset, offset + limit)];
    case 1: {
      const isOdd = ({ id }: Fields): boolean => Number((id as string).slice(1)) % 2 === 1;
      return [query.filter(isOdd as never), expected.filter(isOdd)];
    }
    default:
      return [query, expected];
  }
}

/** Few conditions or none, now and then one of a range alone: what indexes may answer by themselves. */
function askedOf(random: Random): Asked {
  const choice = random();
  if (choice < 0.2) return { where: {}, meets: () => true };
  if (choice < 0.4) return leadingAsked(random);
  if (choice > 0.5) return randomAsked(random);
  const [low, high] = [below(random, 6), below(random, 8)];
  return {
    where: { age: { gte: low, lt: high } },
    meets: ({ age }) => age !== undefined && (age as number) >= low && (age as number) < high,
  };
}

const GROUPING = FIELDS.filter((name) => name !== 'place');
const NUMERIC = ['age', 'rank', 'balance', 'score', 'debt'];
const ORDERED = [...NUMERIC, 'name', 'country', 'code', 'due', 'seenAt', 'isOpen', 'id'];

function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value) || value instanceof Set) return value instanceof Set ? [...value] : value;
  return [value];
}

/** false, true, numbers and dates, bigints, texts, null, nothing. */
function orderText(value: unknown): string {
  if (value === undefined) return '9';
  if (value === null) return '8';
  if (typeof value === 'string') return `5${value}`;
  if (typeof value === 'boolean') return `1${String(value)}`;
  const number = (value instanceof Date ? value.getTime() : Number(value)) + 1e6;
  return `${typeof value === 'bigint' ? 4 : 3}${String(number * 2).padStart(25, '0')}`;
}

const unsigned = (value: unknown): unknown => (value === 0 ? 0 : value);

function plainDistinct(things: readonly Fields[], name: string): unknown[] {
  const values = new Map<string, unknown>();
  for (const thing of things)
    for (const value of elementsOf(thing[name]))
      if (value !== undefined) values.set(orderText(unsigned(value)), unsigned(value));
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function plainMeasure(things: readonly Fields[], measure: string, name: string): unknown {
  const values = things.map((thing) => thing[name]).filter((value) => value !== undefined && value !== null);
  const isBigint = ['balance', 'debt'].includes(name);
  const sum = isBigint
    ? values.reduce<bigint>((total, value) => total + (value as bigint), 0n)
    : values.reduce<number>((total, value) => total + (value as number), 0);
  if (measure === 'sum') return sum;
  if (values.length === 0) return undefined;
  // Few documents and small parts of 2^60: exact as a rational of whole numbers.
  if (measure === 'avg') return typeof sum === 'bigint' ? rational(sum, values.length) : sum / values.length;
  const sorted = values.sort((a, b) => (orderText(a) < orderText(b) ? -1 : orderText(a) > orderText(b) ? 1 : 0));
  return unsigned(measure === 'min' ? sorted[0] : sorted.at(-1));
}

function rational(sum: bigint, count: number): number {
  return Number(sum / BigInt(count)) + Number(sum % BigInt(count)) / count;
}

interface RandomAggregate {
  readonly what: Fields;
  plain(things: readonly Fields[]): Fields;
}

/** Fields of one index over several, or any. */
function fieldsFrom(random: Random, of: readonly string[]): readonly string[] {
  const composite = random() < 0.5 ? pick(random, COMPOSITES).filter((name) => of.includes(name)) : [];
  return composite.length === 0 ? of : composite;
}

function randomAggregate(random: Random, composite: readonly string[] | undefined): RandomAggregate {
  const within = (names: readonly string[]): readonly string[] => {
    const some = names.filter((name) => composite?.includes(name) === true);
    return some.length === 0 ? names : some;
  };
  const what: Fields = random() < 0.6 ? { count: true } : {};
  const parts: ((things: readonly Fields[]) => readonly [string, unknown])[] = [];
  if (what['count'] === true) parts.push((things) => ['count', things.length]);
  for (const measure of ['sum', 'avg', 'min', 'max']) {
    if (random() < 0.6) continue;
    const from = within(measure === 'sum' || measure === 'avg' ? NUMERIC : ORDERED);
    const names = [...new Set(Array.from({ length: 1 + below(random, 2) }, () => pick(random, from)))];
    const isList = names.length > 1 || random() < 0.2;
    what[measure] = isList ? names : names[0];
    parts.push((things) => {
      const values = names.map((name) => [name, plainMeasure(things, measure, name)] as const);
      return [measure, isList ? Object.fromEntries(values) : values[0]![1]];
    });
  }
  if (Object.keys(what).length > 0)
    return { what, plain: (things) => Object.fromEntries(parts.map((part) => part(things))) };
  return { what: { count: true }, plain: (things) => ({ count: things.length }) };
}

function plainGroups(things: readonly Fields[], by: readonly string[], { plain }: RandomAggregate): readonly Fields[] {
  const groups = new Map<string, { values: Fields; members: Fields[] }>();
  for (const thing of things) {
    let combined: Fields[] = [{}];
    for (const name of by) {
      const elements = elementsOf(thing[name]);
      const values = elements.length === 0 ? [undefined] : elements.map(unsigned);
      combined = combined.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
    }
    for (const values of combined) {
      const text = by.map((name) => `${orderText(values[name])}\u0000`).join('');
      const group = groups.get(text) ?? { values, members: [] };
      group.members.push(thing);
      groups.set(text, group);
    }
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { values, members }]) => ({ ...values, ...plain(members) }));
}

function checkValues(db: AnyDatabase, things: ReadonlyMap<string, Fields>, random: Random): void {
  const asked = askedOf(random);
  const order = randomOrder(random);
  const met = [...things.values()].filter(asked.meets).sort(order.compare);
  const [query, expected] = randomPart(
    random,
    ordered(db['player']!.find(asked.where) as unknown as AnyQuery, order),
    met,
  );
  const said = show(asked);
  const choice = random();
  if (choice < 0.3) {
    const field = pick(random, fieldsFrom(random, GROUPING));
    alike({ said, field }, query.distinct(field as never), plainDistinct(expected, field));
    return;
  }
  // Half of all questions are for fields of one index.
  const composite = random() < 0.5 ? pick(random, COMPOSITES) : undefined;
  const aggregate = randomAggregate(random, composite);
  const { what } = aggregate;
  if (choice < 0.6) {
    alike({ said, what }, query.aggregate(what as never), aggregate.plain(expected));
    return;
  }
  const by = [...new Set(Array.from({ length: 1 + below(random, 2.2) }, () => pick(random, composite ?? GROUPING)))];
  const only =
    random() < 0.4 ? { what: { count: true }, plain: (of: readonly Fields[]) => ({ count: of.length }) } : aggregate;
  const given = by.length === 1 && random() < 0.7 ? by[0] : by;
  alike(
    { said, what: only.what, by },
    query.aggregate(only.what as never, { by: given } as never),
    plainGroups(expected, by, only),
  );
}

describe('rows', () => {
  it(`are what a look at every document gives, ${QUERIES} times`, async () => {
    await seeded(async (random) => {
      for (let asked = 0; asked < QUERIES; ) {
        const fileSystem = new MemoryFileSystem();
        let { db, things } = await filled(random, fileSystem);
        for (let part = 0; part < 4; part++) {
          // The first question of an opening: tables of the snapshot are not taken apart yet.
          const by = pick(random, ['tags', 'country', 'age', 'rank', 'due']);
          const counts = { what: { count: true }, plain: (of: readonly Fields[]) => ({ count: of.length }) };
          const found = db['player']!.all().aggregate({ count: true } as never, { by } as never);
          alike({ by }, found, plainGroups([...things.values()], [by], counts));
          const absent = [...things.values()].filter((thing) => thing[by] === undefined).map(({ id }) => id);
          const left = db['player']!.find({ [by]: { absent: true } }).keys();
          alike({ by }, left.sort(), absent.sort());
          for (let each = 0; each < QUERIES_FOR_EACH / 4; each++, asked++) {
            if (random() < 0.4) await checkSelect(db, things, random);
            else checkValues(db, things, random);
          }
          // From here on the documents are bytes until they are looked at.
          await db.compact();
          await db.close();
          db = await openModels(fileSystem, [thingModel]);
        }
        await db.close();
      }
    });
  });
});
