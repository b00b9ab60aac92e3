/** SIGKILL at random moments of a real process writing: nothing acknowledged is lost, no transaction is seen in part. F1, F9. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import type { Durability } from '../../src/journal/durability.js';
import { openFileJournal } from '../../src/recovery/open-file-journal.js';
import { ITEMS, MapTarget } from '../disk-fixture.js';

const KILL_COUNT = process.env.NUTHATCH_NIGHTLY ? 5000 : 20;
const LEVELS: readonly Durability[] = ['fsync', 'os', 'interval'];

let root: string;
let directory: string;
let acknowledgedFile: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-kill-'));
  directory = join(root, 'deep', 'data');
  acknowledgedFile = join(root, 'acknowledged');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Starts a writer and waits until it has the directory open. */
async function startWriter(durability: Durability): Promise<ChildProcess> {
  const hook = join(__dirname, 'typescript-hook.cjs');
  const args = ['-r', hook, join(__dirname, 'kill-child.ts'), directory, acknowledgedFile, durability];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)));
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function open() {
  const opened = await openFileJournal({ directory, fileSystem: new NodeFileSystem(), definitions: [ITEMS] });
  const target = new MapTarget();
  const report = await opened.recover(target);
  return { journal: opened.journal, target, report };
}

it(
  `keeps every acknowledged transaction, whole, over ${KILL_COUNT} kills of one directory`,
  async () => {
    let acknowledged = 0;
    for (let round = 0; round < KILL_COUNT; round++) {
      const child = await startWriter(LEVELS[round % LEVELS.length] as Durability);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      await kill(child);

      const lines = readFileSync(acknowledgedFile, 'utf8').split('\n');
      // The last line may be cut off by the kill itself.
      for (const line of lines.slice(0, -1)) acknowledged = Math.max(acknowledged, Number(line));
      const { journal, target, report } = await open();
      expect(report.lastSeq).toBeGreaterThanOrEqual(acknowledged);
      expect([report.lost, report.damagedSnapshots]).toEqual([[], []]);
      const { values } = target;
      expect({ round, left: values.left, right: values.right }).toEqual({
        round,
        left: report.lastSeq || undefined,
        right: report.lastSeq || undefined,
      });
      for (let seq = Math.max(1, report.lastSeq - 49); seq <= report.lastSeq; seq++)
        expect(values[`k${seq % 50}`]).toBe(seq);
      await journal.close();
    }
    expect(acknowledged).toBeGreaterThan(100);
    expect(readdirSync(directory).some((name) => name.startsWith('snapshot-'))).toBe(true);
  },
  KILL_COUNT * 3000,
);

it('refuses a second opener with the pid of the first, and takes over at once when that one is killed', async () => {
  const child = await startWriter('os');
  const startMs = Date.now();
  await expect(open()).rejects.toMatchObject({ code: 'DATABASE_LOCKED', facts: { pid: child.pid } });
  expect(Date.now() - startMs).toBeLessThan(1000);
  await kill(child);
  const { journal, report } = await open();
  expect(report.isClean).toBe(false);
  await expect(open()).rejects.toMatchObject({ code: 'DATABASE_LOCKED', facts: { pid: process.pid } });
  await journal.close();
  const again = await open();
  expect(again.report.isClean).toBe(true);
  await again.journal.close();
});

it('makes the directory 0700 and its files 0600', async () => {
  const { journal } = await open();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  for (const name of ['manifest.nut', 'page-0000000001.nut', 'lock.nut']) {
    expect({ name, mode: statSync(join(directory, name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
  }
  await journal.close();
});
