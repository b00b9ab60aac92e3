/**
 * A backup as one stream of bytes: a tar archive of the files that the manifest names, then the blobs, the manifest last.
 *
 * Sealed pages and snapshots never change and the last page is sent up to its synced end, so the archive is of one seq
 * although writes go on. Form: docs/journal-format.md, "Backup as a stream". Unpacked into an empty directory, by
 * `unpackBackup` or by any tar program, it is a database.
 */
import { DatabaseError } from '@nuthatch/model';
import { blobPath } from '../blobs/blob-name.js';
import { listBlobs } from '../blobs/list-blobs.js';
import type { FileSystem } from '../file-system/file-system.js';
import { MANIFEST_NAME } from '../journal/journal-format.js';
import { encodeManifest, type Manifest } from '../journal/manifest.js';
import { filesOf } from './backup.js';
import { encodeTarHeader, TAR_BLOCK_BYTES, type TarEntry, tarPadding } from './tar.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * The archive, chunk by chunk. I/O: every file once, as fast as it is asked for. Nobody may compact meanwhile.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED` when a file is shorter than the manifest says; Node's own errors.
 */
export async function* backupStream(
  fileSystem: FileSystem,
  directory: string,
  manifest: Manifest,
  hasBlobs: boolean,
): AsyncGenerator<Uint8Array, void> {
  const timeMs = Date.now();
  for (const file of filesOf(manifest)) yield* archived(fileSystem, directory, file, timeMs);
  const { blobs } = hasBlobs ? await listBlobs(fileSystem, directory) : { blobs: [] };
  for (const name of blobs.map(blobPath)) {
    // One that is gone by now fails when it is opened.
    const byteCount = (await fileSystem.stat(`${directory}/${name}`))?.byteCount ?? 0;
    yield* archived(fileSystem, directory, { name, byteCount }, timeMs);
  }
  const data = encodeManifest(manifest);
  yield encodeTarHeader({ name: MANIFEST_NAME, byteCount: data.length }, timeMs);
  yield data;
  yield new Uint8Array(tarPadding(data.length) + 2 * TAR_BLOCK_BYTES);
}

/** Header, contents and padding of one file. */
async function* archived(
  fileSystem: FileSystem,
  directory: string,
  { name, byteCount }: TarEntry,
  timeMs: number,
): AsyncGenerator<Uint8Array, void> {
  yield encodeTarHeader({ name, byteCount }, timeMs);
  yield* fileChunks(fileSystem, `${directory}/${name}`, byteCount);
  yield new Uint8Array(tarPadding(byteCount));
}

async function* fileChunks(fileSystem: FileSystem, file: string, byteCount: number): AsyncGenerator<Uint8Array, void> {
  const handle = await fileSystem.open(file, 'read');
  try {
    for (let done = 0; done < byteCount; ) {
      // A buffer of its own each time: the stream may hold on to it.
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, byteCount - done));
      const count = await handle.read(chunk, done);
      if (count === 0) throw new DatabaseError('JOURNAL_DAMAGED', `${file} ends at ${done}`, { file, offset: done });
      yield chunk.subarray(0, count);
      done += count;
    }
  } finally {
    await handle.close();
  }
}
