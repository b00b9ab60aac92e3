/** What both forms of decorators must say of the classes in legacy-classes.ts and tc39/tc39-classes.ts. */
import {
  type ClassMetadata,
  type DocumentDeclaration,
  declarationOfMetadata,
  readClassMetadata,
} from '@nuthatch/model';

/** The record without what cannot be compared: conditions become their text, functions whether they are there. */
export function shownMetadata(documentClass: object): unknown {
  const metadata = readClassMetadata(documentClass) as ClassMetadata;
  const { name, collection, storage, keyFields, generate, expiresField, indexes, vectors } = metadata;
  return {
    name,
    collection,
    storage,
    keyFields,
    generate,
    expiresField,
    indexes: indexes.map(({ where, ...index }) => ({ ...index, isConditional: where !== undefined })),
    ...(vectors !== undefined && vectors.length > 0 && { vectors }),
  };
}

export function declarationOfClass(documentClass: object): DocumentDeclaration {
  return declarationOfMetadata(readClassMetadata(documentClass) as ClassMetadata);
}

const index = (kind: string, ...fields: string[]) => ({ name: fields.join('_'), kind, fields, isConditional: false });

export const EXPECTED = {
  Player: {
    name: 'Player',
    collection: 'player',
    storage: 'disk',
    keyFields: ['id'],
    generate: undefined,
    expiresField: undefined,
    indexes: [
      index('unique', 'email'),
      index('tag', 'clubs'),
      index('range', 'age'),
      index('range', 'joinedAt'),
      { ...index('unique', 'nick'), isConditional: true, caseInsensitive: true },
      index('range', 'nameLength'),
    ],
  },
  Session: {
    name: 'Session',
    collection: 'sessions',
    storage: 'memory',
    keyFields: ['id'],
    generate: 'uuidv7',
    expiresField: 'endsAt',
    indexes: [index('range', 'createdAt'), index('tag', 'player')],
  },
  Membership: {
    name: 'Membership',
    collection: 'membership',
    storage: 'disk',
    keyFields: ['club', 'player'],
    generate: undefined,
    expiresField: undefined,
    indexes: [index('range', 'createdAt'), index('range', 'club', 'since'), index('unique', 'club', 'number')],
  },
  /** A subclass: the base's indexes first; `number` is decorated again. */
  Captaincy: {
    name: 'Captaincy',
    collection: 'captaincy',
    storage: 'disk',
    keyFields: ['club', 'player'],
    generate: undefined,
    expiresField: undefined,
    indexes: [
      index('range', 'createdAt'),
      index('range', 'season'),
      index('range', 'club', 'since'),
      index('unique', 'club', 'number'),
    ],
  },
  Passage: {
    name: 'Passage',
    collection: 'passage',
    storage: 'disk',
    keyFields: ['id'],
    generate: undefined,
    expiresField: undefined,
    indexes: [],
    vectors: [
      { field: 'embedding', dimensions: 3, metric: 'cosine' },
      { field: 'weights', dimensions: 2, metric: 'dot' },
    ],
  },
  /** The base's first; `embedding` is decorated again. */
  LongPassage: {
    name: 'LongPassage',
    collection: 'longPassage',
    storage: 'disk',
    keyFields: ['id'],
    generate: undefined,
    expiresField: undefined,
    indexes: [],
    vectors: [
      { field: 'embedding', dimensions: 4, metric: 'euclidean' },
      { field: 'weights', dimensions: 2, metric: 'dot' },
    ],
  },
} as const;
