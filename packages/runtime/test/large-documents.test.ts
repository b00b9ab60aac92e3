import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { dumpDirectory } from '../src/tools/dump.js';
import { importDump } from '../src/tools/import-dump.js';
import { bundleChild } from './support/bundle-child.js';
import { openPlayers, player } from './support/open-players.js';

describe('one document of 5 MB, updated hundreds of times without a subscriber (F44)', () => {
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

it('many large documents after small ones survive compaction, a dump and its import', async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await openPlayers({ directory: '/data', fileSystem });
  for (let index = 0; index < 600; index++) await db.player.insert(player(`a${index}`));
  for (let index = 0; index < 24; index++)
    await db.player.insert({ ...player(`b${index}`), name: `${index}`.repeat(4_000_000).slice(0, 4_000_000) });
  await db.compact();
  await db.close();
  // 24 documents of 4 MB are more than a frame may hold (64 MiB): they are more than one transaction.
  const lines = dumpDirectory({ fileSystem, directory: '/data' });
  expect(await importDump({ fileSystem, lines, destination: '/copy' })).toMatchObject({ documentCount: 624 });
  const again = await openPlayers({ directory: '/copy', fileSystem });
  expect(again.player.size).toBe(624);
  expect(again.player.require('b7').name).toHaveLength(4_000_000);
  await again.close();
});
