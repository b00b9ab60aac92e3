import fc from 'fast-check';
import { cursorText, parseCursor } from './cursor.js';

const value = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true }).filter((one) => !Object.is(one, -0)),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(undefined),
  fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 }),
);
const key = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.bigInt());

describe('a cursor', () => {
  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(value, key, (held, at) =>
        expect(
          parseCursor(cursorText({ order: 'age asc', value: held, key: at }, 'player'), 'age asc', 'player'),
        ).toEqual({
          order: 'age asc',
          value: held,
          key: at,
        }),
      ),
    );
  });

  it('is refused in another order, and so is any other text', () => {
    const text = cursorText({ order: 'age asc', value: 1, key: 'a' }, 'player');
    expect(() => parseCursor(text, 'age desc', 'player')).toThrow('INVALID_QUERY');
    fc.assert(
      fc.property(fc.string(), (other) => expect(() => parseCursor(other, '', 'player')).toThrow('INVALID_QUERY')),
    );
    expect(() => parseCursor(text, 'age asc', 'club')).toThrow('a query of player, this one is of club');
    expect(() => parseCursor(undefined, '', 'player')).toThrow('INVALID_QUERY');
  });

  it('that does not name its collection, as those of earlier releases, is one of any', () => {
    const text = Buffer.from(JSON.stringify(['age asc', 1, 'a'])).toString('base64url');
    expect(parseCursor(text, 'age asc', 'player')).toEqual({ order: 'age asc', value: 1, key: 'a' });
    for (const rest of [[5], [null], ['player', 1], [['player']]]) {
      const other = Buffer.from(JSON.stringify(['age asc', 1, 'a', ...rest])).toString('base64url');
      expect(() => parseCursor(other, 'age asc', 'player')).toThrow('is not a cursor');
    }
  });
});
