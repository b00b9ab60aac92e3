/** `maxMemoryBytes`: writes that add are refused before memory is used up, all others go on, and there is a warning before. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryInUse } from '../src/commit/memory-limit.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const MIB = 2 ** 20;
/** Of a document, as estimated. */
const NAME = 'n'.repeat(64 * 1024);
/** More than the limit takes. */
const MOST_COUNT = 2_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function limited(moreBytes: number): Promise<PlayerDatabase> {
  return openPlayers({ memory: true, historyBytes: 0, maxMemoryBytes: (await steadyBytes()) + moreBytes });
}

/** What other test files of this process left behind goes in several collections; what went later would make room. */
async function steadyBytes(): Promise<number> {
  let leastBytes = Number.POSITIVE_INFINITY;
  for (;;) {
    collect();
    await turn();
    const { heapBytes, bufferBytes } = memoryInUse();
    if (heapBytes + bufferBytes > leastBytes - MIB) return Math.min(leastBytes, heapBytes + bufferBytes);
    leastBytes = heapBytes + bufferBytes;
  }
}

/** Inserts until one is refused. @returns how many there are. */
async function fill(db: PlayerDatabase): Promise<number> {
  for (let index = 0; index < MOST_COUNT; index++) {
    const insert = db.player.insert(player(`p${index}`, { name: `${index}${NAME}`.split('').join('') }));
    try {
      await insert;
    } catch (error) {
      expect(error).toMatchObject({ code: 'MEMORY_LIMIT', facts: { maxBytes: expect.any(Number) } });
      return index;
    }
  }
  throw new RangeError('nothing was refused');
}

describe('a database with maxMemoryBytes', () => {
  it('refuses inserts when the memory is used up, and takes them again when documents were deleted', async () => {
    await using db = await limited(24 * MIB);
    const count = await fill(db);
    expect(count).toBeGreaterThan(20);
    expect(db.player.size).toBe(count);
    expect(db.stats().memory.limitedBytes).toBeGreaterThan(0);
    // As large as before, or smaller.
    await db.player.update('p1', { age: 31 });
    await db.player.update('p2', { name: 'short' });
    const longer = db.player.update('p3', { name: `${NAME}${NAME}${NAME}${NAME}${NAME}${NAME}${NAME}${NAME}` });
    await expect(longer).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    expect(db.player.get('p3')?.name).toHaveLength(NAME.length + 1);
    for (let index = 0; index < count / 2; index++) await db.player.delete(`p${index}`);
    collect();
    await turn();
    await db.player.insert(player('again', { name: NAME }));
    expect(db.player.get('again')?.name).toBe(NAME);
  });

  it('takes a whole transaction back when one of its writes is refused', async () => {
    await using db = await limited(16 * MIB);
    const count = await fill(db);
    const change = db.transaction((tx) => {
      tx.player.update('p1', { age: 99 });
      for (let index = 0; index < MOST_COUNT; index++) tx.player.insert(player(`t${index}`, { name: NAME + index }));
    });
    await expect(change).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    expect(db.player.size).toBe(count);
    expect(db.player.get('p1')?.age).toBe(30);
  });

  it('says at four fifths that memory is running out', async () => {
    await using db = await limited(32 * MIB);
    const told: unknown[] = [];
    db.on('memoryPressure', (pressure) => told.push(pressure));
    await fill(db);
    await turn();
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toEqual({ usedBytes: expect.any(Number), maxBytes: expect.any(Number) });
  });

  it('opens whatever is on the disk, and lets it be read and deleted', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { directory: '/data', fileSystem, durability: 'os' } as const;
    const written = await openPlayers(options);
    await written.player.insertMany([player('a'), player('b')]);
    await written.close();
    await using db = await openPlayers({ ...options, maxMemoryBytes: MIB });
    expect(db.player.get('a')?.name).toBe('Player a');
    await expect(db.player.insert(player('c'))).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    await db.player.delete('a');
    expect(db.player.size).toBe(1);
  });

  it.each([0, 2 ** 20 - 1, 1.5e6 + 0.5, '1g', null])('refuses maxMemoryBytes of %p', async (maxMemoryBytes) => {
    await expect(openPlayers({ memory: true, maxMemoryBytes: maxMemoryBytes as number })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { option: 'maxMemoryBytes' },
    });
  });
});
