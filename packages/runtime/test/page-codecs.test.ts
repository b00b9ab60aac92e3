/** Pages of every codec through the whole life of a database; rules: docs/journal-format.md, "Codecs". */
import type { DatabaseError } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { EncryptionOptions } from '../src/journal/page-codecs.js';
import {
  compactDirectory,
  dumpDirectory,
  importDump,
  inspectDirectory,
  repairDirectory,
  restoreDirectory,
} from '../src/tools/directory-tools.js';
import { DIRECTORY, readFile } from './disk-fixture.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const BACKUP = '/data/backup';
const KEYS: Readonly<Record<string, Uint8Array>> = { old: new Uint8Array(32).fill(1), new: new Uint8Array(32).fill(2) };
const keyOf = (keyId: string): Uint8Array | undefined => KEYS[keyId];
const SECRET = 'a text that nobody else may read';

type CodecSettings = { readonly pageCodec?: 'plain' | 'compressed' | 'json'; readonly encryption?: EncryptionOptions };

const CODECS: Readonly<Record<string, CodecSettings>> = {
  plain: {},
  compressed: { pageCodec: 'compressed' },
  'readable as JSON': { pageCodec: 'json' },
  encrypted: { encryption: { keyId: 'old', key: keyOf } },
  'compressed and encrypted': { pageCodec: 'compressed', encryption: { keyId: 'old', key: keyOf } },
};

function open(
  fileSystem: MemoryFileSystem,
  codec: CodecSettings,
  directory: string = DIRECTORY,
): Promise<PlayerDatabase> {
  return openPlayers({ directory, fileSystem, pageBytes: 4096, compaction: 'manual', ...codec });
}

async function insert(db: PlayerDatabase, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++)
    await db.player.insert(player(`p${index}`, { age: index % 100, name: `${SECRET} ${index}` }));
}

/** Every age by key, and that there are no others. */
function expectPlayers(db: PlayerDatabase, count: number): void {
  expect(db.player.size).toBe(count);
  for (let index = 0; index < count; index++)
    expect(db.player.get(`p${index}`)).toMatchObject({ age: index % 100, name: `${SECRET} ${index}` });
}

async function bytesOf(fileSystem: MemoryFileSystem, directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await fileSystem.list(directory))
    files.set(name, Buffer.from(await readFile(fileSystem, `${directory}/${name}`)));
  return files;
}

/** Names of the files that hold a text. */
async function filesWith(fileSystem: MemoryFileSystem, directory: string, text: string): Promise<readonly string[]> {
  return [...(await bytesOf(fileSystem, directory))].filter(([, bytes]) => bytes.includes(text)).map(([name]) => name);
}

describe.each(Object.entries(CODECS))('a database that is %s', (name, codec) => {
  it('is the same after reopening, new pages, compaction and backup', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await open(fileSystem, codec);
    await insert(db, 0, 60);
    await db.close();
    db = await open(fileSystem, codec);
    expectPlayers(db, 60);
    expect(db.recovery?.pageCount).toBeGreaterThan(1);
    await db.compact();
    await insert(db, 60, 80);
    await db.compact();
    await insert(db, 80, 90);
    await db.backup(BACKUP);
    await db.close();
    for (const directory of [DIRECTORY, BACKUP]) {
      const again = await open(fileSystem, codec, directory);
      expectPlayers(again, 90);
      await again.close();
      const telling = await filesWith(fileSystem, directory, SECRET);
      if (name.includes('encrypted')) expect(telling).toEqual([]);
      else if (name === 'plain') expect(telling.length).toBeGreaterThan(2);
    }
  });

  it('takes whole batches of a long frame', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, codec);
    await db.player.insertMany(
      Array.from({ length: 3000 }, (_, index) => player(`p${index}`, { age: index % 100, name: `${SECRET} ${index}` })),
    );
    await db.close();
    const again = await open(fileSystem, codec);
    expectPlayers(again, 3000);
    await again.close();
  });

  it('gives the changes of its pages to a reader', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers({
      directory: DIRECTORY,
      fileSystem,
      pageBytes: 4096,
      historyChangeCount: 0,
      ...codec,
    });
    await insert(db, 0, 40);
    const keys: unknown[] = [];
    for await (const change of db.changes({ since: 0n })) {
      keys.push(change.key);
      if (keys.length === 40) break;
    }
    expect(keys).toEqual(Array.from({ length: 40 }, (_, index) => `p${index}`));
    await db.close();
  });
});

it('files of all codecs stand side by side', async () => {
  const fileSystem = new MemoryFileSystem();
  let count = 0;
  for (const codec of Object.values(CODECS)) {
    const db = await open(fileSystem, codec);
    expectPlayers(db, count);
    await insert(db, count, count + 3);
    count += 3;
    await db.close();
  }
  const codecIds = [...(await bytesOf(fileSystem, DIRECTORY))]
    .filter(([name]) => name.startsWith('page-'))
    .map(([, bytes]) => bytes.readUInt32LE(44));
  expect(codecIds).toEqual([0, 1, 6, 2, 3]);
  const db = await open(fileSystem, { encryption: { keyId: 'old', key: keyOf } });
  expectPlayers(db, count);
  await db.close();
});

describe('keys', () => {
  async function encrypted(): Promise<MemoryFileSystem> {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, { encryption: { keyId: 'old', key: keyOf } });
    await insert(db, 0, 10);
    await db.compact();
    await insert(db, 10, 20);
    await db.compact();
    await insert(db, 20, 30);
    await db.close();
    return fileSystem;
  }

  const REFUSALS: readonly (readonly [string, CodecSettings, string])[] = [
    ['no key', {}, 'ENCRYPTION_KEY_REQUIRED'],
    [
      'a key of another id',
      { encryption: { keyId: 'new', key: KEYS['new'] as Uint8Array } },
      'ENCRYPTION_KEY_REQUIRED',
    ],
    ['a wrong key', { encryption: { keyId: 'old', key: KEYS['new'] as Uint8Array } }, 'ENCRYPTION_KEY_WRONG'],
    ['a key of 16 bytes', { encryption: { keyId: 'old', key: new Uint8Array(16) } }, 'INVALID_OPTION'],
    [
      'a callback that throws',
      {
        encryption: {
          keyId: 'old',
          key: () => {
            throw new TypeError('vault is down');
          },
        },
      },
      'ENCRYPTION_KEY_REQUIRED',
    ],
    [
      'a callback without a key',
      { encryption: { keyId: 'old', key: async () => undefined } },
      'ENCRYPTION_KEY_REQUIRED',
    ],
  ];

  it.each(REFUSALS)('%s is refused before anything is written', async (_, codec, code) => {
    const fileSystem = await encrypted();
    const before = await bytesOf(fileSystem, DIRECTORY);
    const error: unknown = await open(fileSystem, codec).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code });
    if (code !== 'INVALID_OPTION') expect((error as DatabaseError).facts.keyId).toBe('old');
    expect(await bytesOf(fileSystem, DIRECTORY)).toEqual(before);
    const db = await open(fileSystem, { encryption: { keyId: 'old', key: keyOf } });
    expectPlayers(db, 30);
    await db.close();
  });

  it('are changed by opening with the new one and compacting twice, while the old is known', async () => {
    const fileSystem = await encrypted();
    const both = { encryption: { keyId: 'new', key: keyOf } };
    const db = await open(fileSystem, both);
    expectPlayers(db, 30);
    await insert(db, 30, 31);
    await db.compact();
    await insert(db, 31, 32);
    await db.compact();
    await db.close();
    const onlyNew = { encryption: { keyId: 'new', key: KEYS['new'] as Uint8Array } };
    const again = await open(fileSystem, onlyNew);
    expectPlayers(again, 32);
    await again.close();
    for (const [, bytes] of await bytesOf(fileSystem, DIRECTORY)) expect(bytes.includes('\x06old')).toBe(false);
  });
});

it('tools read encrypted directories with their key, and write new ones', async () => {
  const fileSystem = new MemoryFileSystem();
  const codec = { pageCodec: 'compressed', encryption: { keyId: 'old', key: keyOf } } as const;
  const db = await open(fileSystem, codec);
  await insert(db, 0, 20);
  await db.close();
  const lines: string[] = [];
  for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY, ...codec })) lines.push(line);
  await importDump({ fileSystem, lines, destination: '/data/imported', ...codec });
  await restoreDirectory({ fileSystem, directory: DIRECTORY, destination: '/data/restored', ...codec });
  await repairDirectory({ fileSystem, directory: DIRECTORY, destination: '/data/repaired', ...codec });
  await compactDirectory({ fileSystem, directory: DIRECTORY, ...codec });
  expect(await inspectDirectory({ fileSystem, directory: DIRECTORY })).toMatchObject({ lastSeq: 20, damage: [] });
  for (const directory of [DIRECTORY, '/data/imported', '/data/restored', '/data/repaired']) {
    expect(await filesWith(fileSystem, directory, SECRET)).toEqual([]);
    await expect(open(fileSystem, {}, directory)).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_REQUIRED' });
    const again = await open(fileSystem, codec, directory);
    expectPlayers(again, 20);
    await again.close();
  }
  await expect(compactDirectory({ fileSystem, directory: DIRECTORY })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_REQUIRED',
  });
});

describe('a page that is readable as JSON', () => {
  const lines = async (fileSystem: MemoryFileSystem): Promise<Record<string, unknown>[]> => {
    const all: Record<string, unknown>[] = [];
    for (const [name, bytes] of await bytesOf(fileSystem, DIRECTORY))
      if (name.startsWith('page-'))
        for (const line of bytes.toString('utf8').split('\n'))
          if (line.startsWith('{"seq"')) all.push(JSON.parse(line) as Record<string, unknown>);
    return all;
  };

  it('has a line for each transaction, also in pages that another opening goes on with', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await open(fileSystem, { pageCodec: 'json' });
    await db.player.insert(player('p1', { name: 'Ann\nZoë 🐦', age: 31 }));
    await db.close();
    db = await open(fileSystem, { pageCodec: 'json' });
    await db.transaction((tx) => {
      tx.player.update('p1', { age: 32 });
      tx.player.insert(player('p2'), { ttlMs: 60_000 });
    });
    await db.player.delete('p1');
    await db.close();
    expect(await lines(fileSystem)).toEqual([
      {
        seq: 1,
        time: expect.stringMatching(/^2\d{3}-/),
        effects: [
          expect.objectContaining({
            put: 'player',
            key: 'p1',
            revision: 1,
            document: expect.objectContaining({ name: 'Ann\nZoë 🐦', age: 31 }),
          }),
        ],
      },
      expect.objectContaining({
        seq: 2,
        effects: [
          expect.objectContaining({ put: 'player', revision: 2, document: expect.objectContaining({ age: 32 }) }),
          expect.objectContaining({ key: 'p2', expires: expect.any(String) }),
        ],
      }),
      expect.objectContaining({ seq: 3, effects: [{ delete: 'player', key: 'p1' }] }),
    ]);
  });

  it('cannot be asked for with encryption, and is no more when another codec is asked for', async () => {
    await expect(open(new MemoryFileSystem(), { pageCodec: 'json', encryption: { key: keyOf } })).rejects.toMatchObject(
      {
        code: 'INVALID_OPTION',
      },
    );
    const fileSystem = new MemoryFileSystem();
    for (const [index, codec] of [
      {},
      { pageCodec: 'json' },
      { pageCodec: 'compressed' },
      { pageCodec: 'json' },
      {},
    ].entries()) {
      const db = await open(fileSystem, codec as CodecSettings);
      expectPlayers(db, index * 10);
      await insert(db, index * 10, index * 10 + 10);
      await db.close();
    }
    expect(await lines(fileSystem)).toHaveLength(20);
    const { pages } = await inspectDirectory({ fileSystem, directory: DIRECTORY });
    expect([...new Set(pages.map(({ codecId }) => codecId))]).toEqual([0, 6, 1]);
  });
});
