import fc from 'fast-check';
import { compareStoreKeys } from './store-key.js';

const keys = fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.bigInt(), fc.string(), fc.integer().map(String));

describe('compareStoreKeys', () => {
  it('is a total order that tells 1, 1n and "1" apart', () => {
    expect(['1', 1n, 1].sort(compareStoreKeys)).toEqual([1, 1n, '1']);
    fc.assert(
      fc.property(keys, keys, keys, (a, b, c) => {
        expect(Math.sign(compareStoreKeys(a, b))).toBe(0 - Math.sign(compareStoreKeys(b, a)));
        if (compareStoreKeys(a, b) <= 0 && compareStoreKeys(b, c) <= 0)
          expect(compareStoreKeys(a, c)).toBeLessThanOrEqual(0);
        if (compareStoreKeys(a, b) === 0) expect(new Set([a, b]).size).toBe(1);
      }),
    );
  });
});
