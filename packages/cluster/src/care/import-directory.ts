/** Makes a shared journal of a directory. Needs no classes: all collections are carried along as bytes. */
import { DatabaseError } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { NodeFileSystem, type SharedJournal } from '@nuthatch/runtime/cluster';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { BlobEngine } from '../blobs/blob-engine.js';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import { startOf, toPlaceJson } from '../node/frame-place.js';
import { streamed } from '../node/streamed.js';
import { requirePath } from './copy-status.js';
import { type DatabaseState, directoryState, UnpackedJournal } from './database-states.js';
import { DocumentDigests } from './document-digests.js';
import { forgetNotes, noteBlobs, storeBlobs } from './moved-blobs.js';
import { refused, withEngine } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

export interface ImportReport extends ImageEntry {
  /** Digest of all documents, in the directory and in the journal, 64 hexadecimal digits. */
  readonly digest: string;
  /** Identity of the database, and of the journal, 32 hexadecimal digits. */
  readonly uuid: string;
}

/**
 * Makes a shared journal of a directory that nobody has open: an image of it, behind which frames follow. The documents of
 * the directory stay as they are; write to it no more. Files beside the documents are brought along. Seqs go on, and so do replicas that followed it.
 *
 * Nodes are refused with `JOURNAL_UNFINISHED` until the image was read back and has the digest of the directory. A crash
 * leaves a journal that nodes refuse; the same call again goes on with it.
 *
 * I/O: the directory is read twice and written once beside itself. Memory: all documents as bytes.
 *
 * @returns the image, and the digest.
 * @throws DatabaseError `INVALID_OPTION` when the journal holds anything, or the directory is encrypted; `DIRECTORY_UNUSABLE` when it holds no database, or is the copy of a node; `DATABASE_LOCKED`,
 *   `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`; what opening the directory throws.
 */
export async function importDirectory(journal: SharedJournal, directory: string): Promise<ImportReport> {
  return withEngine(journal, async (engine, { unreachableMs }) => {
    const path = requirePath(directory);
    await requireDatabase(path);
    return importInto(engine, path, path, unreachableMs);
  });
}

/**
 * @param beside where the journal is unpacked to be compared.
 * @param unreachableMs how long blobs wait for an engine that gives no answer.
 */
export async function importInto(
  engine: JournalEngine,
  directory: string,
  beside: string,
  unreachableMs: number,
): Promise<ImportReport> {
  const db = await opened(directory);
  try {
    const port = syncPortOf(db);
    const { uuid } = port.identity;
    // First: what is refused leaves the directory as it was.
    await begin(engine, uuid);
    await noteBlobs(port);
    await db.compact({ whole: true });
    await storeBlobs(port, new BlobEngine(engine, unreachableMs));
    const seq = Number(db.seq);
    const image = await stored(engine, { ...toPlaceJson({ ...startOf(uuid), seq }), models: [] }, () =>
      streamed((stream) => db.backupTo(stream)),
    );
    const digest = await digestOf(directoryState(directory));
    await withWorkDirectory(beside, async (work) => {
      const unpacked = await UnpackedJournal.of(engine, uuid, `${work}/image`);
      await requireDigest(engine, unpacked.stateAt(0), digest);
    });
    await engine.finish();
    await forgetNotes(port);
    return { ...image, digest, uuid };
  } finally {
    await db.close();
  }
}

/** @throws DatabaseError `INVALID_OPTION` unless the journal is new, or was begun for this very database. */
async function begin(engine: JournalEngine, uuid: string): Promise<void> {
  const found = (await engine.find()) ?? (await engine.begin(uuid));
  const { description } = engine;
  if (found.uuid !== uuid)
    throw refused('journal', `${description} was made for another database: give it another name`);
  if (!found.isUnfinished)
    throw refused(
      'journal',
      `${description} is there already, for this database: give it another name, or \`adopt\` it as it is if an interrupted adoption of a copy made it`,
    );
  // Settings are looked at before anything goes there, also where the journal was begun.
  await engine.begin(uuid);
}

/** The image; of an interrupted call, if it left one. */
async function stored(
  engine: JournalEngine,
  place: Parameters<JournalEngine['storeImage']>[0],
  chunks: () => AsyncIterable<Uint8Array>,
): Promise<ImageEntry> {
  const found = (await engine.newestImage()) ?? (await engine.storeImage(place, chunks()));
  const { description } = engine;
  if (found === undefined)
    throw refused('journal', `${description} is being made by another process, or one that ended minutes ago`);
  if (found.seq === place.seq) return found;
  const what = `${description} was begun with the directory at seq ${found.seq}, which is at ${place.seq} now: give it another name`;
  throw refused('journal', what);
}

/** Of all documents and given numbers. I/O and time: as an opening. */
export async function digestOf(state: DatabaseState): Promise<string> {
  return (await state.read(() => new DocumentDigests())).sha256();
}

/** @throws DatabaseError `JOURNAL_DAMAGED`. */
export async function requireDigest(
  { description }: JournalEngine,
  state: DatabaseState,
  expected: string,
): Promise<void> {
  const found = await digestOf(state);
  if (found === expected) return;
  const what = `${description} and the directory do not hold the same documents: digest ${found}, expected ${expected}`;
  throw new DatabaseError('JOURNAL_DAMAGED', what, { journal: description, expected, found });
}

async function opened(directory: string): ReturnType<typeof openDatabase<object, object>> {
  try {
    return await openDatabase<object, object>([], { directory, compaction: 'manual' });
  } catch (error) {
    if (!DatabaseError.is(error, 'ENCRYPTION_KEY_REQUIRED')) throw error;
    const what = `${directory} is encrypted, and an engine keeps frames as they are: import a plain copy of it`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'directory' }, { cause: error });
  }
}

/** Opening would make a new one in the place of a name that was misspelt. */
async function requireDatabase(directory: string): Promise<void> {
  const found = await new NodeFileSystem().stat(`${directory}/manifest.nut`).catch(() => undefined);
  if (found === undefined)
    throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} holds no database to import`, { directory });
}
