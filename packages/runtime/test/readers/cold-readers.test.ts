/** Readers of cold collections: the image holds their documents, and the database goes on reading them from its file. */

import { openReader } from '../../src/database/readers/open-reader.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { COLD_DEFINITION, openColdPlayers, type PlayerDatabase } from '../support/open-players.js';
import { fill, type PlayerReader } from './open-player-readers.js';

const COUNT = 2_000;
const OPTIONS = { directory: '/data', compaction: 'manual' as const };

let db: PlayerDatabase;
beforeEach(async () => {
  const fileSystem = new MemoryFileSystem();
  db = await openColdPlayers({ ...OPTIONS, fileSystem });
  await fill(db, COUNT);
  await db.compact();
  await db.close();
  db = await openColdPlayers({ ...OPTIONS, fileSystem, cacheBytes: 1_000 });
});
afterEach(() => db.close());

function readerOfCold(): Promise<PlayerReader> {
  return openReader([COLD_DEFINITION], db.readerPort({ coldDocuments: 'memory' })) as unknown as Promise<PlayerReader>;
}

it('are refused where it is not said that the documents may be taken into memory', () => {
  expect(() => db.readerPort()).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  expect(() => db.readerPort({ coldDocuments: 'file' } as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});

it('show all documents, while those of the database stay in its file', async () => {
  await using reader = await readerOfCold();
  expect(db.stats().collections['player']?.coldCount).toBeGreaterThan(COUNT - 20);
  expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
  await db.player.update('p1', { age: 77 });
  await reader.caughtUp(db.seq);
  expect(reader.player.findByAge(77).keys()).toEqual(['p1']);
});

it('do not disturb a compaction that moves documents meanwhile', async () => {
  const compaction = db.compact();
  const opening = readerOfCold();
  for (let at = 0; at < 200; at++) await db.player.update(`p${at}`, { age: 90 });
  await using reader = await opening;
  await compaction;
  for (let at = 100; at < 300; at++) await db.player.update(`p${at}`, { age: 91 });
  await db.compact();
  await reader.caughtUp(db.seq);
  expect(db.player.findByAge(90).count()).toBe(100);
  expect(db.player.findByAge(91).count()).toBe(200);
  for (let at = 0; at < 300; at++) expect(db.player.get(`p${at}`)?.age).toBe(at < 100 ? 90 : 91);
  expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
});

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
