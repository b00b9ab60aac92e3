/** A node whose directory and journal came to be two histories: what each holds, and the ways out. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, openReplica } from '../../../../generated/index.js';
import { NodeFileSystem } from '../../../runtime/src/cluster.js';
import { describeDatabase, MemoryFileSystem } from '../../../runtime/src/index.js';
import { importDump } from '../../../runtime/src/tools.js';
import { field, modelWith, openModels, STRING } from '../../../runtime/test/support/open-models.js';
import { serve } from '../../../sync/src/index.js';
import { ClusterJournal } from '../../src/cluster-journal.js';
import { MemoryEngine, MemoryLog } from '../../src/engines/memory/memory-engine.js';
import {
  adoptCopy,
  adoptJournal,
  compareCopy,
  copyStatus,
  journalStatus,
  storeImage,
  truncateJournal,
} from '../../src/index.js';
import { nodeOptions } from '../../src/journal-options.js';

type Db = Awaited<ReturnType<typeof openDatabase>>;
const player = (id: string, more: object = {}) => ({ id, email: `${id}@example.org`, age: 31, name: id, ...more });
const journalOver = (log: MemoryLog): ClusterJournal =>
  new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));

let folder: string;
let log: MemoryLog;
let journal: ClusterJournal;
const open: Db[] = [];
const at = (name: string): string => join(folder, name);
const node = async (options: object): Promise<Db> => {
  const db = await openDatabase({ journal, ...options } as never);
  open.push(db);
  return db;
};

/** As an engine that is restored from a backup of that time. */
function setBack(position: number): void {
  log.frames = log.frames.slice(0, position);
  log.head = position;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-quarantine-'));
  log = new MemoryLog();
  journal = journalOver(log);
});
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((db) => db.close()));
  rmSync(folder, { recursive: true });
});

/** Six transactions in six frames, of which the journal then has three. */
async function lostThree(): Promise<void> {
  const first = await node({ directory: at('cache') });
  for (const id of ['p1', 'p2', 'p3']) await first.player.insert(player(id));
  await first.player.insert(player('p4'));
  await first.player.update('p1', { age: 50 });
  await first.player.delete('p2');
  await first.close();
  setBack(3);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

it('is refused, and everything that it alone holds is listed and can be imported', async () => {
  await lostThree();
  await expect(node({ directory: at('cache') })).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED' });
  expect(await copyStatus(journal, at('cache'))).toEqual({
    ...{ directory: at('cache'), state: 'diverged', seq: 6, commonSeq: 3, behindCount: 0, lostCount: 3 },
    pid: undefined,
  });
  const comparison = await compareCopy(journal, at('cache'));
  expect(comparison).toMatchObject({ copySeq: 6, journalSeq: 3, commonSeq: 3, journal: 'a journal in memory' });
  const differing = comparison.documents.map(({ key, copy, journal: other }) => [
    key,
    (copy?.document as { age: number } | undefined)?.age,
    (other?.document as { age: number } | undefined)?.age,
  ]);
  expect(differing.sort()).toEqual([
    ['p1', 50, 31],
    ['p2', undefined, 31],
    ['p4', 31, undefined],
  ]);
  const lost = await all(comparison.lostTransactions());
  expect(lost).toMatchObject([
    { seq: 4, effects: [{ collection: 'player', key: 'p4', revision: 1, put: { age: 31 } }] },
    { seq: 5, effects: [{ collection: 'player', key: 'p1', revision: 2, put: { age: 50 } }] },
    { seq: 6, effects: [{ collection: 'player', key: 'p2', delete: true }] },
  ]);
  expect(lost[0]!.time).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(await importDump({ lines: comparison.dump(), destination: at('lost') })).toMatchObject({ documentCount: 2 });
  const db = await openDatabase({ directory: at('lost') });
  expect([db.player.get('p1')?.age, db.player.get('p4')?.age]).toEqual([50, 31]);
  await db.close();
  expect(readdirSync(folder).sort()).toEqual(['cache', 'lost']);
});

it('is told apart where the journal went on with other transactions under the same numbers', async () => {
  await lostThree();
  const other = await node({ memory: true });
  await other.player.insert(player('q1'));
  for (const id of ['q2', 'q3', 'q4', 'q5']) await other.player.insert(player(id));
  await other.player.update('p1', { age: 60 });
  const comparison = await compareCopy(journal, at('cache'));
  expect(comparison).toMatchObject({ copySeq: 6, journalSeq: 9, commonSeq: 3 });
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ state: 'diverged', lostCount: 3, behindCount: 6 });
  const keys = comparison.documents.map(({ key }) => key);
  expect(keys.sort()).toEqual(['p1', 'p2', 'p4', 'q1', 'q2', 'q3', 'q4', 'q5']);
  expect(comparison.documents.find(({ key }) => key === 'p1')).toMatchObject({
    copy: { revision: 2, document: { age: 50 } },
    journal: { revision: 2, document: { age: 60 } },
  });
  expect((await all(comparison.lostTransactions())).map(({ seq }) => seq)).toEqual([4, 5, 6]);
});

it('goes on from the journal with a new copy, and the former one is kept and can still be compared', async () => {
  await lostThree();
  const report = await adoptJournal(journal, at('cache'));
  expect(report).toMatchObject({ directory: at('cache'), position: 0, seq: 0 });
  const again = await node({ directory: at('cache') });
  expect([...again.player].map(({ id }) => id).sort()).toEqual(['p1', 'p2', 'p3']);
  await expect(adoptJournal(journal, at('cache'))).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  await again.player.insert(player('p9'));
  const { documents, dump } = await compareCopy(journal, report.aside!);
  expect(documents.map(({ key }) => key).sort()).toEqual(['p1', 'p2', 'p4', 'p9']);
  // What was lost goes in again as the application sees fit.
  await importDump({ lines: dump(), destination: at('lost') });
  const lost = await openDatabase({ directory: at('lost') });
  for (const each of lost.player) await again.player.upsert(each);
  await lost.close();
  expect(again.player.get('p1')?.age).toBe(50);
  expect(again.player.has('p4')).toBe(true);
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ state: 'current', pid: process.pid });
});

it('goes on after an adoption that was killed at any line, and not in a directory whose name was misspelt', async () => {
  await lostThree();
  await expect(adoptJournal(journal, at('cahce'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  const { aside } = await adoptJournal(journal, at('cache'));
  rmSync(at('cache'), { recursive: true });
  expect(await adoptJournal(journal, at('cache'))).toMatchObject({ aside: undefined });
  expect(readdirSync(folder).sort()).toEqual(['cache', aside!.split('/').at(-1)]);
  expect((await node({ directory: at('cache') })).player.count()).toBe(3);
});

it('becomes the truth of a new journal, of the next incarnation, with its seqs', async () => {
  await lostThree();
  const second = new MemoryLog();
  const next = journalOver(second);
  const report = await adoptCopy(next, at('cache'));
  expect(report).toMatchObject({ position: 0, seq: 6, incarnation: 2, directory: at('cache') });
  expect(second.uuid).toBe(log.uuid);
  expect(readdirSync(folder).sort()).toEqual(['cache', report.aside!.split('/').at(-1)]);
  const again = await node({ directory: at('cache'), journal: next });
  const late = await node({ memory: true, journal: next });
  for (const db of [again, late]) {
    expect([...db.player].map(({ id, age }) => `${id} ${age}`).sort()).toEqual(['p1 50', 'p3 31', 'p4 31']);
    expect([db.seq, describeDatabase(db).historyId]).toEqual([6n, `${log.uuid}-2`]);
  }
  expect(again.player.revision('p1')).toBe(2);
  await late.player.insert(player('p7'));
  await again.barrier();
  expect(again.player.has('p7')).toBe(true);
  // The new journal is there now, and so is the old one.
  await expect(adoptCopy(next, report.aside!)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(adoptCopy(journal, report.aside!)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(await journalStatus(journal)).toMatchObject({ head: 3, seq: 3 });
});

it('other nodes of the old journal are refused by the new one, until somebody adopts it there too', async () => {
  const b = await node({ directory: at('b') });
  await lostThree();
  await b.close().catch(() => undefined);
  const next = journalOver(new MemoryLog());
  await adoptCopy(next, at('cache'));
  await expect(node({ directory: at('b'), journal: next })).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED' });
  expect(await copyStatus(next, at('b'))).toMatchObject({ state: 'diverged' });
  await adoptJournal(next, at('b'));
  expect((await node({ directory: at('b'), journal: next })).player.count()).toBe(3);
});

it('a copy that is behind the one of which the new journal was made is refused, and its state says so', async () => {
  const a = await node({ directory: at('cache') });
  for (const id of ['p1', 'p2', 'p3']) await a.player.insert(player(id));
  const c = await node({ directory: at('c') });
  await c.barrier();
  await c.close();
  await a.player.insert(player('p4'));
  await a.close();
  const next = journalOver(new MemoryLog());
  await adoptCopy(next, at('cache'));
  const writer = await node({ memory: true, journal: next });
  for (let round = 0; round < 6; round++) {
    expect(await copyStatus(next, at('c'))).toMatchObject({ state: 'diverged', commonSeq: undefined });
    await expect(node({ directory: at('c'), journal: next })).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED' });
    await writer.player.insert(player(`q${round}`));
  }
  // The call that made the journal says what to do if it was interrupted behind that.
  await expect(adoptCopy(next, at('c'))).rejects.toThrow('`adopt` it as it is');
  await adoptJournal(next, at('c'));
  expect(await copyStatus(next, at('c'))).toMatchObject({ state: 'behind', lostCount: 0 });
});

it('replicas hear that the database was restored, and keep their edits', async () => {
  const options = {
    authenticate: () => ({ id: 'ann' }),
    policy: () => ({ player: { read: true, write: true } }) as const,
  };
  const a = await node({ directory: at('cache') });
  await a.player.insert(player('p1'));
  const server = await serve(a, { ...options, port: 0 });
  const { port } = server;
  const url = `ws://127.0.0.1:${port}`;
  const replica = await openReplica({ url, memory: true, token: 'ann', subscribe: { player: true } });
  try {
    await replica.connection.synced();
    await a.player.insert(player('p2'));
    await replica.connection.synced();
    await server.close();
    await a.close();
    await replica.player.update('p1', { age: 44 });
    setBack(1);
    const next = journalOver(new MemoryLog());
    await adoptCopy(next, at('cache'));
    const again = await node({ directory: at('cache'), journal: next });
    const serving = await serve(again, { ...options, port: port! });
    while (replica.connection.state !== 'restored') await new Promise((resolve) => setTimeout(resolve, 10));
    await replica.connection.adopt();
    await replica.connection.synced();
    expect(again.player.get('p1')?.age).toBe(44);
    expect(replica.player.count()).toBe(2);
    await serving.close();
  } finally {
    await replica.close();
  }
});

it('a copy that nobody could lead on from is told by its state', async () => {
  const a = await node({ directory: at('cache') });
  await a.player.insert(player('p1'));
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ pid: process.pid });
  await a.close();
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ state: 'current', seq: 1, behindCount: 0 });
  const b = await node({ memory: true });
  for (const id of ['p2', 'p3', 'p4']) await b.player.insert(player(id));
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ state: 'behind', behindCount: 3, lostCount: 0 });
  const other = journalOver(new MemoryLog());
  await openDatabase({ memory: true, journal: other }).then((db) => db.close());
  expect(await copyStatus(other, at('cache'))).toMatchObject({ state: 'foreign', commonSeq: undefined });
  for (const work of [compareCopy, adoptJournal])
    await expect(work(other, at('cache'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  const own = await openDatabase({ directory: at('own') });
  await own.close();
  for (const work of [compareCopy, adoptJournal, adoptCopy, copyStatus]) {
    await expect(work(journal, at('own'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(work(journal, at('nowhere'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(work(journal, 7 as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(work({} as never, at('cache'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  }
  expect(readdirSync(folder).sort()).toEqual(['cache', 'own']);
  // All frames that the copy would need are gone, behind an image.
  expect(await storeImage(journal, folder)).toMatchObject({ position: 4, seq: 4 });
  expect(await storeImage(journal, folder)).toBeUndefined();
  expect(await truncateJournal(journal, { retentionMs: 0 })).toMatchObject({ after: { frameCount: 0, oldest: 5 } });
  expect(await copyStatus(journal, at('cache'))).toMatchObject({ state: 'outdated', commonSeq: undefined });
  expect(await journalStatus(journal)).toMatchObject({ head: 4, seq: 4, image: { position: 4 } });
  const { documents } = await compareCopy(journal, at('cache'));
  expect(documents.map(({ key, copy }) => [key, copy]).sort()).toEqual(['p2', 'p3', 'p4'].map((id) => [id, undefined]));
  for (const bad of [{ retentionMs: -1 }, { retentionBytes: 1.5 }, { retention: 1 }, 7])
    await expect(truncateJournal(journal, bad as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(readdirSync(folder).sort()).toEqual(['cache', 'own']);
});

it('two versions of a class that wrote one document are compared by the fields that both have', async () => {
  const [old, expanded] = [
    modelWith([field('name', STRING)]),
    modelWith([field('name', STRING), field('note', STRING, { optional: true })]),
  ];
  const older = await openModels(new MemoryFileSystem(), [old], { journal });
  for (const id of ['a', 'b']) await older.player!.insert({ id, name: id });
  const newer = await openModels(new NodeFileSystem(), [expanded], { journal, directory: at('cache') });
  await newer.player!.update('a', { note: 'captain' });
  await older.barrier();
  await newer.close();
  expect((await compareCopy(journal, at('cache'))).documents).toEqual([]);
  // The copy has 'b' by the newer class, the journal by the older one.
  setBack(2);
  const { documents, commonSeq } = await compareCopy(journal, at('cache'));
  expect([commonSeq, documents.map(({ key }) => key)]).toEqual([2, ['a']]);
  await older.close().catch(() => undefined);
});
