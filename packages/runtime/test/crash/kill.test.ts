/**
 * SIGKILL at random moments of a real process that opens, writes at all levels, rolls pages, compacts and backs up:
 * nothing acknowledged is lost, no transaction is seen in part, every index agrees with its documents, and an
 * interrupted backup is refused or whole: with pages of every codec, where codec and key change on the way, and with cold documents. F1, F9.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import type { Durability } from '../../src/journal/durability.js';
import { bundleChild } from '../support/bundle-child.js';
import { expectPlayers } from '../support/check-players.js';
import { CODEC_WAYS, type CodecSettings, type CodecWay, codecAt } from '../support/codecs.js';
import { linesOfKilled } from '../support/killed-child.js';
import { repeats } from '../support/long-run.js';
import { openColdPlayers, openPlayers, type PlayerDatabase } from '../support/open-players.js';
import { advance, type PlayerState } from '../support/player-history.js';
import { seeded } from '../support/seeded.js';
import type { ChildOrder } from './kill-child.js';

const KILL_COUNT = repeats('NUTHATCH_KILLS', 200);
/** Kills of one directory, one after the other. */
const CHAIN_LENGTH = 10;
/** Longest life of a child, from the order to open. */
const LIFE_MS = 120;
const LEVELS: readonly Durability[] = ['fsync', 'os', 'interval', 'memory'];
const PAGE_BYTES: readonly number[] = [4096, 16 * 1024, 64 * 1024];

let root: string;
let bundle: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-kill-'));
  bundle = join(root, 'kill-child.cjs');
  bundleChild(join(__dirname, 'kill-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true }));

class Writer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: Promise<void>;
  #errors = '';

  /** Starts a process that is compiled and loaded and waits for its order. */
  constructor() {
    this.#child = spawn(process.execPath, [bundle], { stdio: 'pipe' });
    this.#child.stderr.on('data', (text) => {
      this.#errors += String(text);
    });
    this.#gone = new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets it go; resolves when the database is open. */
  async begin(order: ChildOrder): Promise<void> {
    const open = new Promise<void>((resolve) => this.#child.stdout.once('data', () => resolve()));
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    await Promise.race([open, this.#gone]);
  }

  /** Kills it; fails when it had ended by itself. */
  async kill(): Promise<void> {
    const wasAlive = this.#child.exitCode === null;
    this.#child.kill('SIGKILL');
    await this.#gone;
    if (!wasAlive || this.#errors !== '') throw new Error(`the writer failed: ${this.#errors}`);
  }
}

/** One directory and what is known of it. */
class Chain {
  readonly order: Omit<ChildOrder, 'durability' | 'pageBytes' | 'isMixed' | 'progress'>;
  /** The states at the seq of the database and of its backup. */
  readonly #live: PlayerState = new Map();
  readonly #copied: PlayerState = new Map();
  #liveSeq = 0;
  #copiedSeq = 0;
  refusedBackups = 0;
  openedBackups = 0;

  constructor(place: string, codecs: CodecWay = 'plain', isCold = false) {
    mkdirSync(place);
    this.order = {
      directory: join(place, 'deep', 'data'),
      backupDirectory: join(place, 'backup'),
      acknowledgedFile: join(place, 'acknowledged'),
      codecs,
      isCold,
    };
  }

  #open(options: DatabaseOptions): Promise<PlayerDatabase> {
    return this.order.isCold ? openColdPlayers(options) : openPlayers(options);
  }

  get seq(): number {
    return this.#liveSeq;
  }

  /** Opens what the kill has left, and holds it against the history. */
  async check(isBackingUp: boolean, progress: number): Promise<void> {
    const { directory, backupDirectory, acknowledgedFile, codecs } = this.order;
    const codec = codecAt(codecs, progress);
    const seqs = linesOfKilled(acknowledgedFile).map(Number);
    const db = await this.#open({ directory, ...codec });
    const lastSeq = Number(db.seq);
    expect(lastSeq).toBeGreaterThanOrEqual(seqs.reduce((most, seq) => Math.max(most, seq), this.#liveSeq));
    for (; this.#liveSeq < lastSeq; this.#liveSeq++) advance(this.#live, this.#liveSeq + 1);
    expectPlayers(db, this.#live);
    expect(db.recovery).toMatchObject({ lost: [], damagedSnapshots: [] });
    await this.#checkBackup(codec);
    if (isBackingUp) {
      await db.backup(backupDirectory);
      await this.#checkBackup(codec, lastSeq);
    }
    await db.close();
  }

  /** A copy of the backup is refused by name, or holds a state of the history; with `dueSeq`, that one. */
  async #checkBackup(codec: CodecSettings, dueSeq?: number): Promise<void> {
    const { backupDirectory } = this.order;
    if (!existsSync(backupDirectory)) return;
    const copy = `${backupDirectory}-copy`;
    cpSync(backupDirectory, copy, { recursive: true });
    try {
      const db = await this.#open({ directory: copy, ...codec });
      const seq = Number(db.seq);
      expect(seq).toBeGreaterThanOrEqual(dueSeq ?? this.#copiedSeq);
      expect(seq).toBeLessThanOrEqual(this.#liveSeq);
      for (; this.#copiedSeq < seq; this.#copiedSeq++) advance(this.#copied, this.#copiedSeq + 1);
      expectPlayers(db, this.#copied);
      await db.close();
      this.openedBackups++;
    } catch (error) {
      if (dueSeq !== undefined || !DatabaseError.is(error, 'BACKUP_UNFINISHED')) throw error;
      this.refusedBackups++;
    } finally {
      rmSync(copy, { recursive: true });
    }
  }
}

it(
  `keeps every acknowledged transaction, whole, over ${KILL_COUNT} kills in chains of ${CHAIN_LENGTH}`,
  () =>
    seeded(async (random) => {
      const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
      let next = new Writer();
      let transactionCount = 0;
      const backups = { refused: 0, opened: 0 };
      try {
        for (let round = 0; round < KILL_COUNT / CHAIN_LENGTH; round++) {
          const codecs = CODEC_WAYS[round % CODEC_WAYS.length] as CodecWay;
          const isCold = Math.floor(round / CODEC_WAYS.length) % 2 === 1;
          const chain = new Chain(join(root, `chain-${round}`), codecs, isCold);
          for (let link = 0; link < CHAIN_LENGTH; link++) {
            const writer = next;
            const order = {
              ...chain.order,
              durability: oneOf(LEVELS),
              pageBytes: oneOf(PAGE_BYTES),
              isMixed: random() < 0.5,
              progress: link / CHAIN_LENGTH,
            };
            // Most are killed while they write, some while they open.
            const opened = writer.begin(order);
            if (random() < 0.8) await opened;
            // The next one starts meanwhile: most of the cost of a kill is the start of its process.
            next = new Writer();
            await new Promise((resolve) => setTimeout(resolve, random() * LIFE_MS));
            await writer.kill();
            await chain.check(link === CHAIN_LENGTH - 1 || random() < 0.2, order.progress);
          }
          transactionCount += chain.seq;
          backups.refused += chain.refusedBackups;
          backups.opened += chain.openedBackups;
          rmSync(join(root, `chain-${round}`), { recursive: true });
        }
      } finally {
        await next.kill();
      }
      expect(transactionCount).toBeGreaterThan(KILL_COUNT);
      expect(backups.opened).toBeGreaterThan(0);
      if (process.env['NUTHATCH_SHOW']) console.log({ transactionCount, backups });
    }),
  600_000 + KILL_COUNT * 5_000,
);

it('refuses a second opener with the pid of the first, and takes over at once when that one is killed', async () => {
  const { order } = new Chain(join(root, 'locked'));
  const writer = new Writer();
  await writer.begin({ ...order, durability: 'os', pageBytes: 4096, isMixed: false, progress: 0 });
  const { directory } = order;
  await expect(openPlayers({ directory })).rejects.toMatchObject({
    code: 'DATABASE_LOCKED',
    facts: { pid: writer.pid },
  });
  await writer.kill();
  const db = await openPlayers({ directory });
  expect(db.recovery?.isClean).toBe(false);
  await db.close();
  const again = await openPlayers({ directory });
  expect(again.recovery?.isClean).toBe(true);
  await again.close();
});

it('makes the directory 0700 and its files 0600', async () => {
  const directory = join(root, 'modes', 'data');
  const db = await openPlayers({ directory });
  await db.transaction((tx) => tx.player.insert({ id: 'p', email: 'e', age: 1, name: 'n' }));
  await db.compact();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const names = readdirSync(directory);
  expect(names).toEqual(
    expect.arrayContaining(['manifest.nut', 'page-0000000001.nut', 'snapshot-0000000001.nut', 'lock.nut']),
  );
  for (const name of names)
    expect({ name, mode: statSync(join(directory, name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
  await db.close();
});
