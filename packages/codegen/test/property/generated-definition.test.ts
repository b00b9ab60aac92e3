/**
 * Generated definitions of any model: they write the bytes of the model-driven codec, read them back frozen, accept
 * what fits, report what does not, and run whatever the fields are called.
 */
import { ByteReader, ByteWriter } from '@nuthatch/runtime';
import { createModelCodec } from '@nuthatch/runtime/tools';
import fc from 'fast-check';
import { loadGenerated } from '../support/load-generated.js';
import { modelAndInputs, NAMES } from '../support/type-arbitrary.js';

class Sample {
  declare id: string;
}

function bytesOf(codec: { encode(document: never, writer: ByteWriter): void }, document: object): Uint8Array {
  const writer = new ByteWriter();
  codec.encode(document as never, writer);
  return writer.finish().slice();
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  expect(Object.isFrozen(value)).toBe(true);
  if (value instanceof Map) for (const [key, item] of value) [key, item].forEach(expectFrozen);
  else if (value instanceof Set) value.forEach(expectFrozen);
  else if (!(value instanceof Date)) Object.values(value).forEach(expectFrozen);
}

describe('a generated definition', () => {
  it('writes the bytes of the model-driven codec and reads back what was written, frozen, of its class', () => {
    fc.assert(
      fc.property(modelAndInputs, ([model, inputs]) => {
        const definition = loadGenerated(model, Sample);
        const modelCodec = createModelCodec(model, { prototype: Sample.prototype });
        for (const input of inputs) {
          expect(definition.unknownFields(input)).toBeUndefined();
          const document = definition.build(input);
          expect(definition.validate(document)).toBeUndefined();
          const sealed = definition.seal(document);
          expect(sealed).toBeInstanceOf(Sample);
          expect(Object.keys(sealed)).toEqual(model.fields.map((field) => field.name));
          expectFrozen(sealed);
          expect({ ...sealed }).toEqual({ ...input });
          const bytes = bytesOf(definition.codec, sealed);
          expect(bytes).toEqual(bytesOf(modelCodec, sealed));
          const reader = new ByteReader(bytes);
          const decoded = definition.codec.decode(reader);
          expect(reader.remaining).toBe(0);
          expect(decoded).toStrictEqual(modelCodec.decode(new ByteReader(bytes)));
          expect(decoded).toEqual(sealed);
          expectFrozen(decoded);
          expect(definition.merge(sealed, {})).toEqual(sealed);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('reports values of any other type and never throws for them', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(
        modelAndInputs,
        fc.dictionary(fc.constantFrom(...NAMES, 'id'), anything),
        ([model, [input]], wrong) => {
          const definition = loadGenerated(model, Sample);
          const document = definition.build({ ...input, ...wrong });
          const violations = definition.validate(document);
          if (violations)
            expect(violations.every(({ path, message }) => path !== '' && message.startsWith(path))).toBe(true);
          else
            expect(bytesOf(definition.codec, definition.seal(document))).toEqual(
              bytesOf(createModelCodec(model), document),
            );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses damaged bytes without throwing anything but JOURNAL_DAMAGED', () => {
    fc.assert(
      fc.property(
        modelAndInputs,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        ([model, [input]], flips) => {
          const definition = loadGenerated(model, Sample);
          const bytes = bytesOf(definition.codec, definition.seal(definition.build(input!)));
          for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
          try {
            definition.codec.decode(new ByteReader(bytes));
          } catch (error) {
            expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
