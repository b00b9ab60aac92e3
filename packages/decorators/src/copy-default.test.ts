import fc from 'fast-check';
import { copyDefault } from './copy-default.js';

describe('copyDefault', () => {
  it('answers equal data that shares nothing', () => {
    fc.assert(
      fc.property(
        // Jest takes two invalid dates inside a set for different: valid ones only.
        fc.object({
          values: [fc.string(), fc.integer(), fc.bigInt(), fc.constant(null), fc.date({ noInvalidDate: true })],
          withMap: true,
          withSet: true,
        }),
        (value) => {
          const copied = copyDefault(value);
          expect(copied).toEqual(value);
          expect(copied).not.toBe(value);
        },
      ),
    );
  });

  it('keeps an own key called __proto__ a key', () => {
    const value = JSON.parse('{"__proto__": { "isAdmin": true }}') as object;
    const copied = copyDefault(value);
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect(JSON.stringify(copied)).toBe(JSON.stringify(value));
  });

  it('copies dates, maps, sets, bytes and instances, of this realm', () => {
    class Point {
      constructor(readonly x: number[]) {}
    }
    const value = {
      at: new Date(1),
      map: new Map([['a', [1]]]),
      set: new Set([1]),
      bytes: new Uint8Array([1]),
      point: new Point([1]),
    };
    const copied = copyDefault(value);
    expect(copied).toEqual(value);
    expect(copied.at).toBeInstanceOf(Date);
    expect(copied.at).not.toBe(value.at);
    expect(copied.map.get('a')).not.toBe(value.map.get('a'));
    expect(copied.bytes).not.toBe(value.bytes);
    expect(copied.point).toBeInstanceOf(Point);
    expect(copied.point.x).not.toBe(value.point.x);
  });
});
