/**
 * A directory with blobs of format 1, plain and encrypted: opened by today's code, and read by the document alone. Never
 * rewrite it: add the next.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobRef } from '@nuthatch/model';
import { NodeFileSystem } from '../src/file-system/node-file-system.js';
import { verifyDirectory } from '../src/tools/directory-tools.js';
import { independentBlob } from './support/independent-blob.js';
import { openModels } from './support/open-models.js';
import { PHOTOS } from './support/photo-models.js';

const GOLDEN = join(__dirname, 'golden', 'format-1-blobs');
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const LARGE = Buffer.alloc(2 ** 20 + 5, 'golden ');
const SECRET = Buffer.from('a golden secret');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-blobs-'));
});
afterEach(() => rmSync(root, { recursive: true }));

it('independent-blob.ts imports nothing of ours', () => {
  const text = readFileSync(join(__dirname, 'support', 'independent-blob.ts'), 'utf8');
  const imported = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1]);
  expect(imported.filter((from) => !from?.startsWith('node:'))).toEqual([]);
});

it("blobs of a golden directory are read by today's code and by the document alone", async () => {
  const directory = join(root, 'data');
  cpSync(GOLDEN, directory, { recursive: true });
  const encryption = { keyId: 'golden', key: KEY };
  const db = await openModels(new NodeFileSystem(), [PHOTOS], { directory, encryption });
  const plain = db['machine']!.require('plain') as unknown as { photo: BlobRef; list: readonly [BlobRef] };
  const { photo: secret } = db['machine']!.require('encrypted') as unknown as { photo: BlobRef };
  for (const [ref, bytes] of [
    [plain.photo, LARGE],
    [plain.list[0], Buffer.alloc(0)],
    [secret, SECRET],
  ] as const) {
    expect(Buffer.from(await db.blobs.bytes(ref)).equals(bytes)).toBe(true);
    expect(independentBlob(GOLDEN, ref, { golden: KEY }).equals(bytes)).toBe(true);
  }
  await db.close();
});

it('new blobs are as the document says', async () => {
  const directory = join(root, 'new');
  const encryption = { keyId: 'golden', key: KEY };
  const db = await openModels(new NodeFileSystem(), [PHOTOS], { directory, encryption, pageCodec: 'compressed' });
  const ref = await db.blobs.put(LARGE);
  expect(independentBlob(directory, ref, { golden: KEY }).equals(LARGE)).toBe(true);
  await db.close();
});

it('are checked without their key, as far as that goes', async () => {
  const input = { fileSystem: new NodeFileSystem(), directory: GOLDEN };
  expect(await verifyDirectory(input)).toMatchObject({ blobCount: 3, undecodedBlobCount: 1, isWhole: true });
  const { undecodedBlobCount } = await verifyDirectory({ ...input, encryption: { keyId: 'golden', key: KEY } });
  expect(undecodedBlobCount).toBe(0);
});

it('a directory that was moved while it is open takes no blob, and gives none', async () => {
  const fileSystem = new NodeFileSystem();
  const directory = join(root, 'here');
  const db = await openModels(fileSystem, [PHOTOS], { directory });
  const ref = await db.blobs.put(SECRET);
  await fileSystem.rename(directory, join(root, 'there'));
  await fileSystem.makeDirectory(directory);
  await expect(db.blobs.put(LARGE)).rejects.toMatchObject({ code: 'DIRECTORY_GONE' });
  await expect(db.blobs.bytes(ref)).rejects.toMatchObject({ code: 'DIRECTORY_GONE' });
  expect(await fileSystem.list(directory)).toEqual([]);
  await db.close().catch(() => undefined);
});
