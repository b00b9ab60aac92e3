import { NumberSet } from './number-set.js';

describe('NumberSet', () => {
  it('holds what was added, far apart and side by side', () => {
    const set = new NumberSet();
    const added = new Set([0, 1, 31, 32, 4095, 4096, 2 ** 31, 2 ** 32 + 5, 2 ** 40]);
    for (const value of added) set.add(value);
    for (const value of [...added])
      for (const near of [value - 1, value, value + 1])
        if (near >= 0) expect([near, set.has(near)]).toEqual([near, added.has(near)]);
  });
});
