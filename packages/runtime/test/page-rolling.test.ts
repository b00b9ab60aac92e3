/** When the journal begins a new page: by bytes, by count of transactions, by age; also over openings with other limits. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { sleep } from '../src/time/real-time.js';
import { inspectDirectory } from '../src/tools.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const DIRECTORY = '/db';

const open = (fileSystem: MemoryFileSystem, options: object): Promise<PlayerDatabase> =>
  openPlayers({ directory: DIRECTORY, fileSystem, durability: 'os', compaction: 'manual', ...options } as never);

async function insert(db: PlayerDatabase, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) await db.player.insert(player(`p${String(number).padStart(4, '0')}`));
}

async function transactionsByPage(fileSystem: MemoryFileSystem): Promise<readonly number[]> {
  const { pages, lastSeq, damage } = await inspectDirectory({ fileSystem, directory: DIRECTORY });
  expect(damage).toEqual([]);
  const starts = [...pages.map(({ firstSeq }) => firstSeq), lastSeq + 1];
  return pages.map(({ firstSeq }, index) => starts[index + 1]! - firstSeq);
}

afterEach(() => jest.restoreAllMocks());

describe('a page', () => {
  it('ends with its last transaction by count, of single writes and of many at once, and goes on after an opening', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await open(fileSystem, { pageTransactions: 10 });
    await insert(db, 0, 14);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([10, 4]);
    db = await open(fileSystem, { pageTransactions: 10 });
    await Promise.all(Array.from({ length: 23 }, (_, number) => db.player.insert(player(`q${number}`))));
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([10, 10, 10, 7]);
    db = await open(fileSystem, { pageTransactions: 5 });
    await insert(db, 100, 102);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([10, 10, 10, 7, 2]);
    db = await open(fileSystem, {});
    await insert(db, 200, 220);
    expect(db.player.size).toBe(14 + 23 + 2 + 20);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([10, 10, 10, 7, 22]);
  });

  it('may hold one transaction alone, however many documents that has', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, { pageTransactions: 1 });
    await db.player.insertMany(Array.from({ length: 50 }, (_, number) => player(`p${number}`)));
    await insert(db, 100, 103);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([1, 1, 1, 1]);
  });

  it('ends by age with the next write, never while it is empty, and by the age that it has on disk', async () => {
    const fileSystem = new MemoryFileSystem();
    let nowMs = Date.parse('2026-06-01T00:00:00Z');
    jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
    let db = await open(fileSystem, { pageAgeMs: 3_600_000 });
    nowMs += 7_200_000;
    await insert(db, 0, 2); // the first page was empty for two hours
    nowMs += 3_599_000;
    await insert(db, 2, 3);
    nowMs += 2_000;
    await insert(db, 3, 5);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([3, 2]);
    nowMs += 3_600_000;
    db = await open(fileSystem, { pageAgeMs: 3_600_000 });
    await insert(db, 5, 6);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([3, 2, 1]);
    nowMs += 3_600_000;
    db = await open(fileSystem, {});
    await insert(db, 6, 7);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([3, 2, 2]);
  });

  it('ends by age while the clock of the machine is behind that of the journal, which stands still', async () => {
    const fileSystem = new MemoryFileSystem();
    const date = jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2036-06-01T00:00:00Z'));
    const db = await open(fileSystem, { pageAgeMs: 20 });
    await insert(db, 0, 1);
    date.mockReturnValue(Date.parse('2026-06-01T00:00:00Z'));
    await sleep(25);
    await insert(db, 1, 2);
    await db.close();
    expect(await transactionsByPage(fileSystem)).toEqual([1, 1]);
  });

  it('ends by bytes first where that comes first', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, { pageBytes: 4096, pageTransactions: 1_000_000, pageAgeMs: 86_400_000 });
    for (let number = 0; number < 40; number++)
      await db.player.insert(player(`p${number}`, { name: 'x'.repeat(1_000) }));
    await db.close();
    expect((await transactionsByPage(fileSystem)).length).toBeGreaterThan(5);
  });

  it.each(['pageTransactions', 'pageAgeMs'])('has no %s of 0, of a fraction, or of a text', async (option) => {
    for (const value of [0, -1, 1.5, Number.NaN, '5', null])
      await expect(open(new MemoryFileSystem(), { [option]: value })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        facts: { option },
      });
  });
});
