/** A small directory with a snapshot and a journal behind it, as golden files hold it: written once by each format. */
import type { DocumentModel, IndexModel } from '@nuthatch/model';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { BY_DELTAS } from './compacted-by-deltas.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './open-models.js';

const index = (kind: IndexModel['kind'], ...fields: string[]): IndexModel => ({ name: fields.join('_'), kind, fields });

export const GOLDEN_MODEL: DocumentModel = modelWith(
  [
    field('mail', STRING),
    field('badge', NUMBER, { optional: true }),
    field('tags', { kind: 'array', element: STRING }),
    field('age', NUMBER),
    field('born', { kind: 'date' }),
    field('name', STRING),
    field('until', { kind: 'date' }, { optional: true }),
  ],
  {
    indexes: [
      index('unique', 'mail'),
      index('unique', 'badge'),
      index('tag', 'tags'),
      index('range', 'age'),
      index('range', 'born'),
      index('range', 'name', 'age'),
    ],
    expires: 'until',
  },
);

const COUNT = 40;

function thing(number: number, version: number): Fields {
  return {
    id: `t${String(number).padStart(3, '0')}`,
    mail: `${'é'.repeat(number % 3)}m${number}.${version}@x.io`,
    badge: number % 4 === 0 ? undefined : number * 10 + version,
    tags: [`g${(number + version) % 5}`, 'all'],
    age: (number * 7 + version) % 11,
    born: new Date((number + version) * 86_400_000),
    name: `${'long '.repeat(number % 20)}${number % 3}`,
    until: number % 10 === 0 ? new Date(4_000_000_000_000 + number) : undefined,
  };
}

/** The documents of the directory, and their revisions. */
export function goldenState(): ReadonlyMap<string, { readonly document: Fields; readonly revision: number }> {
  const state = new Map<string, { document: Fields; revision: number }>();
  const put = (number: number, version: number): void => {
    const document = thing(number, version);
    state.set(String(document['id']), { document, revision: version + 1 });
  };
  for (let number = 0; number < COUNT; number++) put(number, number % 6 === 5 ? 1 : 0);
  for (const number of [3, 5, 12]) put(number, number === 5 ? 2 : 1);
  for (const number of [7, 39]) state.delete(String(thing(number, 0)['id']));
  put(COUNT, 0);
  return state;
}

export function openGolden(directory: string, options: Pick<DatabaseOptions, 'compaction'> = {}): Promise<AnyDatabase> {
  const all: DatabaseOptions = { compaction: 'manual', ...options, directory };
  return openModels(new NodeFileSystem(), [GOLDEN_MODEL], all);
}

/** Writes a directory by the code of today: two deltas behind the snapshot, so that pages have a gap, and a journal behind these. */
export async function writeGoldenDelta(directory: string): Promise<void> {
  const db = await openGolden(directory, { compaction: BY_DELTAS });
  await writeImage(db);
  const things = db['player']!;
  for (let round = 0; round < 2; round++) {
    // What comes between is gone again.
    await things.insert(thing(COUNT + 1 + round, 0));
    await things.delete(String(thing(COUNT + 1 + round, 0)['id']));
    await (round === 0 ? replace(db) : things.delete(String(thing(39, 0)['id'])));
    await db.compact();
  }
  await things.delete(String(thing(7, 0)['id']));
  await things.insert(thing(COUNT, 0));
  await db.compact();
  await things.upsert(thing(12, 1));
  await db.close();
}

async function writeImage(db: AnyDatabase): Promise<void> {
  const things = db['player']!;
  await things.insertMany(Array.from({ length: COUNT }, (_, number) => thing(number, 0)));
  for (let number = 5; number < COUNT; number += 6) await things.upsert(thing(number, 1));
  await db.compact();
}

async function replace(db: AnyDatabase): Promise<void> {
  const things = db['player']!;
  await things.upsert(thing(3, 1));
  await things.upsert(thing(5, 2));
}
