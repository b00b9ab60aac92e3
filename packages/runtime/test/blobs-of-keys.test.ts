/** Blobs after encryption was begun or its key was changed: no file needs the old key, and nothing stays in the clear. */
import { randomBytes } from 'node:crypto';
import type { BlobRef } from '@nuthatch/model';
import { blobPath } from '../src/blobs/blob-name.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { EncryptionOptions } from '../src/journal/page-codecs.js';
import { compactDirectory, restoreDirectory, verifyDirectory } from '../src/tools/directory-tools.js';
import { readFile, replaceFile } from './disk-fixture.js';
import { type AnyDatabase, DIRECTORY, openModels } from './support/open-models.js';
import { PHOTOS } from './support/photo-models.js';

const BACKUP = '/backup';
const OTHER = '/other';
const SECRET = Buffer.from('a marked secret that must not be on the disk '.repeat(30_000));
const KEYS: Readonly<Record<string, Uint8Array>> = { k1: randomBytes(32), k2: randomBytes(32) };

let fileSystem: MemoryFileSystem;
beforeEach(() => {
  fileSystem = new MemoryFileSystem();
});

function open(directory: string, keyId?: string, known: readonly string[] = ['k1', 'k2']): Promise<AnyDatabase> {
  const encryption = keyId && { keyId, key: (id: string) => (known.includes(id) ? KEYS[id] : undefined) };
  return openModels(fileSystem, [PHOTOS], {
    directory,
    compaction: 'manual',
    pageCodec: 'compressed',
    ...(encryption && { encryption: encryption as EncryptionOptions }),
  });
}

async function filled(keyId?: string): Promise<BlobRef> {
  const db = await open(DIRECTORY, keyId);
  const photo = await db.blobs.put(SECRET);
  await db['machine']!.insert({ id: 'a', photo, list: [await db.blobs.put(new Uint8Array(0))] });
  await db.backup(BACKUP);
  await db.close();
  return photo;
}

/** With no other key than this one. */
async function expectReadable(directory: string, photo: BlobRef, keyId: string): Promise<void> {
  const db = await open(directory, keyId, [keyId]);
  expect((await db.blobs.bytes(photo)).length).toBe(SECRET.length);
  await db.close();
  const file = Buffer.from(await readFile(fileSystem, `${directory}/${blobPath(photo)}`));
  expect(file.includes('a marked secret')).toBe(false);
}

it.each([undefined, 'k1'])('after the second compaction nothing needs the key %s', async (before) => {
  const photo = await filled(before);
  const db = await open(DIRECTORY, 'k2');
  const counts: unknown[] = [];
  for (let count = 0; count < 2; count++) {
    await db['machine']!.upsert({ id: 'other' });
    counts.push((await db.compact()).renewedBlobCount);
  }
  expect(counts).toEqual([2, 0]);
  // Into the backup that holds the blobs with the key of before.
  await db.backup(BACKUP);
  await db.close();
  await expectReadable(DIRECTORY, photo, 'k2');
  await expectReadable(BACKUP, photo, 'k2');
});

it('a restore and a compaction by the tool encrypt with the key that they are given', async () => {
  const photo = await filled();
  const encryption = { keyId: 'k1', key: KEYS['k1']! };
  await restoreDirectory({ fileSystem, directory: BACKUP, destination: OTHER, encryption });
  await expectReadable(OTHER, photo, 'k1');
  expect(await compactDirectory({ fileSystem, directory: DIRECTORY, encryption })).toMatchObject({
    renewedBlobCount: 2,
  });
  await compactDirectory({ fileSystem, directory: DIRECTORY, encryption });
  await expectReadable(DIRECTORY, photo, 'k1');
  expect(await verifyDirectory({ fileSystem, directory: DIRECTORY, encryption })).toMatchObject({ isWhole: true });
});

it('a blob that is damaged stays as it is, and the others are renewed', async () => {
  const photo = await filled('k1');
  const file = `${DIRECTORY}/${blobPath(photo)}`;
  const bytes = await readFile(fileSystem, file);
  bytes[bytes.length - 1]! ^= 1;
  await replaceFile(fileSystem, file, bytes);
  const db = await open(DIRECTORY, 'k2');
  expect(await db.compact()).toMatchObject({ renewedBlobCount: 1 });
  await expect(db.blobs.bytes(photo)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
  // The same bytes heal it, with the key of today.
  await db.blobs.put(SECRET);
  expect(await db.compact()).toMatchObject({ renewedBlobCount: 0 });
  await db['machine']!.upsert({ id: 'other' });
  await db.compact();
  await db.close();
  await expectReadable(DIRECTORY, photo, 'k2');
});
