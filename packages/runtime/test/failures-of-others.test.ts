/** What broke the reference systems in memory, named after the damage: docs/failures.md, F10–F17, F23. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../src/database/command.js';
import type { Change } from '../src/feed/change.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openKeyValue } from '../src/key-value/key-value-store.js';
import { openPlayers, player, type TransactionRepositories } from './support/open-players.js';
import { letPass, stopClock } from './support/test-clock.js';

afterEach(() => void jest.useRealTimers());

const onDisk = (fileSystem: MemoryFileSystem) => ({ directory: '/data', fileSystem });

// F10
it('does not bring a rejected document back after a restart, nor lose the valid one', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await openPlayers(onDisk(fileSystem));
  await first.player.insert(player('p1'));
  await expect(first.player.insert(player('p2', { email: 'p1@x.io' }))).rejects.toMatchObject({
    code: 'DUPLICATE_KEY',
  });
  await first.close();
  const second = await openPlayers(onDisk(fileSystem));
  expect(second.player.all().keys()).toEqual(['p1']);
  await second.close();
});

// F10
it('keeps the valid document, not the rejected one, through compaction', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await openPlayers(onDisk(fileSystem));
  const valid = await first.player.insert(player('p1'));
  await expect(first.player.insert(player('p1', { name: 'other' }))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
  await expect(first.player.insert(player('p2', { email: 'p1@x.io' }))).rejects.toMatchObject({
    code: 'DUPLICATE_KEY',
  });
  await first.compact();
  await first.compact();
  await first.close();
  const second = await openPlayers(onDisk(fileSystem));
  expect(second.player.all().all()).toEqual([valid]);
  await second.close();
});

// F11
it('accepts one of many simultaneous inserts of the same unique value', async () => {
  const db = await openPlayers(onDisk(new MemoryFileSystem()));
  const tries = await Promise.allSettled(
    Array.from({ length: 200 }, (_, index) => db.player.insert(player(`p${index}`, { email: 'one@x.io' }))),
  );
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(db.player.size).toBe(1);
  await db.close();
});

// F12
it('updates a document that keeps its unique value, and frees the value it gives up', async () => {
  const db = await openPlayers();
  await db.player.insert(player('p1'));
  await db.player.update('p1', { age: 5, email: 'p1@x.io' });
  await db.player.update('p1', { email: 'new@x.io' });
  expect(db.player.findByEmail('p1@x.io')).toBeUndefined();
  await db.player.insert(player('p2', { email: 'p1@x.io' }));
  expect(db.player.findByEmail('p1@x.io')?.id).toBe('p2');
  await db.close();
});

// F13
it('finds an overwritten document under its new tags and values only', async () => {
  const db = await openPlayers();
  await db.player.insert(player('p1', { clubs: ['old'], age: 1, name: 'x' }));
  await db.player.upsert(player('p1', { clubs: ['new'], age: 2, name: 'yy' }));
  expect(db.player.findByClubs('old').count()).toBe(0);
  expect(db.player.findByAge(1).count()).toBe(0);
  expect(db.player.findByNameLength(1).count()).toBe(0);
  expect(db.player.find({ clubs: 'new', age: 2, nameLength: 2 }).keys()).toEqual(['p1']);
  expect([...db.player.tags('clubs').keys()]).toEqual(['new']);
  await db.player.delete('p1');
  expect(db.player.findByAge({ gte: 0 }).count()).toBe(0);
  await db.close();
});

// F14
it('orders numbers as numbers, and answers inverted bounds with nothing', async () => {
  const db = await openPlayers();
  await db.player.insertMany([5, 50, 20, 90, 100].map((age) => player(`a${age}`, { age })));
  expect(
    db.player
      .findByAge({ between: [5, 90] })
      .orderBy('age')
      .keys(),
  ).toEqual(['a5', 'a20', 'a50', 'a90']);
  expect(db.player.findByAge({ gte: 100, lte: 20 }).all()).toEqual([]);
  expect(db.player.findByAge({ between: [100, 20] }).count()).toBe(0);
  await db.close();
});

// F15
it.each([1, 2, 3])('tells each of %i subscribers of each of 100 inserts', async (count) => {
  const db = await openPlayers(onDisk(new MemoryFileSystem()));
  const heard = Array.from({ length: count }, (): Change[] => []);
  for (const list of heard) db.player.subscribe((change) => list.push(change as Change));
  await Promise.all(Array.from({ length: 100 }, (_, index) => db.player.insert(player(`p${index}`))));
  for (const list of heard)
    expect(list.map(({ key }) => key)).toEqual(Array.from({ length: 100 }, (_, index) => `p${index}`));
  await db.close();
});

// F16
it('lets a key be written while a result of it, or an iteration over it, is held', async () => {
  const db = await openPlayers();
  const held = await db.player.insert(player('p1', { clubs: ['a'] }));
  const query = db.player.findByClubs('a');
  for (const found of query) {
    await db.player.upsert(player('p1', { clubs: ['a'], age: 77 }));
    await db.player.insert(player(`other ${found.id}`, { clubs: ['a'] }));
  }
  expect(held.age).toBe(30);
  expect(db.player.get('p1')?.age).toBe(77);
  expect(query.count()).toBe(2);
  await db.close();
});

// F17
it('journals nothing of a transaction that throws: later reads and reopening are as before', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await openPlayers(onDisk(fileSystem));
  await first.player.insert(player('p1'));
  await expect(
    first.transaction((tx) => {
      tx.player.insert(player('p2'));
      throw new TypeError('poison');
    }),
  ).rejects.toThrow('poison');
  expect(first.player.size).toBe(1);
  await first.player.insert(player('p3'));
  await first.close();
  const second = await openPlayers(onDisk(fileSystem));
  expect(second.player.all().keys().sort()).toEqual(['p1', 'p3']);
  await second.close();
});

// F17
it('lets a command that throws poison neither later reads nor the next open', async () => {
  const fileSystem = new MemoryFileSystem();
  class Poison implements Command<TransactionRepositories, void> {
    execute(tx: TransactionRepositories): void {
      tx.player.delete('p1');
      throw new RangeError('poison');
    }
  }
  const first = await openPlayers(onDisk(fileSystem));
  await first.player.insert(player('p1'));
  await expect(first.commit(new Poison())).rejects.toThrow('poison');
  expect(first.player.get('p1')?.id).toBe('p1');
  await first.close();
  const second = await openPlayers(onDisk(fileSystem));
  expect([second.seq, second.player.all().keys()]).toEqual([1n, ['p1']]);
  await second.close();
});

// F23
it('does not purge a key that was set again without a time to live, also after reopening', async () => {
  stopClock();
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-f23-'));
  const first = await openKeyValue({ file: folder });
  await first.set('deleted', 1, { ttlMs: 40 });
  await first.delete('deleted');
  await first.set('deleted', 2);
  await first.set('overwritten', 1, { ttlMs: 40 });
  await first.set('overwritten', 2);
  await first.close();
  const second = await openKeyValue({ file: folder });
  await letPass(60);
  expect([second.get('deleted'), second.get('overwritten')]).toEqual([2, 2]);
  await second.close();
  rmSync(folder, { recursive: true });
});

// F23
it('does not purge a new value by the time to live of the old one', async () => {
  stopClock();
  const db = await openPlayers();
  await db.player.insert(player('p1'), { ttlMs: 30 });
  await db.player.delete('p1');
  await db.player.insert(player('p1'));
  await db.player.insert(player('p2'), { ttlMs: 30 });
  await db.player.upsert(player('p2'));
  await db.player.insert(player('p3'), { ttlMs: 30 });
  await db.player.update('p3', { age: 1 }, { ttlMs: 60_000 });
  await letPass(80);
  expect(db.player.size).toBe(3);
  await db.close();
});
