import { isJsonData } from './json-data.js';

describe('isJsonData', () => {
  it.each([[null], [true], ['a'], [0], [1.5], [[]], [[1, [null]]], [{}], [{ a: { b: ['c'] } }]])(
    'is true for %j, which JSON gives back as it is',
    (value) => {
      expect(isJsonData(value)).toBe(true);
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    },
  );

  it.each([
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a hole in a list', new Array<number>(2)],
    ['an undefined member', { a: undefined }],
    ['a bigint', 1n],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus zero', -0],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a function', () => 1],
    ['an instance of a class', new (class A {})()],
  ])('is false for %s', (_, value) => expect(isJsonData(value)).toBe(false));
});
