import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openKeyValue } from '../src/key-value/key-value-store.js';
import { bundleChild } from './support/bundle-child.js';
import { openPlayers, player } from './support/open-players.js';

/** Everything that waits for a disk, a turn or a while. */
async function work(): Promise<void> {
  const fileSystem = new MemoryFileSystem();
  const open = () => openPlayers({ directory: '/data', fileSystem, flushIntervalMs: 1 });
  const db = await open();
  const changes = db.player.changes();
  const heard: unknown[] = [];
  db.player.subscribe(({ key }) => heard.push(key));
  await db.player.insert(player('p1'));
  await Promise.all([db.player.insert(player('p2')), db.player.update('p1', { age: 5 }, { durability: 'interval' })]);
  await db.transaction((tx) => void tx.player.insert(player('p3')));
  await db.flush();
  await db.drained();
  expect((await changes.next()).value).toMatchObject({ key: 'p1' });
  expect(heard).toEqual(['p1', 'p2', 'p1', 'p3']);
  await db.player.insertMany(Array.from({ length: 600 }, (_, index) => player(`m${index}`)));
  let count = 0;
  for await (const document of db.player.all()) count += document.age > 0 ? 1 : 0;
  expect(count).toBe(603);
  const index = await db.player.addIndex({ kind: 'range', fields: ['name'] } as never);
  expect(index).toBeDefined();
  await db.compact();
  await db.backup('/backup');
  await db.close();
  const again = await open();
  let past = 0;
  for await (const _ of again.changes({ since: 0n })) if (++past === 3) break;
  await again.setStorage('player', 'memory');
  await again.setStorage('player', 'disk');
  expect(again.player.size).toBe(603);
  await again.close();
  await using store = await openKeyValue({ file: '/kv', fileSystem, flushIntervalMs: 1 });
  await store.set('k', 1);
}

describe('a database works under fake timers (F52)', () => {
  it('of Jest, which stop Date, microtasks and the performance clock too', async () => {
    jest.useFakeTimers();
    try {
      await work();
    } finally {
      jest.useRealTimers();
    }
  });

  it('of node:test, which stop the exports of node:timers too', async () => {
    mock.timers.enable();
    try {
      await work();
    } finally {
      mock.timers.reset();
    }
  });

  it.each(['jest', 'node:test'])('of %s that were there before it was loaded', async (kind) => {
    const run = async (): Promise<void> => {
      if (kind === 'jest') jest.useFakeTimers();
      else mock.timers.enable();
      try {
        const { turn, sleep, later, nowMs, soon } =
          require('../src/time/real-time.js') as typeof import('../src/time/real-time.js');
        await new Promise<void>((resolve) => soon(resolve));
        await turn();
        const startMs = nowMs();
        await sleep(5);
        expect(nowMs() - startMs).toBeGreaterThan(3);
        const called: string[] = [];
        later(() => called.push('cancelled'), 1).cancel();
        later(() => called.push('kept'), 2);
        await sleep(20);
        expect(called).toEqual(['kept']);
        const { openPlayers: openAnew } =
          require('./support/open-players.js') as typeof import('./support/open-players.js');
        const db = await openAnew({ directory: '/data', fileSystem: new MemoryFileSystem() });
        await db.player.insert(player('p1'));
        await db.close();
      } finally {
        jest.useRealTimers();
        mock.timers.reset();
      }
    };
    let done: Promise<void> | undefined;
    jest.isolateModules(() => {
      done = run();
    });
    await done;
  });

  it('of Sinon, which stop process.nextTick for Node itself', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'nuthatch-fake-timers-'));
    try {
      const child = join(scratch, 'child.cjs');
      bundleChild(join(__dirname, 'support', 'fake-timers-child.ts'), child);
      // It came with Jest.
      const args = [child, join(scratch, 'data'), require.resolve('@sinonjs/fake-timers')];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
      expect([stdout, stderr]).toEqual(['closed', '']);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('and its documents expire by the clock that the test turns, or by the real one when only timers are fake', async () => {
    jest.useFakeTimers();
    const db = await openPlayers();
    void db.player.insert(player('p1'), { ttlMs: 60_000 });
    jest.advanceTimersByTime(59_000);
    expect(db.player.has('p1')).toBe(true);
    jest.advanceTimersByTime(2_000);
    expect(db.player.has('p1')).toBe(false);
    jest.useRealTimers();
    jest.useFakeTimers({ doNotFake: ['Date'] });
    await db.player.insert(player('p2'), { ttlMs: 5 });
    jest.useRealTimers();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(db.player.has('p2')).toBe(false);
    await db.close();
  });
});

it('no file of the engine, of copies or of nodes waits with timers that a test can replace', () => {
  const packages = join(__dirname, '../..');
  const found: string[] = [];
  for (const folder of ['runtime/src', 'copy/src', 'cluster/src']) {
    for (const name of readdirSync(join(packages, folder), { recursive: true }) as string[]) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.endsWith('real-time.ts')) continue;
      const code = readFileSync(join(packages, folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      if (
        /\b(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|hrtime)\b|performance\.|node:timers/.test(code)
      )
        found.push(name);
    }
  }
  expect(found).toEqual([]);
});
