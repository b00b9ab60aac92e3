import { isSameValue } from './same-value.js';

describe('isSameValue', () => {
  it('compares by content', () => {
    const nested = (): unknown => ({
      a: [1, new Date(5), new Map([['k', new Set([1n])]])],
      b: new Uint8Array([1, 2]),
      c: undefined,
    });
    expect(isSameValue(nested(), nested())).toBe(true);
    expect(isSameValue(Number.NaN, Number.NaN)).toBe(true);
  });

  it.each([
    [1, '1'],
    [[1], [1, 2]],
    [new Date(1), new Date(2)],
    [new Date(1), 1],
    [{ a: 1 }, { b: 1 }],
    [null, undefined],
    [new Set([1]), [1]],
    [new Uint8Array([1]), new Uint8Array([2])],
    [0, -0],
  ])('tells %p from %p', (a, b) => {
    expect(isSameValue(a, b)).toBe(false);
  });
});
