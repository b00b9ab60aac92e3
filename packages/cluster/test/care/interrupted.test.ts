/** Imports and exports that fail in the middle leave nothing half, and can be repeated. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { ClusterJournal } from '../../src/cluster-journal.js';
import type { ImagePlace } from '../../src/engine/journal-engine.js';
import { MemoryEngine, MemoryLog } from '../../src/engines/memory/memory-engine.js';
import { exportJournal, importDirectory, journalStatus, storeImage } from '../../src/index.js';
import { nodeOptions } from '../../src/journal-options.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: id });

/** An engine that does one thing wrong. */
class FailingEngine extends MemoryEngine {
  constructor(
    log: MemoryLog,
    readonly fails: 'store' | 'finish' | 'changes' | undefined,
  ) {
    super(log);
  }

  override async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>) {
    const failing = async function* (): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of chunks) {
        yield chunk;
        throw new Error('the connection is gone');
      }
    };
    return super.storeImage(place, this.fails === 'store' ? failing() : chunks);
  }

  override async *imageParts(entry: Parameters<MemoryEngine['imageParts']>[0]): AsyncGenerator<Uint8Array, void> {
    for await (const part of super.imageParts(entry)) {
      const changed = part.slice();
      if (this.fails === 'changes') changed[700]! ^= 1;
      yield changed;
    }
  }

  override async finish(): Promise<void> {
    if (this.fails === 'finish') throw new Error('the connection is gone');
    await super.finish();
  }
}

let folder: string;
let log: MemoryLog;
const at = (name: string): string => join(folder, name);
const over = (fails?: FailingEngine['fails']) =>
  new ClusterJournal(() => new FailingEngine(log, fails), nodeOptions({ unreachableMs: 500 }));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-interrupted-'));
  log = new MemoryLog();
  const db = await openDatabase({ directory: at('data') });
  for (let index = 0; index < 50; index++) await db.player.insert(player(`p${index}`));
  await db.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['store', 'JOURNAL_UNREACHABLE'],
  ['finish', 'JOURNAL_UNREACHABLE'],
  ['changes', 'JOURNAL_DAMAGED'],
] as const)('an import that fails at %s is refused to nodes, and repeated', async (fails, code) => {
  await expect(importDirectory(over(fails), at('data'))).rejects.toMatchObject({ code });
  expect(readdirSync(folder)).toEqual(['data']);
  const early = openDatabase({ memory: true, journal: over() });
  await expect(early).rejects.toMatchObject({ code: 'JOURNAL_UNFINISHED' });
  await expect(exportJournal(over(), at('out'))).rejects.toMatchObject({ code: 'JOURNAL_UNFINISHED' });
  expect(await journalStatus(over())).toMatchObject({ isUnfinished: true, head: 0 });
  expect(await importDirectory(over(), at('data'))).toMatchObject({ seq: 50 });
  const node = await openDatabase({ memory: true, journal: over() });
  expect(node.player.count()).toBe(50);
  await node.close();
});

it('an import whose directory was written to in between is not gone on with', async () => {
  await expect(importDirectory(over('finish'), at('data'))).rejects.toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
  const db = await openDatabase({ directory: at('data') });
  await db.player.insert(player('late'));
  await db.close();
  const again = importDirectory(over(), at('data'));
  await expect(again).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'journal' } });
  await expect(again).rejects.toThrow('begun with the directory at seq 50, which is at 51 now');
});

it('a journal that was begun for another database is left alone', async () => {
  await expect(importDirectory(over('store'), at('data'))).rejects.toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
  await (await openDatabase({ directory: at('other') })).close();
  const other = importDirectory(over(), at('other'));
  await expect(other).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'journal' } });
});

it('an export that fails leaves nothing, and what a killed one left goes with the next', async () => {
  await importDirectory(over(), at('data'));
  await expect(exportJournal(over('changes'), at('out'))).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  expect(readdirSync(folder)).toEqual(['data']);
  // Of a process that has ended, and of one that runs.
  for (const name of ['out.work-999999999-1', `out.work-${process.ppid}-1`, 'out.work-mine']) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), 'file'), 'x');
  }
  expect(await exportJournal(over(), at('out'))).toMatchObject({ seq: 50n, position: 0 });
  expect(readdirSync(folder)).toEqual(['data', 'out', `out.work-${process.ppid}-1`, 'out.work-mine']);
});

it('a place that cannot be written is said to be one', async () => {
  await importDirectory(over(), at('data'));
  writeFileSync(at('file'), 'x');
  for (const work of [exportJournal, storeImage])
    await expect(work(over(), join(at('file'), 'out'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  expect(readdirSync(folder).sort()).toEqual(['data', 'file']);
});

it('a directory whose key is not given is told apart from one that is missing', async () => {
  const key = new Uint8Array(32).fill(7);
  const db = await openDatabase({ directory: at('secret'), encryption: { keyId: 'k', key: () => key } });
  await db.player.insert(player('p1'));
  await db.close();
  const secret = importDirectory(over(), at('secret'));
  await expect(secret).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'directory' } });
  for (const [directory, code] of [
    [at('nowhere'), 'DIRECTORY_UNUSABLE'],
    ['', 'INVALID_OPTION'],
    ['a\0b', 'INVALID_OPTION'],
    [7, 'INVALID_OPTION'],
    [undefined, 'INVALID_OPTION'],
  ] as const) {
    await expect(importDirectory(over(), directory as never)).rejects.toMatchObject({ code });
    if (code === 'INVALID_OPTION') {
      await importDirectory(over(), at('data')).catch(() => undefined);
      await expect(exportJournal(over(), directory as never)).rejects.toMatchObject({ code });
    }
  }
});
