/** What an open database says on `node:diagnostics_channel`, and what it costs when nobody listens: docs/diagnostics.md. */
import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { DatabaseError } from '@nuthatch/model';
import { describeDatabase } from '../src/database/database-description.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import type {
  BackupTrace,
  ClockJumpMessage,
  CompactionTrace,
  DatabaseTrace,
  FailureMessage,
  ListenerErrorMessage,
  OpenTrace,
  RecoveryMessage,
} from '../src/database/diagnostics.js';
import type { CommitMessage, FsyncMessage } from '../src/diagnostics/journal-messages.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { measureBy, nowMs } from '../src/time/real-time.js';
import { FaultFileSystem } from './fault-file-system.js';
import { bundleChild } from './support/bundle-child.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const MESSAGES = ['commit', 'fsync', 'recovery', 'failure', 'listener-error', 'clock-jump'];
const TRACES = ['open', 'flush', 'compaction', 'backup', 'close'];
const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

let fileSystem: MemoryFileSystem;
let ends: (() => void)[];

beforeEach(() => {
  fileSystem = new MemoryFileSystem();
  ends = [];
});

afterEach(() => {
  for (const end of ends) end();
  jest.restoreAllMocks();
});

const open = (options: object = {}): Promise<PlayerDatabase> =>
  openPlayers({ directory: '/data', fileSystem, compaction: 'manual', ...options } as DatabaseOptions);

/** All messages of a channel from now on, until the test ends. */
function listen<M>(name: string, also: (message: M) => void = () => undefined): M[] {
  const heard: M[] = [];
  const listener = (message: unknown): void => {
    heard.push(message as M);
    also(message as M);
  };
  subscribe(name, listener);
  ends.push(() => unsubscribe(name, listener));
  return heard;
}

const trace = <C>(name: string, phase = 'asyncEnd'): C[] => listen<C>(`tracing:nuthatch:${name}:${phase}`);

/** Lets a timer of the engine or a microtask have its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  it('is told once for all its transactions, with seqs, bytes and whether it was fsynced', async () => {
    const commits = listen<CommitMessage>('nuthatch:commit');
    const fsyncs = listen<FsyncMessage>('nuthatch:fsync');
    await using db = await open({ name: 'mine' });
    await Promise.all(['a', 'b', 'c'].map((id) => db.player.insert(player(id))));
    await db.player.insert(player('d'), { durability: 'os' });
    await db.flush();
    const { source } = describeDatabase(db);
    expect(source).toEqual({ name: 'mine', directory: '/data', uuid: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(commits).toEqual([
      expect.objectContaining({ firstSeq: 1, lastSeq: 3, transactionCount: 3, frameCount: 1, isSynced: true }),
      expect.objectContaining({ firstSeq: 4, lastSeq: 4, transactionCount: 1, frameCount: 1, isSynced: false }),
    ]);
    expect(fsyncs).toEqual([
      expect.objectContaining({ syncedSeq: 3, transactionCount: 3 }),
      expect.objectContaining({ syncedSeq: 4, transactionCount: 1, isWithWrite: false }),
    ]);
    for (const { database, durationMs } of [...commits, ...fsyncs]) {
      expect(database).toBe(source);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(commits.reduce((bytes, { byteCount }) => bytes + byteCount, 0)).toBe(db.stats().journal.writtenBytes);
  });

  it('is told after its writers were answered, also of many frames and of a page that begins', async () => {
    const commits = listen<CommitMessage>('nuthatch:commit', ({ lastSeq }) => {
      expect(db.stats().pendingTransactionCount).toBe(db.stats().journal.lastSeq - lastSeq);
    });
    await using db = await open({ pageBytes: 4096, maxFrameBytes: 4096 });
    const fsyncs = listen<FsyncMessage>('nuthatch:fsync');
    await Promise.all(Array.from({ length: 300 }, (_, index) => db.player.insert(player(`p${index}`))));
    await turn();
    expect(commits.reduce((count, { transactionCount }) => count + transactionCount, 0)).toBe(300);
    expect(commits.reduce((count, { frameCount }) => count + frameCount, 0)).toBe(db.stats().journal.frameCount);
    expect(commits.at(-1)?.lastSeq).toBe(300);
    expect(fsyncs.reduce((count, { transactionCount }) => count + transactionCount, 0)).toBe(300);
    expect(fsyncs.some(({ isWithWrite }) => isWithWrite)).toBe(true);
    expect(db.stats().journal.pageCount).toBeGreaterThan(1);
  });

  it('lets a subscriber write: its write comes in a batch of its own', async () => {
    await using db = await open();
    let written: Promise<unknown> | undefined;
    const commits = listen<CommitMessage>('nuthatch:commit', () => {
      written ??= db.player.insert(player('by-subscriber'));
    });
    await db.player.insert(player('a'));
    await written;
    await turn();
    expect(commits.map(({ lastSeq }) => lastSeq)).toEqual([1, 2]);
  });

  it('is told by each database in its own name, and by none in memory', async () => {
    const commits = listen<CommitMessage>('nuthatch:commit');
    await using first = await open({ directory: '/first' });
    await using second = await open({ directory: '/second' });
    await using memory = await openPlayers();
    for (const db of [first, second, memory]) await db.player.insert(player('a'));
    expect(commits.map(({ database }) => database)).toEqual([
      describeDatabase(first).source,
      describeDatabase(second).source,
    ]);
    expect(describeDatabase(memory).source).toMatchObject({ name: 'memory', directory: undefined });
    expect(describeDatabase(first).source.name).toBe('first');
  });

  it('reads the clock for subscribers only', async () => {
    await using db = await open();
    let readCount = 0;
    ends.push(
      measureBy(() => {
        readCount++;
        return performance.now();
      }),
    );
    const readsOf = async (id: string): Promise<number> => {
      const before = readCount;
      await db.player.insert(player(id));
      await turn();
      return readCount - before;
    };
    await readsOf('first');
    const off = await readsOf('off');
    // One look of the watch over the directory after each fsynced write.
    expect(off).toBeLessThanOrEqual(1);
    listen('nuthatch:commit');
    // When the batch begins and ends, before its write, and around its fsync.
    expect(await readsOf('on')).toBe(off + 5);
    ends.pop()?.();
    expect(await readsOf('off again')).toBe(off);
    expect(nowMs()).toBeGreaterThan(0);
  });
});

describe('the life of a database', () => {
  it('is told from opening to closing, with reports', async () => {
    const opened = trace<OpenTrace>('open');
    const begun = listen<OpenTrace>('tracing:nuthatch:open:start', (context) => {
      expect(context).toEqual({ name: 'data', directory: '/data' });
    });
    const closed = trace<DatabaseTrace<undefined>>('close');
    const flushed = trace<DatabaseTrace<undefined>>('flush');
    const recovered = listen<RecoveryMessage>('nuthatch:recovery');
    const db = await open();
    const { source } = describeDatabase(db);
    await db.flush();
    await db.close();
    await db.close();
    expect(begun).toHaveLength(1);
    expect(opened[0]).toBe(begun[0]);
    expect(opened).toEqual([
      { name: 'data', directory: '/data', database: source, durationMs: expect.any(Number), result: db.recovery },
    ]);
    expect(opened[0]?.database).toBe(source);
    expect(recovered).toEqual([{ database: source, report: db.recovery }]);
    expect(flushed).toEqual([{ database: source, durationMs: expect.any(Number), result: undefined }]);
    expect(closed).toEqual([{ database: source, durationMs: expect.any(Number), result: undefined }]);
    const again = await open();
    expect(describeDatabase(again).source).toEqual(source);
    expect(describeDatabase(again).source).not.toBe(source);
    await again.close();
  });

  it('is told of an opening that fails', async () => {
    await using _holder = await open();
    const failed = trace<OpenTrace>('open', 'error');
    const ended = trace<OpenTrace>('open');
    await expect(open()).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    expect(failed).toHaveLength(1);
    expect(ended[0]).toMatchObject({ directory: '/data', error: expect.objectContaining({ code: 'DATABASE_LOCKED' }) });
    expect(ended[0]?.database).toBeUndefined();
  });

  it('is told of compactions by hand and by rule, and of backups', async () => {
    const compactions = trace<CompactionTrace>('compaction');
    const backups = trace<BackupTrace>('backup');
    await using db = await open({ compaction: { leastBytes: 0, ratio: 0.1 } });
    await db.player.insert(player('a'));
    for (let age = 0; age < 50; age++) await db.player.update('a', { age });
    const report = await db.compact();
    expect(compactions.at(-1)).toMatchObject({ cause: 'manual', result: report });
    expect(compactions.some(({ cause }) => cause === 'automatic')).toBe(true);
    const kept = await db.backup('/backup');
    const stream = new PassThrough().resume();
    await db.backupTo(stream);
    await expect(db.backup('/data')).rejects.toBeInstanceOf(DatabaseError);
    expect(backups.map(({ destination, error }) => [destination, error === undefined])).toEqual([
      ['directory', true],
      ['stream', true],
      ['directory', false],
    ]);
    expect(backups[0]?.result).toBe(kept);
    expect(db.stats().compaction.doneCount).toBe(compactions.length);
  });

  it('is told of a compaction that fails; the stats count it', async () => {
    const disk = new FaultFileSystem();
    await using db = await open({ fileSystem: disk });
    await db.player.insert(player('a'));
    const failed = trace<CompactionTrace>('compaction', 'error');
    disk.plan = { failAt: disk.calls.length, errno: 'ENOSPC', operations: ['write'] };
    await expect(db.compact()).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
    expect(failed).toMatchObject([{ cause: 'manual', error: { code: 'JOURNAL_WRITE_FAILED' } }]);
    expect(db.stats().compaction).toMatchObject({ doneCount: 0, failedCount: 1, isRunning: false });
  });

  it('is told of a failure once, and of no commit that failed', async () => {
    const disk = new FaultFileSystem();
    const db = await open({ fileSystem: disk });
    await db.player.insert(player('a'));
    const failures = listen<FailureMessage>('nuthatch:failure');
    const commits = listen<CommitMessage>('nuthatch:commit');
    disk.plan = { failAt: disk.calls.length, errno: 'EIO', isPermanent: true };
    await expect(db.player.insert(player('b'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    await expect(db.player.insert(player('c'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    expect(failures).toEqual([
      { database: describeDatabase(db).source, error: expect.objectContaining({ code: 'DATABASE_FAILED' }) },
    ]);
    expect(commits).toEqual([]);
    await db.close().catch(() => undefined);
  });

  it('is told of a listener that throws, and of a clock that jumps', async () => {
    const errors = listen<ListenerErrorMessage>('nuthatch:listener-error');
    const jumps = listen<ClockJumpMessage>('nuthatch:clock-jump');
    const now = jest.spyOn(Date, 'now');
    const beganMs = Date.now();
    await using db = await open();
    const { source } = describeDatabase(db);
    const reason = new RangeError('mine');
    db.on('listenerError', () => undefined);
    db.on('insert', () => {
      throw reason;
    });
    now.mockReturnValue(beganMs + 3_600_000);
    await db.player.insert(player('a'));
    await turn();
    expect(errors).toEqual([{ database: source, error: reason }]);
    expect(jumps).toMatchObject([{ database: source, jump: { clockMs: beganMs + 3_600_000 } }]);
  });
});

describe('diagnostics', () => {
  it('never hold a document, a key of a document, an encryption key or the open database', async () => {
    const heard: unknown[] = [];
    for (const name of MESSAGES) listen(`nuthatch:${name}`, (message) => heard.push(message));
    for (const name of TRACES)
      for (const phase of PHASES) listen(`tracing:nuthatch:${name}:${phase}`, (message) => heard.push(message));
    const encryption = { keyId: 'this-year', key: Buffer.from('k'.repeat(32)) };
    let db = await open({ encryption });
    await db.player.insert(player('secret-key', { name: 'secret-name', email: 'secret-mail' }));
    await expect(db.player.insert(player('secret-key'))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await db.compact();
    await db.backup('/backup');
    await db.flush();
    await db.close();
    db = await open({ encryption });
    await db.close();
    const shown = inspect(heard, { depth: 20, showHidden: true, maxArrayLength: null });
    expect(heard.length).toBeGreaterThan(30);
    expect(shown).not.toMatch(/secret|kkkk|\[class|Database </);
  });

  it('leave every write as it is when subscribers throw; the process hears of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-diagnostics-'));
    const bundle = join(folder, 'child.cjs');
    try {
      bundleChild(join(__dirname, 'support', 'throwing-subscriber-child.ts'), bundle);
      const out = execFileSync(process.execPath, [bundle, join(folder, 'data')], {
        encoding: 'utf8',
        cwd: process.cwd(),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(JSON.parse(out)).toEqual({ state: 'closed', size: 3, silent: [] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are silent, and all else works, where there is no node:diagnostics_channel', async () => {
    const before = process.getBuiltinModule;
    Object.assign(process, { getBuiltinModule: undefined });
    try {
      await jest.isolateModulesAsync(async () => {
        const { channelOf, tracingOf } = await import('../src/diagnostics/channel-port.js');
        expect(channelOf('nuthatch:commit').hasSubscribers).toBe(false);
        expect(tracingOf('nuthatch:open').hasSubscribers).toBe(false);
        await expect(tracingOf('nuthatch:open').tracePromise(async () => 5, {})).resolves.toBe(5);
      });
    } finally {
      Object.assign(process, { getBuiltinModule: before });
    }
  });
});

describe('the option `name`', () => {
  it.each([[''], ['x'.repeat(101)], [5], [null]])('is refused when it is %p', async (name) => {
    await expect(open({ name })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('diagnostics.md', () => {
  const page = readFileSync(join(__dirname, '..', 'docs', 'diagnostics.md'), 'utf8');
  const sources = ['database/diagnostics.ts', 'diagnostics/journal-messages.ts'].map((name) =>
    readFileSync(join(__dirname, '..', 'src', name), 'utf8'),
  );

  /** Members of an interface of the source: by its text, since types leave nothing at run time. */
  function membersOf(name: string): readonly string[] {
    const body = sources
      .map((text) => new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1])
      .find((found) => found !== undefined);
    return [...(body ?? '').matchAll(/^ {2}(?:readonly )?'?([\w:-]+)'?\??:/gm)].map(([, member]) => member as string);
  }

  const firstCells = (text: string): readonly string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split('|')[1] as string).matchAll(/`([^`]+)`/g)].map(([, cell]) => cell as string));

  it('describes each channel and each member of its messages, and no other', () => {
    const sections = page.split(/^### /m).slice(1);
    const documented = new Map(
      sections.map((section) => [/^`([^`]+)`/.exec(section)?.[1], firstCells(section.split(/^## /m)[0] as string)]),
    );
    expect([...documented.keys()].sort()).toEqual([...membersOf('DiagnosticsMessages')].sort());
    expect([...membersOf('DiagnosticsMessages')].sort()).toEqual(MESSAGES.map((name) => `nuthatch:${name}`).sort());
    for (const [name, members] of documented) {
      const type = new RegExp(`'${name}': (\\w+);`).exec(sources.join('\n'))?.[1] as string;
      expect([name, [...members].sort()]).toEqual([name, [...membersOf(type)].sort()]);
    }
  });

  it('describes each trace and each member of its context, and no other', () => {
    const traces = page.split(/^## /m).find((section) => section.startsWith('Traces')) as string;
    const cells = firstCells(traces);
    const names = cells.filter((cell) => cell.startsWith('nuthatch:'));
    expect([...names].sort()).toEqual([...membersOf('DiagnosticsTraces')].sort());
    expect([...names].sort()).toEqual(TRACES.map((name) => `nuthatch:${name}`).sort());
    const members = ['DatabaseTrace', 'OpenTrace', 'CompactionTrace', 'BackupTrace'].flatMap(membersOf);
    expect(cells.filter((cell) => !names.includes(cell)).sort()).toEqual([...new Set(members)].sort());
  });
});
