/** One handle for all openers of a directory in one process: hot reload. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { FaultFileSystem } from './fault-file-system.js';
import { openPlayers, player } from './support/open-players.js';

const onDisk = (fileSystem = new MemoryFileSystem(), more: Partial<DatabaseOptions> = {}): DatabaseOptions =>
  ({ directory: '/data', fileSystem, shared: true, ...more }) as DatabaseOptions;

describe('a database opened with shared: true', () => {
  it('is the same handle for each opener, and stays open until the last has closed', async () => {
    const options = onDisk();
    const first = await openPlayers(options);
    const second = await openPlayers(options);
    expect(second).toBe(first);
    await first.player.insert(player('p1'));
    await first.close();
    expect(second.state).toBe('open');
    await second.player.insert(player('p2'));
    await second.close();
    expect(second.state).toBe('closed');
    await expect(second.player.insert(player('p3'))).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    const third = await openPlayers(options);
    expect(third).not.toBe(first);
    expect(third.player.size).toBe(2);
    await third.close();
  });

  it('is opened once by simultaneous openers, and again by one that comes while it closes', async () => {
    const options = onDisk();
    const [first, second] = await Promise.all([openPlayers(options), openPlayers(options)]);
    expect(second).toBe(first);
    await first.close();
    const closing = second.close();
    const third = await openPlayers(options);
    expect(third).not.toBe(first);
    await closing;
    await third.close();
  });

  it('is the same handle for a reloaded copy of this package', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-shared-'));
    const options = { directory: folder, shared: true };
    const first = await openPlayers(options);
    let again: Promise<unknown> | undefined;
    jest.isolateModules(() => {
      const reloaded = require('./support/open-players.js') as { openPlayers: typeof openPlayers };
      again = reloaded.openPlayers(options);
    });
    expect(await again).toBe(first);
    await first.close();
    expect(first.state).toBe('open');
    await first.close();
    expect(first.state).toBe('closed');
    rmSync(folder, { recursive: true });
  });

  it('refuses openers with other collections, and openers that do not share', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    const { openDatabase } = await import('../src/database/open-database.js');
    await expect(openDatabase([], onDisk(fileSystem))).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
      facts: { pid: process.pid },
    });
    await expect(openPlayers(onDisk(fileSystem, { shared: false }))).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    await first.close();
  });

  it('that failed is closed and opened again', async () => {
    const fileSystem = new FaultFileSystem();
    const options = { directory: '/data', fileSystem, shared: true };
    const first = await openPlayers(options);
    await first.player.insert(player('p1'));
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt: 0, operations: ['fdatasync'] };
    await expect(first.player.insert(player('p2'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    fileSystem.plan = {};
    const second = await openPlayers(options);
    expect(second).not.toBe(first);
    expect(second.state).toBe('open');
    expect(second.player.all().keys()).toEqual(['p1']);
    await second.close();
  });

  it('can be opened again after an opening that failed', async () => {
    const options = onDisk(undefined, {
      onRecovery: () => {
        throw new TypeError('not now');
      },
    });
    await expect(openPlayers(options)).rejects.toThrow('not now');
    const { onRecovery: _, ...calm } = options;
    const db = await openPlayers(calm as DatabaseOptions);
    await db.close();
  });
});
