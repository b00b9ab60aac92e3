/** Blobs on their way between a directory that nobody has open and a shared journal. */
import { DatabaseError } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { blobMissing } from '@nuthatch/runtime/cluster';
import { type SyncPort, syncPortOf } from '@nuthatch/runtime/sync';
import type { BlobEngine } from '../blobs/blob-engine.js';
import { encodedParts, partCount } from '../blobs/blob-parts.js';
import { BLOB_PREFIX, type BlobRecord, blobName, GONE_PREFIX, UPLOAD_PREFIX } from '../blobs/blob-records.js';
import { SharedBlob } from '../blobs/shared-blob.js';

/** The same one at each try, so that an interrupted import leaves nothing that nobody knows of. No text that looks like a hash. */
function idOf(hash: string): string {
  return `${hash.slice(0, 32)}-${hash.slice(32)}`;
}

/** Writes which blobs the directory has, as a node would: the image takes the records along. Nothing where there are none. */
export async function noteBlobs(port: SyncPort): Promise<void> {
  const isNoted = (hash: string): boolean => (port.record(blobName(hash)) as BlobRecord | undefined)?.id === idOf(hash);
  // An interrupted import has noted them: the seq stays.
  const missing = [...port.blobs.hashes()].filter((hash) => !isNoted(hash));
  if (missing.length === 0) return;
  await port.replicate((sync) => {
    for (const hash of missing) {
      const record: BlobRecord = { id: idOf(hash), size: port.blobs.sizeOf(hash)!, putMs: port.nowMs() };
      sync.setRecord(blobName(hash), record);
    }
  });
}

/** The directory is one of its own again. */
export async function forgetNotes(port: SyncPort): Promise<void> {
  const names = [BLOB_PREFIX, UPLOAD_PREFIX, GONE_PREFIX].flatMap((prefix) => [...port.records(prefix)]);
  if (names.length === 0) return;
  await port.replicate((sync) => {
    for (const [name] of names) sync.setRecord(name, undefined);
  });
}

/** How many blobs a directory has in the engine of its nodes. Nobody may have it open. */
export async function countNotes(directory: string): Promise<number> {
  const db = await openDatabase<object, object>([], { directory, compaction: 'manual' });
  try {
    return [...syncPortOf(db).records(BLOB_PREFIX)].length;
  } finally {
    await db.close();
  }
}

/**
 * Stores every blob of the directory in the engine. Idempotent. I/O: every byte once.
 *
 * @throws DatabaseError `BLOB_MISSING` when the directory was a node's, and its blobs are not in this journal.
 */
export async function storeBlobs(port: SyncPort, engine: BlobEngine): Promise<void> {
  const { blobs } = port;
  for (const hash of blobs.hashes()) {
    const size = blobs.sizeOf(hash)!;
    const blob = await blobs.reader({ hash, size });
    for await (const [part, bytes] of encodedParts(blob.chunks({ start: 0, end: size })))
      await engine.store(idOf(hash), part, bytes);
  }
  for (const [name, value] of port.records(BLOB_PREFIX)) {
    const { id, size } = value as BlobRecord;
    const last = partCount(size) - 1;
    if (last >= 0 && (await engine.part(id, last)) === undefined)
      throw blobMissing(
        { hash: name.slice(BLOB_PREFIX.length), size },
        `the blob ${name.slice(BLOB_PREFIX.length)} is neither in the directory nor in ${engine.description}`,
      );
  }
}

/**
 * Brings all blobs of a journal into a directory that was made of it, and takes the records of nodes away. I/O: every byte
 * once.
 *
 * @param missing what happens to one that cannot be had: `leave` goes on without it, and documents lack it.
 * @returns how many were left.
 * @throws DatabaseError `CHANGES_GONE` when nodes have removed one meanwhile; `BLOB_DAMAGED`, `JOURNAL_UNREACHABLE`.
 */
export async function takeBlobs(
  directory: string,
  engine: BlobEngine,
  missing: 'refuse' | 'leave' = 'refuse',
): Promise<number> {
  let leftCount = 0;
  const db = await openDatabase<object, object>([], { directory, compaction: 'manual' });
  try {
    const port = syncPortOf(db);
    for (const [name, value] of port.records(BLOB_PREFIX)) {
      const record = value as BlobRecord;
      const blob = { hash: name.slice(BLOB_PREFIX.length), size: record.size };
      const source = new SharedBlob(engine, blob, () => record);
      try {
        await port.blobs.put(source.chunks({ start: 0, end: record.size }), blob);
      } catch (cause) {
        const isLost = DatabaseError.is(cause, 'BLOB_DAMAGED') || DatabaseError.is(cause, 'BLOB_MISSING');
        if (isLost && missing === 'leave') {
          leftCount++;
          continue;
        }
        if ((await engine.part(record.id, 0)) !== undefined || record.size === 0) throw cause;
        const what = `the blob ${blob.hash} was removed by a node meanwhile: repeat the call`;
        throw new DatabaseError('CHANGES_GONE', what, blob, { cause });
      }
    }
    await forgetNotes(port);
    return leftCount;
  } finally {
    await db.close();
  }
}
