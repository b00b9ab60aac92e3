/** Readers that do not keep up: what they cost the database, and how they get on. */
import { setImmediate as turn } from 'node:timers/promises';
import { openPlayers, type PlayerDatabase, player } from '../support/open-players.js';
import { fill, openPlayerReader, readerOf, until } from './open-player-readers.js';

const MEBIBYTE = 2 ** 20;
const LONG_NAME = 'n'.repeat(40_000);

let db: PlayerDatabase;
beforeEach(async () => {
  db = await openPlayers();
});
afterEach(() => db.close());

/** Writes so much that a reader with the least bound is let go of. */
async function writeMuch(): Promise<void> {
  for (let count = 0; count < 100; count++) await db.player.update('p1', { name: `${LONG_NAME}${count}` });
}

async function slowReader(): Promise<Awaited<ReturnType<typeof readerOf>>> {
  return openPlayerReader(db.readerPort({ maxBehindBytes: MEBIBYTE }), { advance: 'manual' });
}

describe('a reader that is too far behind', () => {
  it('costs the database no more than its bound, and then moves to a newer image in one step', async () => {
    await fill(db, 200);
    await using reader = await slowReader();
    const before = reader.player.get('p1');
    const seen: string[] = [];
    reader.player.subscribe(({ kind, key }) => seen.push(`${kind} ${key}`));
    await db.player.delete('p2');
    await db.player.insert(player('q'));
    await db.player.delete('p3');
    await db.player.insert(player('p3', { age: 44 }));
    for (let round = 0; round < 5; round++) {
      await writeMuch();
      // The image, and the log that is kept for a reader that might come.
      expect(db.stats().readers.sharedBytes).toBeLessThan(22 * MEBIBYTE);
    }
    expect(reader.player.get('p1')).toBe(before);
    expect(reader.seq).toBe(1n);
    await reader.caughtUp(db.seq);
    expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
    expect(reader.player.findByEmail('p2@x.io')).toBeUndefined();
    expect(reader.player.findByAge(44).keys()).toContain('p3');
    expect(seen.sort()).toEqual(['delete p2', 'insert q', 'update p1', 'update p3']);
  });

  it.each(['auto', 'manual'] as const)(
    'never goes back to an image from before what it showed (%s)',
    async (advance) => {
      await fill(db, 20);
      // The image is made for this one, and kept for those that come later.
      await using reader = await openPlayerReader(db.readerPort({ maxBehindBytes: MEBIBYTE }), { advance });
      const seqs: bigint[] = [];
      const changed: bigint[] = [];
      reader.player.subscribe(({ seq }) => changed.push(seq));
      const look = async (count: number): Promise<void> => {
        for (let at = 0; at < count; at++) {
          await turn();
          seqs.push(reader.seq);
        }
      };
      for (let round = 0; round < 10; round++) {
        for (let count = 0; count < 10; count++)
          await db.player.update('p1', { name: `${LONG_NAME}${round} ${count}` });
        reader.advance();
        await look(1);
      }
      const shown = reader.seq;
      await writeMuch();
      await look(2);
      reader.advance();
      await look(30);
      await reader.caughtUp(db.seq);
      expect(shown).toBe(101n);
      expect(seqs).toEqual([...seqs].sort((a, b) => Number(a - b)));
      // One change for all that it was not shown, perhaps after some that it was.
      expect(changed).toEqual([...changed].sort((a, b) => Number(a - b)));
      expect(changed.length).toBeLessThan(200);
      expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
    },
  );

  it('follows again afterwards, and may fall behind again', async () => {
    await fill(db, 20);
    await using reader = await slowReader();
    for (let round = 0; round < 3; round++) {
      await writeMuch();
      await reader.caughtUp(db.seq);
      await db.player.update('p4', { age: round });
      expect(reader.lag).toBe(1n);
      reader.advance();
      expect([reader.player.get('p4')?.age, reader.lag]).toEqual([round, 0n]);
      expect(reader.player.get('p1')?.name).toBe(db.player.get('p1')?.name);
    }
  });

  it('moves on while writes go on', async () => {
    await fill(db, 2_000);
    await using reader = await slowReader();
    await writeMuch();
    let isThere = false;
    const moving = reader.caughtUp(db.seq).finally(() => {
      isThere = true;
    });
    for (let count = 0; !isThere; count++) {
      await db.player.update(`p${count % 2_000}`, { age: count % 100 });
      if (count % 10 === 0) await turn();
    }
    await moving;
    await reader.caughtUp(db.seq);
    expect(reader.player.all().all().sort(byId)).toEqual(db.player.all().all().sort(byId));
  });

  it('keeps what it shows when the database closes before it could move', async () => {
    const own = await openPlayers();
    await fill(own, 20);
    const reader = await openPlayerReader(own.readerPort({ maxBehindBytes: MEBIBYTE }), { advance: 'manual' });
    for (let count = 0; count < 100; count++) await own.player.update('p1', { name: `${LONG_NAME}${count}` });
    await own.close();
    await reader.ended;
    expect([reader.advance(), reader.state, reader.player.get('p1')?.name]).toEqual([1n, 'ended', 'Player p1']);
    await expect(reader.caughtUp(own.seq)).rejects.toMatchObject({ code: 'READER_ENDED' });
    await reader.close();
  });

  it('delays no reader that keeps up', async () => {
    await fill(db, 20);
    await using slow = await slowReader();
    await using quick = await readerOf(db);
    for (let round = 0; round < 4; round++) {
      await writeMuch();
      await quick.caughtUp(db.seq);
      expect(quick.player.get('p1')?.name).toBe(db.player.get('p1')?.name);
    }
    expect(slow.lag).toBe(400n);
    await until(() => db.stats().readers.behindBytes < MEBIBYTE, 'the log to be forgotten');
  });
});

it('a bound that is none is refused', () => {
  for (const maxBehindBytes of [0, -1, 1.5, MEBIBYTE - 1, Number.NaN, '9', null])
    expect(() => db.readerPort({ maxBehindBytes } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  expect(() => db.readerPort({ maxBehind: 1 } as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  expect(() => db.readerPort(null as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
