import fc from 'fast-check';
import { openPlayers, type PlayerDatabase, player } from '../../test/support/open-players.js';

const stateOf = (documents: Iterable<{ readonly id: string; readonly age: number }>): string[] =>
  Array.from(documents, ({ id, age }) => `${id} ${age}`).sort();

async function writeAtRandom(db: PlayerDatabase, [kind, number]: readonly [number, number]): Promise<void> {
  const id = `p${number}`;
  if (kind === 0) await db.player.upsert(player(id, { age: number }));
  else if (kind === 1) await db.player.delete(id);
  else if (kind === 2) await db.player.updateMany({ age: { gte: number } }, ({ age }) => ({ age: (age + 1) % 100 }));
  else {
    const taken = db.transaction((tx) => {
      tx.player.upsert(player(id, { age: 99 }));
      tx.player.delete(`p${number + 1}`);
      throw new RangeError('taken back');
    });
    await expect(taken).rejects.toThrow(RangeError);
  }
}

describe('a snapshot', () => {
  it('stays the same while writes go on, until it is closed', async () => {
    await using db = await openPlayers();
    await db.player.insertMany([player('a'), player('b'), player('c')]);
    using snapshot = db.snapshot();
    await db.player.update('a', { age: 99 });
    await db.player.delete('b');
    await db.player.insert(player('b', { age: 77 }));
    await db.player.insert(player('d'));
    await db.player.delete('c');
    expect(snapshot.seq).toBe(1n);
    expect([
      snapshot.player.size,
      snapshot.player.has('d'),
      snapshot.player.get('a')?.age,
      snapshot.player.get('b')?.age,
    ]).toEqual([3, false, 30, 30]);
    expect(stateOf(snapshot.player)).toEqual(['a 30', 'b 30', 'c 30']);
    expect(stateOf(snapshot.player.all())).toEqual(stateOf(snapshot.player));
    expect(() => snapshot.player.get(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
    using later = db.snapshot();
    expect(stateOf(later.player)).toEqual(['a 99', 'b 77', 'd 30']);
    snapshot.close();
    snapshot.close();
    expect(() => snapshot.player.get('a')).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
    expect(() => snapshot.player.all()).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
  });

  it('is refused inside a transaction', async () => {
    await using db = await openPlayers();
    await expect(db.transaction(() => db.snapshot())).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  });

  it('agrees with a copy of its moment, whatever is written before, during and after the walk', async () => {
    const write = fc.tuple(fc.nat(3), fc.nat(12));
    const property = fc.asyncProperty(
      fc.array(write),
      fc.array(write),
      fc.array(write, { minLength: 1 }),
      async (before, between, during) => {
        await using db = await openPlayers();
        for (const step of before) await writeAtRandom(db, step);
        using snapshot = db.snapshot();
        const expected = stateOf(db.player.all());
        for (const step of between) await writeAtRandom(db, step);
        const seen: { readonly id: string; readonly age: number }[] = [];
        let turn = 0;
        for (const document of snapshot.player) {
          seen.push(document);
          await writeAtRandom(db, during[turn++ % during.length] as readonly [number, number]);
        }
        expect(stateOf(seen)).toEqual(expected);
        expect(stateOf(snapshot.player.all())).toEqual(expected);
        expect(snapshot.player.size).toBe(expected.length);
        for (let number = 0; number < 14; number++)
          expect(snapshot.player.has(`p${number}`)).toBe(expected.some((line) => line.startsWith(`p${number} `)));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
