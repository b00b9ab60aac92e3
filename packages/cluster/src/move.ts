/**
 * In and out: a directory becomes a shared journal, and a shared journal a directory. Neither needs the classes: all
 * collections are carried along as bytes.
 */
import { DatabaseError } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { NodeFileSystem, type SharedJournal, showValue } from '@nuthatch/runtime/cluster';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { ClusterJournal } from './cluster-journal.js';
import { checkedParts } from './engine/image-digest.js';
import type { ImageEntry, JournalEngine, JournalUsage } from './engine/journal-engine.js';
import { startOf, toPlaceJson } from './node/frame-place.js';
import { COPY_MARK_NAME } from './node/node-copy.js';
import { streamed } from './node/streamed.js';

/** What an engine holds of a journal. */
export interface JournalStatus extends JournalUsage {
  /** Identity of the journal, 32 hexadecimal digits. */
  readonly uuid: string;
  /** Position of its last frame. */
  readonly head: number;
  /** The newest image; undefined: there is none. */
  readonly image: Pick<ImageEntry, 'position' | 'seq' | 'byteCount'> | undefined;
}

/**
 * What the engine holds of a journal, which is made if there is none of this name.
 *
 * @throws DatabaseError `JOURNAL_UNREACHABLE`, `JOURNAL_UNSAFE`, `INVALID_OPTION`.
 */
export function journalStatus(journal: SharedJournal): Promise<JournalStatus> {
  return withEngine(journal, async (engine, { uuid, head }) => {
    const [usage, image] = [await engine.usage(), await engine.newestImage()];
    const shown = image && { position: image.position, seq: image.seq, byteCount: image.byteCount };
    return { uuid, head, ...usage, image: shown };
  });
}

/**
 * Makes a shared journal of a directory that nobody has open: an image of it, behind which frames follow. The directory
 * stays as it is; write to it no more. Seqs go on, and so do replicas that followed it.
 *
 * @returns the image, after it was read back whole.
 * @throws DatabaseError `INVALID_OPTION` when the journal holds anything, or the directory holds files beside documents;
 *   `DIRECTORY_UNUSABLE` when it holds no database; what opening it throws.
 */
export async function importDirectory(journal: SharedJournal, directory: string): Promise<ImageEntry> {
  requireCluster(journal);
  await requireDatabase(directory);
  const db = await openDatabase<object, object>([], { directory, compaction: 'manual' });
  try {
    if (db.stats().blobs.count > 0)
      throw refused('directory', `${directory} holds files beside its documents, which nodes cannot share yet`);
    await db.compact();
    const { uuid } = syncPortOf(db).identity;
    const seq = Number(db.seq);
    return await withEngine(
      journal,
      async (engine, place) => {
        if (place.head > 0 || (await engine.newestImage()) !== undefined)
          throw refused('journal', `${engine.description} holds a database already: give it another name`);
        if (place.uuid !== uuid)
          throw refused('journal', `${engine.description} was made for another database: give it another name`);
        const image = { ...toPlaceJson({ ...startOf(uuid), seq }), models: [] };
        const entry = await engine.storeImage(
          image,
          streamed((stream) => db.backupTo(stream)),
        );
        if (entry === undefined) throw refused('journal', `${engine.description} is being made by another process`);
        for await (const part of checkedParts(engine.imageParts(entry), entry, engine.description)) void part;
        return entry;
      },
      uuid,
    );
  } finally {
    await db.close();
  }
}

/**
 * Makes a database directory of a shared journal, as it is now, for `openDatabase({ directory })`.
 *
 * @param directory must not exist.
 * @returns the seq it is of.
 * @throws DatabaseError `DIRECTORY_UNUSABLE`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`.
 */
export async function exportJournal(journal: SharedJournal, directory: string): Promise<bigint> {
  requireCluster(journal);
  const fileSystem = new NodeFileSystem();
  if (typeof directory === 'string' && (await fileSystem.stat(directory)) !== undefined) {
    const what = `${directory} exists already: an export makes a directory of its own`;
    throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory });
  }
  const db = await openDatabase<object, object>([], { directory, journal, compaction: 'manual' });
  let seq: bigint;
  try {
    await db.barrier();
    seq = db.seq;
  } finally {
    await db.close();
  }
  // From now on it is nobody's copy.
  await fileSystem.remove(`${directory}/${COPY_MARK_NAME}`);
  await fileSystem.syncDirectory(directory);
  return seq;
}

/** Opening would make a new one in the place of a name that was misspelt. What is no path, opening refuses. */
async function requireDatabase(directory: unknown): Promise<void> {
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) return;
  const found = await new NodeFileSystem().stat(`${directory}/manifest.nut`).catch(() => undefined);
  if (found === undefined)
    throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} holds no database to import`, { directory });
}

async function withEngine<T>(
  journal: SharedJournal,
  work: (engine: JournalEngine, place: { readonly uuid: string; readonly head: number }) => Promise<T>,
  uuid?: string,
): Promise<T> {
  const { engine, place } = await requireCluster(journal).connect(uuid);
  try {
    return await work(engine, place);
  } finally {
    await engine.close();
  }
}

function requireCluster(journal: unknown): ClusterJournal {
  if (journal instanceof ClusterJournal) return journal;
  throw refused('journal', `expected a journal such as \`postgresJournal(…)\`, found ${showValue(journal)}`);
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
