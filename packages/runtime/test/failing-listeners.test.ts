import type { Subscription } from '../src/feed/change-feed.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';
import { turns } from './support/test-clock.js';

/** A promise of another library. */
const thenable = (reason: unknown): object =>
  Object.fromEntries([['then', (_: unknown, reject: (reason: unknown) => void) => void reject(reason)]]);

const FAILURES: readonly [string, (reason: Error) => unknown][] = [
  [
    'throws',
    (reason) => {
      throw reason;
    },
  ],
  ['rejects', async (reason) => Promise.reject(reason)],
  ['rejects later', async (reason) => turns(2).then(() => Promise.reject(reason))],
  ['answers a thenable that rejects', thenable],
];

type Fail = () => unknown;
const LISTENERS: readonly [string, (db: PlayerDatabase, fail: Fail) => Subscription][] = [
  ['db.subscribe', (db, fail) => db.subscribe(fail as () => void)],
  ['player.subscribe', (db, fail) => db.player.subscribe(fail as () => void)],
  ['db.on', (db, fail) => db.on('insert', fail as () => void)],
  ['player.on', (db, fail) => db.player.on('change', fail as () => void)],
  ['watch of all', (db, fail) => afterFirst((listener) => db.player.watch(listener), fail)],
  ['watch of a tag', (db, fail) => afterFirst((listener) => db.player.find({ clubs: 'x' }).watch(listener), fail)],
  [
    'watch of a top ten',
    (db, fail) => afterFirst((listener) => db.player.all().orderBy('age').limit(10).watch(listener), fail),
  ],
  ['an event of the database', (db, fail) => db.on('closed', fail as () => void)],
];

/** Fails at every answer but the first, whose throw is the caller's. */
function afterFirst(watch: (listener: () => void) => Subscription, fail: Fail): Subscription {
  let count = 0;
  return watch(() => (count++ === 0 ? undefined : fail()) as undefined);
}

describe('a listener that fails (F53)', () => {
  // A rejection that nobody looks at fails the test in which it comes.
  it.each(LISTENERS.flatMap(([name, listen]) => FAILURES.map(([how, fail]) => [name, how, listen, fail] as const)))(
    '%s %s: it is reported once, others and the writer never notice',
    async (_name, _how, listen, fail) => {
      const db = await openPlayers();
      const reason = new RangeError('mine');
      const reported: unknown[] = [];
      const heard: unknown[] = [];
      db.on('listenerError', (error) => reported.push(error));
      listen(db, () => fail(reason));
      db.subscribe(({ key }) => heard.push(key));
      await db.player.insert(player('p1', { clubs: ['x'] }));
      await db.close();
      await turns(5);
      expect(reported).toEqual([reason]);
      expect(heard).toEqual(['p1']);
    },
  );

  it('at the first answer of a watch: a throw is the caller’s, a rejection is reported', async () => {
    const db = await openPlayers();
    const reason = new RangeError('mine');
    const reported: unknown[] = [];
    db.on('listenerError', (error) => reported.push(error));
    expect(() =>
      db.player.watch(() => {
        throw reason;
      }),
    ).toThrow(reason);
    expect(reported).toEqual([]);
    db.player.watch(async () => {
      throw reason;
    });
    await turns(3);
    expect([reported, db.stats().subscriptionCount]).toEqual([[reason], 1]);
    await db.close();
  });

  it('becomes a process warning without a listener for errors, and when that listener fails itself', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const db = await openPlayers();
    db.subscribe(async () => {
      throw new Error('mine');
    });
    await db.player.insert(player('p1'));
    await turns(3);
    db.on('listenerError', async () => {
      throw new Error('me too');
    });
    await db.player.insert(player('p2'));
    await turns(3);
    const codes = emitWarning.mock.calls.map(([, options]) => (options as unknown as { code: string }).code);
    emitWarning.mockRestore();
    expect(codes).toEqual(['NUTHATCH_LISTENER', 'NUTHATCH_LISTENER']);
    await db.close();
  });

  it('that watches the opening: the promise of onRecovery is waited for, one of onProgress ends nothing', async () => {
    const { MemoryFileSystem } = await import('../src/file-system/memory-file-system.js');
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers({ directory: '/d', fileSystem });
    await db.player.insert(player('p1'));
    await db.close();
    const reason = new RangeError('mine');
    const onRecovery = async (): Promise<void> => Promise.reject(reason);
    await expect(openPlayers({ directory: '/d', fileSystem, onRecovery })).rejects.toBe(reason);
    const onProgress = async (): Promise<void> => Promise.reject(reason);
    const again = await openPlayers({ directory: '/d', fileSystem, onProgress });
    await again.close();
    await turns(3);
  });
});
