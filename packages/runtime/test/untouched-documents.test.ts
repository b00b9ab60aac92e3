/** Documents that are bytes since the opening, until somebody asks for them: nobody can tell. */
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { readFile, replaceFile } from './disk-fixture.js';
import { expectConsistentIndexes } from './support/check-players.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const COUNT = 1_000;

/** A database over an image of so many players, none of whom was asked for. */
async function reopened(fileSystem = new MemoryFileSystem()): Promise<PlayerDatabase> {
  const options = { directory: '/data', fileSystem, compaction: 'manual' } as const;
  const db = await openPlayers(options);
  if (db.player.size === 0) {
    const inputs = Array.from({ length: COUNT }, (_, index) =>
      player(`p${index}`, {
        age: index % 100,
        clubs: [`c${index % 10}`],
        ...(index % 2 === 0 && { nick: `nick${index}` }),
      }),
    );
    await db.player.insertMany(inputs);
    await db.player.update('p7', { name: 'Seven' });
    await db.compact();
  }
  await db.close();
  return openPlayers(options);
}

describe('a document that was not read since the opening', () => {
  it('is one object, whichever way it is found first', async () => {
    await using db = await reopened();
    const found = db.player.findByEmail('p7@x.io');
    expect(found).toMatchObject({ id: 'p7', name: 'Seven' });
    expect(db.player.get('p7')).toBe(found);
    expect(db.player.findByClubs('c7').all()).toContain(found);
    expect(db.player.revision('p7')).toBe(2);
    const inOrder = db.player.findByAge({ gte: 42, lt: 44 }).all();
    expect(inOrder.map(({ age }) => age)).toEqual([...Array(10).fill(42), ...Array(10).fill(43)]);
    for (const document of inOrder) expect(db.player.get(document.id)).toBe(document);
    expect(db.player.size).toBe(COUNT);
    expect(db.player.all().count()).toBe(COUNT);
    expect(db.player.get('p8')).toBe(db.player.findByNick('nick8'));
    expect(db.player.findByEmail('nobody@x.io')).toBeUndefined();
    expect(db.player.has('p1000')).toBe(false);
  });

  it('holds its unique values against others, gives them up, and takes them back', async () => {
    await using db = await reopened();
    const taken = { email: 'p1@x.io' };
    await expect(db.player.insert(player('new', taken))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(db.player.update('p2', taken)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(db.player.insert(player('p3'))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await db.transaction((tx) => {
      tx.player.update('p5', { email: 'p6@x.io' });
      tx.player.update('p6', { email: 'p5@x.io' });
    });
    expect([db.player.findByEmail('p5@x.io')?.id, db.player.findByEmail('p6@x.io')?.id]).toEqual(['p6', 'p5']);
    await expect(
      db.transaction((tx) => {
        tx.player.delete('p9');
        tx.player.insert(player('other', { email: 'p9@x.io' }));
        throw new RangeError('no');
      }),
    ).rejects.toThrow('no');
    expect(db.player.findByEmail('p9@x.io')).toBe(db.player.get('p9'));
    await db.player.delete('p9');
    await db.player.insert(player('other', { email: 'p9@x.io' }));
    expect([db.player.get('p9'), db.player.findByEmail('p9@x.io')?.id, db.player.size]).toEqual([
      undefined,
      'other',
      COUNT,
    ]);
  });

  it('is in snapshots, changes and the next image as it was', async () => {
    const fileSystem = new MemoryFileSystem();
    const all = (db: PlayerDatabase): unknown =>
      db.player
        .all()
        .all()
        .map((document) => ({ ...document }));
    let due: unknown;
    {
      await using db = await reopened(fileSystem);
      using snapshot = db.snapshot();
      const heard: unknown[] = [];
      db.player.subscribe(({ before, after }) => heard.push([before?.name, after?.name]));
      await db.player.update('p3', { name: 'Three' });
      await db.player.delete('p4');
      expect(snapshot.player.get('p3')?.name).toBe('Player p3');
      expect(snapshot.player.get('p4')?.name).toBe('Player p4');
      expect(heard).toEqual([
        ['Player p3', 'Three'],
        ['Player p4', undefined],
      ]);
      await db.compact();
      due = all(db);
    }
    await using again = await reopened(fileSystem);
    await again.compact();
    expect(again.player.get('p3')?.name).toBe('Three');
    expect(all(again)).toEqual(due);
  });

  it('is written into image after image as the bytes it is, beside writes', async () => {
    const fileSystem = new MemoryFileSystem();
    const state = (db: PlayerDatabase): unknown =>
      [...db.player.all()]
        .map((document) => [{ ...document }, db.player.revision(document.id)] as const)
        .sort(([one], [two]) => (one.id < two.id ? -1 : 1));
    let due: unknown;
    for (let generation = 0; generation < 3; generation++) {
      await using db = await reopened(fileSystem);
      const compacted = db.compact();
      // Some before the image comes to them, some of which are new, some gone.
      await db.player.update(`p${generation}`, { name: `Changed ${generation}`, nick: `other${generation}` });
      await db.player.insert(player(`new${generation}`, { age: 7, clubs: ['c1', 'c2'] }));
      await db.player.delete(`p${500 + generation}`);
      await compacted;
      await db.compact();
      expect(db.stats().collections['player']?.undecodedCount).toBeGreaterThan(COUNT / 2);
      if (generation === 2) due = state(db);
    }
    await using again = await reopened(fileSystem);
    expectConsistentIndexes(again);
    expect(state(again)).toEqual(due);
    expect(again.player.findByNick('other1')?.name).toBe('Changed 1');
    expect(again.player.revision('p7')).toBe(2);
  });

  it('was changed behind the image: indexes stay as it brought them, but for values that are other ones', async () => {
    const fileSystem = new MemoryFileSystem();
    {
      await using db = await reopened(fileSystem);
      for (let index = 0; index < 100; index++) await db.player.update(`p${index * 7}`, { name: `Named ${index}` });
    }
    {
      await using db = await reopened(fileSystem);
      const { email, clubs, age } = db.stats().collections['player']!.indexes;
      expect([email?.imageCount, clubs?.imageCount, age?.imageCount]).toEqual([COUNT, COUNT, COUNT]);
      await db.player.update('p1', { age: 77 });
      await db.player.update('p2', { clubs: ['c2', 'new'] });
      await db.transaction((tx) => {
        tx.player.update('p3', { email: 'p5@x.io' });
        tx.player.update('p5', { email: 'p3@x.io' });
      });
      await db.player.update('p7', { age: 1 });
      await db.player.update('p7', { age: 7 });
      await db.player.update('p14', { age: 5 });
      await db.player.delete('p14');
      await db.player.insert(player('p14', { age: 6, email: 'other14@x.io' }));
    }
    await using db = await reopened(fileSystem);
    const { email, clubs } = db.stats().collections['player']!.indexes;
    expect([email?.imageCount, clubs!.imageCount >= COUNT / 2]).toEqual([COUNT - 5, true]);
    expectConsistentIndexes(db);
    expect([db.player.findByEmail('p5@x.io')?.id, db.player.findByEmail('p3@x.io')?.id]).toEqual(['p3', 'p5']);
    expect(db.player.get('p7')?.name).toBe('Named 1');
  });

  it('is of the image before when the newest one is damaged in its midst, with all that was written since', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { directory: '/data', fileSystem, compaction: 'manual' } as const;
    const contents = (db: PlayerDatabase): unknown => {
      const byKey = [...db.player.all().all()].sort((one, two) => (one.id < two.id ? -1 : 1));
      return byKey.map((document) => [{ ...document }, db.player.revision(document.id)]);
    };
    const db = await openPlayers(options);
    const text = 'x'.repeat(150);
    const inputs = Array.from({ length: 5_000 }, (_, index) => player(`p${index}`, { name: `${text}${index}` }));
    await db.player.insertMany(inputs);
    await db.compact();
    for (let index = 0; index < 5_000; index += 500) {
      await db.player.delete(`p${index}`);
      await db.player.update(`p${index + 1}`, { email: `p${index}@x.io`, age: 77 });
      await db.player.upsert(player(`p${index + 2}`, { email: `p${index + 1}@x.io` }));
    }
    await db.compact();
    await db.player.update('p7', { age: 7 });
    const due = contents(db);
    await db.close();
    for (const share of [0.4, 0.7, 0.99]) {
      const damaged = new MemoryFileSystem();
      await damaged.makeDirectory('/data');
      for (const name of await fileSystem.list('/data')) {
        const bytes = await readFile(fileSystem, `/data/${name}`);
        const at = Math.floor(bytes.length * share);
        if (name === 'snapshot-0000000002.nut') bytes[at] = (bytes[at] as number) ^ 1;
        await replaceFile(damaged, `/data/${name}`, bytes);
      }
      await using again = await openPlayers({ ...options, fileSystem: damaged });
      expect(again.recovery?.damagedSnapshots).toHaveLength(1);
      expect([again.player.size, again.player.all().count()]).toEqual([4_990, 4_990]);
      expect(again.player.findByEmail('p0@x.io')?.id).toBe('p1');
      expect(again.player.findByEmail('p2@x.io')).toBeUndefined();
      expect(again.player.findByAge(77).count()).toBe(10);
      expect(contents(again)).toEqual(due);
    }
  });

  it('does not hold the bytes of many that were read', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { directory: '/data', fileSystem, compaction: 'manual', durability: 'os' } as const;
    const written = await openPlayers(options);
    const name = 'n'.repeat(5_000);
    const inputs = Array.from({ length: 5_000 }, (_, index) => player(`p${index}`, { name: `${name}${index}` }));
    for (let from = 0; from < 5_000; from += 500) await written.player.insertMany(inputs.slice(from, from + 500));
    await written.close();
    await using db = await openPlayers(options);
    const held = (): number => db.stats().collections['player']!.undecodedBytes;
    expect(held()).toBeGreaterThan(25_000_000);
    // One of each fifty stays bytes, and so at least one of each body.
    for (let index = 0; index < 5_000; index++) if (index % 50 !== 0) db.player.get(`p${index}`);
    for (let turns = 0; held() > 20_000_000 && turns < 10_000; turns++) await turn();
    expect(held()).toBeLessThan(20_000_000);
    for (const due of inputs) expect(db.player.get(due.id)?.name).toBe(due['name' as keyof typeof due]);
    for (const due of inputs) expect(db.player.findByEmail(due.email)).toBe(db.player.get(due.id));
    expect(held()).toBe(0);
  });
});
