/** An engine that takes calls and never answers: writes and closing end all the same, and nothing is forgotten. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../generated/index.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { AnsweringEngine } from '../src/engine/answering-engine.js';
import type { JournalEngine } from '../src/engine/journal-engine.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { nodeOptions } from '../src/journal-options.js';

const LIMIT_MS = 200;
const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: 'Ann' });
const options = { ...nodeOptions({ unreachableMs: LIMIT_MS }), answerMs: LIMIT_MS };
const silent = new Promise<never>(() => undefined);
const codeOf = (error: { readonly code?: string }): string | undefined => error.code;

/** From some moment on, calls of a kind have no answer. */
class Silence implements EngineFaults {
  readonly calls = new Set<string>();
  /** The engine does what it is asked, and says nothing. */
  isDone = false;

  before(call: string): Promise<void> | undefined {
    return this.calls.has(call) && !this.isDone ? silent : undefined;
  }

  after(call: string): Promise<void> | undefined {
    return this.calls.has(call) && this.isDone ? silent : undefined;
  }
}

const over = (log: MemoryLog, faults: EngineFaults): never =>
  ({ memory: true, journal: new ClusterJournal(() => new MemoryEngine(log, faults), options) }) as never;

it.each([true, false])('closing gives up a write without an answer; stored meanwhile: %s', async (isDone) => {
  const log = new MemoryLog();
  const faults = new Silence();
  const db = await openDatabase(over(log, faults));
  await db.player.insert(player('p1'));
  faults.isDone = isDone;
  for (const call of ['append', 'read', 'head']) faults.calls.add(call);
  const written = db.player.insert(player('p2')).catch((error) => error);
  await sleep(20);
  await expect(db.close()).rejects.toMatchObject({
    code: 'JOURNAL_UNREACHABLE',
    facts: { operation: 'close', isOutcomeUnknown: true },
  });
  expect(await written).toMatchObject({ code: 'DATABASE_FAILED', facts: { isOutcomeUnknown: true } });
  // The next opening knows.
  await using again = await openDatabase(over(log, {}));
  expect(again.player.get('p2') !== undefined).toBe(isDone);
  await again.player.insert(player('p3'));
  expect(again.player.count()).toBe(isDone ? 3 : 2);
});

it('writes are refused when the engine has been silent for too long', async () => {
  const faults = new Silence();
  const db = await openDatabase(over(new MemoryLog(), faults));
  for (const call of ['append', 'read']) faults.calls.add(call);
  const first = db.player.insert(player('p1')).catch(codeOf);
  while (db.lagMs <= LIMIT_MS) await sleep(20);
  await expect(db.player.insert(player('p2'))).rejects.toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
  faults.calls.clear();
  expect(await first).toMatchObject({ id: 'p1' });
  await db.barrier();
  expect(db.lagMs).toBe(0);
  await db.close();
});

it('closing loses nothing, and says nothing, when nothing waits for the silent engine', async () => {
  const log = new MemoryLog();
  const faults = new Silence();
  const db = await openDatabase(over(log, faults));
  await db.player.insert(player('p1'));
  for (const call of ['append', 'read', 'head']) faults.calls.add(call);
  // It looks what there is, and hears nothing.
  await using other = await openDatabase(over(log, {}));
  await other.player.insert(player('p2'));
  await db.close();
});

it('closing does not wait for compaction that waits for a write in doubt', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-silent-'));
  try {
    const log = new MemoryLog();
    const faults = new Silence();
    const journal = new ClusterJournal(() => new MemoryEngine(log, faults), options);
    const db = await openDatabase({ directory: join(folder, 'a'), journal, compaction: 'manual' } as never);
    await db.player.insert(player('p1'));
    for (const call of ['append', 'read', 'head']) faults.calls.add(call);
    const written = db.player.insert(player('p2')).catch(codeOf);
    await sleep(20);
    const compacted = db.compact().catch(codeOf);
    await expect(db.close()).rejects.toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
    expect(await Promise.all([written, compacted])).toEqual(['DATABASE_FAILED', 'JOURNAL_UNREACHABLE']);
    faults.calls.clear();
    const again = await openDatabase({ directory: join(folder, 'a'), journal } as never);
    expect(again.player.count()).toBe(1);
    await again.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('an engine that is asked', () => {
  const place = { position: 1, seq: 1, chain: '0'.repeat(32), models: [] };
  const engineOf = (more: Partial<JournalEngine>) =>
    new AnsweringEngine(Object.assign(Object.create(new MemoryEngine(new MemoryLog())), more) as JournalEngine, 100);
  async function* slowly(count: number, ms: number) {
    for (let index = 0; index < count; index++) {
      await sleep(ms);
      yield new Uint8Array(10);
    }
  }

  it('rejects when it says nothing, whatever it was asked', async () => {
    const engine = engineOf({
      append: () => silent,
      close: () => silent,
      storeImage: async (_, parts) => {
        for await (const part of parts) if (part.length > 0) await silent;
        return undefined;
      },
      imageParts: () => ({ [Symbol.asyncIterator]: () => ({ next: () => silent }) }),
    });
    await expect(engine.append(1, new Uint8Array(1))).rejects.toMatchObject({ code: 'ETIMEDOUT', waitedMs: 100 });
    await expect(engine.close()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect(engine.storeImage(place, slowly(3, 1))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const parts = engine.imageParts({ ...place, byteCount: 1, sha256: '' });
    await expect(parts[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('is not blamed for parts of an image that come slowly', async () => {
    const engine = new AnsweringEngine(new MemoryEngine(new MemoryLog()), 1_000);
    const stored = await engine.storeImage(place, slowly(4, 400));
    expect(stored?.byteCount).toBe(40);
  });

  it('stops waiting for news with the signal', async () => {
    const end = new AbortController();
    const waiting = engineOf({ wait: () => silent }).wait(0, end.signal);
    end.abort();
    await waiting;
  });
});
