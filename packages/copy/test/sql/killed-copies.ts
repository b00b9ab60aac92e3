/**
 * SIGKILL of a real process in the middle of a copy: the tables hold what they held before or the whole copy, and the
 * next copy ends equal.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { repeats } from '../../../runtime/test/support/long-run.js';
import { copyTo } from '../../src/index.js';
import type { CopyOrder } from './copying-child.js';
import { OwnTables, playerInput, type SqlPlace } from './sql-place.js';

const PLAYER_COUNT = 300;
const BATCH_ROW_COUNT = 20;
const BATCHES = PLAYER_COUNT / BATCH_ROW_COUNT;
/** Here the driver's packages are found by the bundle. */
const CACHE = resolve(__dirname, '../../../../node_modules/.cache');

/** A process that is loaded and waits for its order. */
class Copier {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #errors = '';

  constructor(bundle: string) {
    this.#child = spawn(process.execPath, [bundle], { stdio: 'pipe' });
    // Closed, and not only gone: what it said last may be read after its end.
    this.#ended = once(this.#child, 'close');
    this.#child.stderr.on('data', (text) => {
      this.#errors += String(text);
    });
    this.#child.stdout.resume();
  }

  /** @returns whether it killed itself, as it was told; else it had come to its end before. */
  async copyAndDie(order: CopyOrder): Promise<boolean> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    await this.#ended;
    if (this.#errors !== '') throw new TypeError(`the copier failed: ${this.#errors}`);
    return this.#child.signalCode === 'SIGKILL';
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** @param killCount kills by day; the variable `NUTHATCH_COPY_KILLS` sets another number. */
export function describeKilledCopies(name: string, placeOf: () => SqlPlace, killCount: number): void {
  const kills = repeats('NUTHATCH_COPY_KILLS', killCount);
  it(
    `ends equal in ${name} although ${kills} copying processes are killed, each in the middle`,
    async () => {
      const place = placeOf();
      mkdirSync(CACHE, { recursive: true });
      const folder = mkdtempSync(join(CACHE, 'nuthatch-copying-'));
      const directory = mkdtempSync(join(tmpdir(), 'nuthatch-killed-copy-'));
      const bundle = join(folder, 'copying-child.cjs');
      bundleChild(join(__dirname, 'copying-child.ts'), bundle);
      const db = await openDatabase({ directory, durability: 'os' });
      await db.player.insertMany(Array.from({ length: PLAYER_COUNT }, (_, number) => playerInput(number)));
      let next = new Copier(bundle);
      try {
        let tables = new OwnTables(place, 'killed0');
        let aliveCount = 0;
        let before: unknown = [[], []];
        for (let kill = 0; kill < kills; kill++) {
          // Every fourth copy is into new tables, which are filled in another way.
          if (kill % 4 === 0) {
            tables = new OwnTables(place, `killed${kill}`);
            before = [[], []];
          }
          await change(db, kill);
          const copier = next;
          next = new Copier(bundle);
          // Over all batches, and the merge and the verification after them.
          const dieAfter = { batchCount: Math.floor((kill * (BATCHES + 3)) / kills), ms: (kill * 7) % 5 };
          const { options } = tables;
          const order = { directory, config: place.config, options, batchRowCount: BATCH_ROW_COUNT, dieAfter };
          if (await copier.copyAndDie(order)) aliveCount++;
          const due = rowsOf(db.player.all());
          const found = await settledRowsIn(place, tables);
          expect([JSON.stringify(before), JSON.stringify(due)]).toContain(JSON.stringify(found));
          // A server may still be at work for the process that is gone: this copy waits for it.
          await copyTo(db, tables.store(), { collections: ['player'] });
          before = await rowsIn(place, tables);
          expect(before).toEqual(due);
        }
        expect(aliveCount).toBeGreaterThan(kills / 2);
      } finally {
        await next.end();
        await db.close();
        rmSync(folder, { recursive: true });
        rmSync(directory, { recursive: true });
      }
    },
    Math.max(600_000, kills * 20_000),
  );
}

/** Changes, deletes, inserts, and moves a unique value. */
async function change(db: Awaited<ReturnType<typeof openDatabase>>, round: number): Promise<void> {
  await db.transaction((tx) => {
    for (let number = 0; number < 20; number++) tx.player.upsert(playerInput(round * 13 + number, 100 - (round % 50)));
    tx.player.delete(`p${round}`);
    tx.player.upsert({ ...playerInput(1_000 + round), clubs: [`round ${round}`] });
  });
}

interface Row {
  readonly id: string;
  readonly age: number;
  readonly clubs: readonly string[];
}

function rowsOf(players: Iterable<Row>): unknown {
  const all = [...players];
  const tags = all.flatMap(({ id, clubs }) => [...new Set(clubs)].map((tag) => `${id} ${tag}`));
  return [all.map(({ id, age }) => `${id} ${age}`).sort(), tags.sort()];
}

/** The server may still be ending what the dead process has sent: read until two readings are the same. */
async function settledRowsIn(place: SqlPlace, tables: OwnTables): Promise<unknown> {
  for (let last: unknown; ; ) {
    const found = await rowsIn(place, tables);
    if (JSON.stringify(found) === JSON.stringify(last)) return found;
    last = found;
  }
}

/** By plain queries; tables that are not there are empty. */
async function rowsIn(place: SqlPlace, tables: OwnTables): Promise<unknown> {
  const read = (text: string): Promise<readonly Record<string, unknown>[]> =>
    place.query(text).catch((error: Error) => {
      if (/exist|no such table/i.test(error.message)) return [];
      throw error;
    });
  const players = await read(`SELECT id, age FROM ${tables.table('player')}`);
  const tags = await read(`SELECT id, tag FROM ${tables.table('player_clubs')}`);
  return [players.map(({ id, age }) => `${id} ${age}`).sort(), tags.map(({ id, tag }) => `${id} ${tag}`).sort()];
}
