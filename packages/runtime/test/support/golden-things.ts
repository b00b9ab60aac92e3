/** The documents of test/golden/format-1 that have a value of every type. */
export const THING = {
  id: 'all',
  numbers: [0, -0, 1, -1, 2 ** 51, 2 ** 53 - 1, 0.1, Number.NaN, Number.NEGATIVE_INFINITY],
  flag: true,
  big: -(3n ** 70n),
  at: new Date(1_700_000_000_123),
  bytes: Uint8Array.of(0, 127, 255),
  role: 7,
  words: new Set(['', 'été', '💧', '\ud800', 'x'.repeat(40)]),
  counts: new Map([
    ['__proto__', 1],
    ['b', 2],
  ]),
  shape: { kind: 'circle', radius: 2.5 },
  either: 4,
  maybe: null,
};

export const BARE = {
  ...THING,
  id: 'bare',
  at: undefined,
  shape: undefined,
  words: new Set(),
  counts: new Map(),
  numbers: [],
  either: 'text',
  maybe: 'there',
};
