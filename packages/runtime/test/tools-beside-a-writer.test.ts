/** Tools that take no lock, beside another process that writes, rolls and compacts all the time. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryDirectory } from '../src/database/query-directory.js';
import {
  backupDirectory,
  dumpDirectory,
  inspectDirectory,
  restoreDirectory,
  verifyDirectory,
} from '../src/tools/directory-tools.js';
import { bundleChild } from './support/bundle-child.js';
import { openPlayers } from './support/open-players.js';

const ROUNDS = 12;

it('see a whole database every time, and copies of it open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-busy-'));
  const bundle = join(folder, 'child.cjs');
  bundleChild(join(__dirname, 'support', 'busy-child.ts'), bundle);
  const directory = join(folder, 'data');
  const child = spawn(process.execPath, [bundle, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    let lastSeq = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const report = await verifyDirectory({ directory });
      expect(report).toMatchObject({ isWhole: true, isClosed: false, damage: [] });
      expect(report.lastSeq).toBeGreaterThanOrEqual(lastSeq);
      lastSeq = report.lastSeq;
      const asked = await queryDirectory({ directory });
      expect(asked.collections.get('player')?.reads.count({ age: { gte: 0 } })).toBe(50);
      expect((await inspectDirectory({ directory })).damage).toEqual([]);
      const lines: string[] = [];
      for await (const line of dumpDirectory({ directory })) lines.push(line);
      expect(JSON.parse(lines.at(-1) as string)).toEqual({ end: { documents: 50 } });
      const copy = join(folder, `copy-${round % 2}`);
      expect((await backupDirectory({ directory, destination: copy })).lastSeq).toBeGreaterThanOrEqual(lastSeq);
      const restored = join(folder, `restored-${round}`);
      expect((await restoreDirectory({ directory, destination: restored })).documentCount).toBe(50);
    }
  } finally {
    child.stdin.end('stop\n');
    await ended;
  }
  for (const name of ['copy-0', 'copy-1', 'restored-0', `restored-${ROUNDS - 1}`]) {
    const db = await openPlayers({ directory: join(folder, name) });
    expect([db.recovery?.isClean, db.player.size]).toEqual([true, 50]);
    await db.close();
  }
  rmSync(folder, { recursive: true });
});
