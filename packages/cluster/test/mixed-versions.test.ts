/** Two versions of a class side by side: expand, deploy, contract. */
import type { DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '@nuthatch/runtime';
import {
  type AnyDatabase,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../../runtime/test/support/open-models.js';
import { memoryJournal, type SharedJournal } from '../src/index.js';

const OLD = modelWith([field('name', STRING)]);
const EXPANDED = modelWith([field('name', STRING), field('note', STRING, { optional: true })]);
const CONTRACTED = modelWith([field('note', STRING, { optional: true })]);
const LATER = modelWith([field('points', NUMBER)], { name: 'Score', collection: 'score' });

const open: AnyDatabase[] = [];
async function node(journal: SharedJournal, models: readonly DocumentModel[], more: object = {}): Promise<AnyDatabase> {
  const db = await openModels(new MemoryFileSystem(), models, { journal, ...more });
  open.push(db);
  return db;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.close()));
});

it('an older node keeps the fields that a newer one wrote, and the newer one reads what the older wrote', async () => {
  const journal = memoryJournal();
  const [older, newer] = [await node(journal, [OLD]), await node(journal, [EXPANDED])];
  await older.player!.insert({ id: 'a', name: 'Ann' });
  await newer.barrier();
  expect(newer.player!.get('a')).toEqual({ id: 'a', name: 'Ann' });
  await newer.player!.update('a', { note: 'captain' });
  await older.barrier();
  expect(older.player!.get('a')).toEqual({ id: 'a', name: 'Ann' });
  await older.player!.update('a', { name: 'Anna' });
  await newer.barrier();
  expect(newer.player!.get('a')).toEqual({ id: 'a', name: 'Anna', note: 'captain' });
  const late = await node(journal, [EXPANDED]);
  expect(late.player!.get('a')).toEqual({ id: 'a', name: 'Anna', note: 'captain' });
  const newest = await node(journal, [CONTRACTED]);
  await newest.player!.update('a', { note: 'coach' });
  await late.barrier();
  expect(late.player!.get('a')).toEqual({ id: 'a', name: 'Anna', note: 'coach' });
});

it('a node keeps collections that it does not know, and gives them back in its image', async () => {
  const journal = memoryJournal({ imageBytes: 1, retentionMs: 0, retentionBytes: 0 });
  const newer = await node(journal, [OLD, LATER]);
  const older = await node(journal, [OLD]);
  for (let index = 0; index < 20; index++) await newer.score!.insert({ id: `s${index}`, points: index });
  await newer.score!.delete('s3');
  await older.player!.insert({ id: 'a', name: 'Ann' });
  await newer.close();
  // Images are the older one's from here on.
  for (let tries = 0; tries < 100 && older.stats().compaction.doneCount === 0; tries++) {
    await older.player!.upsert({ id: 'b', name: `${tries}` });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await older.close();
  const again = await node(journal, [OLD, LATER]);
  expect(again.score!.count()).toBe(19);
  expect(again.score!.get('s7')).toEqual({ id: 's7', points: 7 });
  expect(again.player!.get('a')).toEqual({ id: 'a', name: 'Ann' });
});

it('a node that is too old stops, and the others go on', async () => {
  const journal = memoryJournal();
  const older = await node(journal, [OLD]);
  const newer = await node(journal, [{ ...EXPANDED, minReader: 1 }]);
  await older.player!.insert({ id: 'a', name: 'Ann' });
  await newer.barrier();
  await newer.player!.insert({ id: 'b', name: 'Bea', note: 'x' });
  const refused = older.player!.insert({ id: 'c', name: 'Cis' });
  await expect(refused).rejects.toMatchObject({ code: 'DATABASE_FAILED', facts: { causeCode: 'READER_TOO_OLD' } });
  expect(older.player!.get('a')).toEqual({ id: 'a', name: 'Ann' });
  expect(older.player!.get('c')).toBeUndefined();
  await newer.player!.insert({ id: 'd', name: 'Dan' });
  expect(newer.player!.count()).toBe(3);
  const late = openModels(new MemoryFileSystem(), [OLD], { journal });
  await expect(late).rejects.toMatchObject({ code: 'READER_TOO_OLD' });
});
