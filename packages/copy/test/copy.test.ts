import { DatabaseError } from '@nuthatch/model';
import { openDatabase } from '../../../generated/index.js';
import { summaryOfStore } from '../src/collection-checksum.js';
import { copyTo, ddlOf, shapesOf, sourceOf } from '../src/index.js';
import { MemoryStore } from '../src/targets/memory/memory-store.js';

const input = (id: string, age = 30) => ({ id, email: `${id}@x.io`, age, name: `P ${id}`, clubs: ['a', id] });

async function openPlayers(count: number) {
  const db = await openDatabase({ memory: true });
  await db.player.insertMany(Array.from({ length: count }, (_, number) => input(`p${number}`)));
  await db.club.insert({ id: 'fcb', name: 'FCB' } as never);
  return db;
}

describe('copyTo', () => {
  it('copies every collection on disk at one seq, and reports it', async () => {
    await using db = await openPlayers(250);
    const store = new MemoryStore();
    const phases: string[] = [];
    const report = await copyTo(db, store, { batchRowCount: 100, onProgress: ({ phase }) => void phases.push(phase) });
    expect(report.seq).toBe(db.seq);
    expect(report.collections.map(({ collection }) => collection)).not.toContain('sessions');
    const players = report.collections.find(({ collection }) => collection === 'player');
    expect(players).toMatchObject({ count: 250, writtenCount: 250, deletedCount: 0, wasThere: false });
    expect(players?.checksum).toMatch(/^[0-9a-f]{16}$/);
    expect(phases).toContain('verifying');
    const again = await copyTo(db, store);
    expect(again.collections.every(({ wasThere }) => wasThere)).toBe(true);
  });

  it('carries changes and deletes of what was copied before', async () => {
    await using db = await openPlayers(20);
    const store = new MemoryStore();
    await copyTo(db, store, { collections: ['player'] });
    await db.player.delete('p3');
    await db.player.update('p4', { age: 31 });
    const report = await copyTo(db, store, { collections: ['player'] });
    expect(report.collections[0]).toMatchObject({ count: 19, writtenCount: 1, deletedCount: 1 });
  });

  it('equals the snapshot although writes go on', async () => {
    await using db = await openPlayers(500);
    const store = new MemoryStore({
      onAct: async (act) => {
        if (act !== 'write') return;
        await db.player.upsert(input('p7', 40));
        await db.player.delete(`p${db.player.size - 1}`);
      },
    });
    using before = db.snapshot();
    const report = await copyTo(db, store, { batchRowCount: 50, collections: ['player'] });
    expect(report.seq).toBe(before.seq);
    expect(report.collections[0]?.count).toBe(500);
    expect(db.player.size).toBeLessThan(500);
  });

  it('ends equal, wherever it is killed and run again', async () => {
    await using db = await openPlayers(60);
    let acts = 0;
    const counting = new MemoryStore({ onAct: () => void acts++ });
    const due = await copyTo(db, counting, { batchRowCount: 10 });
    expect(acts).toBeGreaterThan(20);
    for (let moment = 0; moment < acts; moment++) {
      let left = moment;
      const store = new MemoryStore({
        onAct: () => {
          if (left-- === 0) throw new DatabaseError('COPY_TARGET_UNREACHABLE', 'killed here');
        },
      });
      await expect(copyTo(db, store, { batchRowCount: 10 })).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
      const report = await copyTo(db, store, { batchRowCount: 10 });
      expect(report.collections.map(({ count, checksum }) => [count, checksum])).toEqual(
        due.collections.map(({ count, checksum }) => [count, checksum]),
      );
    }
  });

  it('writes nothing in a dry run, and overwrites rows of another database only on request', async () => {
    await using db = await openPlayers(5);
    await using other = await openPlayers(7);
    const store = new MemoryStore();
    const dry = await copyTo(db, store, { dryRun: true });
    expect(dry.differences.every(({ kind }) => kind === 'missingTable')).toBe(true);
    expect(await store.positions()).toEqual([]);
    await copyTo(db, store);
    await expect(copyTo(other, store)).rejects.toMatchObject({ code: 'COPY_TARGET_MISMATCH' });
    const report = await copyTo(other, store, { existing: 'replace' });
    expect(report.collections.find(({ collection }) => collection === 'player')?.count).toBe(7);
  });

  it('tells rows that were changed by somebody else', async () => {
    await using db = await openPlayers(5);
    const store = new MemoryStore();
    await copyTo(db, store, { collections: ['player'] });
    const [shape] = shapesOf(
      [...(await import('../../../generated/index.js')).definitions].filter((d) => d.model.collection === 'player'),
    );
    const [position] = await store.positions();
    await store.apply([{ shape: shape!, key: ['p1'], document: undefined, seq: 1n }], [position!]);
    await expect(copyTo(db, store, { collections: ['player'] })).rejects.toMatchObject({
      code: 'COPY_VERIFY_FAILED',
      facts: { expectedCount: 5, actualCount: 4 },
    });
    expect((await summaryOfStore(store, shape!)).count).toBe(4);
  });

  it('refuses an unknown collection, prints the schema, stops when aborted', async () => {
    await using db = await openPlayers(5);
    const store = new MemoryStore();
    await expect(copyTo(db, store, { collections: ['nobody'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(ddlOf(db, store, { collections: ['player'] })).toHaveLength(1);
    await expect(copyTo(db, store, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses columns that a class computes where only its model is there', async () => {
    await using db = await openDatabase({ memory: true });
    await db.player.insert({ id: 'a', email: 'a@x.io', age: 3, name: 'A', clubs: [] });
    const source = sourceOf(db);
    const definitions = source.definitions.map((each) => ({ ...each, documentClass: Object as never }));
    const store = new MemoryStore();
    const only = { collections: ['player'] };
    await expect(copyTo({ ...source, definitions }, store, only)).rejects.toMatchObject({
      code: 'CODE_NOT_LOADED',
      facts: { collection: 'player', field: 'nameLength' },
    });
    expect((await copyTo({ ...source, definitions }, store, { ...only, dryRun: true })).isDryRun).toBe(true);
    expect(await store.positions()).toEqual([]);
  });
});
