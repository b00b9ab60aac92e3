import fc from 'fast-check';
import { KeptFields, keepFields, keptFieldsOf, type PlainFields, withKeptFields } from './kept-fields.js';

/** Names that objects put in another order than they came in, and one that is not a property of an object literal. */
const name = fc.oneof(fc.string(), fc.constantFrom('1', '10', '__proto__', 'constructor', '\ud800', ''));

const { fields } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(undefined, null, true, false, -0, 0, Number.NaN, Number.POSITIVE_INFINITY, '\udfff', 'é'),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((list) => new Set(list)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((list) => new Map(list)),
    tie('fields'),
  ),
  fields: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries) as PlainFields),
}));

describe('KeptFields', () => {
  // Documents are read and written by code that does not know these fields: equal values must be equal bytes.
  it('come to the same bytes whenever they are read and written', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const kept = KeptFields.of(given as PlainFields);
        if (kept === undefined) return;
        const again = KeptFields.of(new KeptFields(kept.bytes).fields);
        expect(again?.bytes).toEqual(kept.bytes);
      }),
    );
  });

  it('come to the same bytes when they are laid over a document and taken from it again', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const kept = KeptFields.of(given as PlainFields);
        if (kept === undefined) return;
        expect(KeptFields.of(withKeptFields({}, kept.fields))?.bytes).toEqual(kept.bytes);
      }),
    );
  });

  it('are absent if there are no fields', () => {
    expect(KeptFields.of({})).toBeUndefined();
  });

  it('are the document’s own, which does not show them', () => {
    const [document, other] = [Object.freeze({ id: 1 }), Object.freeze({ id: 1 })];
    const kept = KeptFields.of({ later: 2 }) as KeptFields;
    keepFields(document, kept);
    expect(keptFieldsOf(document)).toBe(kept);
    expect(keptFieldsOf(other)).toBeUndefined();
    expect(Object.keys(document)).toEqual(['id']);
  });
});
