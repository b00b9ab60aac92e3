import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../generated/index.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { journalStatus, memoryJournal, postgresJournal } from '../src/index.js';
import { nodeOptions } from '../src/journal-options.js';

const ann = { id: 'p1', email: 'ann@example.org', age: 31, name: 'Ann' };

type Db = Awaited<ReturnType<typeof openDatabase>>;
const open: Db[] = [];
const node = async (options: object): Promise<Db> => {
  const db = await openDatabase(options as never);
  open.push(db);
  return db;
};

afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((db) => db.close()));
});

describe('two nodes', () => {
  it('show each other what they write', async () => {
    const journal = memoryJournal();
    const [a, b] = [await node({ memory: true, journal }), await node({ memory: true, journal })];
    await a.player.insert(ann);
    await b.caughtUp(a.seq);
    expect(b.player.get('p1')).toEqual(a.player.get('p1'));
    expect(b.player.findByEmail('ann@example.org')?.id).toBe('p1');
    await b.player.update('p1', { age: 32 });
    await a.barrier();
    expect(a.player.get('p1')?.age).toBe(32);
    expect([a.seq, b.seq]).toEqual([2n, 2n]);
  });

  it('give one unique value to one of them', async () => {
    const journal = memoryJournal();
    const [a, b] = [await node({ memory: true, journal }), await node({ memory: true, journal })];
    const both = await Promise.allSettled([a.player.insert(ann), b.player.insert({ ...ann, id: 'p2' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 'DUPLICATE_KEY' });
    await a.barrier();
    await b.barrier();
    expect(a.player.find({}).all()).toEqual(b.player.find({}).all());
    expect(a.player.count()).toBe(1);
  });

  it('count together without losing one', async () => {
    const journal = memoryJournal();
    const [a, b] = [await node({ memory: true, journal }), await node({ memory: true, journal })];
    await a.player.insert({ ...ann, age: 0 });
    await b.barrier();
    const counted: Promise<unknown>[] = [];
    for (let index = 0; index < 50; index++) {
      const db = index % 2 === 0 ? a : b;
      counted.push(db.player.update('p1', (player) => ({ age: player.age + 1 })));
      if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(counted);
    await Promise.all([a.barrier(), b.barrier()]);
    expect([a.player.get('p1')?.age, b.player.get('p1')?.age]).toEqual([50, 50]);
  });
});

describe('a node with a directory', () => {
  let folder: string;
  const place = (name: string): string => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nuthatch-node-'));
  });
  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map((db) => db.close()));
    rmSync(folder, { recursive: true });
  });

  it('goes on from its copy, and catches up', async () => {
    const journal = memoryJournal();
    const a = await node({ directory: place('a'), journal });
    const b = await node({ memory: true, journal });
    await a.player.insert(ann);
    await a.close();
    await b.barrier();
    await b.player.insert({ ...ann, id: 'p2', email: 'bob@example.org' });
    const again = await node({ directory: place('a'), journal });
    expect(again.recovery?.lastSeq).toBe(1);
    expect(again.player.count()).toBe(2);
    await again.player.insert({ ...ann, id: 'p3', email: 'cis@example.org' });
    await b.barrier();
    expect(b.player.count()).toBe(3);
    expect(again.seq).toBe(3n);
  });

  it('stores images, from which others begin', async () => {
    const journal = memoryJournal({ imageBytes: 1, retentionMs: 0, retentionBytes: 0 });
    const a = await node({ directory: place('a'), journal });
    for (let index = 0; index < 50; index++)
      await a.player.insert({ ...ann, id: `p${index}`, email: `${index}@example.org` });
    await a.player.delete('p7');
    // The image is stored a moment after the frames.
    for (let tries = 0; tries < 100 && a.stats().compaction.doneCount === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await a.close();
    const b = await node({ memory: true, journal });
    const c = await node({ directory: place('c'), journal });
    for (const db of [b, c]) {
      expect(db.player.count()).toBe(49);
      expect(db.player.findByEmail('9@example.org')?.id).toBe('p9');
      expect(db.seq).toBe(51n);
    }
    expect(readdirSync(folder).sort()).toEqual(['a', 'c']);
    await b.player.insert({ ...ann, id: 'new', email: 'new@example.org' });
    await c.barrier();
    expect(c.player.get('new')?.id).toBe('new');
  });

  it('leaves a database alone that is no copy of the journal', async () => {
    const own = await openDatabase({ directory: place('own') });
    await own.player.insert(ann);
    await own.close();
    const refused = node({ directory: place('own'), journal: memoryJournal() });
    await expect(refused).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    const again = await openDatabase({ directory: place('own') });
    expect(again.player.count()).toBe(1);
    await again.close();
  });

  it('sets a copy of another journal aside', async () => {
    const a = await node({ directory: place('a'), journal: memoryJournal() });
    await a.player.insert(ann);
    await a.close();
    const other = memoryJournal();
    await node({ memory: true, journal: other });
    const b = await node({ directory: place('a'), journal: other });
    expect(b.player.count()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('a.aside-')).length).toBe(1);
  });

  it('begins no journal in the place of one that is gone', async () => {
    const a = await node({ directory: place('a'), journal: memoryJournal() });
    await a.player.insert(ann);
    await a.close();
    const misspelt = memoryJournal();
    const refused = node({ directory: place('a'), journal: misspelt });
    await expect(refused).rejects.toMatchObject({ code: 'JOURNAL_NOT_FOUND', facts: { directory: place('a') } });
    await expect(journalStatus(misspelt)).rejects.toMatchObject({ code: 'JOURNAL_NOT_FOUND' });
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('is no directory for a database of its own', async () => {
    const a = await node({ directory: place('a'), journal: memoryJournal() });
    await a.player.insert(ann);
    await a.close();
    await expect(openDatabase({ directory: place('a') })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});

describe('a journal that lost what it had acknowledged', () => {
  it('is not written to by a node that knows better', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-node-'));
    try {
      const log = new MemoryLog();
      const journal = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
      const a = await node({ directory: join(folder, 'a'), journal });
      for (let index = 0; index < 5; index++)
        await a.player.insert({ ...ann, id: `p${index}`, email: `${index}@example.org` });
      await a.close();
      log.frames = log.frames.slice(0, 3);
      log.head = 3;
      const refused = await node({ directory: join(folder, 'a'), journal }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'JOURNAL_DIVERGED' });
      // Another node goes on from what is left; then the histories differ for good.
      const b = await node({ memory: true, journal });
      for (let index = 0; index < 5; index++)
        await b.player.insert({ ...ann, id: `q${index}`, email: `q${index}@example.org` });
      const again = await node({ directory: join(folder, 'a'), journal }).catch((error: unknown) => error);
      expect(again).toMatchObject({ code: 'JOURNAL_DIVERGED' });
      expect(log.head).toBe(8);
    } finally {
      await Promise.allSettled(open.splice(0).map((db) => db.close()));
      rmSync(folder, { recursive: true });
    }
  });

  it('stops a node that runs', async () => {
    const log = new MemoryLog();
    const journal = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
    const [a, b] = [await node({ memory: true, journal }), await node({ memory: true, journal })];
    await a.player.insert(ann);
    await b.barrier();
    log.frames = [];
    log.head = 0;
    const other = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
    const c = await node({ memory: true, journal: other });
    await c.player.insert({ ...ann, id: 'c' });
    await c.player.insert({ ...ann, id: 'd', email: 'd@example.org' });
    const failed = b.player.insert({ ...ann, id: 'e', email: 'e@example.org' });
    await expect(failed).rejects.toMatchObject({ code: 'DATABASE_FAILED', facts: { causeCode: 'JOURNAL_DIVERGED' } });
    expect(b.player.get('p1')?.id).toBe('p1');
    expect(b.player.get('e')).toBeUndefined();
  });
});

describe('shared: true on a node', () => {
  it('gives the same handle to who names the same journal, and refuses another one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-node-'));
    const directory = join(folder, 'a');
    try {
      const log = new MemoryLog();
      // As a module makes it again that is loaded again.
      const make = (name: string) =>
        new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}), ['a journal for tests', name]);
      const a = await node({ directory, journal: make('game'), shared: true });
      expect(await node({ directory, journal: make('game'), shared: true })).toBe(a);
      const refusals: [object, RegExp][] = [
        [{ journal: make('other') }, /open as a node of another journal; close it first/],
        [{ journal: memoryJournal() }, /open as a node of another journal/],
        [{}, /open as a node of another journal/],
      ];
      for (const [options, message] of refusals) {
        const refused = await node({ directory, shared: true, ...options }).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 'DATABASE_LOCKED', message: expect.stringMatching(message) });
      }
      const alone = join(folder, 'alone');
      await node({ directory: alone, shared: true });
      await expect(node({ directory: alone, shared: true, journal: memoryJournal() })).rejects.toMatchObject({
        code: 'DATABASE_LOCKED',
        message: expect.stringContaining('open without a shared journal'),
      });
    } finally {
      await Promise.allSettled(open.splice(0).map((db) => db.close()));
      rmSync(folder, { recursive: true });
    }
  });

  it('names a journal by where it leads, without its password', () => {
    const identity = (password: string, name: string) =>
      postgresJournal({ connectionString: `postgres://app:${password}@db/app`, name }).identity;
    expect(identity('hunter2', 'game')).toBe(identity('hunter2', 'game'));
    expect(identity('hunter2', 'other')).not.toBe(identity('hunter2', 'game'));
    expect(identity('hunter2', 'game')).not.toContain('hunter2');
    expect(memoryJournal().identity).not.toBe(memoryJournal().identity);
  });
});
