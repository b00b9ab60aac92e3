import { field } from '@nuthatch/decorators';
import {
  City,
  Club,
  Machine,
  Match,
  Membership,
  openDatabase,
  Part,
  Player,
  Session,
} from '../../../../../generated/index.js';
import { createTestDatabase, factory } from '../../testing.js';
import { SeededRandom } from '../seeded-random.js';
import { constraintsOf } from './constraints.js';
import { matchingText } from './matching-text.js';
import { ValueMaker } from './value-maker.js';

beforeAll(async () => {
  await (await createTestDatabase(openDatabase)).close();
});

describe('factory', () => {
  it('makes documents that are valid, instances of the class, and frozen', () => {
    const ann = factory(Player).build();
    expect(ann).toBeInstanceOf(Player);
    expect(Object.isFrozen(ann)).toBe(true);
    expect(ann).toMatchObject({ id: 'player-1', email: 'email1@example.com', clubs: [], name: 'name 1' });
    expect(ann.nameLength).toBe(6);
    expect(ann.joinedAt).toEqual(new Date('2025-01-02'));
    expect(ann.nick).toBeUndefined();
  });

  it('makes the same ones in every run', () => {
    expect(factory(Player).buildMany(5)).toEqual(factory(Player).buildMany(5));
    expect(factory(Session).build().id).toBe(factory(Session).build().id);
  });

  it('makes documents of every class that can all be inserted together', async () => {
    using db = await createTestDatabase(openDatabase);
    for (const fillOptional of [false, true]) {
      using copy = db.fork();
      await copy.player.insertMany(factory(Player, {}, { fillOptional }).buildMany(100));
      await copy.club.insertMany(factory(Club, {}, { fillOptional }).buildMany(100));
      await copy.city.insertMany(factory(City, {}, { fillOptional }).buildMany(100));
      await copy.match.insertMany(factory(Match, {}, { fillOptional }).buildMany(100));
      await copy.membership.insertMany(factory(Membership, {}, { fillOptional }).buildMany(100));
      await copy.machine.insertMany(factory(Machine, {}, { fillOptional }).buildMany(100));
      await copy.part.insertMany(factory(Part, {}, { fillOptional }).buildMany(100));
      await copy.sessions.insertMany(factory(Session, {}, { fillOptional }).buildMany(100));
      expect(copy.player.size + copy.club.size + copy.city.size + copy.match.size).toBe(400);
      expect([copy.membership.size, copy.sessions.size]).toEqual([100, 100]);
    }
  });

  it('takes values, for one document and for all, and functions of the number', () => {
    const players = factory(Player, { clubs: ['fcb'], email: (number) => `p${number}@fcb.ch` });
    expect(players.build({ age: 31 })).toMatchObject({ age: 31, clubs: ['fcb'], email: 'p1@fcb.ch' });
    expect(players.buildMany(2, { clubs: [] })).toMatchObject([
      { email: 'p2@fcb.ch', clubs: [] },
      { email: 'p3@fcb.ch', clubs: [] },
    ]);
  });

  it('refuses values that break the model, and names them', () => {
    const refused = (values: object): unknown => {
      try {
        return factory(Player).build(values);
      } catch (error) {
        return error;
      }
    };
    expect(refused({ age: 200 })).toMatchObject({ code: 'VALIDATION_FAILED', message: expect.stringContaining('age') });
    expect(refused({ agee: 20 })).toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { violations: [{ path: 'agee' }] },
    });
    expect(refused({ email: 'x' })).toMatchObject({ facts: { violations: [{ rule: 'isEmail' }] } });
    for (const values of [5, null, []])
      expect(() => factory(Player).build(values as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => factory(Player).buildMany(-1)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => factory(Player, {}, { seed: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('refuses what is no class of generated code', () => {
    for (const type of [class Other {}, undefined, 'Player', {}])
      expect(() => factory(type as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(field).toBeDefined();
  });
});

describe('ValueMaker', () => {
  const rule = (name: string, ...args: unknown[]) => ({ name, args: args as never[] });
  const made = (type: object, rules: object[], number = 1, isUnique = false): unknown =>
    new ValueMaker(new SeededRandom(1)).ofField(
      { name: 'field', type: type as never, optional: false, rules: rules as never },
      { name: 'field', number, isUnique, isFull: false },
    );

  it('keeps bounds of numbers', () => {
    for (let number = 1; number < 50; number++) {
      expect(made({ kind: 'number' }, [rule('min', 5), rule('max', 7)], number)).toBeGreaterThanOrEqual(5);
      expect(made({ kind: 'number' }, [rule('isPositive'), rule('max', 1)], number, true)).toBe(1);
      expect(made({ kind: 'number' }, [rule('isNegative')], number)).toBeLessThan(0);
      expect((made({ kind: 'number' }, [rule('isDivisibleBy', 7)], number) as number) % 7).toBe(0);
    }
    expect(made({ kind: 'number' }, [rule('min', 0.25), rule('max', 0.75)])).toBe(0.5);
    expect(made({ kind: 'number' }, [], 1000, true)).toBe(999);
    expect(made({ kind: 'bigint' }, [], 3, true)).toBe(2n);
  });

  it('keeps lengths and forms of texts', () => {
    const text = (...rules: object[]): string => made({ kind: 'string' }, rules, 27, true) as string;
    expect(text(rule('isLength', 3, 5)).length).toBeLessThanOrEqual(5);
    expect(text(rule('minLength', 30)).length).toBe(30);
    expect(text(rule('isEmail'), rule('maxLength', 16))).toMatch(/^.{1,4}@example\.com$/);
    expect(text(rule('isAlpha'))).toMatch(/^[a-z]+$/);
    expect(text(rule('isUppercase'))).toBe('FIELD-27');
    expect(text(rule('contains', 'zz'))).toContain('zz');
    expect(text(rule('isIn', ['a', 'b']))).toBe('a');
  });

  it('keeps counts of lists, and what holds for each element', () => {
    const list = made({ kind: 'array', element: { kind: 'string' } }, [
      rule('arrayMinSize', 3),
      { name: 'isEmail', args: [], each: true },
    ]);
    expect(list).toEqual(['field1@example.com', 'field2@example.com', 'field3@example.com']);
    expect(constraintsOf([{ name: 'min', args: [3], each: true }])).toEqual({ each: { least: 3 } });
  });

  it('finds texts for the usual regular expressions, and says when it finds none', () => {
    const random = new SeededRandom(7);
    for (const pattern of [
      /^[A-Z]{2}\d{4}$/,
      /^(a|bc)+x?$/,
      /^[^a-z]\w+\.$/,
      /^\+\d{1,3}-(?:\d{3}){2,}$/,
      /-/u,
      /^user-[0-9]+$/,
    ])
      for (let count = 0; count < 20; count++) expect(matchingText(pattern, random)).toMatch(pattern);
    for (const pattern of [/^(?=a)b/, /(a)\1/, /\bword/]) expect(matchingText(pattern, random)).toBeUndefined();
  });
});
