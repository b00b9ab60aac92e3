/** The machine's clock goes ahead and back: times in the journal do not, it is told, and a restore says what it leaves out. */

import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { ClockJump } from '../src/journal/journal-clock.js';
import { auditTrail, inspectDirectory, restoreDirectory } from '../src/tools/directory-tools.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const START_MS = Date.UTC(2030, 0, 1);

let fileSystem: MemoryFileSystem;
let offsetMs: number;
let elapsedMs: number;

beforeEach(() => {
  fileSystem = new MemoryFileSystem();
  offsetMs = 0;
  elapsedMs = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => START_MS + elapsedMs++ + offsetMs);
});

afterEach(() => jest.restoreAllMocks());

const open = (): Promise<PlayerDatabase> =>
  openPlayers({ directory: '/data', fileSystem, compaction: 'manual', pageBytes: 4096 });

async function times(directory = '/data'): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { timeMs } of auditTrail({ directory, fileSystem })) found.push(timeMs);
  return found;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function requireAscending(): Promise<void> {
  const found = await times();
  expect(found).toEqual([...found].sort((a, b) => a - b));
  const { frames } = await inspectDirectory({ directory: '/data', fileSystem });
  const ofFrames = frames.map(({ timeMs }) => timeMs);
  expect(ofFrames).toEqual([...ofFrames].sort((a, b) => a - b));
}

it('never writes a time before another, over jumps, compaction, reopening and restoring, and tells each jump', async () => {
  let db = await open();
  const jumps: ClockJump[] = [];
  db.on('clockJumped', (jump) => jumps.push(jump));
  await db.player.insert(player('a'));
  offsetMs = TEN_YEARS_MS;
  await db.player.insert(player('b'));
  await turn();
  expect(jumps.map(({ jumpMs }) => Math.round(jumpMs / TEN_YEARS_MS))).toEqual([1]);
  offsetMs = 0;
  await db.player.insert(player('c'));
  await db.player.insert(player('d'));
  await turn();
  expect(jumps.map(({ jumpMs }) => Math.round(jumpMs / TEN_YEARS_MS))).toEqual([1, -1]);
  expect(jumps[1]?.journalMs).toBeGreaterThan(START_MS + TEN_YEARS_MS - 1);
  await db.compact();
  for (let index = 0; index < 60; index++) await db.player.insert(player(`e${index}`));
  await db.close();
  await requireAscending();
  for (let round = 0; round < 3; round++) {
    db = await open();
    const behind = db.recovery?.clockBehindMs ?? 0;
    expect([behind > TEN_YEARS_MS - 60_000, behind <= TEN_YEARS_MS]).toEqual([true, true]);
    await db.player.insert(player(`r${round}`));
    await db.compact();
    await db.close();
    await requireAscending();
  }
  await restoreDirectory({ directory: '/data', destination: '/copy', fileSystem });
  const copy = await openPlayers({ directory: '/copy', fileSystem });
  await copy.player.insert(player('copied'));
  await copy.close();
  expect((await times('/copy'))[0]).toBeGreaterThan(START_MS + TEN_YEARS_MS - 1);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e300])('keeps the last time when the clock says %p', async (wrong) => {
  const db = await open();
  await db.player.insert(player('a'));
  jest.spyOn(Date, 'now').mockReturnValue(wrong);
  await db.player.insert(player('b'));
  await db.close();
  await requireAscending();
  const again = await open();
  expect(again.player.size).toBe(2);
  await again.close();
});

it('says what a restore to a time leaves out, also transactions that a fast clock dated too late', async () => {
  const db = await open();
  await db.player.insert(player('a'));
  const beforeMs = Date.now();
  offsetMs = TEN_YEARS_MS;
  await db.player.insert(player('ahead'));
  offsetMs = 0;
  for (const id of ['c', 'd', 'e']) await db.player.insert(player(id));
  await db.close();
  const report = await restoreDirectory({ directory: '/data', destination: '/copy', fileSystem, atTime: beforeMs });
  expect(report).toMatchObject({
    lastSeq: 1,
    leftOut: { transactionCount: 4, firstSeq: 2, lastSeq: 5, earlierCount: 0 },
  });
  expect(report.leftOut?.latestTime).toBeGreaterThan(START_MS + TEN_YEARS_MS - 1);
  // The restored one does not go on from the time that was left out.
  const copy = await openPlayers({ directory: '/copy', fileSystem });
  await copy.player.insert(player('z'));
  await copy.close();
  expect((await times('/copy'))[0]).toBeLessThan(START_MS + TEN_YEARS_MS);
  const bySeq = await restoreDirectory({ directory: '/data', destination: '/by-seq', fileSystem, atSeq: 4 });
  expect(bySeq.leftOut).toMatchObject({ transactionCount: 1, firstSeq: 5, lastSeq: 5, earlierCount: 0 });
  const all = await restoreDirectory({ directory: '/data', destination: '/all', fileSystem });
  expect([all.lastSeq, all.leftOut]).toEqual([5, undefined]);
});
