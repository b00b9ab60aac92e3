/** A document class with every type of field, awkward names, and documents at the edges of each type. */
import type { DocumentModel, FieldModel, FieldType } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import { definitionOf } from '../../runtime/test/support/definition-of-model.js';

const field = (name: string, type: FieldType, more: Partial<FieldModel> = {}): FieldModel => ({
  name,
  type,
  optional: false,
  rules: [],
  ...more,
});
const string = { kind: 'string' } as const;
const number = { kind: 'number' } as const;
const bigint = { kind: 'bigint' } as const;
const date = { kind: 'date' } as const;
const bytes = { kind: 'bytes' } as const;
const optional = { optional: true };
const place: FieldType = {
  kind: 'object',
  fields: [
    field('x', number),
    field('when', date, optional),
    field('note', { kind: 'nullable', of: string }, optional),
  ],
};

const TREE: FieldType = {
  kind: 'recursive',
  name: 'Tree',
  of: {
    kind: 'object',
    fields: [
      field('big', bigint),
      field('below', { kind: 'array', element: { kind: 'reference', name: 'Tree' } }),
      field('next', { kind: 'nullable', of: { kind: 'reference', name: 'Tree' } }, optional),
    ],
  },
};

/** Each type of a column of its own, absent or null in every other document: what stands for no value is not a value. */
const NONE: Readonly<Record<string, readonly [FieldType, unknown]>> = {
  Text: [string, ''],
  Number: [number, 0],
  Bigint: [bigint, 0n],
  Boolean: [{ kind: 'boolean' }, false],
  Date: [date, new Date(0)],
  Bytes: [bytes, new Uint8Array()],
  Floats: [{ kind: 'floats' }, new Float32Array()],
  Literal: [{ kind: 'literal', values: [0, ''] }, ''],
  List: [{ kind: 'array', element: string }, []],
};

const model: DocumentModel = {
  name: 'Everything',
  collection: 'every"thing',
  storage: 'disk',
  key: { fields: ['id', 'part'] },
  fields: [
    field('id', string),
    field('part', number),
    field('text', string),
    field('amount', number),
    field('count', number, {
      rules: ['isInt', 'min', 'max'].map((name, at) => ({ name, args: [[], [-9e9], [9e9]][at] as number[] })),
    }),
    field('big', bigint),
    field('isOn', { kind: 'boolean' }),
    field('at', date),
    field('raw', bytes),
    field('state', { kind: 'literal', values: ['off', 'on'] }),
    field('mixed', { kind: 'literal', values: ['auto', 7, true] }),
    field('tags', { kind: 'array', element: string }),
    field('days', { kind: 'set', element: number }, optional),
    field('prices', { kind: 'map', key: string, value: bigint }, optional),
    field('place', place, optional),
    field('shape', {
      kind: 'variants',
      discriminator: 'kind',
      variants: [
        {
          value: 'dot',
          type: { kind: 'object', fields: [field('kind', { kind: 'literal', values: ['dot'] }), field('at', date)] },
        },
        {
          value: 'box',
          type: { kind: 'object', fields: [field('kind', { kind: 'literal', values: ['box'] }), field('raw', bytes)] },
        },
      ],
    }),
    field('any', { kind: 'union', members: [string, number, bigint, date] }),
    field('maybe', { kind: 'nullable', of: string }, optional),
    field('maybeAt', { kind: 'nullable', of: date }),
    field('json', { kind: 'json' }, optional),
    field('record', { kind: 'record', fields: [field('x', number, optional)], key: string, value: bigint }),
    field('pair', { kind: 'tuple', elements: [string, date], least: 1, rest: bigint }),
    field('tree', TREE),
    field('floats', { kind: 'floats' }),
    field('code', { kind: 'string', pattern: '^a[\\s\\S]*$' }),
    field('Text', string, optional),
    field('sel"ect ?', string, optional),
    field('größe', number, optional),
    ...Object.entries(NONE).flatMap(([name, [type]]) => [
      field(`absent${name}`, type, optional),
      field(`null${name}`, { kind: 'nullable', of: type }),
    ]),
  ],
  computed: [],
  indexes: [
    { name: 'text', kind: 'unique', fields: ['text'] },
    { name: 'tags', kind: 'tag', fields: ['tags'] },
    { name: 'state', kind: 'tag', fields: ['state'] },
    { name: 'at', kind: 'range', fields: ['at'] },
    { name: 'isOn_amount', kind: 'range', fields: ['isOn', 'amount'] },
  ],
};

const made = definitionOf(model);

/** Takes anything: what is tested is the copy, not the validation. */
export const everyTypeDefinition = { ...made, validate: () => undefined } as unknown as CollectionDefinition;

const ANY = ['text', 1.5, 2n ** 70n, new Date(5), '$date', ''] as const;

/** The document of a number: awkward values come round every few numbers. */
export function everyTypeDocument(number: number): Record<string, unknown> {
  const pick = (...values: readonly unknown[]): unknown => values[number % values.length];
  return {
    id: pick('a', "it's", '"quoted"', 'back\\slash', 'tab\tnew\nline\r', 'Zoë 🐦 東京', '', '\\N', 'a,b;{}', '%_?'),
    part: number,
    text: `${pick('', 'é', "O'Brien", '"x"', '\\.', '{"a":1}', '🐦')}#${number}`,
    amount: pick(0, -3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -1.5, 2 ** 53),
    count: pick(0, -7, 9_000_000_000),
    big: pick(0n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n + 3n, 12345678901234567890123456789n),
    isOn: number % 2 === 0,
    at: pick(
      new Date('2026-03-01T12:34:56.789Z'),
      new Date('1970-01-01T00:00:00.001Z'),
      new Date('1203-12-31T23:59:59.999Z'),
    ),
    raw: pick(new Uint8Array(), new Uint8Array([0, 1, 92, 255]), new Uint8Array([10, 13, 9])),
    state: pick('off', 'on'),
    mixed: pick('auto', 7, true),
    tags: pick([], ['x'], ['x', "y'", 'ü']),
    days: pick(undefined, new Set([3, 1]), new Set()),
    prices: pick(
      undefined,
      new Map([
        ['b', 2n ** 65n],
        ['a', 1n],
      ]),
      new Map(),
    ),
    place: pick(undefined, { x: 1 }, { x: -1e-7, when: new Date(7), note: null }, { x: 2, note: 'n', when: undefined }),
    shape: pick({ kind: 'dot', at: new Date(9) }, { kind: 'box', raw: new Uint8Array([1]) }),
    any: ANY[number % ANY.length],
    maybe: pick(undefined, null, 'set'),
    maybeAt: pick(null, new Date('2000-02-29T00:00:00.000Z')),
    json: pick(undefined, null, { b: [1, 'x', null, { z: true, a: 1.5 }], a: {} }, 'text', 0, false, []),
    record: pick({}, { x: 1, z: 2n ** 66n, a: 1n }, { constructor: 5n, '': 6n, 10: 7n }),
    pair: pick(['a'], ['b', new Date(8)], ['c', new Date(9), 1n, 2n ** 64n]),
    tree: pick(
      { big: 1n, below: [] },
      { big: 2n ** 70n, below: [{ big: 2n, below: [], next: null }], next: { big: 3n, below: [] } },
    ),
    floats: pick(new Float32Array(), Float32Array.of(0.1, -2.5, 3e38, 1e-45)),
    code: pick('a', 'äa'.slice(1), 'a🐦'),
    Text: pick(undefined, 'case'),
    'sel"ect ?': pick('?', undefined, '$1'),
    größe: pick(undefined, 3),
    ...Object.fromEntries(
      Object.entries(NONE).flatMap(([name, [, value]]) => [
        [`absent${name}`, pick(undefined, value)],
        [`null${name}`, pick(value, null)],
      ]),
    ),
  };
}
