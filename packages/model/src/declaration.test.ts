import { fieldModel, PLAYER } from '../test/player-model.js';
import 'reflect-metadata';
import { CLASS_METADATA_KEY, type ClassMetadata } from './class-metadata.js';
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

/** A class that somebody has decorated. */
function classOf(metadata: Partial<ClassMetadata>): object {
  const made = class {};
  (Reflect as { defineMetadata?: (key: symbol, value: unknown, on: object) => void }).defineMetadata?.(
    CLASS_METADATA_KEY,
    metadata,
    made,
  );
  return made;
}

describe('a declaration with references', () => {
  const model = {
    ...PLAYER,
    references: [
      { field: 'nick', to: 'club', onDelete: 'cascade' as const },
      { field: 'email', to: 'player', onDelete: 'restrict' as const },
    ],
  };
  const of = (target: object, more: object = {}): ClassMetadata => ({
    ...METADATA,
    references: [
      { field: 'email', target: () => classOf({ collection: 'player' }), onDelete: 'restrict' },
      { field: 'nick', target: () => target, onDelete: 'cascade', ...more },
    ],
  });
  const fingerprint = (metadata: ClassMetadata): string =>
    declarationFingerprint(declarationOfMetadata(metadata, model));
  const expected = declarationFingerprint(declarationOf(model));

  it('is the same from a model and from its class, also where a minifier has renamed the class that is referred to', () => {
    expect(fingerprint(of(classOf({ collection: 'club' })))).toBe(expected);
    expect(fingerprint(of(classOf({ collection: 'a', isCollectionNamed: false })))).toBe(expected);
  });

  it('differs where the class says something else', () => {
    for (const other of [
      of(classOf({ collection: 'town' })),
      of(class {}),
      of(classOf({ collection: 'club' }), { onDelete: 'restrict' }),
      METADATA,
    ])
      expect(fingerprint(other)).not.toBe(expected);
  });
});

describe('a declaration', () => {
  it('is the same from a model and from its class', () => {
    expect(declarationOfMetadata(METADATA)).toEqual(declarationOf(PLAYER));
    expect(declarationFingerprint(declarationOfMetadata(METADATA))).toBe(declarationFingerprint(declarationOf(PLAYER)));
  });

  it.each<[string, Partial<ClassMetadata>]>([
    ['another collection', { collection: 'players' }],
    ['another storage', { storage: 'memory' }],
    ['a cold storage', { storage: 'cold' }],
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
