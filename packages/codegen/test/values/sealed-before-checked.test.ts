/** What is validated is what is stored: nested classes given as plain data, values that change while they are looked at. */
import { openClasses, type Untyped } from './open-classes.js';
import { Inner, Part, Whole } from './value-classes.js';

let db: Untyped;
beforeEach(async () => (db = await openClasses('value-classes.ts', { Whole, Part, Inner })));
afterEach(() => db.close());

const bad = { count: 0 };
const badInside = { count: 1, inner: { mail: 'nobody' } };

describe.each([
  ['a field', (part: object) => ({ part }), 'part'],
  ['a list', (part: object) => ({ parts: [{ count: 1 }, part] }), 'parts[1]'],
  ['a set', (part: object) => ({ distinct: new Set([part]) }), 'distinct[0]'],
  ['a map', (part: object) => ({ byName: new Map([['a', part]]) }), 'byName.a'],
])('a plain object for a nested class, in %s', (_, within, path) => {
  it.each([
    ['at the top', bad, '.count', 'min'],
    ['one level deeper', badInside, '.inner.mail', 'isEmail'],
  ])('is checked by the rules of the class, %s', async (_name, part, at, rule) => {
    const refused = db.whole.insert({ id: 'a', ...within(part) });
    await expect(refused).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { violations: [{ path: `${path}${at}`, rule }] },
    });
    expect(db.whole.size).toBe(0);
  });

  it('is stored as an instance, and can be updated later', async () => {
    const inserted = await db.whole.insert({ id: 'a', ...within({ count: 2, inner: { mail: 'ann@x.io' } }) });
    const stored =
      inserted.part ?? [...(inserted.parts ?? [])][1] ?? [...(inserted.distinct ?? inserted.byName.values())][0];
    expect(stored).toBeInstanceOf(Part);
    expect(stored.double).toBe(4);
    expect(stored.inner).toBeInstanceOf(Inner);
    await expect(db.whole.update('a', { parts: [{ count: 3 }] })).resolves.toMatchObject({ parts: [{ count: 3 }] });
    await expect(db.whole.update('a', { parts: [bad] })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});

it('a patch, an upsert and a patch by a function are checked the same way', async () => {
  await db.whole.insert({ id: 'a' });
  const code = 'VALIDATION_FAILED';
  await expect(db.whole.update('a', { part: bad })).rejects.toMatchObject({ code });
  await expect(db.whole.update('a', () => ({ part: bad }))).rejects.toMatchObject({ code });
  await expect(db.whole.upsert({ id: 'a', part: bad })).rejects.toMatchObject({ code });
  await expect(db.whole.insertIfAbsent({ id: 'b', part: bad })).rejects.toMatchObject({ code });
  await expect(db.whole.insertMany([{ id: 'b', part: bad }])).rejects.toMatchObject({ code });
  expect(db.whole.get('a').part).toBeUndefined();
});

it('a getter that answers something else the second time is stored as it was checked', async () => {
  let asked = 0;
  const part = {
    get count() {
      return ++asked === 1 ? 5 : 'no number';
    },
  };
  await db.whole.insert({ id: 'a', part });
  expect(db.whole.get('a').part.count).toBe(5);
});

it('values of a wrong type inside are named with their paths, not met by an error of JavaScript', async () => {
  for (const part of [5, 'text', [], new Date(0), new Map(), null]) {
    await expect(db.whole.insert({ id: 'a', part })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(db.whole.insert({ id: 'a', parts: [part] })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    if (!Array.isArray(part))
      await expect(db.whole.insert({ id: 'a', parts: part })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(db.whole.insert({ id: 'b', byName: part, distinct: part })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  }
});

describe('a document that breaks a rule a million times', () => {
  it('is reported by a hundred violations and their count', async () => {
    const refused = db.whole.insert({ id: 'a', parts: Array.from({ length: 200_000 }, () => 5) });
    await refused.catch((error: Untyped) => {
      expect(error.code).toBe('VALIDATION_FAILED');
      expect(error.facts.violations).toHaveLength(100);
      expect(error.facts.violationCount).toBe(200_000);
      expect(error.message).toContain('and 199995 more');
    });
    await expect(refused).rejects.toThrow();
  });

  it('is reported in the same way by class-validator, and for unknown fields', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x${index}`, 1]));
    for (const wrong of [{ parts: Array.from({ length: 300 }, () => bad) }, unknown]) {
      const error = await db.whole.insert({ id: 'a', ...wrong }).catch((refusal: unknown) => refusal);
      expect(error.facts.violations).toHaveLength(100);
      expect(error.facts.violationCount).toBe(300);
    }
  });
});
