/**
 * Makes a directory of a streamed backup.
 *
 * Only names of our files are taken, so no archive writes elsewhere. The manifest comes last and is put in force only
 * when every file it names is there in full and synced. A stream that ends early leaves nothing, a crash a directory that
 * is marked as unfinished. All of it is read in the end; what is not good is left without its manifest, and refused.
 */
import { dirname } from 'node:path/posix';
import { DatabaseError } from '@nuthatch/model';
import { blobOfPath } from '../blobs/blob-name.js';
import { verifyBlobs } from '../blobs/verify-blobs.js';
import { directoryError } from '../file-system/directory-error.js';
import { leavingNoDirectory, makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import { isNumberedName, MANIFEST_NAME } from '../journal/journal-format.js';
import { decodeManifest, type Manifest, writeManifest } from '../journal/manifest.js';
import { PLAIN_CODECS } from '../journal/page-codecs.js';
import { fillDirectory } from '../recovery/fill-directory.js';
import { readDirectory } from '../recovery/read-directory.js';
import { filesOf } from './backup.js';
import { ChunkReader } from './chunk-reader.js';
import { decodeTarHeader, TAR_BLOCK_BYTES, tarPadding } from './tar.js';

export interface UnpackInput {
  readonly fileSystem: FileSystem;
  /** The bytes that `db.backupTo` wrote: any readable stream. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Must not exist, or be empty. */
  readonly destination: string;
}

export interface UnpackReport {
  readonly lastSeq: number;
  readonly byteCount: number;
}

const LONGEST_MANIFEST_BYTES = 256 * 1024 * 1024;

/**
 * Unpacks and verifies. I/O: every byte written once and read once.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED` for a stream that is cut or is not a backup, `DIRECTORY_UNUSABLE`.
 */
export async function unpackBackup({ fileSystem, stream, destination }: UnpackInput): Promise<UnpackReport> {
  try {
    const byteCount = await leavingNoDirectory(fileSystem, destination, () =>
      fillDirectory(fileSystem, destination, (held) => unpackInto(held, stream, destination)),
    );
    return { lastSeq: await verify(fileSystem, destination), byteCount };
  } catch (error) {
    throw directoryError(error, destination);
  }
}

async function unpackInto(fileSystem: FileSystem, stream: AsyncIterable<Uint8Array>, to: string): Promise<number> {
  const reader = new ChunkReader(stream);
  const sizes = new Map<string, number>();
  const manifest = await unpackFiles(fileSystem, reader, to, sizes);
  for (const { name, byteCount } of filesOf(manifest))
    if (sizes.get(name) !== byteCount) throw damaged(`${name} is missing or incomplete`, reader.offset);
  await fileSystem.syncDirectory(to);
  await writeManifest(fileSystem, to, manifest);
  return reader.offset;
}

/** All files in turn, up to the manifest; then the end of the archive has to follow. */
async function unpackFiles(
  fileSystem: FileSystem,
  reader: ChunkReader,
  to: string,
  sizes: Map<string, number>,
): Promise<Manifest> {
  let manifest: Manifest | undefined;
  for (;;) {
    const entry = decodeTarHeader(await reader.take(TAR_BLOCK_BYTES));
    if (typeof entry === 'string') throw damaged(entry, reader.offset);
    if (entry === undefined) {
      await reader.take(TAR_BLOCK_BYTES);
      if (manifest === undefined) throw damaged('an archive without a manifest', reader.offset);
      return manifest;
    }
    const { name, byteCount } = entry;
    if (name === MANIFEST_NAME && byteCount <= LONGEST_MANIFEST_BYTES)
      manifest = decodeManifest(Buffer.from(await reader.take(byteCount)), name);
    else if (blobOfPath(name) !== undefined) {
      await makeDurableDirectory(fileSystem, `${to}/${dirname(name)}`);
      await writeFile(fileSystem, reader, `${to}/${name}`, byteCount);
      await fileSystem.syncDirectory(`${to}/${dirname(name)}`);
    } else if (!isNumberedName(name))
      throw damaged(`a file ${JSON.stringify(name)}, which does not belong in a backup`, reader.offset);
    else {
      await writeFile(fileSystem, reader, `${to}/${name}`, byteCount);
      sizes.set(name, byteCount);
    }
    await reader.take(tarPadding(byteCount));
  }
}

async function writeFile(fileSystem: FileSystem, reader: ChunkReader, file: string, byteCount: number): Promise<void> {
  const handle = await fileSystem.open(file, 'create-exclusive');
  try {
    for (let done = 0; done < byteCount; ) {
      const chunk = await reader.some(byteCount - done);
      await handle.write(chunk, done);
      done += chunk.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Contents are vouched for by their own checksums and chain; what fails them is not a database.
 *
 * @returns the seq of the last transaction.
 */
async function verify(fileSystem: FileSystem, directory: string): Promise<number> {
  return HeldDirectory.during(fileSystem, directory, async (held) => {
    try {
      const { lastSeq, manifest } = await readDirectory({
        fileSystem: held,
        directory,
        mode: 'refuse',
        isLocking: false,
      });
      const place = { fileSystem: held, directory, uuid: manifest.uuid, codecs: PLAIN_CODECS };
      const [damage] = (await verifyBlobs(place)).damage;
      if (damage !== undefined)
        throw new DatabaseError('BLOB_DAMAGED', `${damage.file}: ${damage.reason}`, { ...damage });
      return lastSeq;
    } catch (error) {
      await held.remove(`${directory}/${MANIFEST_NAME}`);
      throw error;
    }
  });
}

function damaged(reason: string, offset: number): DatabaseError {
  const what = `the stream holds ${reason}, up to byte ${offset}`;
  return new DatabaseError('JOURNAL_DAMAGED', what, { file: 'stream', offset, reason });
}
