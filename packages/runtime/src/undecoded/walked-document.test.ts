import type { DocumentModel, FieldModel, FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { createModelCodec } from '../codec/model-codec.js';
import { fieldStepsOf } from './field-steps.js';
import { WalkedDocument } from './walked-document.js';

const STRING: FieldType = { kind: 'string' };
const field = (name: string, type: FieldType, optional = false): FieldModel => ({ name, type, optional, rules: [] });
const POINT: FieldType = { kind: 'object', fields: [field('x', { kind: 'number' }), field('y', STRING, true)] };
const COMMENT: FieldType = {
  kind: 'recursive',
  name: 'Comment',
  of: {
    kind: 'object',
    fields: [
      field('text', STRING),
      field('answers', { kind: 'array', element: { kind: 'reference', name: 'Comment' } }),
    ],
  },
};
const leaf = fc.record({ text: fc.string(), answers: fc.constant([]) });
const comment = fc.record({
  text: fc.string(),
  answers: fc.array(fc.oneof(leaf, fc.record({ text: fc.string(), answers: fc.array(leaf) }))),
});

/** Every kind of type that is read without the classes of the user. */
const TYPES: readonly (readonly [FieldType, fc.Arbitrary<unknown>])[] = [
  [STRING, fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 40 }))],
  [{ kind: 'number' }, fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger())],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'bigint' }, fc.bigInt()],
  [{ kind: 'date' }, fc.date({ noInvalidDate: true })],
  [{ kind: 'bytes' }, fc.uint8Array()],
  [{ kind: 'bytes', className: 'Buffer' }, fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  [{ kind: 'floats' }, fc.float32Array()],
  [{ kind: 'literal', values: ['a', 'b', 3] }, fc.constantFrom('a', 'b', 3)],
  [
    { kind: 'array', element: POINT },
    fc.array(fc.record({ x: fc.integer(), y: fc.option(fc.string(), { nil: undefined }) })),
  ],
  [{ kind: 'set', element: { kind: 'number' } }, fc.array(fc.integer()).map((items) => new Set(items))],
  [
    { kind: 'map', key: STRING, value: { kind: 'boolean' } },
    fc.array(fc.tuple(fc.string(), fc.boolean())).map((items) => new Map(items)),
  ],
  [
    { kind: 'tuple', least: 1, elements: [STRING, { kind: 'number' }], rest: { kind: 'boolean' } },
    fc.tuple(fc.string(), fc.integer(), fc.boolean()),
  ],
  [
    { kind: 'record', key: { kind: 'string' }, fields: [field('a', STRING, true)], value: STRING },
    fc.record({ a: fc.string(), b: fc.string() }),
  ],
  [{ kind: 'nullable', of: STRING }, fc.option(fc.string())],
  [{ kind: 'union', members: [STRING, { kind: 'number' }] }, fc.oneof(fc.string(), fc.integer())],
  [{ kind: 'json' }, fc.jsonValue()],
  [{ kind: 'any' }, fc.oneof(fc.jsonValue(), fc.bigInt())],
  [COMMENT, comment],
  [
    {
      kind: 'variants',
      discriminator: 'k',
      variants: ['p', 'q'].map((value) => ({
        value,
        type: { kind: 'object', fields: [field('k', { kind: 'literal', values: ['p', 'q'] })] },
      })),
    },
    fc.record({ k: fc.constantFrom('p', 'q') }),
  ],
];

/** A model of some of the types, a document of it, and the order in which its fields are asked for. */
const CASES = fc
  .array(fc.tuple(fc.nat(TYPES.length - 1), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 20 })
  .chain((picks) => {
    const fields = picks.map(([type, optional], index) => field(`f${index}`, TYPES[type]![0], optional));
    const values = picks.map(([type, optional, isAbsent]) =>
      optional && isAbsent ? fc.constant(undefined) : TYPES[type]![1],
    );
    const document = fc
      .tuple(...values)
      .map((all) => Object.fromEntries(all.map((value, index) => [`f${index}`, value])));
    const asked = fc.array(fc.nat(picks.length - 1), { minLength: 1, maxLength: 30 });
    return fc.tuple(fc.constant({ fields } as unknown as DocumentModel), document, asked);
  });

describe('WalkedDocument', () => {
  it('reads fields of every kind in any order, again and again, as the codec reads them', () => {
    fc.assert(
      fc.property(CASES, fc.nat(9), ([model, document, asked], before) => {
        const writer = new ByteWriter(64);
        const codec = createModelCodec(model);
        writer.raw(new Uint8Array(before));
        codec.encode(document, writer);
        const bytes = writer.finish().slice();
        const decoded = codec.decode(new ByteReader(bytes, before));
        const walked = new WalkedDocument(fieldStepsOf(model)!);
        for (const number of asked)
          expect(walked.read(new ByteReader(bytes, before), number)).toEqual(decoded[`f${number}`]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves fields that hold objects of a class to the generated codec, wherever they are', () => {
    const ground: FieldType = { kind: 'object', className: 'Ground', fields: [] };
    const types: FieldType[] = [
      ground,
      { kind: 'array', element: ground },
      { kind: 'map', key: STRING, value: ground },
      { kind: 'tuple', least: 1, elements: [STRING], rest: ground },
      { kind: 'record', key: { kind: 'string' }, fields: [], value: ground },
      { kind: 'nullable', of: { kind: 'object', fields: [field('g', ground)] } },
      { kind: 'recursive', name: 'R', of: { kind: 'object', fields: [field('g', ground)] } },
      { kind: 'union', members: [STRING, ground] },
      { kind: 'variants', discriminator: 'k', variants: [{ value: 'a', type: ground as never }] },
    ];
    const fields = types.map((type, index) => field(`f${index}`, type));
    const { steps } = fieldStepsOf({ fields })!;
    expect(steps.filter(({ read }) => read !== undefined)).toEqual([]);
  });
});
