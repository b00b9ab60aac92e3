import fc from 'fast-check';
import {
  type CompositeValue,
  compareValues,
  foldCase,
  type IndexValue,
  identityOf,
  indexValue,
  isSameValue,
} from './index-value.js';

const scalars = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
);
const values = fc.oneof(scalars, fc.tuple(scalars, scalars));

describe('indexValue', () => {
  it('takes dates by their time and -0 as 0', () => {
    expect(indexValue(new Date(5), 'at')).toBe(5);
    expect(Object.is(indexValue(-0, 'n'), 0)).toBe(true);
    expect(indexValue(['a', new Date(7)], 'pair')).toEqual(['a', 7]);
  });

  it('leaves out absent values, alone or as a part', () => {
    expect([
      indexValue(undefined, 'x'),
      indexValue(null, 'x'),
      indexValue(['a', undefined], 'x'),
      indexValue([null], 'x'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each([
    ['NaN', Number.NaN],
    ['an invalid date', new Date(Number.NaN)],
    ['an object', {}],
    ['a NaN part', ['a', Number.NaN]],
    ['a nested array', [['a']]],
    ['bytes', new Uint8Array(1)],
  ])('refuses %s and names the index', (_, raw) => {
    expect(() => indexValue(raw, 'age')).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE', facts: expect.objectContaining({ index: 'age' }) }),
    );
  });
});

describe('compareValues', () => {
  it('orders strings by UTF-16 code unit and types apart', () => {
    expect(['b', 'Z', 'a', 'ä', '\u{1f600}', '\uffee'].sort(compareValues)).toEqual([
      'Z',
      'a',
      'b',
      'ä',
      '\u{1f600}',
      '\uffee',
    ]);
    expect(['a', 1n, 2, true, false].sort(compareValues)).toEqual([false, true, 2, 1n, 'a']);
  });

  it('takes a shorter composite as equal to all that begin with it', () => {
    expect(compareValues(['a'], ['a', 1])).toBe(0);
    expect(compareValues(['a', 2], ['a', 10])).toBeLessThan(0);
    expect(isSameValue(['a'], ['a', 1])).toBe(false);
  });

  it('is a total order that agrees with sameness and identity', () => {
    fc.assert(
      fc.property(values, values, values, (rawA, rawB, rawC) => {
        const [a, b, c] = [rawA, rawB, rawC].map((raw) => indexValue(raw, 'x') as IndexValue) as [
          IndexValue,
          IndexValue,
          IndexValue,
        ];
        expect(Math.sign(compareValues(a, b))).toBe(0 - Math.sign(compareValues(b, a)));
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0);
        expect(isSameValue(a, b)).toBe(compareValues(a, b) === 0);
        if (typeof a === typeof b) expect(identityOf(a) === identityOf(b)).toBe(isSameValue(a, b));
      }),
      { numRuns: 500 },
    );
  });
});

describe('identityOf', () => {
  it.each<[CompositeValue, CompositeValue]>([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [['1'], [1]],
    [[1n], [1]],
    [[true], ['true']],
    [[true], [1n]],
    [['a1:b'], ['a', 'b']],
  ])('keeps %p and %p apart', (a, b) => {
    expect(identityOf(a)).not.toBe(identityOf(b));
  });
});

describe('foldCase', () => {
  it('treats cases and compositions of one text as equal', () => {
    expect(foldCase('ÀNN')).toBe(foldCase('a\u0300nn'));
    expect(foldCase('ß')).not.toBe(foldCase('ss'));
  });
});
