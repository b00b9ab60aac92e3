/** The collections of a directory, asked without its lock and, where it may be, without the classes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlayers, type PlayerDatabase, player } from '../../test/support/open-players.js';
import { playerDefinition } from '../../test/support/player-definition.js';
import { queryDirectory } from './query-directory.js';

let folder: string;
let db: PlayerDatabase;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-query-'));
  db = await openPlayers({ directory: join(folder, 'data') });
  await db.player.insertMany(
    Array.from({ length: 30 }, (_, index) =>
      player(`p${index}`, { age: index % 10, clubs: index % 3 === 0 ? ['fcb'] : [], name: 'x'.repeat(index + 1) }),
    ),
  );
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const directory = (): string => join(folder, 'data');
type Where = Parameters<PlayerDatabase['player']['find']>[0];

it('answers as the open database does, beside it, with the classes', async () => {
  await db.player.delete('p0');
  await db.player.update('p1', { age: 99 });
  const { seq, collections } = await queryDirectory({ directory: directory(), definitions: [playerDefinition] });
  expect(seq).toBe(db.seq);
  const { reads, olderCount, unaskedIndexes } = collections.get('player')!;
  expect([reads.size, olderCount, unaskedIndexes]).toEqual([29, 0, []]);
  const questions: readonly Where[] = [
    { clubs: 'fcb' },
    { age: { gte: 5, lt: 8 }, clubs: { any: ['fcb'] } },
    { nameLength: { gt: 20 } },
    { email: 'p7@x.io' },
    { age: 99 },
    {},
  ];
  for (const where of questions) {
    const here = reads.find(where).orderBy('age', 'desc').keys();
    expect([where, here]).toEqual([where, db.player.find(where).orderBy('age', 'desc').keys()]);
    expect(reads.find(where).explain()).toEqual(db.player.find(where).explain());
  }
  expect(reads.get('p1')).toMatchObject({ age: 99, nameLength: 2 });
});

it('refuses, without the classes, indexes that only they can fill, and answers by all others', async () => {
  const { collections } = await queryDirectory({ directory: directory() });
  const { reads, unaskedIndexes, definition, modelOf } = collections.get('player')!;
  expect(unaskedIndexes).toEqual(['nick', 'nameLength']);
  expect(reads.find({ clubs: 'fcb' }).count()).toBe(10);
  expect(() => reads.find({ nameLength: 3 })).toThrow(/UNINDEXED_FIELD/);
  expect(() => reads.all().orderBy('nameLength')).toThrow(/UNINDEXED_FIELD/);
  expect(modelOf(reads.first()!)).toBe(definition.model);
});

it('keeps only the collections asked for, and names no collection of the engine', async () => {
  await db.setStorage('player', 'memory');
  await db.setStorage('player', 'disk');
  expect([...(await queryDirectory({ directory: directory() })).collections.keys()]).toEqual(['player']);
  expect((await queryDirectory({ directory: directory(), collections: ['club'] })).collections.size).toBe(0);
});

it('changes nothing in the directory, and cannot be watched', async () => {
  const before = readdirSync(directory());
  const { collections } = await queryDirectory({ directory: directory() });
  expect(readdirSync(directory())).toEqual(before);
  expect(() =>
    collections
      .get('player')!
      .reads.all()
      .watch(() => undefined),
  ).toThrow(/INVALID_QUERY/);
});
