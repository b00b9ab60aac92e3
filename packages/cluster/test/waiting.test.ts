/** Calls that wait for a node come to an end, whatever becomes of what they wait for. */
import { openDatabase } from '../../../generated/index.js';
import { RepeatableWork } from '../../runtime/src/commit/repeatable-work.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { News } from '../src/engine/news.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { storeImage, truncateJournal } from '../src/index.js';
import { nodeOptions } from '../src/journal-options.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: 'Ann' });
const over = (log: MemoryLog, faults: EngineFaults = {}): never =>
  ({ memory: true, journal: new ClusterJournal(() => new MemoryEngine(log, faults), nodeOptions({})) }) as never;

/** Something to wait for until it is let go. */
function gate(): { readonly wait: Promise<void>; open(): void } {
  let open!: () => void;
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

it('flush resolves when what was pending is settled under other numbers, or refused', async () => {
  const log = new MemoryLog();
  let held = gate();
  const before = (call: string): Promise<void> | undefined => (call === 'append' ? held.wait : undefined);
  await using a = await openDatabase(over(log, { before }));
  await using b = await openDatabase(over(log));
  const refused = ['x', 'x', 'x'].map((id) => a.player.insert({ ...player('p1'), id }).catch(({ code }) => code));
  const flushed = a.flush();
  await b.player.insert(player('p1'));
  held.open();
  expect(await Promise.all(refused)).toEqual(['DUPLICATE_KEY', 'DUPLICATE_KEY', 'DUPLICATE_KEY']);
  await flushed;
  held = gate();
  let isSettled = false;
  const kept = a.player.insert(player('p2')).then(() => {
    isSettled = true;
  });
  const flushedAgain = a.flush().then(() => isSettled);
  for (const id of ['q1', 'q2', 'q3']) await b.player.insert(player(id));
  held.open();
  await kept;
  expect(await flushedAgain).toBe(true);
});

it.each(['fails', 'closes'])('a barrier ends when the node %s while the engine is asked', async (end) => {
  const log = new MemoryLog();
  let held: ReturnType<typeof gate> | undefined;
  const after = (call: string): Promise<void> | undefined => (call === 'head' ? held?.wait : undefined);
  const a = await openDatabase(over(log, { after }));
  await using b = await openDatabase(over(log));
  held = gate();
  // Asked for its head, the engine says 2; then the frame turns out to be damaged, or nobody reads it any more.
  log.frames.push({ position: 1, bytes: new Uint8Array(200), writtenMs: 0 });
  log.head = 1;
  const barrier = a.barrier().catch(({ code }) => code);
  if (end === 'closes') await a.close().catch(() => undefined);
  else await a.player.insert(player('p1')).catch(() => undefined);
  held.open();
  expect(['DATABASE_CLOSED', 'DATABASE_FAILED']).toContain(await barrier);
  await a.close().catch(() => undefined);
  await b.close().catch(() => undefined);
});

it('a write whose answer was lost, on a node that then fails, is said to be of unknown outcome', async () => {
  const log = new MemoryLog();
  let isLosing = false;
  const after = (call: string): void => {
    if (isLosing && call === 'append') {
      log.frames[0]!.bytes[60]! ^= 1;
      throw new Error('the answer is lost');
    }
  };
  const a = await openDatabase(over(log, { after }));
  isLosing = true;
  const facts = { causeCode: 'JOURNAL_DAMAGED', isOutcomeUnknown: true };
  await expect(a.player.insert(player('p1'))).rejects.toMatchObject({ code: 'DATABASE_FAILED', facts });
  expect(log.head).toBe(1);
  await expect(a.player.insert(player('p2'))).rejects.not.toHaveProperty('facts.isOutcomeUnknown');
  await a.close().catch(() => undefined);
});

it.each(['writes', 'opens'])('a node that is behind frames of which none is kept says so when it %s', async (work) => {
  const log = new MemoryLog();
  let held: ReturnType<typeof gate> | undefined;
  const before = (): Promise<void> | undefined => held?.wait;
  const a = await openDatabase(over(log, { before }));
  held = gate();
  await using b = await openDatabase(over(log));
  for (const id of ['p1', 'p2', 'p3']) await b.player.insert(player(id));
  log.frames = [];
  const lagging = work === 'writes' ? a.player.insert(player('q1')) : openDatabase(over(log));
  held.open();
  await expect(lagging).rejects.toMatchObject(
    work === 'writes' ? { code: 'DATABASE_FAILED', facts: { causeCode: 'CHANGES_GONE' } } : { code: 'CHANGES_GONE' },
  );
  await a.close().catch(() => undefined);
});

it('a node begins anew when others store an image and let frames go while it begins', async () => {
  const log = new MemoryLog();
  const others = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
  await using a = await openDatabase({ memory: true, journal: others });
  for (const id of ['p1', 'p2', 'p3']) await a.player.insert(player(id));
  let readCount = 0;
  const before = async (call: string): Promise<void> => {
    if (call !== 'read' || readCount++ > 0) return;
    await storeImage(others);
    const { after } = await truncateJournal(others, { retentionMs: 0, retentionBytes: 0 });
    expect(after.frameCount).toBe(0);
  };
  await using b = await openDatabase(over(log, { before }));
  expect(b.player.all().keys()).toEqual(['p1', 'p2', 'p3']);
  await b.player.insert(player('p4'));
  expect(readCount).toBeGreaterThan(1);
});

it('a transaction gives way when nothing of its node wins a hundred times, not when it stands far behind', () => {
  const work = new RepeatableWork(() => undefined);
  const repeatable = {
    work: () => undefined,
    isDeferring: false,
    options: undefined,
    runCount: 1_000,
    promise: undefined,
  };
  for (let index = 0; index < 99; index++) work.lost();
  expect(() => work.requireRunsLeft(repeatable)).not.toThrow();
  work.won();
  for (let index = 0; index < 100; index++) work.lost();
  expect(() => work.requireRunsLeft({ ...repeatable, runCount: 99 })).not.toThrow();
  expect(() => work.requireRunsLeft(repeatable)).toThrow('JOURNAL_CONTENDED');
});

it('a barrier is not kept waiting by an engine that says nothing of new frames', async () => {
  const log = new MemoryLog();
  class SilentEngine extends MemoryEngine {
    readonly #news = new News(60_000);
    override wait(_after: number, signal: AbortSignal): Promise<void> {
      return this.#news.wait(signal);
    }
  }
  const journal = new ClusterJournal(() => new SilentEngine(log), nodeOptions({}));
  await using a = await openDatabase({ memory: true, journal });
  await using b = await openDatabase({ memory: true, journal });
  await b.player.insert(player('p1'));
  await a.barrier();
  expect(a.player.count()).toBe(1);
});

it('what was accepted before a node closes is not refused because others came first', async () => {
  const log = new MemoryLog();
  const held = gate();
  const before = (call: string): Promise<void> | undefined => (call === 'append' ? held.wait : undefined);
  const a = await openDatabase(over(log, { before }));
  await using b = await openDatabase(over(log));
  const accepted = [a.player.insert(player('p1')), a.player.insert(player('p2'))];
  await b.player.insert(player('q1'));
  const closed = a.close();
  await expect(a.player.insert(player('p3'))).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  held.open();
  await Promise.all(accepted);
  await closed;
  await b.barrier();
  expect(b.player.count()).toBe(3);
});

it('a node that has waited through a silence is not refused because others came first', async () => {
  const log = new MemoryLog();
  let isSilent = false;
  const before = (): void => {
    if (isSilent) throw new Error('no answer');
  };
  const journal = new ClusterJournal(() => new MemoryEngine(log, { before }), nodeOptions({ unreachableMs: 100 }));
  await using a = await openDatabase({ memory: true, journal });
  await using b = await openDatabase(over(log));
  isSilent = true;
  const accepted = a.player.insert(player('p1'));
  await b.player.insert(player('q1'));
  while (a.lagMs < 150) await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(a.player.insert(player('p2'))).rejects.toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
  isSilent = false;
  await accepted;
  await b.barrier();
  expect(b.player.count()).toBe(2);
});

it('a node of a journal that ends before what it has applied says so', async () => {
  const log = new MemoryLog();
  const a = await openDatabase(over(log));
  await using b = await openDatabase(over(log));
  for (const id of ['p1', 'p2']) await b.player.insert(player(id));
  await a.barrier();
  log.frames.pop();
  log.head = 1;
  await expect(a.barrier()).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    facts: { causeCode: 'JOURNAL_DIVERGED' },
  });
  await expect(a.player.insert(player('p3'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  expect(a.player.count()).toBe(2);
  await a.close().catch(() => undefined);
  await b.close().catch(() => undefined);
});

it('a node whose history the journal has lost writes nothing, also where as many other frames came', async () => {
  const log = new MemoryLog();
  const a = await openDatabase(over(log));
  for (const id of ['p1', 'p2']) await a.player.insert(player(id));
  log.frames.pop();
  log.head = 1;
  await using b = await openDatabase(over(log));
  await b.player.insert(player('q2'));
  const facts = { causeCode: 'JOURNAL_DIVERGED' };
  await expect(a.player.insert(player('p3'))).rejects.toMatchObject({ code: 'DATABASE_FAILED', facts });
  await b.player.insert(player('q3'));
  await using late = await openDatabase(over(log));
  expect(
    late.player
      .find({})
      .orderBy('id')
      .all()
      .map(({ id }) => id),
  ).toEqual(['p1', 'q2', 'q3']);
  await a.close().catch(() => undefined);
});
