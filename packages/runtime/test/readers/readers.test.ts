/** What readers show, when they advance, and how they end. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { identitiesOf } from '../../src/database/readers/identities.js';
import { PROTOCOL, type Welcome } from '../../src/database/readers/messages.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { isSharedMemory } from '../../src/structures/shared-memory.js';
import { openPlayers, type PlayerDatabase, player } from '../support/open-players.js';
import { playerDefinition } from '../support/player-definition.js';
import { fill, type PlayerReader, readerOf, until } from './open-player-readers.js';

let db: PlayerDatabase;
beforeEach(async () => {
  db = await openPlayers();
});
afterEach(() => db.close());

describe('a reader', () => {
  it('shows what the database held, and what it settles afterwards', async () => {
    await fill(db, 100);
    await using reader = await readerOf(db);
    expect(reader.player.size).toBe(100);
    expect(reader.player.get('p7')).toEqual(db.player.get('p7'));
    expect(reader.player.findByAge({ lt: 2 }).orderBy('age').keys()).toEqual(
      db.player.findByAge({ lt: 2 }).orderBy('age').keys(),
    );
    await db.player.update('p7', { age: 99 });
    await db.player.delete('p8');
    await db.player.insert(player('q'));
    await reader.caughtUp(db.seq);
    expect(reader.player.findByAge({ gte: 99 }).keys()).toEqual(['p7']);
    expect(reader.player.get('p8')).toBeUndefined();
    expect(reader.player.findByEmail('p8@x.io')).toBeUndefined();
    expect(reader.player.findByEmail('q@x.io')?.id).toBe('q');
    expect(reader.player.all().all()).toHaveLength(100);
  });

  it('advances when it is told to, and at no other time, with `manual`', async () => {
    await fill(db, 10);
    await using reader = await readerOf(db, { advance: 'manual' });
    await db.player.update('p1', { age: 77 });
    await db.player.update('p2', { age: 78 });
    for (let count = 0; count < 5; count++) await turn();
    expect([reader.player.get('p1')?.age, reader.seq, reader.lag]).toEqual([1, db.seq - 2n, 2n]);
    expect(reader.advance()).toBe(db.seq);
    expect([reader.player.get('p1')?.age, reader.player.get('p2')?.age, reader.lag]).toEqual([77, 78, 0n]);
    expect(reader.advance()).toBe(db.seq);
  });

  it('shows nothing new inside a turn, and all of it when it advances there', async () => {
    await fill(db, 10);
    await using reader = await readerOf(db);
    await db.player.update('p1', { age: 77 });
    // Promises that are settled give no turn of the loop.
    for (let count = 0; count < 100; count++) await Promise.resolve();
    expect(reader.player.get('p1')?.age).toBe(1);
    reader.advance();
    expect(reader.player.get('p1')?.age).toBe(77);
  });

  it('writes nothing into tables that others share, whichever realm the memory is of', async () => {
    await fill(db, 200);
    await using ahead = await readerOf(db, { advance: 'manual' });
    await using behind = await readerOf(db, { advance: 'manual' });
    await db.player.deleteMany({ age: { lt: 40 } });
    for (let at = 40; at < 50; at++) await db.player.update(`p${at}`, { email: `new${at}@x.io` });
    ahead.advance();
    expect(ahead.player.size).toBe(40);
    for (let at = 0; at < 200; at++) {
      expect(behind.player.get(`p${at}`)?.id).toBe(`p${at}`);
      expect(behind.player.findByEmail(`p${at}@x.io`)?.id).toBe(`p${at}`);
    }
    expect(isSharedMemory(runInNewContext('new SharedArrayBuffer(8)'))).toBe(true);
    for (const other of [new ArrayBuffer(8), runInNewContext('new ArrayBuffer(8)'), {}, null, undefined])
      expect(isSharedMemory(other)).toBe(false);
  });

  it('never shows half of a transaction', async () => {
    await fill(db, 10);
    await using reader = await readerOf(db, { advance: 'manual' });
    const seen: number[] = [];
    for (let round = 1; round <= 50; round++) {
      void db.transaction((tx) => {
        for (let each = 0; each < 10; each++) tx.player.update(`p${each}`, { age: round });
      });
      reader.advance();
      const ages = new Set(
        reader.player
          .all()
          .all()
          .map(({ age }) => age),
      );
      if (round > 1) seen.push(ages.size);
    }
    expect(new Set(seen)).toEqual(new Set([1]));
  });

  it('shows nothing that is not settled', async () => {
    const slow = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    await fill(slow, 3);
    await using reader = await readerOf(slow, { advance: 'manual' });
    const written = slow.player.update('p1', { age: 77 });
    expect(slow.player.get('p1')?.age).toBe(77);
    reader.advance();
    expect(reader.player.get('p1')?.age).toBe(1);
    await written;
    reader.advance();
    expect(reader.player.get('p1')?.age).toBe(77);
    await slow.close();
  });

  it('begins with an image that was made while writes went on, and misses none of them', async () => {
    const slow = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    await fill(slow, 5_000);
    let isDone = false;
    const opening = readerOf(slow).finally(() => {
      isDone = true;
    });
    let count = 0;
    while (!isDone)
      await Promise.all([slow.player.update('p1', { age: ++count % 100 }), slow.player.delete(`p${4_999 - count}`)]);
    await using reader = await opening;
    await reader.caughtUp(slow.seq);
    expect(reader.player.all().all().sort(byId)).toEqual(slow.player.all().all().sort(byId));
    await slow.close();
  });

  it('refuses every write with a code of its own', async () => {
    await fill(db, 2);
    await using reader = await readerOf(db);
    const writing = reader.player as unknown as PlayerDatabase['player'];
    const writes = [
      () => writing.insert(player('x')),
      () => writing.insertMany([player('x')]),
      () => writing.upsert(player('x')),
      () => writing.update('p0', { age: 3 }),
      () => writing.updateMany({ clubs: 'a' }, { age: 3 }),
      () => writing.delete('p0'),
      () => writing.deleteMany({ age: 0 }),
      () => writing.clear(),
      () => writing.increment('p0', 'age'),
      () => writing.addTag('p0', 'clubs', 'a'),
    ];
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'READ_ONLY_READER' });
    expect(reader.player.size).toBe(2);
    expect((reader as unknown as PlayerDatabase).transaction).toBeUndefined();
  });

  it('tells watched queries and subscribers of what it comes to show', async () => {
    await fill(db, 3);
    await using reader = await readerOf(db);
    const seen: string[] = [];
    const rows: number[] = [];
    reader.player.subscribe(({ kind, key, seq }) => seen.push(`${kind} ${key} ${seq}`));
    reader.player.findByAge({ gte: 1 }).watch((documents) => rows.push(documents.length));
    await db.player.insert(player('q', { age: 5 }));
    await db.player.delete('p2');
    await reader.caughtUp(db.seq);
    await turn();
    expect(seen).toEqual(['insert q 2', 'delete p2 3']);
    expect(rows.at(-1)).toBe(2);
    expect(rows[0]).toBe(2);
  });

  it('holds a snapshot still while it advances', async () => {
    await fill(db, 3);
    await using reader = await readerOf(db);
    using snapshot = reader.snapshot();
    await db.player.update('p1', { age: 40 });
    await reader.caughtUp(db.seq);
    expect([snapshot.player.get('p1')?.age, reader.player.get('p1')?.age]).toEqual([1, 40]);
    expect(snapshot.seq).toBe(1n);
  });

  it('shows documents that expire, and their end by the delete of the database', async () => {
    await db.player.insert(player('p0'), { ttlMs: 30 });
    await using reader = await readerOf(db);
    expect(reader.player.expiresAt('p0')).toEqual(db.player.expiresAt('p0'));
    await until(() => reader.player.size === 0, 'the delete to arrive');
    expect(db.player.size).toBe(0);
  });

  it('may have indexes of its own', async () => {
    await fill(db, 60);
    await using reader = await readerOf(db);
    const byName = await reader.player.addIndex({ kind: 'unique', field: 'name' });
    await db.player.insert(player('q'));
    await reader.caughtUp(db.seq);
    expect(byName.find('Player q').keys()).toEqual(['q']);
  });

  it('shares an image with readers that come later, each of which sees the same', async () => {
    await fill(db, 1_000);
    const readers: PlayerReader[] = [await readerOf(db)];
    const { sharedBytes } = db.stats().readers;
    for (let count = 0; count < 3; count++) {
      await db.player.update(`p${count}`, { age: 90 });
      await db.player.delete(`p${500 + count}`);
      readers.push(await readerOf(db));
    }
    expect(db.stats().readers.readerCount).toBe(4);
    // One image, and a segment of the log.
    expect(db.stats().readers.sharedBytes - sharedBytes).toBeLessThanOrEqual(2 ** 20);
    for (const reader of readers) {
      await reader.caughtUp(db.seq);
      expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
      expect(reader.player.findByEmail('p500@x.io')).toBeUndefined();
      await reader.close();
    }
    await until(() => db.stats().readers.sharedBytes === 0, 'shared memory to be let go of');
  });
});

describe('an image', () => {
  it('is never written to, whatever its readers do', async () => {
    await db.player.insertMany(
      Array.from({ length: 3_000 }, (_, at) =>
        player(`p${at}`, { age: at % 50, clubs: [`c${at % 3}`, `d${at % 900}`] }),
      ),
    );
    for (let count = 0; count < 300; count++) await db.player.update('p0', { age: count % 100 });
    await using first = await readerOf(db);
    const { image } = await welcomeOf(db);
    const before = digestOf(image);
    for (let at = 0; at < 1_000; at++) {
      await db.player.update(`p${at}`, { age: (at * 7) % 90, email: `new${at}@x.io`, clubs: [`d${at % 7}`] });
      if (at % 3 === 0) await db.player.delete(`p${at + 1_500}`);
    }
    await using second = await readerOf(db);
    for (const reader of [first, second]) {
      await reader.caughtUp(db.seq);
      expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
      expect(reader.player.tags('clubs')).toEqual(db.player.tags('clubs'));
      expect(reader.player.revision('p0')).toBe(db.player.revision('p0'));
      await reader.player.addIndex({ kind: 'range', field: 'name' });
    }
    expect(digestOf(image)).toBe(before);
  });
});

/** As a reader is welcomed: the image is the one that others have. */
async function welcomeOf(database: PlayerDatabase): Promise<Welcome> {
  const port = database.readerPort();
  // Behind the word that a database is there.
  await once(port, 'message');
  const answer = once(port, 'message') as Promise<[Welcome]>;
  port.postMessage({ kind: 'hello', protocol: PROTOCOL, identities: identitiesOf([playerDefinition], []) });
  const [welcome] = await answer;
  port.close();
  return welcome;
}

function digestOf({ frames, tables }: Welcome['image']): string {
  const hash = createHash('sha256');
  for (const { body } of frames) hash.update(body!);
  for (const { parts } of tables) for (const pieces of parts.values()) for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

describe('the end of a reader', () => {
  it('by the database leaves its last state readable', async () => {
    const own = await openPlayers();
    await fill(own, 3);
    const reader = await readerOf(own);
    await own.player.update('p1', { age: 66 });
    const waiting = reader.caughtUp(own.seq + 1n);
    waiting.catch(() => undefined);
    await own.close();
    await reader.ended;
    expect(reader.state).toBe('ended');
    await expect(waiting).rejects.toMatchObject({ code: 'READER_ENDED' });
    expect([reader.player.get('p1')?.age, reader.seq, reader.lag]).toEqual([66, own.seq, 0n]);
    expect(reader.advance()).toBe(own.seq);
    await expect(reader.caughtUp(own.seq + 1n)).rejects.toMatchObject({ code: 'READER_ENDED' });
    await reader.close();
    expect(reader.state).toBe('closed');
    await reader.close();
  });

  it('by itself leaves nothing behind at the database', async () => {
    await fill(db, 3);
    const reader = await readerOf(db);
    await reader.close();
    await reader.ended;
    await until(() => db.stats().readers.readerCount === 0, 'the reader to be forgotten');
    await db.player.update('p1', { age: 66 });
    expect(db.stats().readers).toEqual({ readerCount: 0, sharedBytes: 0, behindBytes: 0 });
    expect([reader.player.get('p1')?.age, reader.advance()]).toEqual([1, 1n]);
    await expect(reader.caughtUp(9n)).rejects.toMatchObject({ code: 'READER_ENDED' });
    await using another = await readerOf(db);
    expect(another.player.get('p1')?.age).toBe(66);
  });

  it('comes before its beginning when the database is closed meanwhile', async () => {
    const own = await openPlayers();
    await fill(own, 20_000);
    const opening = readerOf(own);
    opening.catch(() => undefined);
    await turn();
    await own.close();
    await expect(opening).rejects.toMatchObject({ code: 'READER_ENDED' });
  });

  it('of a database that has closed: no port is given', async () => {
    const own = await openPlayers();
    await own.close();
    expect(() => own.readerPort()).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
  });
});

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
