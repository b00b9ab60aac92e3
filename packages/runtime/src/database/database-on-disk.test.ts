import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlayers, player } from '../../test/support/open-players.js';

describe('a database in a directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nuthatch-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('makes missing directories and finds everything again after reopening', async () => {
    const directory = join(root, 'a', 'b');
    const first = await openPlayers({ directory });
    await first.player.insertMany([
      player('p1', { clubs: ['fcb'], nick: 'x' }),
      player('p2', { age: 50 }),
      player('p3'),
    ]);
    await first.player.update('p1', { age: 31 });
    await first.player.delete('p3');
    await expect(
      first.transaction((tx) => {
        tx.player.insert(player('p9'));
        throw new TypeError('no');
      }),
    ).rejects.toThrow(TypeError);
    await first.close();

    const second = await openPlayers({ directory });
    expect(second.recovery).toMatchObject({ isClean: true, lastSeq: 3, transactionCount: 3 });
    expect(second.player.size).toBe(2);
    expect(second.player.get('p1')).toMatchObject({ age: 31, clubs: ['fcb'], nick: 'x' });
    expect(second.player.revision('p1')).toBe(2);
    expect(second.player.findByClubs('fcb').keys()).toEqual(['p1']);
    expect(second.player.all().orderBy('age', 'desc').keys()).toEqual(['p2', 'p1']);
    expect(second.player.findByEmail('p3@x.io')).toBeUndefined();
    expect(second.seq).toBe(3n);
    expect(second.stats()).toMatchObject({
      state: 'open',
      collections: { player: { documentCount: 2, indexes: { age: { entryCount: 2 } } } },
    });
    await second.close();
  });

  it('refuses a second opener of the directory and names its process', async () => {
    const first = await openPlayers({ directory: root });
    await expect(openPlayers({ directory: root })).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
      facts: { pid: process.pid },
    });
    await first.close();
    const again = await openPlayers({ directory: root });
    await again.close();
  });

  it('refuses a file where the directory should be', async () => {
    const file = join(root, 'file');
    await writeFile(file, 'x');
    await expect(openPlayers({ directory: file })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });

  it('acknowledges at every level and keeps everything over a clean close', async () => {
    for (const durability of ['memory', 'os', 'interval', 'fsync'] as const) {
      const directory = join(root, durability);
      const db = await openPlayers({ directory, durability });
      await Promise.all(Array.from({ length: 50 }, (_, index) => db.player.insert(player(`p${index}`))));
      await db.player.insert(player('extra'), { durability: 'fsync' });
      await db.close();
      const again = await openPlayers({ directory });
      expect(again.player.size).toBe(51);
      await again.close();
    }
  });

  it('answers in order of seq, whatever the level of each write', async () => {
    const db = await openPlayers({ directory: root });
    const order: string[] = [];
    await Promise.all([
      db.player.insert(player('p1'), { durability: 'fsync' }).then(() => order.push('fsync')),
      db.player.insert(player('p2'), { durability: 'os' }).then(() => order.push('os')),
    ]);
    expect(order).toEqual(['fsync', 'os']);
    await db.flush();
    await db.drained();
    await db.close();
  });
});
