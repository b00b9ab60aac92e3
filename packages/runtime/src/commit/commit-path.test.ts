import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { definitionOf } from '../../test/support/definition-of-model.js';
import { HeldJournal } from '../../test/support/failing-journal.js';
import { player } from '../../test/support/open-players.js';
import { playerDefinition } from '../../test/support/player-definition.js';
import { BlobStore } from '../blobs/blob-store.js';
import { BlobLinks } from '../collection/blob-links.js';
import { Collection } from '../collection/collection.js';
import { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { Change } from '../feed/change.js';
import { ChangeFeed } from '../feed/change-feed.js';
import { CommitPath } from './commit-path.js';

const noteModel: DocumentModel = {
  name: 'Note',
  collection: 'note',
  storage: 'memory',
  key: { fields: ['id'] },
  fields: [
    { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'text', type: { kind: 'string' }, optional: false, rules: [] },
  ],
  computed: [],
  indexes: [],
};

function setUp() {
  const journal = new HeldJournal();
  const onListenerError = (error: unknown): never => {
    throw error;
  };
  const feed = new ChangeFeed(0, { historyChangeCount: 100, historyBytes: 2 ** 20 }, onListenerError);
  const failures: DatabaseError[] = [];
  const path = new CommitPath(journal, feed, 'fsync', (error) => failures.push(error));
  const context = {
    unknownFields: 'refuse' as const,
    expiry: new ExpiryQueue<Collection>(() => true),
    watchedFeed: (): never => undefined as never,
    blobs: new BlobLinks(new BlobStore()),
  };
  const players = new Collection(playerDefinition as unknown as CollectionDefinition, context);
  const notes = new Collection(definitionOf(noteModel), context);
  const changes: Change[] = [];
  feed.subscribe(undefined, (change) => changes.push(change));
  const insert = (id: string, durability: 'fsync' | 'os' | 'memory' = 'fsync') =>
    path.run((tx) => players.writes.insert(tx, player(id)), false, { durability });
  const note = (id: string) => path.run((tx) => notes.writes.insert(tx, { id, text: 'x' }), false);
  return { journal, feed, path, players, notes, changes, failures, insert, note };
}

async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
  const pending = Symbol('pending');
  try {
    return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) === pending
      ? 'pending'
      : 'resolved';
  } catch {
    return 'rejected';
  }
}

describe('the commit path', () => {
  it('shows a write at once, answers and announces it only when it is synced', async () => {
    const { journal, players, changes, insert } = setUp();
    const promise = insert('p1');
    expect(players.get('p1')).toBeDefined();
    expect(await stateOf(promise)).toBe('pending');
    journal.write();
    expect(await stateOf(promise)).toBe('pending');
    expect(changes).toHaveLength(0);
    journal.sync();
    expect(await stateOf(promise)).toBe('resolved');
    expect(changes).toHaveLength(1);
  });

  it('answers each level when it is reached, in order of seq', async () => {
    const { journal, insert } = setUp();
    const first = insert('p1', 'os');
    const second = insert('p2', 'fsync');
    const third = insert('p3', 'os');
    const fourth = insert('p4', 'memory');
    expect(await stateOf(fourth)).toBe('resolved');
    journal.write();
    expect(await stateOf(first)).toBe('resolved');
    expect(await stateOf(third)).toBe('pending');
    journal.sync(2);
    expect(await stateOf(second)).toBe('resolved');
    expect(await stateOf(third)).toBe('resolved');
  });

  it('takes back writes that are not durable when the journal fails, keeps the durable ones, and refuses new ones', async () => {
    const { journal, path, players, changes, failures, insert } = setUp();
    const kept = insert('p1');
    journal.sync();
    await kept;
    const lost = [
      insert('p2'),
      path.run((tx) => players.writes.update(tx, 'p1', { age: 99, clubs: ['x'] }), false),
      path.run((tx) => players.writes.delete(tx, 'p2'), false),
    ];
    const settled = Promise.allSettled(lost);
    expect(players.get('p1')).toMatchObject({ age: 99 });
    journal.fail();
    for (const result of await settled)
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'DATABASE_FAILED', cause: { code: 'JOURNAL_WRITE_FAILED' } },
      });
    expect(players.get('p1')).toMatchObject({ age: 30, clubs: [] });
    expect(players.store.revisionOf(players.slotOf('p1') as number)).toBe(1);
    expect(players.size).toBe(1);
    expect(players.indexes.tag('clubs').counts().size).toBe(0);
    expect(changes).toHaveLength(1);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.facts).toMatchObject({ takenBackCount: 3, answeredCount: 0 });
    await expect(insert('p5')).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    expect(players.size).toBe(1);
  });

  it('says how many answered writes of level memory a failure took back', async () => {
    const { journal, failures, players, insert } = setUp();
    await insert('p1', 'memory');
    journal.fail();
    expect(failures[0]?.facts).toMatchObject({ takenBackCount: 1, answeredCount: 1 });
    expect(players.size).toBe(0);
  });

  it('leaves nothing behind when the journal refuses a transaction', async () => {
    const { journal, players, insert, changes } = setUp();
    journal.refusal = new DatabaseError('TRANSACTION_TOO_LARGE', 'transaction needs 9 bytes, a frame offers 8', {
      needBytes: 9,
      roomBytes: 8,
    });
    await expect(insert('p1')).rejects.toMatchObject({ code: 'TRANSACTION_TOO_LARGE' });
    expect(players.size).toBe(0);
    journal.refusal = undefined;
    const second = insert('p2');
    journal.sync();
    await second;
    expect(changes.map(({ key }) => key)).toEqual(['p2']);
  });

  it('journals nothing of memory-only collections, and announces them in their turn', async () => {
    const { journal, path, players, notes, changes, insert, note } = setUp();
    const waiting = insert('p1');
    await note('n1');
    expect(changes).toHaveLength(0);
    const mixed = path.run(
      (tx) => [players.writes.insert(tx, player('p2')), notes.writes.insert(tx, { id: 'n2', text: 'y' })],
      true,
    );
    expect(journal.appended.map(({ effects }) => effects.length)).toEqual([1, 1]);
    journal.sync();
    await Promise.all([waiting, mixed]);
    expect(changes.map(({ key }) => key)).toEqual(['p1', 'n1', 'p2', 'n2']);
  });

  it('keeps memory-only writes through a failure unless they depend on a write that is taken back', async () => {
    const { journal, path, players, notes, insert, note } = setUp();
    const lost = [insert('p1')];
    await note('n1');
    lost.push(
      path.run(
        (tx) => [players.writes.insert(tx, player('p2')), notes.writes.insert(tx, { id: 'n2', text: 'y' })],
        true,
      ) as Promise<never>,
    );
    await path.run((tx) => notes.writes.update(tx, 'n2', { text: 'z' }), false);
    const settled = Promise.allSettled(lost);
    journal.fail();
    await settled;
    expect(notes.get('n1')).toBeDefined();
    expect(notes.get('n2')).toBeUndefined();
    expect(players.size).toBe(0);
  });

  it('answers a transaction that only read when its reads are durable, and not if they are taken back', async () => {
    const { journal, path, players, insert } = setUp();
    const first = insert('p1');
    const absent = path.run((tx) => players.writes.insertIfAbsent(tx, player('p1')), false);
    expect(await stateOf(absent)).toBe('pending');
    journal.sync();
    expect(await absent).toBe(await first);
    const second = insert('p2');
    const read = path.run(() => players.get('p2'), true);
    const settled = Promise.allSettled([second, read]);
    journal.fail();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('never journals an empty transaction', async () => {
    const { journal, path } = setUp();
    expect(await path.run(() => 7, true)).toBe(7);
    expect(journal.appended).toHaveLength(0);
  });
});
