/** What a node's directory must not become: a copy of another history, or of none. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '@nuthatch/runtime/cluster';
import { openDatabase } from '../../../generated/index.js';
import { MemoryFileSystem } from '../../runtime/src/index.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import {
  adoptCopy,
  cassandraJournal,
  importDirectory,
  jetstreamJournal,
  memoryJournal,
  postgresJournal,
} from '../src/index.js';
import { nodeOptions } from '../src/journal-options.js';

type Db = Awaited<ReturnType<typeof openDatabase>>;
const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: 'Ann' });
const open: Db[] = [];
const node = async (options: object): Promise<Db> => {
  const db = await openDatabase(options as never);
  open.push(db);
  return db;
};

let folder: string;
let directory: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-copy-'));
  directory = join(folder, 'a');
});
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((db) => db.close()));
  rmSync(folder, { recursive: true });
});

it.each([true, false])('a copy that goes on behind its mark is compared there; the same: %s', async (isSame) => {
  const log = new MemoryLog();
  const journal = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
  const first = await node({ directory, journal });
  await first.player.insert(player('p1'));
  await first.close();
  const mark = readFileSync(join(directory, 'node.json'));
  const second = await node({ directory, journal });
  await second.player.insert(player('p2'));
  await second.player.update('p2', { age: 32 });
  await second.player.delete('p1');
  await second.close();
  // As a crash leaves it: the mark is older than the copy.
  writeFileSync(join(directory, 'node.json'), mark);
  if (!isSame) {
    // As a failover without those commits leaves the journal.
    log.frames = log.frames.slice(0, 1);
    log.head = 1;
  }
  const other = await node({ memory: true, journal });
  for (const id of ['q1', 'q2', 'q3', 'q4']) await other.player.insert(player(id));
  const again = node({ directory, journal });
  if (isSame) {
    await again;
    expect([...(await again).player]).toEqual([...other.player]);
  } else await expect(again).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED', facts: { position: 2 } });
});

it('the directory of a node that runs is not set aside by one of another journal', async () => {
  const running = await node({ directory, journal: memoryJournal() });
  const other = memoryJournal();
  await (await node({ memory: true, journal: other })).close();
  await expect(node({ directory, journal: other })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  expect(readdirSync(folder)).toEqual(['a']);
  await running.player.insert(player('p1'));
  expect(running.player.count()).toBe(1);
});

it.each([
  ['recovery', { recovery: 'salvage' }],
  ['encryption', { encryption: { keyId: 'k', key: new Uint8Array(32) } }],
])('the option %s is refused on a node', async (option, given) => {
  const refused = node({ directory, journal: memoryJournal(), ...given });
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option } });
  expect(readdirSync(folder)).toEqual([]);
});

it('a mark with what is no place or no model in it is refused, and the directory let go', async () => {
  const log = new MemoryLog();
  const journal = new ClusterJournal(() => new MemoryEngine(log), nodeOptions({}));
  const first = await node({ directory, journal });
  await first.player.insert(player('p1'));
  await first.close();
  const path = join(directory, 'node.json');
  const good = readFileSync(path, 'utf8');
  const mark = JSON.parse(good) as { readonly models: readonly object[] };
  const [model] = mark.models;
  for (const change of [{ position: -5 }, { seq: -1 }, { models: [null] }, { models: [{ ...model, modelId: 'x' }] }]) {
    writeFileSync(path, JSON.stringify({ ...mark, ...change }));
    await expect(node({ directory, journal })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  }
  // Each part is good, and together they are not.
  writeFileSync(path, JSON.stringify({ ...mark, models: [model, { ...model, json: '{}' }] }));
  await expect(node({ directory, journal })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  writeFileSync(path, good);
  expect((await node({ directory, journal })).player.count()).toBe(1);
});

it.each([
  ['rename', 'EBUSY'],
  ['makeDirectory', 'ENOSPC'],
  ['stat', 'EACCES'],
] as const)('what the disk refuses is said of the directory, not of the engine: %s, %s', async (call, errno) => {
  const fileSystem = new MemoryFileSystem();
  fileSystem[call] = async () => {
    throw Object.assign(new Error(errno), { code: errno, syscall: call, path: directory });
  };
  const refused = node({ directory, journal: memoryJournal(), fileSystem });
  await expect(refused).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE', facts: { errno } });
});

it('a directory that is not there is not imported, and not made', async () => {
  await expect(importDirectory(memoryJournal(), directory)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  expect(readdirSync(folder)).toEqual([]);
});

it('a node begins behind a crash that left half of a copy with blobs', async () => {
  const own = await node({ directory: join(folder, 'own') });
  const photo = await own.blobs.put(new Uint8Array([1, 2, 3]));
  await own.machine.insert({ id: 'm1', serial: 's1', photo } as never);
  await own.close();
  const journal = memoryJournal();
  await importDirectory(journal, join(folder, 'own'));
  const half = join(folder, 'a.joining');
  cpSync(join(folder, 'own'), half, { recursive: true });
  rmSync(join(half, 'manifest.nut'));
  expect(readdirSync(join(half, 'blobs'))).toHaveLength(1);
  // Somebody may be making it at this moment.
  const lock = await new NodeFileSystem().lock(half);
  await expect(node({ directory, journal })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  expect(readdirSync(join(half, 'blobs'))).toHaveLength(1);
  await lock.release();
  const db = await node({ directory, journal });
  expect(await db.blobs.bytes(db.machine.require('m1').photo!)).toEqual(new Uint8Array([1, 2, 3]));
  expect(readdirSync(folder).sort()).toEqual(['a', 'own']);
});

it.each([[[]], [{ join: () => undefined }], [7], [null]])('%j is no journal', async (journal) => {
  await expect(node({ memory: true, journal })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  const adopted = adoptCopy(memoryJournal(), directory, journal as never);
  await expect(adopted).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'blobsOf' } });
});

it('settings of a driver are no list', () => {
  const refused = expect.objectContaining({ code: 'INVALID_OPTION' }) as never;
  const postgres = { connectionString: 'postgres://u@h/d', name: 'n', ssl: [] } as never;
  expect(() => postgresJournal(postgres)).toThrow(refused);
  expect(() => jetstreamJournal({ servers: ['h'], name: 'n', connection: [] } as never)).toThrow(refused);
  const cassandra = { contactPoints: ['h'], localDataCenter: 'd', name: 'n', client: [] } as never;
  expect(() => cassandraJournal(cassandra)).toThrow(refused);
});
