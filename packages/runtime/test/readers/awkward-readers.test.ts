/** Readers at bad moments: a disk that fails, calls from inside of others, random schedules. */
import { setImmediate as turn } from 'node:timers/promises';
import { FaultFileSystem } from '../fault-file-system.js';
import { expectPlayers } from '../support/check-players.js';
import { repeats } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase } from '../support/open-players.js';
import { advance, type PlayerState, writeTo } from '../support/player-history.js';
import { seeded } from '../support/seeded.js';
import { fill, openPlayerReader, type PlayerReader, readerOf } from './open-player-readers.js';

const ROUNDS = repeats('NUTHATCH_READER_SCHEDULES', 4);

describe('a reader of a database whose disk fails', () => {
  it('never shows what was taken back, and goes on with what is durable', async () => {
    const fileSystem = new FaultFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem });
    await fill(db, 20);
    await using reader = await readerOf(db, { advance: 'manual' });
    await db.player.update('p1', { age: 40 });
    fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true };
    const lost = db.player.update('p1', { age: 41 });
    reader.advance();
    expect(reader.player.get('p1')?.age).toBe(40);
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    for (let count = 0; count < 5; count++) await turn();
    reader.advance();
    expect([reader.player.get('p1')?.age, db.player.get('p1')?.age, reader.state]).toEqual([40, 40, 'open']);
    // Reads of the database go on, and so do those of threads that come now.
    await using later = await readerOf(db);
    expect(later.player.get('p1')?.age).toBe(40);
    await db.close().catch(() => undefined);
    await later.ended;
    expect(later.state).toBe('ended');
  });

  it('does not open with an image that shows what was taken back', async () => {
    const fileSystem = new FaultFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem });
    await fill(db, 20);
    fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true };
    const lost = db.player.update('p1', { age: 41 });
    lost.catch(() => undefined);
    const opening = readerOf(db).then(
      async (reader) => {
        const age = reader.player.get('p1')?.age;
        await reader.close();
        return age;
      },
      (error: { readonly code: string }) => error.code,
    );
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    expect([1, 'DATABASE_FAILED']).toContain(await opening);
    await db.close().catch(() => undefined);
  });
});

describe('advance, called from inside of others', () => {
  let db: PlayerDatabase;
  let reader: PlayerReader;
  beforeEach(async () => {
    db = await openPlayers();
    await fill(db, 30);
    reader = await readerOf(db, { advance: 'manual' });
  });
  afterEach(async () => {
    await reader.close();
    await db.close();
  });

  it('leaves the answer of a loop and of a filter as it was', async () => {
    await db.player.deleteMany({ age: { gte: 10 } });
    const seen: string[] = [];
    for (const { id } of reader.player.all()) {
      reader.advance();
      seen.push(id);
    }
    expect([seen.length, reader.player.size]).toEqual([30, 10]);
    await db.player.delete('p3');
    const kept = reader.player
      .all()
      .filter(() => reader.advance() > 0n)
      .keys();
    // As where a filter of the database deletes.
    expect([kept.length, reader.player.size]).toEqual([9, 9]);
  });

  it('does its work in a listener, and none inside of a write that is applied', async () => {
    let calls = 0;
    reader.player.subscribe(() => {
      calls++;
      reader.advance();
    });
    await reader.player.addIndex({
      name: 'asking',
      insert: () => undefined,
      update: () => void reader.advance(),
      remove: () => undefined,
      rebuild: () => undefined,
    });
    await db.transaction((tx) => {
      for (let at = 0; at < 10; at++) tx.player.update(`p${at}`, { age: 70 });
    });
    await db.player.update('p20', { age: 71 });
    reader.advance();
    await turn();
    expect(calls).toBe(11);
    expect(reader.player.findByAge({ gte: 70 }).count()).toBe(11);
    expect(reader.state).toBe('open');
  });
});

it('random schedules of writes, readers and turns show nothing but states of the history', async () => {
  for (let round = 0; round < ROUNDS; round++) await seeded(schedule);
});

async function schedule(random: () => number): Promise<void> {
  const db = await openPlayers();
  const states = new Map<number, PlayerState>([[0, new Map()]]);
  const state: PlayerState = new Map();
  let seq = 0;
  const readers: PlayerReader[] = [];
  const check = (reader: PlayerReader): void =>
    expectPlayers(reader as unknown as PlayerDatabase, states.get(Number(reader.seq))!);
  for (let step = 0; step < 120; step++) {
    const luck = random();
    if (luck < 0.55) {
      // Now and then much at once: more than a reader with the least bound is kept for.
      const count = random() < 0.04 ? 400 : 1 + Math.floor(random() * 4);
      for (let each = 0; each < count; each++) {
        const next = ++seq;
        void db.transaction((tx) => writeTo(tx.player, next, state));
        advance(state, next);
        states.set(next, new Map(state));
      }
    } else if (luck < 0.7) await turn();
    else if (luck < 0.78 && readers.length < 4) {
      const port = db.readerPort({ maxBehindBytes: 2 ** 20 });
      readers.push(await openPlayerReader(port, { advance: random() < 0.5 ? 'auto' : 'manual' }));
    } else if (luck < 0.8 && readers.length > 0) await readers.shift()!.close();
    else {
      const reader = readers[Math.floor(random() * readers.length)];
      if (reader === undefined) continue;
      if (random() < 0.5) reader.advance();
      check(reader);
    }
  }
  for (const reader of readers) {
    await reader.caughtUp(db.seq);
    expect(Number(reader.seq)).toBe(seq);
    check(reader);
    await reader.close();
  }
  await db.close();
}
