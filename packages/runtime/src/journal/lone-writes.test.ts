/** Short frames that are written by a call that blocks the event loop: docs/decisions/0034-lone-writes.md. */
import { DIRECTORY, openItems, put, RecordingListener, transaction } from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import { openPlayers, player } from '../../test/support/open-players.js';
import { turns } from '../../test/support/test-clock.js';
import type { FileHandle, OpenMode } from '../file-system/file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { measureBy } from '../time/real-time.js';
import type { FileJournal } from './file-journal.js';
import { LoneWrites } from './lone-writes.js';

/** Tells which of the two ways each write to a page went. */
class WatchedFileSystem extends MemoryFileSystem {
  readonly ways: ('blocking' | 'pool')[] = [];
  onBlocking: () => void = () => undefined;

  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    if (!path.includes('page-')) return handle;
    const writeSync = handle.writeSync.bind(handle);
    handle.writeSync = (data, position) => {
      this.ways.push('blocking');
      this.onBlocking();
      writeSync(data, position);
    };
    handle.write = async (data, position) => {
      this.ways.push('pool');
      await undefined;
      writeSync(data, position);
    };
    return handle;
  }
}

describe('lone writes', () => {
  let nowMs = 0;
  let giveBack: () => void;
  beforeEach(() => {
    nowMs = 1_000;
    giveBack = measureBy(() => nowMs);
  });
  afterEach(() => giveBack());

  const call = (writes: LoneWrites, tookMs: number): void => {
    const beganMs = nowMs;
    nowMs += tookMs;
    writes.blocked(beganMs);
  };

  it('may block for two milliseconds between two turns of the event loop', async () => {
    const writes = new LoneWrites();
    expect(writes.mayBlock()).toBe(true);
    nowMs += 1.9;
    expect(writes.mayBlock()).toBe(true);
    nowMs += 0.2;
    expect(writes.mayBlock()).toBe(false);
    await turns(1);
    expect(writes.mayBlock()).toBe(true);
  });

  it('leave it to the thread pool for a while after a slow call, and for longer when the next one is slow too', async () => {
    const writes = new LoneWrites();
    const restMs: number[] = [];
    for (let round = 0; round < 10; round++) {
      await turns(1);
      expect(writes.mayBlock()).toBe(true);
      call(writes, 1.5);
      await turns(1);
      const beganMs = nowMs;
      while (!writes.mayBlock()) nowMs += 25;
      restMs.push(nowMs - beganMs);
    }
    expect(restMs).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('forget that calls were slow after sixteen quick ones', () => {
    const writes = new LoneWrites();
    call(writes, 1.5);
    call(writes, 1.5);
    for (let count = 0; count < 16; count++) call(writes, 0.01);
    nowMs += 1_000;
    call(writes, 1.5);
    const beganMs = nowMs;
    while (!writes.mayBlock()) nowMs += 25;
    expect(nowMs - beganMs).toBe(50);
  });
});

describe('a write that needs no fsync and waits alone', () => {
  it.each(['os', 'interval'] as const)(
    'is written at once and answered in the same turn, at %s',
    async (durability) => {
      const fileSystem = new WatchedFileSystem();
      const db = await openPlayers({ directory: '/data', fileSystem, durability });
      // However slow this machine is, no call takes long from now on, and a turn never does.
      const laterMs = performance.now() + 60_000;
      const giveBack = measureBy(() => laterMs);
      try {
        await db.player.insert(player('first'));
        // The opening has come to its end.
        await turns(3);
        fileSystem.ways.length = 0;
        let hasTurned = false;
        setImmediate(() => {
          hasTurned = true;
        });
        for (let index = 0; index < 5; index++) {
          await db.player.insert(player(`p${index}`));
          expect(db.stats().journal).toMatchObject({ writtenSeq: index + 2, pendingBytes: 0 });
        }
        expect(hasTurned).toBe(false);
      } finally {
        giveBack();
      }
      expect(fileSystem.ways).toEqual(Array(5).fill('blocking'));
      await db.close();
      const again = await openPlayers({ directory: '/data', fileSystem });
      expect(again.player.size).toBe(6);
      await again.close();
    },
  );

  it('goes with others that were gathered by the same code, as one frame', async () => {
    const fileSystem = new WatchedFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.ways.length = 0;
    for (let index = 0; index < 20; index++) journal.append(transaction(put(`k${index}`, index)), 'os');
    await undefined;
    await undefined;
    expect([listener.writtenSeq, fileSystem.ways, journal.stats().frameCount]).toEqual([20, ['blocking'], 1]);
    await journal.close();
  });

  it.each([
    ['asks for a sync', (journal: FileJournal) => journal.append(transaction(put('a', 1)), 'fsync')],
    ['is long', (journal: FileJournal) => journal.append(transaction(put('a', 1, 'x'.repeat(17_000))), 'os')],
    [
      'is followed by one that asks for a sync',
      (journal: FileJournal) => {
        journal.append(transaction(put('a', 1)), 'os');
        return journal.append(transaction(put('b', 1)), 'fsync');
      },
    ],
  ])('leaves the loop alone when it %s', async (_name, write) => {
    const fileSystem = new WatchedFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.ways.length = 0;
    const seq = write(journal);
    await undefined;
    await undefined;
    expect([listener.writtenSeq, fileSystem.ways]).toEqual([0, []]);
    while (listener.writtenSeq < seq) await turns(1);
    expect(fileSystem.ways).not.toContain('blocking');
    await journal.close();
  });

  it('leaves the loop alone at level memory, for nobody waits for it', async () => {
    const fileSystem = new WatchedFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.ways.length = 0;
    for (let index = 0; index < 10; index++) {
      journal.append(transaction(put(`k${index}`, index)), 'memory');
      await undefined;
    }
    expect(listener.writtenSeq).toBe(0);
    while (listener.writtenSeq < 10) await turns(1);
    expect(fileSystem.ways).toEqual(['pool']);
    // One that somebody waits for takes the others along.
    for (const durability of ['memory', 'os', 'memory'] as const)
      journal.append(transaction(put(durability, 1)), durability);
    await turns(3);
    expect(fileSystem.ways).toEqual(['pool', 'blocking']);
    await journal.close();
  });

  it('is gathered with the next ones in a loop that awaits drained() instead of its writes', async () => {
    const fileSystem = new WatchedFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem, durability: 'os' });
    await db.player.insert(player('first'));
    await turns(3);
    fileSystem.ways.length = 0;
    const answers: Promise<unknown>[] = [];
    for (let index = 0; index < 50; index++) {
      answers.push(db.player.insert(player(`p${index}`)));
      await db.drained();
    }
    expect(fileSystem.ways).toEqual([]);
    await Promise.all(answers);
    expect(fileSystem.ways).toHaveLength(1);
    await db.player.insert(player('last'));
    expect(fileSystem.ways).toHaveLength(2);
    await db.close();
  });

  it('lets the event loop turn, however long a loop awaits one write after the other', async () => {
    let nowMs = performance.now() + 60_000;
    const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem(), durability: 'os' });
    // Each look at the clock is a tenth of a millisecond later.
    const giveBack = measureBy(() => (nowMs += 0.1));
    try {
      let turnCount = 0;
      let isDone = false;
      const look = (): void => {
        turnCount++;
        if (!isDone) setImmediate(look);
      };
      setImmediate(look);
      for (let index = 0; index < 300; index++) await db.player.insert(player(`p${index}`));
      isDone = true;
      expect(turnCount).toBeGreaterThan(300 / 20);
    } finally {
      giveBack();
    }
    await db.close();
  });

  it('goes through the thread pool while the disk is slow, so that the loop waits for it once', async () => {
    const fileSystem = new WatchedFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem, durability: 'os' });
    await db.player.insert(player('first'));
    let nowMs = performance.now() + 60_000;
    const giveBack = measureBy(() => nowMs);
    try {
      fileSystem.ways.length = 0;
      fileSystem.onBlocking = () => {
        nowMs += 300;
      };
      for (let index = 0; index < 10; index++) await db.player.insert(player(`p${index}`));
      expect(fileSystem.ways).toEqual(['blocking', ...Array(9).fill('pool')]);
      fileSystem.onBlocking = () => undefined;
      nowMs += 50;
      fileSystem.ways.length = 0;
      for (let index = 0; index < 10; index++) await db.player.insert(player(`q${index}`));
      expect(fileSystem.ways).toEqual(Array(10).fill('blocking'));
    } finally {
      giveBack();
    }
    await db.close();
  });

  it('begins the next page as ever when its own is full', async () => {
    const fileSystem = new WatchedFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem, durability: 'os', pageBytes: 4096 });
    const laterMs = performance.now() + 60_000;
    const giveBack = measureBy(() => laterMs);
    try {
      for (let index = 0; index < 100; index++) await db.player.insert(player(`p${index}`));
    } finally {
      giveBack();
    }
    const { pageCount } = db.stats().journal;
    expect(pageCount).toBeGreaterThan(3);
    expect(fileSystem.ways.filter((way) => way === 'blocking').length).toBeGreaterThanOrEqual(100 - pageCount);
    await db.close();
    const again = await openPlayers({ directory: '/data', fileSystem });
    expect([again.player.size, again.recovery?.isClean]).toEqual([100, true]);
    await again.close();
  });
});

describe.each([
  { name: 'EIO', plan: { errno: 'EIO' } },
  { name: 'ENOSPC after half of the frame', plan: { errno: 'ENOSPC', isShortWrite: true } },
  {
    name: 'ENOSPC, and the half cannot be cut off either',
    plan: { errno: 'ENOSPC', isShortWrite: true, isPermanent: true },
  },
])('a lone write that fails with $name', ({ plan }) => {
  it('rejects, is taken back, ends the journal and is not found again', async () => {
    const fileSystem = new FaultFileSystem();
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, durability: 'os' });
    await db.player.insert(player('kept'));
    const failures: unknown[] = [];
    db.on('failed', (error) => failures.push(error));
    fileSystem.calls.length = 0;
    fileSystem.plan = { ...plan, failAt: 0, operations: ['write', 'ftruncate'] };
    const lost = db.player.insert(player('lost'));
    // It came later, and rests on the first.
    const alsoLost = db.player.update('kept', { age: 31 });
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    await expect(alsoLost).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    expect(failures).toEqual([expect.objectContaining({ code: 'DATABASE_FAILED' })]);
    expect(String(failures[0])).toContain(`page-0000000001.nut failed with ${plan.errno}`);
    expect([db.state, db.player.get('lost'), db.player.get('kept')?.age]).toEqual(['failed', undefined, 30]);
    await expect(db.player.insert(player('later'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    await expect(db.flush()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    fileSystem.plan = {};
    await db.close();
    const again = await openPlayers({ directory: DIRECTORY, fileSystem });
    expect([again.player.size, again.player.get('kept')?.age]).toEqual([1, 30]);
    await again.close();
  });
});

it('keeps each lone write that was answered when the process dies right after the answer', async () => {
  for (let count = 1; count <= 12; count++) {
    const fileSystem = new FaultFileSystem();
    const { journal } = await openItems(fileSystem);
    let writtenSeq = 0;
    class Killer extends RecordingListener {
      override written(seq: number): void {
        super.written(seq);
        writtenSeq = seq;
        if (seq === count) fileSystem.kill();
      }
    }
    journal.listen(new Killer());
    for (let index = 1; index <= count; index++) {
      journal.append(transaction(put(`k${index}`, index)), 'os');
      while (writtenSeq < index) await turns(1);
    }
    expect(writtenSeq).toBe(count);
    const again = await openItems(fileSystem);
    expect(Object.keys(again.target.values)).toHaveLength(count);
    await again.journal.close();
    await journal.close().catch(() => undefined);
  }
});
