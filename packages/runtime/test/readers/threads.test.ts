/** Readers in real threads, beside a database that writes without a pause: every state they show is one of its history. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { bundleChild } from '../support/bundle-child.js';
import { repeats } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase } from '../support/open-players.js';
import { advance, type PlayerState, writeTo } from '../support/player-history.js';
import { until } from './open-player-readers.js';
import type { ReaderOrder, ReaderReport } from './worker-child.js';

const WRITE_COUNT = repeats('NUTHATCH_READER_WRITES', 1_500);

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-readers-'));
  bundle = join(root, 'worker-child.cjs');
  bundleChild(join(__dirname, 'worker-child.ts'), bundle);
  process.env['NODE_PATH'] = resolve(__dirname, '../../../../node_modules');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Started {
  readonly worker: Worker;
  readonly opened: Promise<number>;
  readonly report: Promise<ReaderReport>;
}

function start(db: PlayerDatabase, mode: ReaderOrder['mode']): Started {
  const port = db.readerPort();
  const workerData: ReaderOrder = { port, mode };
  const worker = new Worker(bundle, { workerData, transferList: [port], env: process.env });
  const message = <T>(kind: string, take: (given: never) => T): Promise<T> =>
    new Promise((done, reject) => {
      worker.on('message', (given: { readonly kind: string }) => given.kind === kind && done(take(given as never)));
      worker.once('error', reject);
    });
  const opened = message('open', ({ seq }: { readonly seq: number }) => seq);
  const report = message('report', (given: { readonly report: ReaderReport }) => given.report);
  report.catch(() => undefined);
  return { worker, opened, report };
}

/** Goes on with the history, some transactions at once. */
class Writer {
  readonly #state: PlayerState = new Map();
  readonly #db: PlayerDatabase;
  seq = 0;

  constructor(db: PlayerDatabase) {
    this.#db = db;
  }

  async write(count: number): Promise<void> {
    const writes: Promise<unknown>[] = [];
    for (let each = 0; each < count; each++) {
      const seq = ++this.seq;
      writes.push(this.#db.transaction((tx) => writeTo(tx.player, seq, this.#state)));
      advance(this.#state, seq);
    }
    await Promise.all(writes);
    await turn();
  }
}

it('is refused its parentPort in the place of the port of the database', async () => {
  const db = await openPlayers({ memory: true });
  try {
    const { worker, report } = start(db, 'wrongPort');
    expect((await report).state).toBe('INVALID_OPTION');
    await worker.terminate();
  } finally {
    await db.close();
  }
});

it.each([
  ['in memory', () => ({ memory: true }) as const],
  [
    'on disk, with images and compactions meanwhile',
    () => ({ directory: join(root, 'data'), pageBytes: 65_536, durability: 'os' }) as const,
  ],
])('two threads see one state after the other of a database %s', async (_, options) => {
  const db = await openPlayers(options());
  const writer = new Writer(db);
  await writer.write(50);
  const first = start(db, 'auto');
  while (writer.seq < WRITE_COUNT / 3) await writer.write(5);
  const second = start(db, 'manual');
  const compaction = db.recovery === undefined ? undefined : db.compact();
  while (writer.seq < WRITE_COUNT) await writer.write(5);
  expect(await first.opened).toBeGreaterThanOrEqual(50);
  await second.opened;
  await writer.write(10);
  await compaction;
  await db.close();
  for (const { report } of [first, second]) {
    const { wrong, lastSeq, checkCount, state } = await report;
    expect([wrong, lastSeq, state]).toEqual([[], writer.seq, 'ended']);
    expect(checkCount).toBeGreaterThan(1);
  }
});

it('threads that are ended at any moment leave the database whole, and their memory free', async () => {
  const db = await openPlayers();
  const writer = new Writer(db);
  await writer.write(200);
  for (let round = 0; round < 6; round++) {
    const { worker, opened } = start(db, round % 2 === 0 ? 'auto' : 'manual');
    opened.catch(() => undefined);
    // Before its image, while it is loaded, and while it follows.
    if (round > 1) await opened;
    await writer.write(round * 10);
    await worker.terminate();
    await writer.write(10);
    await until(() => db.stats().readers.readerCount === 0, 'the reader to be forgotten');
  }
  await until(() => db.stats().readers.sharedBytes === 0, 'shared memory to be let go of');
  const last = start(db, 'auto');
  await last.opened;
  await writer.write(50);
  await db.close();
  expect(await last.report).toMatchObject({ wrong: [], lastSeq: writer.seq, state: 'ended' });
});

it('a thread without other work ends, its reader open or not', async () => {
  const db = await openPlayers();
  const { worker, opened } = start(db, 'idle');
  const exited = once(worker, 'exit');
  await opened;
  await exited;
  await until(() => db.stats().readers.readerCount === 0, 'the reader to be forgotten');
  await db.close();
});

it('a thread that waits for a transaction stays alive until it is there', async () => {
  const db = await openPlayers();
  const writer = new Writer(db);
  const { worker, opened, report } = start(db, 'waiting');
  const exited = once(worker, 'exit');
  await opened;
  for (let round = 0; round < 10; round++) await turn();
  while (writer.seq < 100) await writer.write(10);
  expect((await report).lastSeq).toBeGreaterThanOrEqual(100);
  await exited;
  await db.close();
});
