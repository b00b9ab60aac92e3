import { declarationOf, declarationOfMetadata, readClassMetadata } from '@nuthatch/model';
import { defineDocument, field, modelOf } from '../src/index.js';
import { shownMetadata } from './expected-metadata.js';

const isNicked = (player: { nick?: string }) => player.nick !== undefined;

const Player = defineDocument(
  'Player',
  {
    id: field.string().id({ generate: 'uuidv7' }),
    email: field.string().unique({ caseInsensitive: true }).rule('isEmail'),
    clubs: field.array(field.string()).tag().default([]),
    age: field.number().range().rule('min', 0).rule('max', 120),
    joinedAt: field.date().range().defaultNow(),
    nick: field.string().optional().unique({ where: isNicked }),
    level: field.literal('amateur', 'professional').default('amateur'),
    scores: field.map(field.string(), field.bigint()).default(new Map([['a', 1n]])),
    seen: field.set(field.number()),
    home: field.object({ street: field.string(), zip: field.string().optional() }).nullable(),
    income: field.variants('kind', { sponsor: { name: field.string() }, none: {} }).default({ kind: 'none' }),
    rating: field.union(field.number(), field.string()),
    photo: field.bytes().optional(),
    settings: field.object({ dark: field.boolean() }).default({ dark: true }),
    balance: field.bigint().default(5n),
    code: field.string().rule('matches', /^[a-z]+$/i),
  },
  { collection: 'players', indexes: [{ unique: ['email', 'level'] }, { range: ['level', 'age'] }] },
);

describe('defineDocument', () => {
  it('leaves the same metadata as decorators', () => {
    const index = (kind: string, ...fields: string[]) => ({
      name: fields.join('_'),
      kind,
      fields,
      isConditional: false,
    });
    expect(shownMetadata(Player)).toEqual({
      name: 'Player',
      collection: 'players',
      storage: 'disk',
      keyFields: ['id'],
      generate: 'uuidv7',
      indexes: [
        { ...index('unique', 'email'), caseInsensitive: true },
        index('tag', 'clubs'),
        index('range', 'age'),
        index('range', 'joinedAt'),
        { ...index('unique', 'nick'), isConditional: true },
        index('unique', 'email', 'level'),
        index('range', 'level', 'age'),
      ],
    });
    expect(readClassMetadata(Player)!.indexes.find(({ name }) => name === 'nick')!.where).toBe(isNicked);
  });

  it('has the whole model, types included, whose declaration is that of the metadata', () => {
    const model = modelOf(Player)!;
    expect(declarationOf(model)).toEqual(declarationOfMetadata(readClassMetadata(Player)!, model));
    const types = Object.fromEntries(model.fields.map(({ name, type }) => [name, type]));
    expect(types['scores']).toEqual({ kind: 'map', key: { kind: 'string' }, value: { kind: 'bigint' } });
    expect(types['rating']).toEqual({ kind: 'union', members: [{ kind: 'number' }, { kind: 'string' }] });
    expect(types['home']).toEqual({
      kind: 'nullable',
      of: {
        kind: 'object',
        fields: [
          { name: 'street', type: { kind: 'string' }, optional: false, rules: [] },
          { name: 'zip', type: { kind: 'string' }, optional: true, rules: [] },
        ],
      },
    });
    const tag = (value: string) => ({
      name: 'kind',
      type: { kind: 'literal', values: [value] },
      optional: false,
      rules: [],
    });
    expect(types['income']).toEqual({
      kind: 'variants',
      discriminator: 'kind',
      variants: [
        {
          value: 'sponsor',
          type: {
            kind: 'object',
            fields: [tag('sponsor'), { name: 'name', type: { kind: 'string' }, optional: false, rules: [] }],
          },
        },
        { value: 'none', type: { kind: 'object', fields: [tag('none')] } },
      ],
    });
    expect(Object.isFrozen(model.fields[0]!.type)).toBe(true);
  });

  it('describes defaults as data where they are data', () => {
    const defaults = Object.fromEntries(modelOf(Player)!.fields.map((part) => [part.name, part.default]));
    expect(defaults).toMatchObject({
      id: undefined,
      clubs: { kind: 'empty', of: 'array' },
      joinedAt: { kind: 'now' },
      level: { kind: 'literal', json: '"amateur"' },
      scores: { kind: 'initializer' },
      income: { kind: 'literal', json: '{"kind":"none"}' },
      settings: { kind: 'literal', json: '{"dark":true}' },
      balance: { kind: 'literal', json: '{"bigint":"5"}' },
    });
  });

  it('writes regular expressions in rules as data', () => {
    expect(modelOf(Player)!.fields.find(({ name }) => name === 'code')!.rules).toEqual([
      { name: 'matches', args: [{ regExp: '^[a-z]+$', flags: 'i' }] },
    ]);
  });

  it('makes a class of that name with every field, and new defaults each time', () => {
    const [one, two] = [new Player(), new Player()];
    expect(one.constructor.name).toBe('Player');
    expect(Object.keys(one)).toEqual(modelOf(Player)!.fields.map(({ name }) => name));
    one.clubs.push('fcb');
    expect(two.clubs).toEqual([]);
    expect(two.scores).toEqual(new Map([['a', 1n]]));
    expect(two.joinedAt).toBeInstanceOf(Date);
    expect(two.email).toBeUndefined();
  });

  it('is unknown to modelOf for other classes', () => {
    expect(modelOf(class {})).toBeUndefined();
  });
});
