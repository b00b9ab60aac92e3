/** A class whose field `nick` became `alias`, and the migrations between: what crash and golden tests change. */
import { type DocumentModel, modelFingerprint, modelsHash } from '@nuthatch/model';
import type { Migration } from '../../src/migration/migration.js';
import { field, modelWith, NUMBER, STRING } from './open-models.js';

export const OLDER: DocumentModel = modelWith([field('nick', STRING), field('age', STRING)]);
export const NEWER: DocumentModel = modelWith([field('alias', STRING), field('age', NUMBER)], {
  indexes: [{ name: 'age', kind: 'range', fields: ['age'] }],
});

interface Older {
  readonly id: string;
  readonly nick: string;
  readonly age: string;
}

interface Newer {
  readonly id: string;
  readonly alias: string;
  readonly age: number;
}

export const RENAME: Migration = {
  id: '0001-rename',
  parents: [modelsHash([OLDER])],
  result: modelsHash([NEWER]),
  before: [OLDER],
  after: [NEWER],
  collections: {
    player: {
      from: modelFingerprint(OLDER),
      to: modelFingerprint(NEWER),
      up: ({ nick, age, ...kept }: Older): Newer => ({ ...kept, alias: nick, age: Number(age) }),
      down: ({ alias, age, ...kept }: Newer): Older => ({ ...kept, nick: alias, age: String(age) }),
    },
  },
};

export function olderPlayer(index: number): Record<string, unknown> {
  return { id: `p${index}`, nick: `nick ${index}`, age: String(index % 90) };
}

export function newerPlayer(index: number): Record<string, unknown> {
  return { id: `p${index}`, alias: `nick ${index}`, age: index % 90 };
}
