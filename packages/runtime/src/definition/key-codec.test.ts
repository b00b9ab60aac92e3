import type { DocumentModel, FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { KeyCodec } from './key-codec.js';

function codecOf(...types: readonly FieldType[]): KeyCodec {
  const fields = types.map((type, index) => ({ name: `f${index}`, type, optional: false, rules: [] }));
  const model: DocumentModel = {
    name: 'A',
    collection: 'a',
    storage: 'disk',
    key: { fields: fields.map(({ name }) => name) },
    fields,
    computed: [],
    indexes: [],
  };
  return new KeyCodec(model);
}

const text = fc.string({ unit: 'binary' });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('KeyCodec', () => {
  it('keeps a text, number or bigint as it is', () => {
    expect(codecOf({ kind: 'string' }).toStoreKey('a\n\0')).toBe('a\n\0');
    expect(codecOf({ kind: 'number' }).toStoreKey(1.5)).toBe(1.5);
    expect(codecOf({ kind: 'bigint' }).toStoreKey(7n)).toBe(7n);
    expect(codecOf({ kind: 'literal', values: ['x', 'y'] }).toStoreKey('x')).toBe('x');
  });

  it('says of which type the wrong part has to be', () => {
    const composite = codecOf({ kind: 'string' }, { kind: 'literal', values: [1, 'a'] });
    expect(() => composite.toStoreKey({ f0: 'a' })).toThrow(
      'undefined is not a key of A: `f1` must be number or string',
    );
    expect(() => composite.toStoreKey('a')).toThrow('a key is an object of f0: string, f1: number or string');
    expect(() => codecOf({ kind: 'date' }).toStoreKey(5)).toThrow('5 is not a key of A: `f0` must be date');
  });

  it('refuses keys of another type, NaN, infinities, invalid dates and absent parts', () => {
    expect(() => codecOf({ kind: 'string' }).toStoreKey(1)).toThrow('INVALID_KEY');
    expect(() => codecOf({ kind: 'number' }).toStoreKey(Number.NaN)).toThrow('INVALID_KEY');
    expect(() => codecOf({ kind: 'number' }).toStoreKey(Number.POSITIVE_INFINITY)).toThrow('INVALID_KEY');
    expect(() => codecOf({ kind: 'date' }).toStoreKey(new Date(Number.NaN))).toThrow('INVALID_KEY');
    const composite = codecOf({ kind: 'string' }, { kind: 'number' });
    for (const key of [
      undefined,
      null,
      'a',
      {},
      { f0: 'a' },
      { f0: 'a', f1: '1' },
      ['a'],
      Object.create({ f0: 'a', f1: 1 }),
    ]) {
      expect(() => composite.toStoreKey(key)).toThrow('INVALID_KEY');
    }
  });

  it('takes dates and booleans, and gives them back', () => {
    const date = codecOf({ kind: 'date' });
    expect(date.toPublicKey(date.toStoreKey(new Date(-5)))).toEqual(new Date(-5));
    const flag = codecOf({ kind: 'boolean' });
    expect(flag.toPublicKey(flag.toStoreKey(false))).toBe(false);
  });

  it('gives back any composite key it was given, and tells any two apart', () => {
    const codec = codecOf(
      { kind: 'string' },
      { kind: 'union', members: [{ kind: 'number' }, { kind: 'string' }] },
      { kind: 'bigint' },
    );
    const key = fc.tuple(text, fc.oneof(number, text), fc.bigInt());
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(codec.toPublicKey(codec.toStoreKey(a))).toEqual({ f0: a[0], f1: a[1] === 0 ? 0 : a[1], f2: a[2] });
        const isSame = a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
        expect(codec.toStoreKey(a) === codec.toStoreKey(b)).toBe(isSame);
      }),
    );
  });
});
