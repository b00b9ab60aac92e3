import { fieldModel, PLAYER } from '../test/player-model.js';
import type { ClassMetadata } from './class-metadata.js';
import { declarationFingerprint, declarationOf, declarationOfMetadata } from './declaration.js';

const METADATA: ClassMetadata = {
  name: 'Player',
  collection: 'player',
  storage: 'disk',
  keyFields: ['id'],
  // Decorators run in another order than they stand in the model.
  indexes: [...PLAYER.indexes]
    .reverse()
    .map(({ where, ...index }) => (where ? { ...index, where: () => true } : index)),
  rules: {
    age: [
      { name: 'max', args: [120] },
      { name: 'min', args: [0] },
    ],
    email: [{ name: 'isEmail', args: [] }],
  },
};

describe('a declaration', () => {
  it('is the same from a model and from its class', () => {
    expect(declarationOfMetadata(METADATA)).toEqual(declarationOf(PLAYER));
    expect(declarationFingerprint(declarationOfMetadata(METADATA))).toBe(declarationFingerprint(declarationOf(PLAYER)));
  });

  it.each<[string, Partial<ClassMetadata>]>([
    ['another collection', { collection: 'players' }],
    ['another storage', { storage: 'memory' }],
    ['another key', { keyFields: ['email'] }],
    ['generated ids', { generate: 'uuidv7' }],
    ['an index less', { indexes: METADATA.indexes.slice(1) }],
    [
      'an index that ignores case',
      {
        indexes: METADATA.indexes.map((index) =>
          index.name === 'email' ? { ...index, caseInsensitive: true } : index,
        ),
      },
    ],
    ['a condition more', { indexes: METADATA.indexes.map((index) => ({ ...index, where: () => true })) }],
    ['a rule less', { rules: { email: METADATA.rules['email']! } }],
    [
      'another bound',
      {
        rules: {
          ...METADATA.rules,
          age: [
            { name: 'max', args: [99] },
            { name: 'min', args: [0] },
          ],
        },
      },
    ],
  ])('tells %s', (_, change) => {
    expect(declarationFingerprint(declarationOfMetadata({ ...METADATA, ...change }, PLAYER))).not.toBe(
      declarationFingerprint(declarationOf(PLAYER)),
    );
  });

  it('does not compare the rules of a field that is left to class-validator', () => {
    const rules = [
      { name: 'min', args: [0] },
      { name: 'max', args: [], opaque: true as const },
    ];
    const model = {
      ...PLAYER,
      fields: PLAYER.fields.map((field) => (field.name === 'age' ? { ...field, rules } : field)),
    };
    const declaration = declarationOf(model);
    expect(declaration.rules.map(({ field }) => field)).toEqual(['email']);
    // The source says @Max(LIMIT * 2), which only the running program can work out.
    expect(
      declarationOfMetadata({ ...METADATA, rules: { ...METADATA.rules, age: [{ name: 'max', args: [240] }] } }, model),
    ).toEqual(declaration);
  });

  it('does not know types, so a changed type leaves it as it is', () => {
    const model = { ...PLAYER, fields: [...PLAYER.fields, fieldModel('team', 'string')] };
    expect(declarationOf(model)).toEqual(declarationOf(PLAYER));
  });
});
