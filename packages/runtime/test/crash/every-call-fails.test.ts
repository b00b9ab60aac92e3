/**
 * A fault at every single call of the file system while a database opens, writes, rolls, compacts, backs up and closes:
 * step 6 of commit-path.ts. Memory, promises, events and files tell one story, every error has a code, and
 * nothing rejected comes back. `mixed`: the directory is plain, the life encrypts it, reopening changes the key.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Durability } from '../../src/journal/durability.js';
import { FaultFileSystem, type FaultPlan } from '../fault-file-system.js';
import { expectConsistentIndexes, stateOf, textOf } from '../support/check-players.js';
import { CODEC_WAYS, type CodecWay, codecAt, lastCodec } from '../support/codecs.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { IS_NIGHTLY } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase, player } from '../support/open-players.js';
import { advance, type PlayerState, writeTo } from '../support/player-history.js';
import { randomFrom } from '../support/seeded.js';

const DIRECTORY = '/data/db';
const BACKUP = '/backups/db';
const FIRST_SEQ = 15;
const LAST_SEQ = 40;
const LEVELS: readonly Durability[] = ['os', 'fsync', 'interval'];
const OPTIONS = { directory: DIRECTORY, pageBytes: 4096, flushIntervalMs: 1 };

const TEXTS: readonly string[] = (() => {
  const state: PlayerState = new Map();
  const texts = [textOf(state)];
  for (let seq = 1; seq <= LAST_SEQ; seq++) {
    advance(state, seq);
    texts.push(textOf(state));
  }
  return texts;
})();

/** What one run saw. */
interface Run {
  /** Of the phases open, compact, backup, close: the error each ended with. */
  readonly errors: Record<string, unknown>;
  /** Newest seq answered with success, by what a kill and by what a power cut may take. */
  written: number;
  synced: number;
  /** Oldest seq whose promise was rejected. */
  rejected: number;
}

/** Runs one phase; its error is noted and must be ours. */
async function phase(run: Run, name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    run.errors[name] = error;
  }
}

async function writeUpTo(db: PlayerDatabase, run: Run, last: number): Promise<void> {
  const state = stateOf(db);
  const answers: Promise<void>[] = [];
  for (let seq = Number(db.seq) + 1; seq <= last && db.state === 'open'; seq++) {
    const durability = LEVELS[seq % LEVELS.length] as Durability;
    const answer = db
      .transaction((tx) => writeTo(tx.player, seq, state), { durability })
      .then(
        () => {
          run.written = Math.max(run.written, seq);
          if (durability === 'fsync') run.synced = Math.max(run.synced, seq);
        },
        (error: unknown) => {
          run.rejected = Math.min(run.rejected, seq);
          run.errors['write'] ??= error;
        },
      );
    answers.push(answer);
    advance(state, seq);
    if (seq % 4 === 0) await answer;
  }
  await Promise.all(answers);
}

/** The whole life of a database over a disk that fails as planned; checks it while it lives. */
async function live(
  fileSystem: FaultFileSystem,
  { codecs, hasDeltas }: { readonly codecs: CodecWay; readonly hasDeltas: boolean },
  isPermanent: boolean,
): Promise<Run> {
  const run: Run = { errors: {}, written: FIRST_SEQ, synced: FIRST_SEQ, rejected: Number.MAX_SAFE_INTEGER };
  let db: PlayerDatabase | undefined;
  await phase(run, 'open', async () => {
    const compaction = hasDeltas ? BY_DELTAS : 'auto';
    db = await openPlayers({ ...OPTIONS, ...codecAt(codecs, 0.5), fileSystem, compaction });
  });
  if (!db) return run;
  const failures: DatabaseError[] = [];
  db.on('failed', (error) => failures.push(error));
  const heard = new Set<number>();
  db.subscribe(({ seq }) => void heard.add(Number(seq)));
  const { state: stateBefore } = db;
  expect(stateBefore).toBe('open');

  const open = db;
  await writeUpTo(open, run, 25);
  await phase(run, 'compact', () => open.compact());
  await writeUpTo(open, run, 32);
  await phase(run, 'backup', () => open.backup(BACKUP));
  await writeUpTo(open, run, 36);
  await phase(run, 'compact', () => open.compact());
  await writeUpTo(open, run, LAST_SEQ);
  await phase(run, 'flush', () => open.flush());
  if (!run.errors['flush']) run.synced = run.written;

  // Memory is what was answered, and no more was announced.
  expect(textOf(stateOf(db))).toBe(TEXTS[run.written]);
  expectConsistentIndexes(db);
  expect(Math.max(FIRST_SEQ, ...heard)).toBe(run.written);
  if (db.state === 'failed') {
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code: 'DATABASE_FAILED', cause: { code: 'JOURNAL_WRITE_FAILED' } });
    await expect(db.player.insert(player('late'))).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      cause: failures[0]?.cause,
    });
    await expect(db.flush()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    await expect(db.compact()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  } else {
    expect([db.state, failures, run.written]).toEqual(['open', [], LAST_SEQ]);
    expect(run.rejected).toBe(Number.MAX_SAFE_INTEGER);
  }
  const wasFailed = db.state === 'failed';
  await phase(run, 'close', () => open.close());
  expect(db.state).toBe('closed');
  if (wasFailed) expect(run.errors['close']).toBeUndefined();
  if (!wasFailed && !run.errors['close'] && !isPermanent) run.synced = run.written;
  return run;
}

async function prepared(codecs: CodecWay): Promise<FaultFileSystem> {
  const fileSystem = new FaultFileSystem();
  const db = await openPlayers({ ...OPTIONS, ...codecAt(codecs, 0), fileSystem });
  const run: Run = { errors: {}, written: 0, synced: 0, rejected: Number.MAX_SAFE_INTEGER };
  await writeUpTo(db, run, 10);
  await db.compact();
  await writeUpTo(db, run, FIRST_SEQ);
  await db.close();
  return fileSystem;
}

const FAULTS: readonly (Omit<FaultPlan, 'failAt'> & { readonly name: string })[] = [
  { name: 'EIO once', errno: 'EIO' },
  { name: 'EIO from then on', errno: 'EIO', isPermanent: true },
  { name: 'ENOSPC once, after half of a write', errno: 'ENOSPC', isShortWrite: true },
  {
    name: 'ENOSPC from then on for all that takes space',
    errno: 'ENOSPC',
    isPermanent: true,
    isShortWrite: true,
    operations: ['write', 'mkdir', 'create'],
  },
  {
    name: 'EROFS from then on for all that changes',
    errno: 'EROFS',
    isPermanent: true,
    operations: ['write', 'mkdir', 'create', 'rename', 'unlink', 'ftruncate', 'fdatasync', 'fsync'],
  },
];

/** Every fault with every codec by night; by day all with plain pages, one while codec and key change, and one with deltas. */
const CASES = CODEC_WAYS.flatMap((codecs) =>
  FAULTS.filter((fault) => IS_NIGHTLY || codecs === 'plain' || (codecs === 'mixed' && fault === FAULTS[0])).flatMap(
    (fault) =>
      [false, true]
        .filter((hasDeltas) => !hasDeltas || IS_NIGHTLY || (codecs === 'plain' && fault === FAULTS[0]))
        .map((hasDeltas) => ({ ...fault, codecs, hasDeltas, compactions: hasDeltas ? 'deltas' : 'whole images' })),
  ),
);

it.each(CASES)(
  '$name at every call: one story in memory, promises, events and files ($codecs, $compactions)',
  async (fault) => {
    const { codecs } = fault;
    const base = await prepared(codecs);
    const probe = base.fork();
    probe.plan = fault.operations ? { operations: fault.operations } : {};
    expect((await live(probe, fault, false)).errors).toEqual({});
    const callCount = probe.calls.length;
    expect(callCount).toBeGreaterThan(40);
    const met = new Set<string>();
    for (let failAt = 0; failAt < callCount; failAt++) {
      const fileSystem = base.fork();
      fileSystem.plan = { ...fault, failAt };
      try {
        const isPermanent = fault.isPermanent === true;
        const run = await live(fileSystem, fault, isPermanent);
        for (const name of Object.keys(run.errors)) met.add(name);
        // Every other time the power goes as well: then only what was synced is expected, and a cut that was not may be undone.
        if (failAt % 2 === 1) {
          fileSystem.crash(randomFrom(failAt));
          await reopen(fileSystem, codecs, run.synced, Number.MAX_SAFE_INTEGER);
          continue;
        }
        // An opening that failed has let go of everything by itself.
        if (run.errors['open']) fileSystem.plan = {};
        else fileSystem.kill();
        const isCutBack = !Object.values(run.errors).some(saysNotCutBack);
        await reopen(fileSystem, codecs, run.written, isCutBack ? run.rejected : Number.MAX_SAFE_INTEGER);
      } catch (error) {
        const call = fileSystem.calls[failAt];
        if (error instanceof Error)
          error.message = `call ${failAt}, ${call?.operation} ${call?.path}: ${error.message}`;
        throw error;
      }
    }
    expect([...met].sort()).toEqual(expect.arrayContaining(['backup', 'close', 'compact', 'flush', 'open', 'write']));
  },
);

/** Whether an error says that what was refused could not be taken off the disk either. */
function saysNotCutBack(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if (DatabaseError.is(each) && each.facts['cutBackError'] !== undefined) return true;
  return false;
}

/** Everything answered is there, nothing rejected is. */
async function reopen(fileSystem: FaultFileSystem, codecs: CodecWay, least: number, rejected: number): Promise<void> {
  const db = await openPlayers({ ...OPTIONS, ...lastCodec(codecs), fileSystem });
  const lastSeq = Number(db.seq);
  expect(lastSeq).toBeGreaterThanOrEqual(least);
  expect(lastSeq).toBeLessThan(rejected);
  expect(textOf(stateOf(db))).toBe(TEXTS[lastSeq]);
  expectConsistentIndexes(db);
  expect([db.recovery?.lost, db.recovery?.damagedSnapshots]).toEqual([[], []]);
  await db.compact();
  await db.backup(BACKUP);
  await db.close();
}
