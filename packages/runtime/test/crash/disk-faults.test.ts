/**
 * Faults at every call and power cuts at any: what was acknowledged is there afterwards, what is there is a prefix of
 * the transactions, and the directory always opens again.
 */
import { DatabaseError } from '@nuthatch/model';
import { compact } from '../../src/checkpoint/compaction.js';
import type { SnapshotSource } from '../../src/checkpoint/snapshot-source.js';
import type { Durability } from '../../src/journal/durability.js';
import type { FileJournal } from '../../src/journal/file-journal.js';
import { DIRECTORY, ITEMS, openItems, put, RecordingListener, transaction } from '../disk-fixture.js';
import { FaultFileSystem, type FaultPlan } from '../fault-file-system.js';
import { repeats } from '../support/long-run.js';
import { randomFrom } from '../support/seeded.js';

const TRANSACTION_COUNT = 36;
const OPTIONS = { pageBytes: 4096, flushIntervalMs: 1 };
const TEXT = 'x'.repeat(300);

/** The state after each count of transactions: 0 … all, of both runs. */
const STATES: Record<string, number>[] = [{}];
for (let seq = 1; seq <= TRANSACTION_COUNT * 2; seq++) {
  const before = STATES[seq - 1] as Record<string, number>;
  const next = { ...before, [`k${seq % 7}`]: seq, [`n${String(seq).padStart(3, '0')}`]: seq };
  STATES.push(Object.fromEntries(Object.entries(next).sort(([left], [right]) => (left < right ? -1 : 1))));
}

interface Run {
  /** Seqs up to here were acknowledged as written, and as synced. */
  readonly writtenSeq: number;
  readonly syncedSeq: number;
  readonly isClosed: boolean;
  readonly error: unknown;
}

/** Opens, writes what is not there yet at the given levels, closes; remembers what was acknowledged. */
async function run(fileSystem: FaultFileSystem, levels: readonly Durability[], last: number): Promise<Run> {
  let listener = new RecordingListener();
  let startSeq = 0;
  let isClosed = false;
  let caught: unknown;
  try {
    const opened = await openItems(fileSystem, { options: OPTIONS });
    listener = opened.listener;
    const { journal, report } = opened;
    startSeq = report.lastSeq;
    try {
      for (let seq = startSeq + 1; seq <= last; seq++) {
        const text = `n${String(seq).padStart(3, '0')}`;
        journal.append(
          transaction(put(`k${seq % 7}`, seq, TEXT), put(text, seq)),
          levels[seq % levels.length] as Durability,
        );
        if (seq % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (seq % 10 === 0) await journal.flush();
        if (seq % 17 === 0) await compactNow(fileSystem, journal);
      }
    } finally {
      await journal.close();
      isClosed = listener.failure === undefined;
    }
  } catch (error) {
    caught = error;
  }
  if (isClosed) return { writtenSeq: last, syncedSeq: last, isClosed, error: caught };
  const { writtenSeq, syncedSeq } = listener;
  return {
    writtenSeq: Math.max(startSeq, writtenSeq),
    syncedSeq: Math.max(startSeq, syncedSeq),
    isClosed,
    error: caught,
  };
}

/** Compacts the state of this very moment; what goes wrong with it is the journal's to say. */
async function compactNow(fileSystem: FaultFileSystem, journal: FileJournal): Promise<void> {
  const state = STATES[journal.lastSeq] as Record<string, number>;
  const entries = Object.entries(state).map(([key, value]) => ({
    key,
    value,
    document: { id: key, value, text: TEXT },
  }));
  const source: SnapshotSource = {
    openView: () => ({
      definitions: [ITEMS],
      sequences: () => [],
      documents: () => entries.map(({ key, document }) => ({ definition: ITEMS, key, document, revision: 1 })),
      release: () => undefined,
    }),
  };
  try {
    await compact({ journal, fileSystem, directory: DIRECTORY, source });
  } catch (error) {
    if (!isFileError(error)) throw error;
  }
}

/** An injected fault, or what became of one. */
function isFileError(error: unknown): boolean {
  return DatabaseError.is(error) || typeof (error as { readonly syscall?: unknown }).syscall === 'string';
}

/** Opens what is left; must be a state that some prefix explains and that holds what was acknowledged. */
async function checkPrefix(fileSystem: FaultFileSystem, leastSeq: number, message: string): Promise<number> {
  const opened = await openItems(fileSystem).catch((error: unknown) => {
    throw new Error(`${message}: ${String(error)}`);
  });
  const { lastSeq } = opened.report;
  await opened.journal.close();
  if (lastSeq < leastSeq) throw new Error(`${message}: ${leastSeq} acknowledged, ${lastSeq} found`);
  expect(opened.report.lost).toEqual([]);
  expect(opened.report.damagedSnapshots).toEqual([]);
  expect({ message, values: opened.target.values }).toEqual({ message, values: STATES[lastSeq] });
  return lastSeq;
}

/** Counts the calls of a run without faults over a directory that holds one run already. */
async function prepared(): Promise<FaultFileSystem> {
  const fileSystem = new FaultFileSystem();
  expect(await run(fileSystem, ['fsync', 'os'], TRANSACTION_COUNT)).toMatchObject({ isClosed: true, error: undefined });
  fileSystem.calls.length = 0;
  return fileSystem;
}

const FAULTS: readonly (Omit<FaultPlan, 'failAt'> & { readonly name: string })[] = [
  { name: 'EIO once', errno: 'EIO' },
  { name: 'EIO from then on', errno: 'EIO', isPermanent: true },
  { name: 'ENOSPC with a short write', errno: 'ENOSPC', isPermanent: true, isShortWrite: true },
];

describe.each(FAULTS)('$name at every call', (fault) => {
  it('loses nothing acknowledged and names every error', async () => {
    const probe = await prepared();
    await run(probe, ['fsync', 'os', 'interval'], TRANSACTION_COUNT * 2);
    const callCount = probe.calls.length;
    expect(callCount).toBeGreaterThan(60);
    for (let failAt = 0; failAt < callCount; failAt++) {
      for (const isPowerCut of [false, true]) {
        const fileSystem = await prepared();
        fileSystem.plan = { ...fault, failAt };
        const result = await run(fileSystem, ['fsync', 'os', 'interval'], TRANSACTION_COUNT * 2);
        const call = fileSystem.calls[failAt];
        const message = `${fault.name}, call ${failAt} (${call?.operation} ${call?.path}), ${isPowerCut ? 'power cut' : 'kill'}`;
        if (result.error !== undefined && !DatabaseError.is(result.error))
          throw new Error(`${message}: ${String(result.error)}`);
        if (isPowerCut) fileSystem.crash(randomFrom(failAt));
        else fileSystem.kill();
        await checkPrefix(fileSystem, isPowerCut ? result.syncedSeq : result.writtenSeq, message);
      }
    }
  });
});

describe('a power cut', () => {
  const seedCount = repeats('NUTHATCH_POWER_CUTS', 400);

  it(
    `at any call leaves a prefix with everything synced, also inside recovery (${seedCount} seeds)`,
    async () => {
      const levels: readonly (readonly Durability[])[] = [
        ['fsync'],
        ['os'],
        ['interval', 'os'],
        ['fsync', 'os', 'memory'],
        ['memory'],
      ];
      for (let seed = 0; seed < seedCount; seed++) {
        const random = randomFrom(seed);
        const fileSystem = new FaultFileSystem();
        let acknowledged = 0;
        for (let life = 0; life < 4; life++) {
          fileSystem.calls.length = 0;
          fileSystem.plan = { failAt: Math.floor(random() * 160), isPermanent: true, isShortWrite: random() < 0.5 };
          const last = Math.min(STATES.length - 1, acknowledged + Math.floor(random() * 30));
          const result = await run(
            fileSystem,
            levels[Math.floor(random() * levels.length)] as readonly Durability[],
            last,
          );
          acknowledged = Math.max(acknowledged, result.syncedSeq);
          fileSystem.crash(random);
          if (life % 2 === 1) acknowledged = await checkPrefix(fileSystem, acknowledged, `seed ${seed}, life ${life}`);
        }
      }
    },
    Math.max(600_000, seedCount * 500),
  );
});

describe('a failure', () => {
  it('of fdatasync ends the journal: the sync is never repeated, later writes are refused with the cause', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    journal.append(transaction(put('k1', 1)), 'fsync');
    await journal.flush();
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt: 0, operations: ['fdatasync'] };
    journal.append(transaction(put('k2', 2)), 'fsync');
    const error: unknown = await journal.flush().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'JOURNAL_WRITE_FAILED',
      facts: { operation: 'sync', errno: 'EIO', file: '/data/db/page-0000000001.nut' },
      cause: { code: 'EIO' },
    });
    expect(listener.failure).toBe(error);
    expect(() => journal.append(transaction(put('k3', 3)), 'memory')).toThrow(
      expect.objectContaining({ code: 'DATABASE_FAILED', cause: error }),
    );
    await journal.close();
    expect(fileSystem.calls.filter((call) => call.operation === 'fdatasync')).toHaveLength(1);

    fileSystem.kill();
    const again = await openItems(fileSystem);
    expect(again.target.values).toEqual({ k1: 1 });
    await again.journal.close();
  });

  it('of a full disk is rolled back by truncation, so that what was refused does not come back', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    journal.append(transaction(put('k1', 1)), 'os');
    await journal.flush();
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt: 0, errno: 'ENOSPC', isShortWrite: true, operations: ['write'] };
    journal.append(transaction(put('k2', 2)), 'os');
    await expect(journal.flush()).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED', facts: { errno: 'ENOSPC' } });
    expect(listener.writtenSeq).toBe(1);
    await journal.close();
    fileSystem.kill();
    const again = await openItems(fileSystem);
    expect(again).toMatchObject({ report: { cutBytes: 0, lastSeq: 1 } });
    await again.journal.close();
  });

  it('to open leaves no lock behind', async () => {
    const fileSystem = await prepared();
    fileSystem.plan = { failAt: 6 };
    await expect(openItems(fileSystem)).rejects.toMatchObject({ code: expect.any(String) });
    fileSystem.plan = {};
    const { journal, report } = await openItems(fileSystem);
    expect(report.lastSeq).toBe(TRANSACTION_COUNT);
    await journal.close();
  });
});
