import { emitFieldBits, fieldBitNames } from './field-bit-names.js';

const namesOf = (...names: readonly string[]): readonly string[] => fieldBitNames(names.map((name) => ({ name })));

describe('fieldBitNames', () => {
  it('writes each field in capitals, and tells fields apart that would be written alike', () => {
    expect(namesOf('id', 'joinedAt', 'joined_at', 'homeURL', 'x-y', '2nd', '-', 'größe')).toEqual([
      'ID_BIT',
      'JOINED_AT_BIT',
      'JOINED_AT_2_BIT',
      'HOME_URL_BIT',
      'X_Y_BIT',
      '_2ND_BIT',
      'FIELD_6_BIT',
      'GRÖSSE_BIT',
    ]);
  });

  it('has one bit for all fields from the 31st on, declared once', () => {
    const names = namesOf(...Array.from({ length: 33 }, (_, index) => `f${index}`));
    expect(new Set(names).size).toBe(31);
    expect(emitFieldBits(names).split('\n').slice(-2)).toEqual([
      'const F29_BIT = 536870912;',
      'const FURTHER_FIELDS_BIT = 1073741824;',
    ]);
  });
});
