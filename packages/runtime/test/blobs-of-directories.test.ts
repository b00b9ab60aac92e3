/** What the tools for directories do with blobs. */
import { randomBytes } from 'node:crypto';
import type { BlobRef } from '@nuthatch/model';
import { blobPath } from '../src/blobs/blob-name.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import {
  backupDirectory,
  compactDirectory,
  dumpDirectory,
  importDump,
  inspectDirectory,
  repairDirectory,
  verifyDirectory,
} from '../src/tools/directory-tools.js';
import { readFile, replaceFile } from './disk-fixture.js';
import { DIRECTORY, openModels } from './support/open-models.js';
import { PHOTOS } from './support/photo-models.js';

const LARGE = randomBytes(1_100_000);
const SMALL = randomBytes(10);
const OTHER = '/other';

let fileSystem: MemoryFileSystem;
let large: BlobRef;
let small: BlobRef;

beforeEach(async () => {
  fileSystem = new MemoryFileSystem();
  const db = await openModels(fileSystem, [PHOTOS]);
  large = await db.blobs.put(LARGE, { mediaType: 'image/jpeg' });
  small = await db.blobs.put(SMALL);
  await db['machine']!.insert({ id: 'a', photo: large, list: [small] });
  await db.close();
});

interface ReleasedRepository {
  insert(input: object): Promise<unknown>;
  update(key: string, patch: object): Promise<unknown>;
  release(key: string): Promise<unknown>;
  revise(key: string): Promise<unknown>;
  history(key: string): readonly { readonly document: { readonly photo?: BlobRef }; asReleased(): object }[];
}

async function expectCopy(directory: string, encryption?: { readonly key: Uint8Array }): Promise<void> {
  const db = await openModels(fileSystem, [PHOTOS], { directory, ...(encryption && { encryption }) });
  const { photo } = db['machine']!.require('a') as { readonly photo?: BlobRef };
  expect(photo).toEqual(large);
  expect(Buffer.from(await db.blobs.bytes(large)).equals(LARGE)).toBe(true);
  expect(Buffer.from(await db.blobs.bytes(small)).equals(SMALL)).toBe(true);
  await db.close();
  expect((await fileSystem.list(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

async function damage(ref: BlobRef): Promise<void> {
  const file = `${DIRECTORY}/${blobPath(ref)}`;
  const bytes = await readFile(fileSystem, file);
  bytes[bytes.length - 1]! ^= 1;
  await replaceFile(fileSystem, file, bytes);
}

it('verify and inspect count blobs, and verify finds a damaged one', async () => {
  const input = { fileSystem, directory: DIRECTORY };
  const counts = { blobCount: 2, blobBytes: LARGE.length + SMALL.length };
  expect(await verifyDirectory(input)).toMatchObject({ isWhole: true, ...counts });
  expect(await inspectDirectory(input)).toMatchObject(counts);
  await damage(small);
  const report = await verifyDirectory(input);
  expect(report).toMatchObject({ isWhole: false, damage: [{ file: `${DIRECTORY}/${blobPath(small)}` }] });
});

it('verify names a blob that a document refers to and that is gone', async () => {
  await fileSystem.remove(`${DIRECTORY}/${blobPath(small)}`);
  const report = await verifyDirectory({ fileSystem, directory: DIRECTORY });
  expect(report).toMatchObject({ isWhole: false, missingBlobCount: 1 });
  expect(report.damage).toEqual([
    {
      file: `${DIRECTORY}/${blobPath(small)}`,
      offset: 0,
      byteCount: SMALL.length,
      reason: 'a document refers to this blob, which is missing',
    },
  ]);
});

it('verify names a blob that only a release refers to and that is gone', async () => {
  const db = await openModels(fileSystem, [{ ...PHOTOS, released: true }]);
  const machine = db['machine'] as unknown as ReleasedRepository;
  const old = await db.blobs.put(Buffer.from('only in a release'));
  await machine.insert({ id: 'r', photo: old });
  await machine.release('r');
  await machine.revise('r');
  await machine.update('r', { photo: undefined });
  await db.close();
  const input = { fileSystem, directory: DIRECTORY };
  expect(await verifyDirectory(input)).toMatchObject({ isWhole: true, missingBlobCount: 0 });
  const file = `${DIRECTORY}/${blobPath(old)}`;
  await fileSystem.remove(file);
  const reason = 'a release refers to this blob, which is missing';
  expect(await verifyDirectory(input)).toMatchObject({
    isWhole: false,
    damage: [{ file, byteCount: old.size, reason }],
  });
});

it('a backup of a closed directory has its blobs, and a later one copies only new ones', async () => {
  const input = { fileSystem, directory: DIRECTORY, destination: OTHER };
  expect(await backupDirectory(input)).toMatchObject({ blobCount: 2 });
  expect((await backupDirectory(input)).copiedBytes).toBeLessThan(LARGE.length);
  await expectCopy(OTHER);
});

it('repair takes along what is whole, and says what is not', async () => {
  const key = randomBytes(32);
  const input = { fileSystem, directory: DIRECTORY, destination: OTHER, encryption: { key } };
  expect(await repairDirectory(input)).toMatchObject({ documentCount: 1, lost: [] });
  await expectCopy(OTHER, { key });
  await damage(small);
  const second = await repairDirectory({ ...input, destination: '/second' });
  expect(second.lost).toMatchObject([{ file: `${DIRECTORY}/${blobPath(small)}` }]);
});

it('compact without code leaves blobs where they are', async () => {
  await compactDirectory({ fileSystem, directory: DIRECTORY });
  await compactDirectory({ fileSystem, directory: DIRECTORY });
  await expectCopy(DIRECTORY);
});

describe('a dump', () => {
  it('of one collection takes its releases along, and the blobs that only these refer to', async () => {
    const [part, other] = [
      { ...PHOTOS, released: true },
      { ...PHOTOS, released: true, name: 'Other', collection: 'other' },
    ] as const;
    const models = [part, other];
    let db = await openModels(fileSystem, models);
    for (const { collection } of models) {
      const photo = await db.blobs.put(Buffer.from(collection));
      const repository = db[collection] as unknown as ReleasedRepository;
      await repository.insert({ id: 'r', photo });
      await repository.release('r');
      await repository.revise('r');
      await repository.update('r', { photo: undefined });
      await repository.insert({ id: 'frozen' });
      await repository.release('frozen');
    }
    await db.close();
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY, collections: ['other'] }))
      lines.push(line);
    expect(lines.join()).not.toContain('machine');
    await importDump({ fileSystem, lines, destination: OTHER });
    db = await openModels(fileSystem, models, { directory: OTHER });
    const copied = db['other'] as unknown as ReleasedRepository;
    const [release] = copied.history('r');
    expect(Buffer.from(await db.blobs.bytes(release!.document.photo!)).toString()).toBe('other');
    expect(release!.asReleased()).toMatchObject({ id: 'r' });
    await expect(copied.update('frozen', { photo: undefined, list: [] })).rejects.toMatchObject({
      code: 'DOCUMENT_RELEASED',
    });
    expect(db.stats().blobs.count).toBe(1);
    await db.close();
  });

  async function dumped(): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY })) lines.push(line);
    return lines;
  }

  it('holds the blobs that its documents refer to, and gives them back', async () => {
    await importDump({ fileSystem, lines: await dumped(), destination: OTHER });
    await expectCopy(OTHER);
  });

  it('of other collections holds none', async () => {
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY, collections: ['none'] }))
      lines.push(line);
    expect(lines.some((line) => line.includes(large.hash))).toBe(false);
  });

  it.each<[string, (line: string, next: string) => string[]]>([
    ['bytes of another blob', (line) => [line.replace(/"bytes":"..../, '"bytes":"AAAA')]],
    ['bytes twice', (line) => [line, line]],
    ['no bytes', () => []],
    ['bytes that are no text', () => ['{"bytes":7}']],
    ['a blob of no hash', () => ['{"blob":"../../x","size":3}']],
    ['a blob of no size', (line) => [line, `{"blob":"${'0'.repeat(64)}","size":-1}`]],
  ])('with %s is refused, and leaves nothing', async (_, change) => {
    const lines = await dumped();
    const at = lines.findIndex((line) => line.startsWith('{"bytes"'));
    lines.splice(at, 1, ...change(lines[at]!, lines[at + 1]!));
    const imported = importDump({ fileSystem, lines, destination: OTHER });
    await expect(imported).rejects.toMatchObject({ code: 'DUMP_INVALID' });
    expect(await fileSystem.stat(OTHER)).toBeUndefined();
  });
});
