/** Blobs that only something else than a document of today refers to: compaction leaves them. */
import type { BlobRef } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, modelWith, openModels } from './support/open-models.js';
import { PHOTOS } from './support/photo-models.js';

const OPTIONS = { compaction: 'manual', blobGraceMs: 0 } as const;
const BYTES = new Uint8Array([1, 2, 3]);

let fileSystem: MemoryFileSystem;
beforeEach(() => {
  fileSystem = new MemoryFileSystem();
});

/** More compactions than any state is kept over. */
async function compactAll(db: AnyDatabase, collection: string): Promise<void> {
  for (let count = 0; count < 5; count++) {
    await db[collection]!.upsert({ id: 'other' });
    await db[collection]!.delete('other');
    await db.compact();
  }
}

it('those of a release stay when its next draft has let them go', async () => {
  const model = { ...PHOTOS, released: true } as const;
  const db = await openModels(fileSystem, [model], OPTIONS);
  const machine = db['machine'] as unknown as AnyDatabase['machine'] & {
    release(id: string): Promise<unknown>;
    revise(id: string): Promise<unknown>;
    getReleased(id: string, release: number): { readonly photo?: BlobRef } | undefined;
  };
  const photo = await db.blobs.put(BYTES);
  await machine.insert({ id: 'a', photo });
  await machine.release('a');
  await machine.revise('a');
  await machine.update('a', { photo: undefined });
  await compactAll(db, 'machine');
  expect(machine.getReleased('a', 1)?.photo).toEqual(photo);
  expect(await db.blobs.bytes(photo)).toEqual(BYTES);
  await db.close();
});

it('those of documents that no class defines stay', async () => {
  let db = await openModels(fileSystem, [PHOTOS], OPTIONS);
  const photo = await db.blobs.put(BYTES);
  await db['machine']!.insert({ id: 'a', photo });
  await db.close();
  const OTHER = modelWith([], { name: 'Other', collection: 'other' });
  db = await openModels(fileSystem, [OTHER], OPTIONS);
  await compactAll(db, 'other');
  await db.close();
  db = await openModels(fileSystem, [PHOTOS], OPTIONS);
  expect(await db.blobs.bytes(photo)).toEqual(BYTES);
  await db.close();
});

it('those that were put a moment ago stay, and go after their grace', async () => {
  let db = await openModels(fileSystem, [PHOTOS], { compaction: 'manual' });
  const photo = await db.blobs.put(BYTES);
  await compactAll(db, 'machine');
  expect(await db.blobs.has(photo)).toBe(true);
  await db.close();
  db = await openModels(fileSystem, [PHOTOS], OPTIONS);
  await compactAll(db, 'machine');
  expect(await db.blobs.has(photo)).toBe(false);
  await expect(db['machine']!.insert({ id: 'a', photo })).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  await db.close();
});

it('a compaction says how many it removed', async () => {
  const db = await openModels(fileSystem, [PHOTOS], OPTIONS);
  await db.blobs.put(BYTES);
  const counts: unknown[] = [];
  db.on('compacted', ({ removedBlobCount }) => counts.push(removedBlobCount));
  const reports = [];
  for (let count = 0; count < 4; count++) {
    await db['machine']!.upsert({ id: `x${count}` });
    reports.push((await db.compact()).removedBlobCount);
  }
  expect(reports.reduce((sum: number, each) => sum + (each ?? 0), 0)).toBe(1);
  await db.close();
});

it('those of a database in memory go when more are put, once nothing refers to them', async () => {
  const db = await openModels(new MemoryFileSystem(), [PHOTOS], {
    directory: undefined,
    fileSystem: undefined,
    memory: true,
    blobGraceMs: 0,
  } as never);
  const photo = await db.blobs.put(BYTES);
  await db['machine']!.insert({ id: 'a', photo });
  await db.blobs.put(new Uint8Array([4]));
  expect(await db.blobs.has(photo)).toBe(true);
  await db['machine']!.delete('a');
  await db.blobs.put(new Uint8Array([5]));
  expect(await db.blobs.has(photo)).toBe(false);
  await db.close();
});
