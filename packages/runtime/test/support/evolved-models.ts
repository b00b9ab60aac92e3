/** The models of a class through its versions, and the code between them: what golden directories are written by. */
import { type DocumentModel, modelFingerprint, modelsHash, type ObjectType } from '@nuthatch/model';
import type { Migration } from '../../src/migration/migration.js';
import { type Fields, field, modelWith, NUMBER, STRING } from './open-models.js';

const CITY: ObjectType = { kind: 'object', fields: [field('city', STRING)] };
const CITY_ZIP: ObjectType = {
  kind: 'object',
  fields: [field('zip', STRING, { optional: true }), field('city', STRING)],
};
const SET = { kind: 'set', element: STRING } as const;

/** Never change one: directories are kept that it wrote. Add the next. */
export const VERSIONS: readonly DocumentModel[] = [
  modelWith([field('name', STRING), field('age', NUMBER), field('tags', SET), field('home', CITY)]),
  // Fields came, one inside an object too, and an index.
  modelWith(
    [
      field('nick', STRING, { optional: true }),
      field('name', STRING),
      field('home', CITY_ZIP),
      field('age', NUMBER),
      field('tags', SET),
      field('rank', NUMBER, { default: { kind: 'literal', json: '3' } }),
      field('level', { kind: 'literal', values: ['a', 'b'] }, { optional: true }),
    ],
    { indexes: [{ name: 'age', kind: 'range', fields: ['age'] }] },
  ),
  // One is gone, two types grew, the index is gone.
  modelWith([
    field('name', STRING),
    field('age', { kind: 'union', members: [NUMBER, STRING] }),
    field('home', { kind: 'nullable', of: CITY_ZIP }),
    field('rank', NUMBER, { default: { kind: 'literal', json: '3' } }),
    field('level', { kind: 'literal', values: ['a', 'b', 'c'] }, { optional: true }),
  ]),
  // `name` is called `title`, by a migration, and older code is kept out.
  modelWith(
    [
      field('title', STRING),
      field('age', { kind: 'union', members: [NUMBER, STRING] }),
      field('home', { kind: 'nullable', of: CITY_ZIP }),
      field('rank', NUMBER, { default: { kind: 'literal', json: '3' } }),
      field('level', { kind: 'literal', values: ['a', 'b', 'c'] }, { optional: true }),
    ],
    { minReader: 1 },
  ),
];

/** What each version's golden directory was written with. */
export const WRITTEN: readonly (readonly Fields[])[] = [
  [
    { id: 'p1', name: 'Ann', age: 30, tags: new Set(['x', 'é']), home: { city: 'Bern' } },
    { id: 'p2', name: '\ud800', age: -0, tags: new Set(), home: { city: '' } },
  ],
  [
    {
      id: 'p1',
      nick: 'A',
      name: 'Ann',
      home: { zip: '3000', city: 'Bern' },
      age: 30,
      tags: new Set(['x']),
      rank: 1,
      level: 'b',
    },
    { id: 'p2', name: 'Bob', home: { city: 'Rome' }, age: 0.5, tags: new Set(['y', 'z']), rank: 2 },
  ],
  [
    { id: 'p1', name: 'Ann', age: 30, home: { zip: '3000', city: 'Bern' }, rank: 1, level: 'a' },
    { id: 'p2', name: 'Bob', age: 20, home: { city: 'Rome' }, rank: 2 },
  ],
  [
    { id: 'p1', title: 'Ann', age: 30, home: { zip: '3000', city: 'Bern' }, rank: 1, level: 'c' },
    { id: 'p2', title: 'Bob', age: 'old', home: null, rank: 2 },
  ],
];

const [from, to] = [VERSIONS[2], VERSIONS[3]] as readonly [DocumentModel, DocumentModel];

export const RENAMES: readonly Migration[] = [
  {
    id: '0001-title',
    parents: [modelsHash([from])],
    result: modelsHash([to]),
    before: [from],
    after: [to],
    collections: {
      player: {
        from: modelFingerprint(from),
        to: modelFingerprint(to),
        up: ({ name, ...kept }: { name: string }) => ({ ...kept, title: name }),
        down: ({ title, ...kept }: { title: string }) => ({ ...kept, name: title }),
      },
    },
  },
];
