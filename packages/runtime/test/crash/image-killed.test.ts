/**
 * Kills while an image is written: by `compact()` beside writes that go on, and by `close()`. The process ends between
 * any two calls to the file system, or within a write at any byte; and real processes end by SIGKILL. Then the directory
 * opens with everything acknowledged, by the image that its manifest names, and what is left of the other one is removed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { deltaBehind, imageNames } from '../../src/journal/deltas.js';
import { type Manifest, readManifest } from '../../src/journal/manifest.js';
import { bundleChild } from '../support/bundle-child.js';
import { expectConsistentIndexes, stateOf, textOf } from '../support/check-players.js';
import { type CodecWay, codecAt } from '../support/codecs.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { Disk, type DiskState, fileSystemOf } from '../support/disk-states.js';
import { linesOfKilled } from '../support/killed-child.js';
import { repeats } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase, player } from '../support/open-players.js';
import { advance, type PlayerState, writeTo } from '../support/player-history.js';
import { RecordingFileSystem, type TraceStep } from '../support/recording-file-system.js';
import { seeded } from '../support/seeded.js';
import type { ImageOrder } from './image-child.js';

const DIRECTORY = '/data';
/** Moments of each way, those between two calls included. By night about every byte. */
const MOMENT_COUNT = repeats('NUTHATCH_IMAGE_MOMENTS', 100);
const KILL_COUNT = repeats('NUTHATCH_IMAGE_KILLS', 6);
/** Documents of the directories whose processes are killed: an image of them takes some ten milliseconds. */
const LARGE_COUNT = 3_000;
const LONGEST_IMAGE_MS = 150;
const BEFORE_FIRST_IMAGE = 30;
const BEFORE_SECOND_IMAGE = 45;
const BESIDE_IMAGE = 6;
const BEFORE_CLOSING = 25;

/** A history of calls, of which those from `from` on write images, and the state after each seq. */
interface Recorded {
  readonly trace: readonly TraceStep[];
  readonly from: number;
  readonly texts: readonly string[];
}

async function record(codecs: CodecWay, hasDeltas: boolean): Promise<Recorded> {
  const fileSystem = new RecordingFileSystem();
  const texts = [''];
  const state: PlayerState = new Map();
  const write = async (db: PlayerDatabase, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const seq = Number(db.seq) + 1;
      const done = db.transaction((tx) => writeTo(tx.player, seq, state), { durability: 'os' });
      advance(state, seq);
      texts[seq] = textOf(state);
      await done;
      fileSystem.note({ written: seq });
    }
  };
  const options = { directory: DIRECTORY, fileSystem, pageBytes: 16 * 1024, openBudgetMs: 0, ...codecAt(codecs, 0) };
  const db = await openPlayers({ ...options, ...(hasDeltas && { compaction: BY_DELTAS }) });
  await write(db, BEFORE_FIRST_IMAGE);
  await db.compact();
  await write(db, BEFORE_SECOND_IMAGE);
  const from = fileSystem.trace.length;
  // Beside writes, with one before it to fall back to and pages to drop, and at closing.
  for (let count = hasDeltas ? 3 : 1; count > 0; count--) {
    const compacted = db.compact();
    await write(db, BESIDE_IMAGE);
    expect((await compacted).isWhole).toBe(!hasDeltas);
  }
  await write(db, BEFORE_CLOSING);
  await db.close();
  return { trace: fileSystem.trace, from, texts };
}

/** A crash here is in the middle of an image when its file is there, and the manifest does not name it. */
async function check(state: DiskState, written: number, { texts }: Recorded, codecs: CodecWay): Promise<boolean> {
  const fileSystem = await fileSystemOf(state);
  const manifest = (await readManifest(fileSystem, DIRECTORY))!;
  const named = imageNames(manifest).toSorted();
  const found = (await fileSystem.list(DIRECTORY)).filter((name) => /^snapshot|^delta/.test(name));
  const db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual', ...codecAt(codecs, 0) });
  const lastSeq = Number(db.seq);
  expect(lastSeq).toBeGreaterThanOrEqual(written);
  expect(textOf(stateOf(db))).toBe(texts[lastSeq]);
  expectConsistentIndexes(db);
  expectBegunWith(db, manifest);
  expect((await fileSystem.list(DIRECTORY)).filter((name) => LEFT_OVER.test(name)).toSorted()).toEqual(named);
  await db.close();
  return found.some((name) => !named.includes(name));
}

const LEFT_OVER = /^snapshot|^delta|\.tmp$/;

/** It began with the image that is named, and the delta behind it, and with no other: all that came after was read from pages. */
function expectBegunWith(db: PlayerDatabase, manifest: Manifest): void {
  const { lost, damagedSnapshots, transactionCount, lastSeq } = db.recovery!;
  const imageSeq = deltaBehind(manifest)?.seq ?? manifest.snapshot?.seq ?? 0;
  const expected = { lost: [], damagedSnapshots: [], transactionCount: lastSeq - imageSeq };
  expect({ lost, damagedSnapshots, transactionCount }).toEqual(expected);
}

it.each<[CodecWay, string]>([
  ['plain', 'whole images'],
  ['compressedEncrypted', 'whole images'],
  ['plain', 'deltas'],
  ['compressedEncrypted', 'deltas'],
])(
  `keeps everything through kills at ${MOMENT_COUNT} moments, stored as %s, in %s`,
  (codecs, form) =>
    seeded(async (random) => {
      const recorded = await record(codecs, form === 'deltas');
      const { trace, from } = recorded;
      const partBytes = trace
        .slice(from)
        .reduce((sum, step) => sum + (step.kind === 'write' ? step.data.length : 0), 0);
      const stride = Math.max(1, partBytes / MOMENT_COUNT);
      let nextByte = random() * stride;
      let seenBytes = 0;
      const disk = new Disk();
      const pathOf = new Map<number, string>();
      let written = 0;
      let count = 0;
      let unfinished = 0;
      for (const [index, step] of trace.entries()) {
        const visit = async (state: DiskState, where: string): Promise<void> => {
          try {
            count++;
            if (await check(state, written, recorded, codecs)) unfinished++;
          } catch (error) {
            if (error instanceof Error) error.message = `kill at step ${index}, ${step.kind}${where}: ${error.message}`;
            throw error;
          }
        };
        if (index >= from && step.kind === 'write') {
          const before = disk.kept();
          const path = pathOf.get(step.file)!;
          for (; nextByte < seenBytes + step.data.length; nextByte += stride) {
            const byteCount = Math.floor(nextByte - seenBytes);
            const there = before.entries.get(path)!;
            const bytes = new Uint8Array(Math.max(there.length, step.offset + byteCount));
            bytes.set(there);
            bytes.set(step.data.subarray(0, byteCount), step.offset);
            await visit({ ...before, entries: new Map(before.entries).set(path, bytes) }, `, ${byteCount} bytes`);
          }
          seenBytes += step.data.length;
        }
        if (step.kind === 'note') written = Math.max(written, step.note['written'] ?? 0);
        else disk.apply(step);
        if (step.kind === 'create') pathOf.set(step.file, step.path);
        if (step.kind === 'rename')
          for (const [file, path] of pathOf) if (path === step.from) pathOf.set(file, step.to);
        if (index >= from) await visit(disk.kept(), '');
      }
      expect(count).toBeGreaterThanOrEqual(Math.min(MOMENT_COUNT, partBytes));
      expect(unfinished).toBeGreaterThan(form === 'deltas' ? 10 : count / 4);
      if (process.env['NUTHATCH_SHOW']) console.log({ codecs, moments: count, unfinished, bytes: partBytes });
    }),
  600_000 + MOMENT_COUNT * 500,
);

describe('real processes that write images', () => {
  let root: string;
  let bundle: string;
  const loaded: PlayerState = new Map();

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'nuthatch-image-kill-'));
    bundle = join(root, 'image-child.cjs');
    bundleChild(join(__dirname, 'image-child.ts'), bundle);
    const db = await openPlayers({ directory: join(root, 'loaded'), compaction: 'manual' });
    const players = Array.from({ length: LARGE_COUNT }, (_, index) => player(`large${index}`, { clubs: ['a', 'z'] }));
    await db.player.insertMany(players);
    for (const [id, fields] of stateOf(db)) loaded.set(id, fields);
    await db.close();
  });
  afterAll(() => rmSync(root, { recursive: true }));

  /** Starts a process, compiled and loaded, that waits for its order. */
  const start = (): ChildProcessWithoutNullStreams => spawn(process.execPath, [bundle], { stdio: 'pipe' });

  const gone = (child: ChildProcessWithoutNullStreams): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });

  async function killWriting(child: ChildProcessWithoutNullStreams, order: ImageOrder, afterMs: number): Promise<void> {
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    const isWriting = new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdin.write(`${JSON.stringify(order)}\n`);
    await Promise.race([isWriting, gone(child)]);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill('SIGKILL');
    await gone(child);
    expect(errors).toBe('');
  }

  it(
    `lose nothing by ${KILL_COUNT} kills`,
    () =>
      seeded(async (random) => {
        const fileSystem = new NodeFileSystem();
        let unfinished = 0;
        let next = start();
        try {
          for (let round = 0; round < KILL_COUNT; round++) {
            const directory = join(root, `round-${round}`);
            cpSync(join(root, 'loaded'), directory, { recursive: true });
            const acknowledgedFile = join(root, `acknowledged-${round}`);
            const child = next;
            next = start();
            await killWriting(
              child,
              { directory, acknowledgedFile, isClosing: round % 3 === 1, hasDeltas: round % 3 === 2 },
              random() * LONGEST_IMAGE_MS,
            );
            const written = linesOfKilled(acknowledgedFile).map(Number).at(-1) ?? 0;
            const manifest = (await readManifest(fileSystem, directory))!;
            const named = imageNames(manifest).toSorted();
            if (readdirSync(directory).some((name) => /^snapshot|^delta/.test(name) && !named.includes(name)))
              unfinished++;
            const db = await openPlayers({ directory, compaction: 'manual' });
            const lastSeq = Number(db.seq);
            expect(lastSeq).toBeGreaterThanOrEqual(written);
            const expected: PlayerState = new Map(loaded);
            for (let seq = 2; seq <= lastSeq; seq++) advance(expected, seq);
            expect(textOf(stateOf(db))).toBe(textOf(expected));
            expectConsistentIndexes(db);
            expectBegunWith(db, manifest);
            expect(
              readdirSync(directory)
                .filter((name) => LEFT_OVER.test(name))
                .toSorted(),
            ).toEqual(named);
            await db.close();
            rmSync(directory, { recursive: true });
          }
        } finally {
          next.kill('SIGKILL');
          await gone(next);
        }
        if (process.env['NUTHATCH_SHOW']) console.log({ kills: KILL_COUNT, unfinished });
      }),
    600_000 + KILL_COUNT * 20_000,
  );
});
