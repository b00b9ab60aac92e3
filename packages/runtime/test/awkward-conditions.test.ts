/**
 * Conditions that are no plain data: getters that answer differently each time, proxies, instances of classes, values that the
 * type does not list. What is asked is what was checked, or the question is refused, and nothing is lost.
 */
import { DatabaseError } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const COUNT = 60;
const STATES = ['open', 'closed', 'late'];
const issueModel = modelWith(
  [
    field('age', NUMBER),
    field('name', STRING),
    field('state', { kind: 'literal', values: STATES }),
    field('step', { kind: 'literal', values: STATES }),
    field('level', { kind: 'nullable', of: { kind: 'literal', values: [1, 2, 3] } }, { optional: true }),
    field('marks', { kind: 'set', element: { kind: 'literal', values: ['a', 'b'] } }),
  ],
  {
    indexes: [
      { name: 'age', kind: 'range', fields: ['age'] },
      { name: 'name', kind: 'range', fields: ['name'] },
      { name: 'state', kind: 'tag', fields: ['state'] },
      { name: 'step', kind: 'range', fields: ['step'] },
      { name: 'level', kind: 'range', fields: ['level'] },
      { name: 'marks', kind: 'tag', fields: ['marks'] },
      { name: 'state_age', kind: 'range', fields: ['state', 'age'] },
      { name: 'state_name', kind: 'unique', fields: ['state', 'name'] },
    ],
  },
);
const clubModel = { ...issueModel, name: 'Club', collection: 'club' };

const issue = (number: number): Fields => ({
  id: `i${String(number).padStart(2, '0')}`,
  age: number % 10,
  name: `n${number}`,
  state: STATES[number % 3],
  step: STATES[number % 3],
  level: number % 4 === 0 ? null : number % 4,
  marks: new Set(number % 2 === 0 ? ['a'] : ['a', 'b']),
});

/** An object with one field that answers these in turn, the last one for ever. */
function changing(name: string, ...answers: readonly unknown[]): object {
  let asked = 0;
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => answers[Math.min(asked++, answers.length - 1)],
  });
}

function throwing(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      throw new TypeError('of the caller');
    },
  });
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

describe('conditions that are no plain data', () => {
  let db: AnyDatabase;
  const find = (where: object, options?: object): ReturnType<AnyDatabase[string]['find']> =>
    db['player']!.find(where as Fields, options);
  beforeEach(async () => {
    db = await openModels(new MemoryFileSystem(), [issueModel, clubModel]);
    await db['player']!.insertMany(Array.from({ length: COUNT }, (_, number) => issue(number)));
  });
  afterEach(() => db.close());

  it.each<[string, () => object, number]>([
    ['a bound', () => ({ age: changing('lt', 3, undefined) }), 18],
    ['a bound of another type then', () => ({ age: changing('gte', 3, 'x') }), 42],
    ['two values', () => ({ age: changing('between', [1, 2], undefined) }), 12],
    ['a prefix', () => ({ name: changing('prefix', 'n1', undefined) }), 11],
    ['a list', () => ({ age: changing('in', [1], undefined) }), 6],
    ['a list of tags', () => ({ marks: changing('all', ['a', 'b'], ['a']) }), 30],
    ['a bound behind a part', () => ({ state_age: { state: 'open', age: changing('lt', 3, undefined) } }), 6],
    ['a field', () => changing('age', 1, undefined), 6],
    ['branches', () => changing('or', [{ age: 1 }, { age: 2 }], undefined), 12],
  ])('ask what was checked, when a getter answers otherwise the next time: %s', async (_, where, count) => {
    expect(find(where()).count()).toBe(count);
    expect(find(where()).keys()).toHaveLength(count);
    expect(await db['player']!.deleteMany(where() as Fields)).toBe(count);
    expect(db['player']!.size).toBe(COUNT - count);
  });

  class Stretch {
    readonly gte = 3;
    get lt(): number {
      return 5;
    }
  }
  class Mine {
    readonly age = 1;
    get state(): string {
      return 'open';
    }
  }
  class Part {
    readonly state = 'open';
    get age(): number {
      return 3;
    }
  }

  it.each<[string, () => object, RegExp]>([
    ['a getter of a field that throws', () => throwing('age'), /could not be read: of the caller/],
    ['a getter of a bound that throws', () => ({ age: throwing('lt') }), /could not be read: of the caller/],
    ['a revoked proxy', () => revoked({}), /could not be read/],
    ['a revoked proxy of bounds', () => ({ age: revoked({}) }), /could not be read/],
    ['a revoked proxy of branches', () => ({ or: revoked([]) }), /could not be read/],
    ['a bound that its class has', () => ({ age: new Stretch() }), /the condition lt comes from a class/],
    ['a condition that its class has', () => new Mine(), /the condition state comes from a class/],
    ['a part that its class has', () => ({ state_age: new Part() }), /the condition age comes from a class/],
    ['an inherited bound', () => ({ age: Object.assign(Object.create({ lt: 3 }), { gte: 1 }) }), /the condition lt/],
    ['an inherited word of keys', () => ({ id: Object.assign(Object.create({ not: 'i01' }), { in: ['i01'] }) }), /not/],
  ])('refuse %s', async (_, where, message) => {
    const runs = [() => find(where()), () => db['player']!.count(where() as Fields)];
    for (const options of [undefined, { ignoreUndefined: true }]) runs.push(() => find(where(), options));
    for (const run of runs) {
      expect(run).toThrow(message);
      expect(run).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }) as Error);
    }
    const refused = { code: 'INVALID_QUERY' };
    await expect(db['player']!.deleteMany(where() as Fields)).rejects.toMatchObject(refused);
    await expect(db['player']!.updateMany(where() as Fields, { age: 1 })).rejects.toMatchObject(refused);
    expect(db['player']!.size).toBe(COUNT);
  });

  it('keep what the code of the caller threw as the cause', () => {
    try {
      find(throwing('age'));
    } catch (error) {
      expect(DatabaseError.is(error, 'INVALID_QUERY') && error.cause).toBeInstanceOf(TypeError);
      return;
    }
    throw new Error('not refused');
  });

  it.each<[string, () => unknown, string]>([
    ['the options of a query', () => find({}, throwing('ignoreUndefined')), 'INVALID_OPTION'],
    ['the options of a page', () => find({}).page(throwing('total') as never), 'INVALID_QUERY'],
    ['what is added up', () => find({}).aggregate(throwing('sum') as never), 'INVALID_QUERY'],
    ['a revoked measure', () => find({}).aggregate(revoked({}) as never), 'INVALID_QUERY'],
    ['groups', () => find({}).aggregate({ count: true } as never, throwing('by') as never), 'INVALID_QUERY'],
    ['a key', () => db['player']!.get(revoked({}) as never), 'INVALID_KEY'],
  ])('refuse a getter or proxy that throws in %s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }) as Error);
  });

  class Filters {
    age: number | undefined;
    state: string | undefined;
    or: (Filters | undefined)[] | undefined;
    constructor(given: Partial<Filters> = {}) {
      this.age = given.age;
      this.state = given.state;
      this.or = given.or;
    }
    /** Methods are no conditions. */
    describe(): string {
      return `${String(this.age)} ${String(this.state)}`;
    }
  }

  it('leave out what is undefined in an instance of a class, as a handler is given it', () => {
    const options = { ignoreUndefined: true };
    expect(find(new Filters({ age: 1 }), options).count()).toBe(6);
    expect(find(new Filters({ age: 1, or: [new Filters({ state: 'open' }), new Filters()] }), options).count()).toBe(2);
    expect(find(new Filters(), options).count()).toBe(COUNT);
    expect(() => find(new Filters({ age: 1 }))).toThrow(/leave the condition out/);
  });

  it('refuse what has no fields with `ignoreUndefined`, too', () => {
    const options = { ignoreUndefined: true };
    const hidden = Object.defineProperty({}, 'age', { value: 1, enumerable: false });
    for (const where of [
      new Map([['age', 1]]),
      new Date(),
      { [Symbol('age')]: 1 },
      hidden,
      Promise.resolve({ age: 1 }),
    ])
      expect(() => find(where, options)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }) as Error);
  });
});

describe('a field that has one of some values', () => {
  let db: AnyDatabase;
  beforeEach(async () => {
    db = await openModels(new MemoryFileSystem(), [issueModel, clubModel]);
    await db['player']!.insertMany(Array.from({ length: COUNT }, (_, number) => issue(number)));
  });
  afterEach(() => db.close());

  it.each<[string, object, RegExp]>([
    ['a value', { state: 'lost' }, /state holds "open" or "closed" or "late", found the string "lost"/],
    ['a value of a range', { step: 'lost' }, /step holds "open"/],
    ['a list', { state: { in: ['open', 'lost'] } }, /state holds/],
    ['a negation, which all documents would meet', { state: { not: 'lost' } }, /state holds/],
    ['a negated list', { step: { not: { in: ['lost'] } } }, /step holds/],
    ['tags', { marks: { any: ['a', 'c'] } }, /marks holds "a" or "b"/],
    ['tags that are not to be there', { marks: { none: ['c'] } }, /marks holds/],
    ['a number', { level: 4 }, /level holds 1 or 2 or 3, found the number 4/],
    ['numbers', { level: { in: [null, 4] } }, /level holds/],
    ['a part of several', { state_age: { state: 'lost', age: { gt: 3 } } }, /state in index state_age holds/],
    ['a part of a unique value', { state_name: { state: 'lost', name: 'n1' } }, /state in index state_name holds/],
    ['a branch', { or: [{ age: 1 }, { state: 'lost' }] }, /state holds/],
  ])('refuses another one: %s', async (_, where, message) => {
    const refused = expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }) as Error;
    expect(() => db['player']!.find(where as Fields)).toThrow(refused);
    expect(() => db['player']!.find(where as Fields)).toThrow(message);
    await expect(db['player']!.deleteMany(where as Fields)).rejects.toThrow(refused);
    expect(db['player']!.size).toBe(COUNT);
  });

  it('takes bounds between its values and beyond them', () => {
    const count = (where: object): number => db['player']!.count(where as Fields);
    expect(count({ level: { gte: 1.5, lt: 9 } })).toBe(30);
    expect(count({ step: { prefix: 'o' } })).toBe(20);
    expect(count({ step: { gt: 'lb' } })).toBe(20);
    expect(count({ level: { between: [0, 2] } })).toBe(30);
  });
});

it('a cursor of another collection is refused', async () => {
  const db = await openModels(new MemoryFileSystem(), [issueModel, clubModel]);
  for (const name of ['player', 'club'])
    await db[name]!.insertMany(Array.from({ length: COUNT }, (_, number) => issue(number)));
  const pages = (name: string): ReturnType<AnyDatabase[string]['find']> => db[name]!.all().orderBy('age').limit(5);
  const { next } = pages('player').page();
  expect(pages('player').after(next!).page().items).toHaveLength(5);
  expect(() => pages('club').after(next!).page()).toThrow('a query of player, this one is of club');
  const { next: unordered } = db['player']!.all().limit(5).page();
  expect(() => db['club']!.all().after(unordered!).page()).toThrow('a query of player, this one is of club');
  await db.close();
});
