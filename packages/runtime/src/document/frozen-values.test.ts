import { FrozenDate, FrozenMap, FrozenSet, frozenDate, frozenDateOf, frozenMap, frozenSet } from './frozen-values.js';

const READ_ONLY = expect.objectContaining({ code: 'READ_ONLY_VALUE' });

describe('frozen values', () => {
  it('are dates, maps and sets in every way but one', () => {
    const date = frozenDateOf(1_700_000_000_000);
    const map = frozenMap([['a', 1]]);
    const set = frozenSet(['x', 'y']);
    expect([date instanceof Date, map instanceof Map, set instanceof Set]).toEqual([true, true, true]);
    expect(JSON.stringify({ date, map: [...map], set: [...set] })).toBe(
      '{"date":"2023-11-14T22:13:20.000Z","map":[["a",1]],"set":["x","y"]}',
    );
    expect(structuredClone({ date, map, set })).toEqual({
      date: new Date(1_700_000_000_000),
      map: new Map([['a', 1]]),
      set: new Set(['x', 'y']),
    });
    expect(date < frozenDateOf(1_700_000_000_001)).toBe(true);
    expect(new Map(map).set('b', 2).size).toBe(2);
    expect([map.get('a'), set.has('y'), date.getTime()]).toEqual([1, true, 1_700_000_000_000]);
  });

  it('refuse every mutator', () => {
    const date = frozenDate(new Date(5));
    for (const name of Object.getOwnPropertyNames(Date.prototype).filter((each) => each.startsWith('set'))) {
      expect(() => (date as unknown as Record<string, (value: number) => void>)[name]?.(1)).toThrow(READ_ONLY);
    }
    const map = frozenMap([['a', 1]]);
    const set = frozenSet(['x']);
    for (const change of [
      () => map.set('b', 1),
      () => map.delete('a'),
      () => map.clear(),
      () => set.add('y'),
      () => set.delete('x'),
      () => set.clear(),
    ]) {
      expect(change).toThrow(READ_ONLY);
    }
    expect([date.getTime(), map.size, set.size]).toEqual([5, 1, 1]);
    expect(() => Object.assign(date, { own: 1 })).toThrow(TypeError);
  });

  it('copy what they are made of, and are not copied again', () => {
    const source = new Date(5);
    const date = frozenDate(source);
    source.setTime(6);
    expect(date.getTime()).toBe(5);
    expect(frozenDate(date)).toBe(date);
    expect([
      date instanceof FrozenDate,
      frozenMap([]) instanceof FrozenMap,
      frozenSet([]) instanceof FrozenSet,
    ]).toEqual([true, true, true]);
  });

  it('are equal to plain ones for assertions', () => {
    const plain = [new Date(5), new Map([['a', new Date(1)]]), new Set([1])];
    expect([frozenDateOf(5), frozenMap([['a', frozenDateOf(1)]]), frozenSet([1])]).toEqual(plain);
  });
});
