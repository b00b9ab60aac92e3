import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';
import { describeDatabase, MemoryFileSystem } from '@nuthatch/runtime';
import { pino } from 'pino';
import { measureBy } from '../../runtime/src/time/real-time.js';
import { FaultFileSystem } from '../../runtime/test/fault-file-system.js';
import { openPlayers, type PlayerDatabase, player } from '../../runtime/test/support/open-players.js';
import { type Logger, logTo } from '../src/pino.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly database: string;
  readonly [fact: string]: unknown;
}

const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

let lines: Line[];
let logger: Logger;
let end: () => void;

beforeEach(() => {
  lines = [];
  end = () => undefined;
  logger = pino(
    { base: null },
    new Writable({
      write(chunk, _, done) {
        lines.push(JSON.parse(String(chunk)) as Line);
        done();
      },
    }),
  );
});

afterEach(() => end());

const open = (options: object = {}): Promise<PlayerDatabase> =>
  openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem(), compaction: 'manual', ...options });

const shown = (): readonly string[] => lines.map(({ level, msg }) => `${LEVELS[level]} ${msg}`);

/** Logs until the end of the test. */
function log(options?: Parameters<typeof logTo>[1]): void {
  const { stop } = logTo(logger, options);
  end = stop;
}

describe('logTo', () => {
  it('tells the life of each database with its name', async () => {
    log();
    const fileSystem = new MemoryFileSystem();
    const db = await open({ fileSystem, name: 'mine' });
    await db.player.insert(player('a'));
    await db.compact();
    await db.backup('/backup');
    await expect(open({ fileSystem })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    await db.close();
    expect(shown()).toEqual([
      'info the database was opened',
      'info the database was compacted',
      'info a backup was made',
      'error opening the database failed',
      'info the database was closed',
    ]);
    expect(lines.map(({ database }) => database)).toEqual(['mine', 'mine', 'mine', 'data', 'mine']);
    expect(lines[1]).toMatchObject({ directory: '/data', seq: 1, cause: 'manual', durationMs: expect.any(Number) });
  });

  it('warns of a directory that was not closed properly', async () => {
    const disk = new FaultFileSystem();
    const db = await open({ fileSystem: disk });
    await db.player.insert(player('a'));
    disk.crash();
    log();
    await using _again = await open({ fileSystem: disk });
    expect(shown()).toEqual(['info the database was opened', 'warn the database had not been closed properly']);
    await db.close().catch(() => undefined);
  });

  it('tells of a failure at level fatal, with the cause of the system', async () => {
    const disk = new FaultFileSystem();
    const db = await open({ fileSystem: disk });
    log({ db });
    disk.plan = { failAt: disk.calls.length, errno: 'EIO', isPermanent: true };
    await db.player.insert(player('a')).catch(() => undefined);
    expect(shown()).toEqual(['fatal the journal of the database failed: writes are refused']);
    expect(lines[0]?.error).toMatchObject({
      type: 'DatabaseError',
      code: 'DATABASE_FAILED',
      cause: { code: 'JOURNAL_WRITE_FAILED', message: expect.stringContaining('EIO'), cause: { code: 'EIO' } },
    });
    await db.close().catch(() => undefined);
  });

  it.each([
    [false, undefined],
    [true, 'no place for ann@example.org'],
  ])('logs the text of an error of a listener only when it is wanted (%p)', async (withTexts, message) => {
    await using db = await open();
    log({ db, withTexts });
    db.on('listenerError', () => undefined);
    db.on('insert', ({ after }) => {
      if (after !== undefined) throw new RangeError('no place for ann@example.org');
    });
    const inserted = db.player.insert(player('secret-key', { name: 'secret-name' }));
    db.on('update', async () => void (await db.player.insert(player('secret-key'))));
    await inserted;
    await db.player.update('secret-key', { age: 31 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(shown()).toEqual(Array(2).fill('error a listener of the database threw'));
    expect(lines[0]?.error).toMatchObject({ type: 'RangeError', stack: expect.stringMatching(/^\s+at /) });
    expect((lines[0] as Line & { error: { message?: string } }).error.message).toBe(message);
    expect(lines[1]?.error).toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(JSON.stringify(lines).includes('secret')).toBe(withTexts);
  });

  it('warns of slow fsyncs, once in ten seconds with the number of those left out', async () => {
    await using db = await open();
    let clockMs = 0;
    const giveBack = measureBy(() => {
      clockMs += 700;
      return clockMs;
    });
    const now = jest.spyOn(Date, 'now');
    try {
      log({ db, slowFsyncMs: 600 });
      const beganMs = Date.now();
      for (const [id, afterMs] of Object.entries({ a: 0, b: 5_000, c: 9_000, d: 10_500 })) {
        now.mockReturnValue(beganMs + afterMs);
        await db.player.insert(player(id));
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      now.mockRestore();
      giveBack();
    }
    const slow = lines.filter(({ msg }) => msg === 'an fsync was slow');
    expect(slow).toMatchObject([
      { database: 'data', transactionCount: 1, suppressedCount: 0, level: 40 },
      { suppressedCount: 2 },
    ]);
  });

  it('hears one database alone when it is given, and nothing more once it is stopped', async () => {
    await using db = await open();
    await using other = await open({ fileSystem: new MemoryFileSystem() });
    const observation = logTo(logger, { db });
    await other.compact();
    await db.compact();
    observation.stop();
    observation.stop();
    await db.compact();
    expect(shown()).toEqual(['info the database was compacted']);
  });

  it('harms nobody when the logger throws: the error becomes a warning', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const fail = (): never => {
      throw new Error('full');
    };
    const broken: Logger = { info: fail, warn: fail, error: fail, fatal: fail };
    const { stop } = logTo(broken);
    end = stop;
    const db = await open();
    await db.player.insert(player('a'));
    await db.close();
    expect(warnings).toHaveBeenCalledTimes(2);
    warnings.mockRestore();
  });

  it.each<[string, () => unknown]>([
    ['what is not a logger', () => logTo({} as Logger)],
    ['no logger', () => logTo(undefined as unknown as Logger)],
    ['an unknown option', () => logTo(logger, { slowMs: 5 } as object)],
    ['a time that is not a number', () => logTo(logger, { slowFsyncMs: '5' as unknown as number })],
    ['a time that is not a time', () => logTo(logger, { slowFsyncMs: Number.NaN })],
    ['a flag that is not one', () => logTo(logger, { withTexts: 1 as unknown as boolean })],
    ['what is not a database', () => logTo(logger, { db: {} })],
    ['null for a database', () => logTo(logger, { db: null as unknown as object })],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('leaves the channels to others', async () => {
    const heard: unknown[] = [];
    const listener = (message: unknown): void => void heard.push(message);
    subscribe('nuthatch:fsync', listener);
    await using db = await open();
    logTo(logger).stop();
    await db.player.insert(player('a'));
    await new Promise((resolve) => setImmediate(resolve));
    unsubscribe('nuthatch:fsync', listener);
    expect(heard).toMatchObject([{ database: describeDatabase(db).source }]);
  });
});
