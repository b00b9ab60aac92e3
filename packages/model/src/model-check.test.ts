import fc from 'fast-check';
import { modelArbitrary } from '../test/model-arbitrary.js';
import { fieldModel, PLAYER } from '../test/player-model.js';
import type { DocumentModel, FieldType, IndexKind, IndexModel, KeyGeneration } from './document-model.js';
import { checkModel, checkModels, DATABASE_MEMBERS, isDangerousName, MAX_TYPE_DEPTH } from './model-check.js';
import { MODEL_PROBLEMS, type ModelProblemCode } from './model-problem.js';

const string = { kind: 'string' } as const;
const nested: FieldType = { kind: 'object', fields: [] };

function codes(change: Partial<DocumentModel>): readonly ModelProblemCode[] {
  return checkModel({ ...PLAYER, ...change }).map(({ code }) => code);
}

function withField(type: FieldType, kind: IndexKind, more: Partial<IndexModel> = {}): Partial<DocumentModel> {
  return {
    fields: [...PLAYER.fields, fieldModel('extra', type)],
    indexes: [{ name: 'extra', kind, fields: ['extra'], ...more }],
  };
}

function withId(type: FieldType, generate?: KeyGeneration): Partial<DocumentModel> {
  return {
    key: { fields: ['key'], ...(generate && { generate }) },
    fields: [...PLAYER.fields, fieldModel('key', type)],
  };
}

describe('checkModel', () => {
  it('finds nothing wrong with a good model', () => {
    expect(checkModel(PLAYER)).toEqual([]);
  });

  it('never throws, and says why and what to do for every problem', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        for (const { code, message, hint } of checkModel(model)) {
          expect(Object.keys(MODEL_PROBLEMS)).toContain(code);
          expect(message).not.toMatch(/\n|undefined/);
          expect(hint).toMatch(/\.$/);
        }
      }),
    );
  });

  describe('of ids', () => {
    it('wants one', () => {
      expect(codes({ key: { fields: [] } })).toEqual(['NO_ID']);
    });

    it('takes strings, numbers, bigints, dates, booleans, literals of them, and several plain ones', () => {
      const literals = [['a', 'b'], ['a', 1], [true], [true, false]].map(
        (values) => ({ kind: 'literal', values }) as const,
      );
      const scalars = (['number', 'bigint', 'date', 'boolean'] as const).map((kind) => ({ kind }));
      for (const type of [string, ...scalars, ...literals]) expect(codes(withId(type))).toEqual([]);
      expect(codes({ key: { fields: ['id', 'email'] } })).toEqual([]);
    });

    it('refuses two if one of them is generated', () => {
      expect(codes({ key: { fields: ['id', 'email'], generate: 'uuidv7' } })).toEqual(['GENERATED_COMPOSITE_ID']);
    });

    it.each<FieldType>([
      { kind: 'literal', values: [true, 'a'] },
      { kind: 'union', members: [{ kind: 'date' }, string] },
      { kind: 'bytes' },
      { kind: 'nullable', of: string },
      nested,
    ])('refuses $kind', (type) => expect(codes(withId(type))).toEqual(['BAD_ID_TYPE']));

    it('refuses an optional one, a getter, and a generated one of the wrong type', () => {
      expect(codes({ key: { fields: ['nick'] } })).toEqual(['BAD_ID_TYPE']);
      expect(codes({ key: { fields: ['nameLength'] } })).toEqual(['UNKNOWN_FIELD']);
      expect(codes(withId(string, 'sequence'))).toEqual(['BAD_ID_TYPE']);
      expect(codes(withId({ kind: 'number' }, 'uuidv7'))).toEqual(['BAD_ID_TYPE']);
      expect(codes(withId({ kind: 'number' }, 'ulid'))).toEqual(['BAD_ID_TYPE']);
      expect(codes(withId(string, 'ulid'))).toEqual([]);
    });
  });

  describe('of indexes', () => {
    const bytes: FieldType = { kind: 'bytes' };
    const list: FieldType = { kind: 'array', element: string };
    const set: FieldType = { kind: 'set', element: { kind: 'number' } };
    const map: FieldType = { kind: 'map', key: string, value: string };
    const boolean: FieldType = { kind: 'boolean' };
    const mixed: FieldType = { kind: 'union', members: [string, { kind: 'number' }] };

    it.each([nested, list, set, map, bytes, boolean, mixed])('refuses a range over $kind', (type) => {
      expect(codes(withField(type, 'range'))).toEqual(['BAD_RANGE_TYPE']);
    });

    it.each([
      nested,
      map,
      bytes,
      { kind: 'date' } as const,
      { kind: 'array', element: nested } as const,
      { kind: 'array', element: list } as const,
    ])('refuses tags of $kind', (type) => expect(codes(withField(type, 'tag'))).toEqual(['BAD_TAG_TYPE']));

    it.each([nested, list, set, map, bytes])('refuses a unique index over $kind', (type) => {
      expect(codes(withField(type, 'unique'))).toEqual(['BAD_INDEX_TYPE']);
    });

    it('takes what each kind can hold', () => {
      for (const type of [
        string,
        { kind: 'number' },
        { kind: 'bigint' },
        { kind: 'date' },
        { kind: 'nullable', of: string },
      ] as const) {
        expect(codes(withField(type, 'range'))).toEqual([]);
        expect(codes(withField(type, 'unique'))).toEqual([]);
      }
      for (const type of [list, set, string, boolean, mixed]) expect(codes(withField(type, 'tag'))).toEqual([]);
      expect(codes(withField(boolean, 'unique'))).toEqual([]);
    });

    it('refuses to ignore case for types without case', () => {
      expect(codes(withField({ kind: 'number' }, 'unique', { caseInsensitive: true }))).toEqual(['BAD_INDEX_TYPE']);
      expect(codes(withField(string, 'unique', { caseInsensitive: true }))).toEqual([]);
    });

    it('refuses one with the name of a word in conditions', () => {
      for (const word of ['or', 'and', 'not']) {
        const fields = [...PLAYER.fields, fieldModel(word, string)];
        expect(codes({ fields, indexes: [{ name: word, kind: 'tag', fields: [word] }] })).toEqual(['COLLIDING_NAME']);
        expect(codes({ fields })).toEqual([]);
      }
    });

    it('refuses two with one finder or one name, and fields that are not there', () => {
      const twice: IndexModel[] = [
        { name: 'age', kind: 'range', fields: ['age'] },
        { name: 'age', kind: 'unique', fields: ['age'] },
      ];
      expect(codes({ indexes: twice })).toEqual(['COLLIDING_NAME']);
      const fields = [...PLAYER.fields, fieldModel('id_email', string)];
      const sameName: IndexModel[] = [
        { name: 'id_email', kind: 'unique', fields: ['id_email'] },
        { name: 'id_email', kind: 'unique', fields: ['id', 'email'] },
      ];
      expect(codes({ fields, indexes: sameName })).toEqual(['COLLIDING_NAME']);
      const sameFinder = {
        fields: [...PLAYER.fields, fieldModel('idAndEmail', string)],
        indexes: [
          { name: 'idAndEmail', kind: 'unique', fields: ['idAndEmail'] },
          { name: 'id_email', kind: 'unique', fields: ['id', 'email'] },
        ],
      } as const;
      expect(codes(sameFinder)).toEqual(['COLLIDING_NAME']);
      expect(codes({ indexes: [{ name: 'team', kind: 'unique', fields: ['team'] }] })).toEqual(['UNKNOWN_FIELD']);
    });
  });

  describe('of names', () => {
    it.each([
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      "it's",
      'a"b',
      'a\nb',
      '',
      'a`b',
      'a\u2028b',
    ])('refuses a field called %j, at any depth', (name) => {
      expect(isDangerousName(name)).toBe(true);
      expect(codes({ fields: [...PLAYER.fields, fieldModel(name, string)] })).toEqual(['DANGEROUS_NAME']);
      const deep: FieldType = { kind: 'array', element: { kind: 'object', fields: [fieldModel(name, string)] } };
      expect(codes({ fields: [...PLAYER.fields, fieldModel('deep', deep)] })).toEqual(['DANGEROUS_NAME']);
    });

    it.each(['a-b', '1st', '0', 'a b', 'x:y'])('takes %s as a key of a nested value, not as a field', (name) => {
      expect(codes({ fields: [...PLAYER.fields, fieldModel(name, string)] })).toEqual(['DANGEROUS_NAME']);
      const deep: FieldType = { kind: 'object', fields: [fieldModel(name, string)] };
      expect(codes({ fields: [...PLAYER.fields, fieldModel('deep', deep)] })).toEqual([]);
    });

    it.each(['class', 'delete', 'größe', '$ref', '_id', 'await'])('takes a field called %s', (name) => {
      expect(codes({ fields: [...PLAYER.fields, fieldModel(name, string)] })).toEqual([]);
    });

    it('refuses a class with a dangerous name and a field that occurs twice', () => {
      expect(codes({ name: 'a b' })).toEqual(['DANGEROUS_NAME']);
      expect(codes({ fields: [...PLAYER.fields, fieldModel('age', 'number')] })).toEqual(['COLLIDING_NAME']);
    });

    it.each([
      '',
      '1st',
      'a b',
      'a.b',
      '../x',
      '__proto__',
      'x'.repeat(65),
      'nul',
      'toString',
      'valueOf',
      ...DATABASE_MEMBERS,
    ])('refuses the collection %j', (collection) => {
      expect(codes({ collection })).toEqual(['BAD_COLLECTION_NAME']);
    });
  });

  it('refuses cold documents with more than 24 optional fields in one object, and takes all others', () => {
    const optional = (count: number) =>
      Array.from({ length: count }, (_, number) => ({ ...fieldModel(`f${number}`, string), optional: true }));
    const own = PLAYER.fields.filter((field) => field.optional).length;
    const cold = (fields: DocumentModel['fields']) => codes({ storage: 'cold', fields: [...PLAYER.fields, ...fields] });
    expect(cold(optional(24 - own))).toEqual([]);
    expect(cold(optional(25 - own))).toEqual(['BAD_STORAGE']);
    expect(codes({ fields: [...PLAYER.fields, ...optional(25)] })).toEqual([]);
    const object: FieldType = { kind: 'object', fields: optional(25) };
    const holders: readonly FieldType[] = [
      object,
      { kind: 'array', element: object },
      { kind: 'map', key: string, value: { kind: 'nullable', of: object } },
      { kind: 'union', members: [string, object] },
      { kind: 'tuple', elements: [string], rest: object, least: 1 } as never,
      { kind: 'record', fields: [], key: 'string', value: object } as never,
      { kind: 'recursive', name: 'r', of: object },
      { kind: 'variants', discriminator: 'kind', variants: [{ value: 'a', type: object }] },
    ];
    for (const type of holders) expect(cold([fieldModel('held', type)])).toContain('BAD_STORAGE');
  });

  it('refuses types nested too deep and variants that nothing tells apart', () => {
    let deep: FieldType = { kind: 'string' };
    for (let depth = 1; depth <= MAX_TYPE_DEPTH; depth++) deep = { kind: 'array', element: deep };
    expect(codes({ fields: [...PLAYER.fields, fieldModel('deep', deep)] })).toEqual(['TOO_DEEP']);
    const variant = { value: 'a', type: { kind: 'object', fields: [] } } as const;
    const type: FieldType = { kind: 'variants', discriminator: 'kind', variants: [variant, variant] };
    expect(codes({ fields: [...PLAYER.fields, fieldModel('income', type)] })).toEqual(['BAD_VARIANTS']);
  });
});

describe('checkModels', () => {
  it('refuses two classes in one collection, whatever their case', () => {
    const other = { ...PLAYER, name: 'Gamer', collection: 'PLAYER' };
    const problems = checkModels([PLAYER, other]);
    expect(problems).toMatchObject([{ code: 'DUPLICATE_COLLECTION', model: other }]);
    expect(problems[0]!.message).toContain('Player and Gamer');
  });

  it('refuses two classes of one name, since their generated files would be one', () => {
    expect(checkModels([PLAYER, { ...PLAYER, collection: 'gamer' }])).toMatchObject([{ code: 'COLLIDING_NAME' }]);
    expect(checkModels([PLAYER, { ...PLAYER, name: 'Gamer', collection: 'gamer' }])).toEqual([]);
  });
});
