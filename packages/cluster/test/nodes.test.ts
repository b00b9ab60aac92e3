import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../generated/index.js';
import { memoryJournal } from '../src/index.js';

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
  it('goes on from its copy, and catches up', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nuthatch-node-'));
    const journal = memoryJournal();
    try {
      const a = await node({ directory: join(directory, 'a'), journal });
      const b = await node({ memory: true, journal });
      await a.player.insert(ann);
      await a.close();
      await b.barrier();
      await b.player.insert({ ...ann, id: 'p2', email: 'bob@example.org' });
      const again = await node({ directory: join(directory, 'a'), journal });
      expect(again.recovery?.lastSeq).toBe(1);
      expect(again.player.count()).toBe(2);
      await again.player.insert({ ...ann, id: 'p3', email: 'cis@example.org' });
      await b.barrier();
      expect(b.player.count()).toBe(3);
      expect(again.seq).toBe(3n);
    } finally {
      await Promise.allSettled(open.splice(0).map((db) => db.close()));
      rmSync(directory, { recursive: true });
    }
  });
});
