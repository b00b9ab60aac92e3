/** A search beside what else a database does: storage that is switched, codecs, groups, reflection, views at one seq. */
import { randomBytes } from 'node:crypto';
import { openDatabase } from '../../../examples/text-search/generated/index.js';
import { FaultFileSystem } from '../../runtime/test/fault-file-system.js';

const THREE = [
  { id: 1, title: 'Crash at login', votes: 1, labels: ['bug'] },
  { id: 2, title: 'Login page', votes: 5, state: 'closed' as const },
  { id: 3, title: 'Dark mode' },
];

it.each([
  ['plain', { pageCodec: 'plain' }],
  ['compressed', { pageCodec: 'compressed' }],
  ['beside pages of JSON', { pageCodec: 'json' }],
  ['encrypted', { encryption: { keyId: 'k', key: randomBytes(32) } }],
])('is loaded from a snapshot that is %s', async (_, codec) => {
  const options = { directory: '/data', fileSystem: new FaultFileSystem(), compaction: 'manual', ...codec } as const;
  let db = await openDatabase(options as never);
  await db.issue.insertMany(THREE);
  await db.compact();
  await db.close();
  db = await openDatabase(options as never);
  expect(db.recovery?.searchIndexes).toEqual({ issue: 'loaded' });
  expect(db.issue.search('login').keys().sort()).toEqual([1, 2]);
  await db.close();
});

it('stays exact while the collection is switched to memory and back', async () => {
  const options = { directory: '/data', fileSystem: new FaultFileSystem(), compaction: 'manual' } as const;
  let db = await openDatabase(options);
  await db.issue.insertMany(THREE);
  await db.compact();
  await db.setStorage('issue', 'memory');
  await db.issue.update(3, { title: 'login' });
  await db.compact();
  expect(db.issue.search('login').count()).toBe(3);
  await db.setStorage('issue', 'disk');
  await db.issue.delete(1);
  await db.close();
  db = await openDatabase(options);
  expect(db.issue.search('login').keys().sort()).toEqual([2, 3]);
  await db.setStorage('issue', 'memory');
  await db.close();
  db = await openDatabase(options);
  expect(db.issue.size).toBe(0);
  expect(db.issue.search('login').count()).toBe(0);
  await db.close();
});

it('gives groups, distinct values and a total of what it finds', async () => {
  await using db = await openDatabase({ memory: true });
  await db.issue.insertMany(THREE);
  const query = db.issue.search('login');
  expect(query.distinct('state')).toEqual(expect.arrayContaining(['closed', 'open']));
  expect(query.aggregate({ count: true, sum: 'votes' } as never)).toMatchObject({ count: 2 });
  expect(query.limit(1).page({ total: true })).toMatchObject({ total: 2 });
});

it('finds words of labels, and what updates of tags change', async () => {
  await using db = await openDatabase({ memory: true });
  await db.issue.insertMany(THREE);
  expect(db.issue.search('bug').keys()).toEqual([1]);
  await db.issue.addTag(3, 'labels', 'big bug');
  await db.issue.renameTag('labels', 'bug', 'fault');
  expect(db.issue.search('bug').keys()).toEqual([3]);
  expect(db.issue.search('fault').keys()).toEqual([1]);
  await db.issue.upsertMany([{ id: 1, title: 'bug' }]);
  await db.issue.increment(2, 'votes');
  expect(db.issue.search('bug').keys().sort()).toEqual([1, 3]);
  await db.issue.clear();
  expect(db.issue.search('bug').count()).toBe(0);
});

it('follows expiries', async () => {
  await using db = await openDatabase({ memory: true });
  await db.issue.insert({ id: 9, title: 'short lived' }, { ttlMs: 1 });
  while (db.issue.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(db.issue.search('lived').count()).toBe(0);
});

it('holds what it found for a loop that is slow, while the index is packed and rows are given again', async () => {
  await using db = await openDatabase({ memory: true });
  await db.issue.insertMany(Array.from({ length: 300 }, (_, id) => ({ id, title: `login ${id % 7}` })));
  const due = db.issue.search('login').keys();
  const seen: number[] = [];
  for await (const { id } of db.issue.search('login')) {
    seen.push(id);
    await db.issue.update((id * 7) % 300, { title: `other ${id}` });
  }
  expect(seen).toEqual(due);
  expect(db.issue.search('login').count()).toBe(0);
});
