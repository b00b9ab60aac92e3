/** A node that has much to catch up with gives the event loop its turns, and never shows half a transaction. */
import { openDatabase } from '../../../generated/index.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { nodeOptions } from '../src/journal-options.js';
import { ApplySlices } from '../src/node/apply-slices.js';
import type { ArrivedFrame } from '../src/node/arriving-frames.js';

const BATCH = 100;
const player = (index: number) => ({ id: `p${index}`, email: `${index}@example.org`, age: 31, name: 'Ann' });
const over = (log: MemoryLog, faults: EngineFaults = {}): never =>
  ({ memory: true, journal: new ClusterJournal(() => new MemoryEngine(log, faults), nodeOptions({})) }) as never;

afterEach(() => jest.restoreAllMocks());

/** A node whose engine is silent until it is let go, behind so many frames of another one. */
async function lagging(frameCount: number) {
  const log = new MemoryLog();
  let held: Promise<void> | undefined;
  let letGo!: () => void;
  const db = await openDatabase(over(log, { before: () => held }));
  held = new Promise((resolve) => {
    letGo = resolve;
  });
  const other = await openDatabase(over(log));
  for (let frame = 0; frame < frameCount; frame++)
    await other.player.insertMany(Array.from({ length: BATCH }, (_, index) => player(frame * BATCH + index)));
  const release = (): void => {
    held = undefined;
    letGo();
  };
  return {
    db,
    other,
    release,
    [Symbol.asyncDispose]: async () => void (await Promise.all([db.close(), other.close()])),
  };
}

it('others have their turn while frames are applied, and see whole transactions', async () => {
  await using nodes = await lagging(200);
  const { db, other, release } = nodes;
  const seen: [number, number][] = [];
  let isDone = false;
  const look = (): void => {
    seen.push([db.player.count(), Number(db.seq)]);
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  release();
  await db.caughtUp(other.seq);
  isDone = true;
  for (const [count, seq] of seen) expect(count).toBe(seq * BATCH);
  // One turn for all would show two states, from nothing to everything.
  expect(new Set(seen.map(([count]) => count)).size).toBeGreaterThan(4);
});

it('a write that waits runs again after each slice, and has lost once', async () => {
  jest.spyOn(ApplySlices.prototype, 'next').mockReturnValue(1);
  await using nodes = await lagging(120);
  const { db, other, release } = nodes;
  let runCount = 0;
  const counted = db.transaction((tx) => {
    runCount++;
    tx.player.insert(player(1_000_000));
    return tx.player.get('p11999') !== undefined;
  });
  release();
  // It was run behind everything, in one turn with the last slice.
  expect(await counted).toBe(true);
  expect(runCount).toBeGreaterThan(100);
  await other.caughtUp(db.seq);
  expect(other.player.count()).toBe(120 * BATCH + 1);
});

describe('a slice', () => {
  const frames = (byteCount: number, count: number) =>
    Array.from({ length: count }, () => ({ byteCount }) as ArrivedFrame);

  it('is one frame at least, however large', () => {
    expect(new ApplySlices().next(frames(1024 * 1024, 3), 2)).toBe(1);
  });

  it('grows and shrinks with the time that those before took', () => {
    const slices = new ApplySlices();
    const list = frames(1024, 10_000);
    const first = slices.next(list, 0);
    slices.took(list.slice(0, first), 0.1);
    expect(slices.next(list, 0)).toBe(2 * first);
    // 64 KiB in 50 ms are 6.4 in 5.
    slices.took(list.slice(0, 2 * first), 50);
    expect(slices.next(list, 0)).toBe(6);
    // A short one says nothing of what a long one would take.
    slices.took(list.slice(0, 1), 0.001);
    expect(slices.next(list, 0)).toBe(6);
  });
});
