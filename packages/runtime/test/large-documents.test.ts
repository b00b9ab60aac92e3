import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChild } from './support/bundle-child.js';

describe('one document of 5 MB, updated hundreds of times with nobody subscribed (F44)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nuthatch-large-'));
  const child = join(scratch, 'child.cjs');
  bundleChild(join(__dirname, 'support', 'large-documents-child.ts'), child);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each([
    ['in memory', '600', []],
    ['in a directory', '200', [join(scratch, 'data')]],
  ])('takes no more than a few of them, %s', (_, count, args) => {
    // Some are held: by the history, by what waits for the disk, as garbage. All together are 1 to 3 GB.
    const { status, stdout, stderr } = spawnSync(process.execPath, [child, count, ...args], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const { length, seq, residentBytes } = JSON.parse(stdout);
    expect([length, seq]).toEqual([5_000_000, String(Number(count) + 1)]);
    expect(residentBytes).toBeLessThan(500e6);
  });
});
