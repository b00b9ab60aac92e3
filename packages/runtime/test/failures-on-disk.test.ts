/** What broke the reference systems on disk, named after the damage, on real files: docs/failures.md, F1–F9, F19, F24. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOfFrames } from './disk-fixture.js';
import { FaultFileSystem } from './fault-file-system.js';
import { bundleChild } from './support/bundle-child.js';
import { expectConsistentIndexes } from './support/check-players.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-failures-'));
  directory = join(root, 'data');
});
afterEach(() => rmSync(root, { recursive: true }));

const PAGE_1 = 'page-0000000001.nut';
const WRITE_COUNT = 20_000;

/** Documents p0 … with their number as age, each durable by itself: one frame each. */
async function write(db: PlayerDatabase, first: number, count: number): Promise<void> {
  for (let index = first; index < first + count; index++)
    await db.player.upsert(player(`p${index}`, { age: index % 100 }));
}

/** Leaves the directory as a process that dies: everything written, no clean mark. */
async function crash(db: PlayerDatabase): Promise<void> {
  await db.flush();
  const files = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))] as const);
  await db.close();
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  for (const [name, bytes] of files) if (!name.startsWith('lock')) writeFileSync(join(directory, name), bytes);
}

function edit(name: string, change: (bytes: Buffer) => void): void {
  const path = join(directory, name);
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

// F1
it.each(['fsync', 'interval', 'os'] as const)(
  'keeps 20,000 acknowledged inserts of a process that exits right after, at %s',
  async (level) => {
    const bundle = join(root, 'exit-child.cjs');
    bundleChild(join(__dirname, 'crash', 'exit-child.ts'), bundle);
    const child = spawnSync(process.execPath, [bundle, directory, level, String(WRITE_COUNT)], { encoding: 'utf8' });
    expect([child.status, child.stderr]).toEqual([0, '']);
    const db = await openPlayers({ directory });
    expect(db.player.size).toBe(WRITE_COUNT);
    await db.close();
  },
);

// F2
it('opens with 5 bytes cut off the tail, after 3 more commits, and ever after', async () => {
  const db = await openPlayers({ directory });
  await write(db, 0, 20);
  await crash(db);
  truncateSync(join(directory, PAGE_1), endOfFrames(readFileSync(join(directory, PAGE_1))) - 5);
  const again = await openPlayers({ directory });
  expect(again.recovery).toMatchObject({ lastSeq: 19, cutBytes: expect.any(Number) });
  await write(again, 100, 3);
  await crash(again);
  for (let round = 0; round < 3; round++) {
    const last = await openPlayers({ directory });
    expect(last.player.size).toBe(22);
    await last.close();
  }
});

// F3
it('refuses two flipped bytes in the middle with file and offset, and salvages all but what they hit', async () => {
  const db = await openPlayers({ directory });
  await write(db, 0, 20);
  await crash(db);
  edit(PAGE_1, (bytes) => {
    // Well inside one frame of the middle.
    const offset = bytes.indexOf('NUTF', endOfFrames(bytes) >> 1) + 60;
    bytes[offset] = (bytes[offset] as number) ^ 0xff;
    bytes[offset + 1] = (bytes[offset + 1] as number) ^ 0xff;
  });
  const before = readFileSync(join(directory, PAGE_1));
  await expect(openPlayers({ directory })).rejects.toMatchObject({
    code: 'JOURNAL_DAMAGED',
    facts: { file: join(directory, PAGE_1), offset: expect.any(Number) },
  });
  expect(readFileSync(join(directory, PAGE_1))).toEqual(before);
  const salvaged = await openPlayers({ directory, recovery: 'salvage' });
  expect(salvaged.recovery?.lost).toHaveLength(1);
  expect(salvaged.player.size).toBe(19);
  await salvaged.close();
});

// F4
it.each([0, 1, 0x7fff_ffff, 0xffff_ffff])(
  'neither empties nor truncates a file with a length field of %i',
  async (length) => {
    const db = await openPlayers({ directory });
    await write(db, 0, 20);
    await crash(db);
    edit(PAGE_1, (bytes) => {
      const magic = bytes.indexOf('NUTF', bytes.length >> 1);
      bytes.writeUInt32LE(length, magic + 4);
    });
    const before = readFileSync(join(directory, PAGE_1));
    await expect(openPlayers({ directory })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(readFileSync(join(directory, PAGE_1))).toEqual(before);
  },
);

// F5
it('opens from the snapshot before, if the newest is half written, empty or missing', async () => {
  const db = await openPlayers({ directory, pageBytes: 4096 });
  for (let round = 0; round < 3; round++) {
    await write(db, round * 20, 20);
    await db.compact();
  }
  await write(db, 60, 5);
  await crash(db);
  const newest = readdirSync(directory)
    .filter((name) => name.startsWith('snapshot-'))
    .at(-1) as string;
  const good = readFileSync(join(directory, newest));
  for (const bytes of [good.subarray(0, good.length >> 1), good.subarray(0, 0), undefined]) {
    if (bytes) writeFileSync(join(directory, newest), bytes);
    else rmSync(join(directory, newest), { force: true });
    const again = await openPlayers({ directory });
    expect(again.recovery?.lost).toEqual([]);
    expect(again.player.size).toBe(65);
    expectConsistentIndexes(again);
    await again.compact();
    await crash(again);
    const { length } = readdirSync(directory).filter((name) => name.startsWith('snapshot-'));
    expect(length).toBeGreaterThan(0);
    writeFileSync(join(directory, newest), good);
  }
});

// F6
it('opens a directory with a stray .DS_Store and other files in it', async () => {
  const db = await openPlayers({ directory });
  await write(db, 0, 3);
  await db.close();
  for (const name of ['.DS_Store', 'Thumbs.db', 'page-1.nut', 'snapshot-x.nut', 'manifest.nut.bak', '~lock'])
    writeFileSync(join(directory, name), 'anything');
  const again = await openPlayers({ directory });
  expect(again.player.size).toBe(3);
  await again.close();
  expect(readdirSync(directory)).toContain('.DS_Store');
});

// F7, F8
it('keeps the last value of 1,000 keys over 12,000 writes, reopenings with other page sizes, and 6,500 updates', async () => {
  const latest = new Map<string, number>();
  let count = 0;
  for (const [pageBytes, writeCount] of [
    [64 * 1024, 12_000],
    [4096, 0],
    [1024 * 1024, 6_500],
    [16 * 1024, 0],
  ] as const) {
    const db = await openPlayers({ directory, pageBytes, durability: 'os' });
    expect(db.player.size).toBe(latest.size);
    for (const [id, age] of latest) expect(db.player.get(id)?.age).toBe(age);
    for (const end = count + writeCount; count < end; count++) {
      const id = `k${(count * 7) % 1000}`;
      latest.set(id, count % 100);
      void db.player.upsert(player(id, { age: count % 100 }));
      if (count % 50 === 0) await db.flush();
    }
    await db.close();
  }
  expect(latest.size).toBe(1000);
});

// F9
it('gives one of two handles in one process the directory, and tells the other the pid', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => openPlayers({ directory })));
  const [db, ...others] = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(others).toEqual([]);
  for (const each of tries)
    if (each.status === 'rejected')
      expect(each.reason).toMatchObject({ code: 'DATABASE_LOCKED', facts: { pid: process.pid } });
  await db?.close();
});

// F19
it('keeps keys with a newline, a quote, a zero and a path in them', async () => {
  const keys = ['a\nb', '\r\n', '"', '\0', '../../etc/passwd', '__proto__', 'constructor', ' ', '\u2028', '💧'];
  const db = await openPlayers({ directory });
  for (const key of keys) await db.player.insert(player(key, { clubs: [key], name: key }));
  await db.compact();
  await db.close();
  const again = await openPlayers({ directory });
  expect(again.player.all().keys().sort()).toEqual([...keys].sort());
  for (const key of keys) expect(again.player.findByClubs(key).keys()).toEqual([key]);
  expectConsistentIndexes(again);
  await again.close();
});

// F24
it('makes a directory with its missing parents, and names what is in the way', async () => {
  const deep = join(root, 'not', 'there', 'yet');
  const db = await openPlayers({ directory: deep });
  await write(db, 0, 1);
  await db.close();
  writeFileSync(join(root, 'file'), '');
  for (const place of [join(root, 'file'), join(root, 'file', 'below')])
    await expect(openPlayers({ directory: place })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
});

const itWithProc = process.platform === 'linux' ? it : it.skip;

itWithProc('refuses a place where no directory can be made, at once', async () => {
  for (const place of ['/proc/nuthatch', '/proc/self/nuthatch/below'])
    await expect(openPlayers({ directory: place })).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
      facts: { errno: 'ENOENT', syscall: 'mkdir' },
    });
});

it.each(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOSPC', 'ENAMETOOLONG'])(
  'says that the directory cannot be used when making it fails with %s',
  async (errno) => {
    const fileSystem = new FaultFileSystem();
    await fileSystem.makeDirectory('/parent');
    fileSystem.plan = { failAt: fileSystem.calls.length, errno, operations: ['mkdir'] };
    await expect(openPlayers({ directory: '/parent/data', fileSystem })).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
      facts: { errno, syscall: 'mkdir', directory: expect.stringContaining('data') },
    });
  },
);
