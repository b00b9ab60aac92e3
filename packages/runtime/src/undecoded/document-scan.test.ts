import type { DocumentModel, FieldModel, FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { createModelCodec } from '../codec/model-codec.js';
import { DocumentScan } from './document-scan.js';
import type { ProjectedColumn } from './projected-column.js';

const STRING: FieldType = { kind: 'string' };
const TYPES: readonly (readonly [FieldType, fc.Arbitrary<unknown>])[] = [
  [STRING, fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 40 }))],
  [{ kind: 'number' }, fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger())],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'bigint' }, fc.bigInt()],
  [{ kind: 'date' }, fc.date({ noInvalidDate: true })],
  [{ kind: 'bytes' }, fc.uint8Array()],
  [{ kind: 'floats' }, fc.float32Array()],
  [{ kind: 'literal', values: ['a', 'b', 3] }, fc.constantFrom('a', 'b', 3)],
  [{ kind: 'array', element: STRING }, fc.array(fc.string())],
  [{ kind: 'set', element: { kind: 'number' } }, fc.array(fc.integer()).map((items) => new Set(items))],
  [
    { kind: 'map', key: STRING, value: { kind: 'boolean' } },
    fc.array(fc.tuple(fc.string(), fc.boolean())).map((items) => new Map(items)),
  ],
  [{ kind: 'nullable', of: STRING }, fc.option(fc.string())],
  [{ kind: 'union', members: [STRING, { kind: 'number' }] }, fc.oneof(fc.string(), fc.integer())],
  [
    { kind: 'object', fields: [{ name: 'x', type: STRING, optional: true, rules: [] }] },
    fc.record({ x: fc.option(fc.string(), { nil: undefined }) }),
  ],
  [
    {
      kind: 'variants',
      discriminator: 'k',
      variants: ['p', 'q'].map((value) => ({
        value,
        type: {
          kind: 'object',
          fields: [{ name: 'k', type: { kind: 'literal', values: ['p', 'q'] }, optional: false, rules: [] }],
        },
      })),
    },
    fc.record({ k: fc.constantFrom('p', 'q') }),
  ],
];

/** A model of some of the types, and a document of it. */
const CASES = fc
  .array(fc.tuple(fc.nat(TYPES.length - 1), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 12 })
  .chain((picks) => {
    const fields = picks.map(([type, optional], index) => ({
      name: `f${index}`,
      type: TYPES[type]?.[0],
      optional,
      rules: [],
    }));
    const values = picks.map(([type, optional, isAbsent]) =>
      optional && isAbsent ? fc.constant(undefined) : (TYPES[type]?.[1] as fc.Arbitrary<unknown>),
    );
    const document = fc
      .tuple(...values)
      .map((all) => Object.fromEntries(all.map((value, index) => [`f${index}`, value])));
    return fc.tuple(fc.constant({ fields } as unknown as DocumentModel), document);
  });

function bytesOf(model: DocumentModel, document: object): Uint8Array {
  const writer = new ByteWriter(64);
  createModelCodec(model).encode(document as Record<string, unknown>, writer);
  return writer.finish().slice();
}

/** Where the reader stands after the document, or the code it was refused with. */
function endOf(bytes: Uint8Array, read: (reader: ByteReader) => unknown): unknown {
  const reader = new ByteReader(bytes);
  try {
    read(reader);
    return reader.position;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('DocumentScan', () => {
  it('passes over what the codec reads, refuses what it refuses, and projects the values it reads', () => {
    fc.assert(
      fc.property(CASES, fc.nat(), fc.nat(255), fc.boolean(), ([model, document], at, byte, isCut) => {
        const codec = createModelCodec(model);
        const scan = DocumentScan.of(model, new Set(model.fields.map(({ name }) => name))) as DocumentScan;
        const bytes = bytesOf(model, document);
        const starts = new Int32Array(scan.projectedCount);
        const pass = (reader: ByteReader): void => scan.pass(reader, starts, 0);
        expect(endOf(bytes, pass)).toBe(bytes.length);
        const decoded = codec.decode(new ByteReader(bytes));
        const columns = scan.columns();
        for (const [index, { name, optional }] of (model.fields as FieldModel[]).entries()) {
          const column = columns[index] as ProjectedColumn;
          column.append(new ByteReader(bytes), starts.subarray(index, index + 1));
          if (!optional || decoded[name] !== undefined) expect(column.at(0)).toEqual(decoded[name]);
        }
        const damaged = isCut ? bytes.subarray(0, at % (bytes.length + 1)) : bytes.slice();
        if (!isCut && bytes.length > 0) damaged[at % bytes.length] = byte;
        expect(endOf(damaged, pass)).toBe(endOf(damaged, (reader) => codec.decode(reader)));
        // What stands after the document's end is not read for it.
        const within = Buffer.concat([damaged, bytes]);
        expect(
          endOf(within, (reader) => {
            reader.seek(0, damaged.length);
            pass(reader);
          }),
        ).toBe(endOf(damaged, pass));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves models with more optional fields than its bitmap holds to the codec', () => {
    const fields = Array.from({ length: 25 }, (_, index) => ({
      name: `f${index}`,
      type: STRING,
      optional: true,
      rules: [],
    }));
    expect(DocumentScan.of({ fields: fields.slice(1) })).toBeDefined();
    expect(DocumentScan.of({ fields })).toBeUndefined();
  });
});
