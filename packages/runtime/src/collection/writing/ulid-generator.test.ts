import { LAST_ID_MS } from './id-time.js';
import { UlidGenerator, ulidText } from './ulid-generator.js';

const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

function filledWith(byte: number): (bytes: Uint8Array) => void {
  return (bytes) => void bytes.fill(byte);
}

describe('UlidGenerator', () => {
  it('writes time and random bits as the specification has them', () => {
    // The example of the specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV is of this time.
    const bytes = Buffer.from('d6764c61efb99302bd5b', 'hex');
    expect(ulidText(1_469_922_850_259, bytes)).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect(ulidText(LAST_ID_MS, new Uint8Array(10).fill(255))).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
    expect(ulidText(0, new Uint8Array(10))).toBe('0'.repeat(26));
  });

  it('makes 1,000,000 different ids in order', () => {
    const generator = new UlidGenerator();
    let previous = '';
    let unordered = 0;
    for (let index = 0; index < 1_000_000; index++) {
      const id = generator.next();
      if (id <= previous || id.length !== 26) unordered++;
      previous = id;
    }
    expect(unordered).toBe(0);
    expect(previous).toMatch(FORM);
  });

  it('counts on by one within a millisecond, across each of its halves', () => {
    const generator = new UlidGenerator(() => 5, filledWith(0));
    expect([generator.next(), generator.next()]).toEqual([ulidText(5, ten(0)), ulidText(5, ten(1))]);
    generator.place = { lastMs: 5, high: 0, low: 2 ** 40 - 2 };
    expect([generator.next(), generator.next()].map((id) => id.slice(10))).toEqual([
      '00000000ZZZZZZZZ',
      '0000000100000000',
    ]);
  });

  it('borrows from the next millisecond when the random bits are used up', () => {
    const generator = new UlidGenerator(() => 5, filledWith(255));
    const ids = [generator.next(), generator.next(), generator.next()];
    expect(ids).toEqual([ulidText(5, ten(255, 255)), ulidText(6, ten(0)), ulidText(6, ten(1))]);
    expect([...ids].sort()).toEqual(ids);
  });

  it('grows when the clock steps back, stands still, or has no time', () => {
    let nowMs = 1_700_000_000_000;
    const generator = new UlidGenerator(() => nowMs);
    const ids: string[] = [];
    for (const step of [0, -1, -86_400_000, 0, 7, Number.NaN, -1e300]) {
      nowMs += step;
      for (let count = 0; count < 100; count++) ids.push(generator.next());
    }
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => FORM.test(id))).toBe(true);
  });

  it.each([Number.NaN, -1, 0, 0.5, LAST_ID_MS, 8.64e15, Number.POSITIVE_INFINITY])(
    'keeps its form at the time %p',
    (time) => {
      const generator = new UlidGenerator(() => time);
      const ids = [generator.next(), generator.next()] as const;
      expect(ids[0]).toMatch(FORM);
      expect(ids[0] < ids[1]).toBe(true);
    },
  );

  it('goes on after a time that it is given, unless it is further already', () => {
    const generator = new UlidGenerator(() => 5);
    generator.goOnAfter(1_000);
    const first = generator.next();
    expect(first.slice(0, 10)).toBe(ulidText(1_001, ten(0)).slice(0, 10));
    generator.goOnAfter(7);
    expect(generator.next() > first).toBe(true);
  });

  it('makes different ids in different generators', () => {
    const clock = (): number => 5;
    expect(new UlidGenerator(clock).next()).not.toBe(new UlidGenerator(clock).next());
  });
});

function ten(last: number, others = 0): Uint8Array {
  const bytes = new Uint8Array(10).fill(others);
  bytes[9] = last;
  return bytes;
}
