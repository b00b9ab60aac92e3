import fc from 'fast-check';
import { modelArbitrary, typeArbitrary } from '../test/model-arbitrary.js';
import { fieldModel, PLAYER } from '../test/player-model.js';
import type { DocumentModel, FieldModel, FieldType } from './document-model.js';
import { diffModels, isWider } from './model-diff.js';

const string: FieldType = { kind: 'string' };
const number: FieldType = { kind: 'number' };

function changed(name: string, change: Partial<FieldModel>): Partial<DocumentModel> {
  return { fields: PLAYER.fields.map((field) => (field.name === name ? { ...field, ...change } : field)) };
}

describe('diffModels', () => {
  it('finds no change between equal models', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        expect(diffModels(model, structuredClone(model))).toEqual([]);
      }),
    );
  });

  it('says of a renamed field what else changed', () => {
    const fields = PLAYER.fields.map((field) =>
      field.name === 'nick' ? { ...field, name: 'alias', optional: false } : field,
    );
    const changes = diffModels(
      { ...PLAYER, indexes: [] },
      { ...PLAYER, fields, indexes: [] },
      new Map([['alias', 'nick']]),
    );
    expect(changes).toEqual([
      { description: 'renames nick to alias', needsMigration: true },
      { description: 'makes alias required', needsMigration: true },
    ]);
  });

  it.each<[string, boolean, Partial<DocumentModel>]>([
    ['adds field team: string', true, { fields: [...PLAYER.fields, fieldModel('team', string)] }],
    ['adds field team: string', false, { fields: [...PLAYER.fields, fieldModel('team', string, { optional: true })] }],
    [
      'adds field team: string',
      false,
      { fields: [...PLAYER.fields, fieldModel('team', string, { default: { kind: 'literal', json: '"a"' } })] },
    ],
    ['removes field nick', false, { fields: PLAYER.fields.filter(({ name }) => name !== 'nick') }],
    ['changes age from number to string', true, changed('age', { type: string })],
    ['changes age from number to number or null', false, changed('age', { type: { kind: 'nullable', of: number } })],
    ['makes nick required', true, changed('nick', { optional: false })],
    ['makes age optional', false, changed('age', { optional: true })],
    ['changes the rules of age', false, changed('age', { rules: [] })],
    ['changes the default of age', false, changed('age', { default: { kind: 'literal', json: '1' } })],
    ['changes the id from id to email', true, { key: { fields: ['email'] } }],
    ['generates ids by uuidv7', false, { key: { fields: ['id'], generate: 'uuidv7' } }],
    ['generates ids by ulid', false, { key: { fields: ['id'], generate: 'ulid' } }],
    ['changes the storage from disk to memory', false, { storage: 'memory' }],
    [
      'adds range index extra',
      false,
      { indexes: [...PLAYER.indexes, { name: 'extra', kind: 'range', fields: ['extra'] }] },
    ],
    ['removes unique index email', false, { indexes: PLAYER.indexes.slice(1) }],
    [
      'changes unique index email',
      false,
      {
        indexes: PLAYER.indexes.map((index) => (index.name === 'email' ? { ...index, caseInsensitive: true } : index)),
      },
    ],
    ['changes the computed fields', false, { computed: [] }],
  ])('says "%s" (migration: %s)', (description, needsMigration, change) => {
    expect(diffModels(PLAYER, { ...PLAYER, ...change })).toMatchObject([{ description, needsMigration }]);
  });
});

describe('isWider', () => {
  it('holds for any type and itself, and for its nullable', () => {
    fc.assert(
      fc.property(typeArbitrary, (type) => {
        expect(isWider(type, type)).toBe(true);
        expect(isWider(type, { kind: 'nullable', of: type })).toBe(true);
      }),
    );
  });

  it('knows literals, unions and elements', () => {
    expect(isWider({ kind: 'literal', values: ['a'] }, { kind: 'literal', values: ['a', 'b'] })).toBe(true);
    expect(isWider({ kind: 'literal', values: ['a', 'c'] }, { kind: 'literal', values: ['a', 'b'] })).toBe(false);
    expect(isWider({ kind: 'literal', values: ['a'] }, string)).toBe(true);
    expect(isWider(string, { kind: 'union', members: [number, string] })).toBe(true);
    expect(isWider({ kind: 'union', members: [number, string] }, string)).toBe(false);
    expect(
      isWider({ kind: 'array', element: string }, { kind: 'array', element: { kind: 'nullable', of: string } }),
    ).toBe(true);
    expect(isWider({ kind: 'array', element: string }, { kind: 'set', element: string })).toBe(false);
    expect(isWider({ kind: 'nullable', of: string }, string)).toBe(false);
  });

  it('looks inside objects, maps and variants: fields may go, and come when they are optional', () => {
    const object = (...fields: FieldModel[]) => ({ kind: 'object' as const, fields });
    const [a, b] = [fieldModel('a', string), fieldModel('b', number)];
    expect(isWider(object(a, b), object(b))).toBe(true);
    expect(isWider(object(a), object(a, { ...b, optional: true }))).toBe(true);
    expect(isWider(object(a), object(a, b))).toBe(false);
    expect(isWider(object({ ...a, optional: true }), object(a))).toBe(false);
    const map = (value: FieldType): FieldType => ({ kind: 'map', key: string, value });
    expect(isWider(map(object(a, b)), map(object(a)))).toBe(true);
    expect(isWider(map(string), map(number))).toBe(false);
    const variants = (...values: string[]): FieldType => ({
      kind: 'variants',
      discriminator: 'kind',
      variants: values.map((value) => ({
        value,
        type: object(fieldModel('kind', { kind: 'literal', values: [value] })),
      })),
    });
    expect(isWider(variants('x'), variants('x', 'y'))).toBe(true);
    expect(isWider(variants('x', 'y'), variants('x'))).toBe(false);
  });
});
