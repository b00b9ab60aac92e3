import { DatabaseError } from '@nuthatch/model';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { type NuthatchDatabase, openDatabase, playerDefinition } from '../../../generated/index.js';
import {
  CollectionChecksum,
  type ExternalStore,
  type MirrorEvent,
  mirror,
  shapesOf,
  summaryOfStore,
} from '../src/index.js';
import { MemoryStore } from '../src/targets/memory/memory-store.js';

const input = (id: string, age = 30) => ({ id, email: `${id}@x.io`, age, name: `P ${id}`, clubs: ['a', id] });
const players = { collections: ['player'] };
const [shape] = shapesOf([playerDefinition]);

async function expectEqual(db: NuthatchDatabase, store: ExternalStore): Promise<void> {
  const checksum = new CollectionChecksum(shape!);
  for (const player of db.player.all()) checksum.add(player);
  expect(await summaryOfStore(store, shape!)).toEqual(checksum.summary);
}

describe('mirror', () => {
  it('copies first, then follows inserts, updates, deletes and moved unique values', async () => {
    await using db = await openDatabase({ memory: true });
    await db.player.insertMany([input('a'), input('b'), input('c')]);
    const store = new MemoryStore();
    const events: MirrorEvent[] = [];
    await using following = mirror(db, store, { ...players, onEvent: (event) => void events.push(event) });
    await following.caughtUp();
    await expectEqual(db, store);
    await db.transaction((tx) => {
      tx.player.update('a', { email: 'b@x.io' });
      tx.player.update('b', { email: 'a@x.io' });
      tx.player.delete('c');
      tx.player.insert(input('d'));
    });
    for (let number = 0; number < 50; number++) void db.player.upsert(input(`n${number % 7}`, number));
    await following.caughtUp();
    await expectEqual(db, store);
    expect(following.status()).toMatchObject({ state: 'following', appliedSeq: db.seq, lagCount: 0, lagMs: 0 });
    expect(events.slice(0, 3).map(({ kind }) => kind)).toEqual(['copying', 'copied', 'following']);
    await following.stop();
    expect(following.status().state).toBe('stopped');
  });

  it('continues after the database was reopened, without copying again', async () => {
    const options = { directory: '/db', fileSystem: new MemoryFileSystem() };
    const store = new MemoryStore();
    const kinds: string[] = [];
    const onEvent = ({ kind }: MirrorEvent) => void kinds.push(kind);
    {
      await using db = await openDatabase(options);
      await using following = mirror(db, store, { ...players, onEvent });
      await db.player.insert(input('a'));
      await following.caughtUp();
    }
    {
      await using db = await openDatabase(options);
      await db.player.insertMany([input('b'), input('c')]);
      await db.player.delete('a');
    }
    kinds.length = 0;
    await using db = await openDatabase(options);
    await using following = mirror(db, store, { ...players, onEvent });
    await following.caughtUp();
    await expectEqual(db, store);
    expect(kinds).not.toContain('copying');
  });

  it('has caught up when the last transactions changed nothing, read from memory or from the journal', async () => {
    const options = { directory: '/db', fileSystem: new MemoryFileSystem() };
    const store = new MemoryStore();
    const changeNothing = async (db: NuthatchDatabase): Promise<void> => {
      await db.transaction((tx) => {
        tx.player.insert(input('gone'));
        tx.player.delete('gone');
      });
    };
    {
      await using db = await openDatabase(options);
      await using following = mirror(db, store, players);
      await following.caughtUp();
      await db.player.insert(input('a'));
      await changeNothing(db);
      await following.caughtUp();
      await changeNothing(db);
      await following.caughtUp();
      expect(following.status()).toMatchObject({ appliedSeq: db.seq, lagCount: 0 });
      await changeNothing(db);
    }
    await using db = await openDatabase(options);
    const kinds: string[] = [];
    await using following = mirror(db, store, { ...players, onEvent: ({ kind }) => void kinds.push(kind) });
    await following.caughtUp();
    expect(following.status()).toMatchObject({ appliedSeq: db.seq, lagCount: 0 });
    expect(kinds).toEqual(['following']);
    await db.player.insert(input('b'));
    await following.caughtUp();
    await expectEqual(db, store);
  });

  it('copies afresh and says so when the feed no longer holds what it needs', async () => {
    const store = new MemoryStore();
    await using db = await openDatabase({ memory: true, historyChangeCount: 5 });
    const reasons: string[] = [];
    const onEvent = (event: MirrorEvent) => void (event.kind === 'copying' && reasons.push(event.reason));
    {
      await using following = mirror(db, store, { ...players, onEvent });
      await following.caughtUp();
    }
    for (let number = 0; number < 20; number++) await db.player.insert(input(`p${number}`));
    await using following = mirror(db, store, { ...players, onEvent });
    await following.caughtUp();
    await expectEqual(db, store);
    expect(reasons).toEqual(['empty', 'gone']);
  });

  it('applies each change once although the target fails at any moment', async () => {
    for (let moment = 0; moment < 20; moment++) {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany([input('a'), input('b')]);
      let left = moment;
      const store = new MemoryStore({
        onAct: () => {
          if (left-- === 0) throw new DatabaseError('COPY_TARGET_UNREACHABLE', 'gone for a moment');
        },
      });
      await using following = mirror(db, store, { ...players, retryMs: 1, batchChangeCount: 3 });
      for (let number = 0; number < 12; number++) {
        await db.player.upsert(input(`n${number % 5}`, number));
        if (number % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await following.caughtUp();
      left = -1; // Reading back is not to fail.
      await expectEqual(db, store);
    }
  });

  it('ends with an error that it cannot continue after, and refuses memory-only collections', async () => {
    await using db = await openDatabase({ memory: true });
    const store = new MemoryStore({
      onAct: () => {
        throw new DatabaseError('COPY_ACCESS_DENIED', 'no');
      },
    });
    const following = mirror(db, store, players);
    await expect(following.done).rejects.toMatchObject({ code: 'COPY_ACCESS_DENIED' });
    expect(following.status().state).toBe('failed');
    expect(() => mirror(db, store, { collections: ['sessions'] })).toThrow('in memory only');
  });
});
