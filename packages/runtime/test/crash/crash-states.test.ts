/**
 * Every state a crash can leave: of a recorded run (page rolls, compactions, backups, close, reopening) every prefix of
 * the trace of system calls is taken, with what was not synced kept, lost, torn or reordered, and opened. It must hold
 * the state after some transaction, not before the last one acknowledged, with all indexes; so again for a crash
 * inside recovery. Runs take turns with the codecs of codecs.ts, among them a run whose lives change codec and key.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Durability } from '../../src/journal/durability.js';
import { expectConsistentIndexes, stateOf, textOf } from '../support/check-players.js';
import { CODEC_WAYS, type CodecWay, codecAt, lastCodec } from '../support/codecs.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { Disk, type DiskState, digestOf, fileSystemOf } from '../support/disk-states.js';
import { type Due, everyCrash } from '../support/every-crash.js';
import { IS_NIGHTLY, repeats } from '../support/long-run.js';
import { openPlayers } from '../support/open-players.js';
import { advance, type PlayerState, writeTo } from '../support/player-history.js';
import { RecordingFileSystem, type TraceStep } from '../support/recording-file-system.js';
import { seeded } from '../support/seeded.js';

const DIRECTORY = '/data/db';
const BACKUP = '/backups/db';
const RUN_COUNT = repeats('NUTHATCH_CRASH_RUNS', 3);
/** By day a run with plain pages, a shorter one that changes codec and key, and one with deltas: they share what one run may cost. */
const RUNS: readonly Run[] = IS_NIGHTLY
  ? CODEC_WAYS.flatMap((codecs) => [false, true].map((hasDeltas) => ({ codecs, hasDeltas, transactionCount: 70 })))
  : [
      { codecs: 'plain', hasDeltas: false, transactionCount: 23 },
      { codecs: 'mixed', hasDeltas: false, transactionCount: 14 },
      { codecs: 'plain', hasDeltas: true, transactionCount: 20 },
    ];
/** Openings of one run. */
const LIFE_COUNT = 4;
/** Of so many states one is recovered with every crash inside recovery. */
const RECOVERED_TWICE = IS_NIGHTLY ? 25 : 150;

interface Run {
  readonly codecs: CodecWay;
  /** Compactions after the first write deltas. */
  readonly hasDeltas: boolean;
  readonly transactionCount: number;
}

const LEVELS: readonly Durability[] = ['os', 'os', 'fsync', 'interval', 'memory', 'os'];

/** The state after each seq. */
function statesUpTo(count: number): readonly string[] {
  const state: PlayerState = new Map();
  const texts = [textOf(state)];
  for (let seq = 1; seq <= count; seq++) {
    advance(state, seq);
    texts.push(textOf(state));
  }
  return texts;
}

/** Writes the history through several openings; the trace holds notes of what was acknowledged. */
async function record(
  { codecs, hasDeltas, transactionCount }: Run,
  random: () => number,
): Promise<readonly TraceStep[]> {
  const fileSystem = new RecordingFileSystem();
  for (let life = 1; life <= LIFE_COUNT; life++) {
    const codec = codecAt(codecs, (life - 1) / LIFE_COUNT);
    const options = { pageBytes: 4096, flushIntervalMs: 1, ...(hasDeltas && { compaction: BY_DELTAS }), ...codec };
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, ...options });
    fileSystem.note({ synced: Number(db.seq) });
    const state = stateOf(db);
    while (Number(db.seq) < (transactionCount * life) / LIFE_COUNT) {
      const seq = Number(db.seq) + 1;
      const durability = LEVELS[Math.floor(random() * LEVELS.length)] as Durability;
      const done = db
        .transaction((tx) => writeTo(tx.player, seq, state), { durability })
        .then(() => {
          if (durability !== 'memory') fileSystem.note({ [durability === 'fsync' ? 'synced' : 'written']: seq });
        });
      advance(state, seq);
      const luck = random();
      if (luck < 0.3) await done;
      else if (luck < 0.4) await db.flush().then(() => fileSystem.note({ synced: seq }));
      else if (luck < (hasDeltas ? 0.55 : 0.5)) await db.compact();
      else if (luck < 0.6) await db.backup(BACKUP).then(({ lastSeq }) => fileSystem.note({ backup: lastSeq }));
    }
    if (life === LIFE_COUNT - 1) await db.compact();
    const lastSeq = Number(db.seq);
    await db.close();
    fileSystem.note({ synced: lastSeq });
  }
  return fileSystem.trace;
}

/** Opens states and holds them against the history; equal ones once. */
class Checker {
  readonly #texts: readonly string[];
  readonly #codecs: CodecWay;
  readonly #found = new Map<string, { readonly lastSeq: number; readonly backupSeq: number }>();

  constructor(texts: readonly string[], codecs: CodecWay) {
    this.#texts = texts;
    this.#codecs = codecs;
  }

  get stateCount(): number {
    return this.#found.size;
  }

  /** Returns the trace of the recovery, unless the state was checked before. */
  async check(
    state: DiskState,
    due: Due,
    isKill: boolean,
    known?: ReadonlyMap<string, number>,
  ): Promise<readonly TraceStep[]> {
    const digest = digestOf(state);
    let found = this.#found.get(digest);
    let trace: readonly TraceStep[] = [];
    if (!found) {
      const fileSystem = new RecordingFileSystem(await fileSystemOf(state), known);
      const lastSeq = await this.#open(fileSystem, DIRECTORY);
      trace = fileSystem.trace.slice();
      found = { lastSeq, backupSeq: await this.#openBackup(fileSystem) };
      this.#found.set(digest, found);
    }
    const least = isKill ? Math.max(due.written, due.synced) : due.synced;
    expect(found.lastSeq).toBeGreaterThanOrEqual(least);
    if (found.backupSeq >= 0) expect(found.backupSeq).toBeGreaterThanOrEqual(due.backup);
    return trace;
  }

  async #open(fileSystem: RecordingFileSystem, directory: string): Promise<number> {
    const db = await openPlayers({ directory, fileSystem, ...lastCodec(this.#codecs) });
    const lastSeq = Number(db.seq);
    // What is shown once must never be gone afterwards.
    if (directory === DIRECTORY) fileSystem.note({ synced: lastSeq });
    expect(textOf(stateOf(db))).toBe(this.#texts[lastSeq]);
    expectConsistentIndexes(db);
    expect([db.recovery?.lost, db.recovery?.damagedSnapshots]).toEqual([[], []]);
    await db.close();
    return lastSeq;
  }

  /** The seq a backup holds, or −1 for one that is refused by name. */
  async #openBackup(fileSystem: RecordingFileSystem): Promise<number> {
    if ((await fileSystem.stat(BACKUP)) === undefined) return 0;
    try {
      return await this.#open(fileSystem, BACKUP);
    } catch (error) {
      if (!DatabaseError.is(error, 'BACKUP_UNFINISHED')) throw error;
      return -1;
    }
  }
}

it(
  `recovers a prefix with everything acknowledged from every crash of ${RUN_COUNT} recorded runs`,
  () =>
    seeded(async (random) => {
      for (let run = 0; run < RUN_COUNT; run++) {
        const made = RUNS[run % RUNS.length] as Run;
        const { codecs } = made;
        const trace = await record(made, random);
        const texts = statesUpTo(made.transactionCount);
        const checker = new Checker(texts, codecs);
        let count = 0;
        const checkTwice = async (state: DiskState, due: Due): Promise<void> => {
          const { disk, known } = Disk.of(state);
          const inner = new Checker(texts, codecs);
          const again = await inner.check(state, due, false, known);
          await everyCrash(
            disk,
            again,
            { ...due, written: due.synced },
            async (second, secondDue, isKill) => void (await inner.check(second, secondDue, isKill)),
            random,
          );
        };
        await everyCrash(
          new Disk(),
          trace,
          { written: 0, synced: 0, backup: 0 },
          async (state, due, isKill) => {
            await checker.check(state, due, isKill);
            if (++count % RECOVERED_TWICE === 0) await checkTwice(state, due);
          },
          random,
        );
        if (process.env['NUTHATCH_SHOW'])
          console.log({ ...made, steps: trace.length, states: checker.stateCount, visits: count });
      }
    }),
  600_000 + RUN_COUNT * 600_000,
);
