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
        expect(parseCursor(cursorText({ order: 'age asc', value: held, key: at }), 'age asc')).toEqual({
          order: 'age asc',
          value: held,
          key: at,
        }),
      ),
    );
  });

  it('is refused in another order, and so is any other text', () => {
    const text = cursorText({ order: 'age asc', value: 1, key: 'a' });
    expect(() => parseCursor(text, 'age desc')).toThrow('INVALID_QUERY');
    fc.assert(fc.property(fc.string(), (other) => expect(() => parseCursor(other, '')).toThrow('INVALID_QUERY')));
    expect(() => parseCursor(undefined, '')).toThrow('INVALID_QUERY');
  });
});
