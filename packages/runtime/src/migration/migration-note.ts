/** The note of an unfinished migration: one line of JSON after its checksum. A damaged one does not count. */
import { crc32 } from 'node:zlib';
import type { FileSystem } from '../file-system/file-system.js';
import type { SnapshotEntry } from '../journal/manifest.js';

/** One part, in the note. */
export interface PartEntry {
  /** Hash of keys and revisions of the stored documents that it is of. */
  readonly source: string;
  /** Those of them that stay as they are: places in the part, each with a count. */
  readonly unchanged: readonly (readonly [first: number, count: number])[];
  /** The changed ones; null: there are none. */
  readonly snapshot: SnapshotEntry | null;
}

/** The work of an unfinished migration. */
export interface MigrationNote {
  /** The state of the data. */
  readonly source: string;
  /** Hash of what is run. */
  readonly plan: string;
  /** When the first run began: defaults that are a time are of then. */
  readonly nowMs: number;
  /** Stored documents of a part. */
  readonly documentsPerPart: number;
  readonly parts: readonly PartEntry[];
}

/** The last note; undefined when there is none, or when it is incomplete. I/O: the file. Errors are Node's. */
export async function readNote(fileSystem: FileSystem, file: string): Promise<MigrationNote | undefined> {
  if ((await fileSystem.stat(file))?.kind !== 'file') return undefined;
  const handle = await fileSystem.open(file, 'read');
  try {
    const data = Buffer.alloc(await handle.size());
    let done = 0;
    while (done < data.length) {
      const count = await handle.read(data.subarray(done), done);
      if (count === 0) return undefined;
      done += count;
    }
    const [checksum, text] = data.toString('utf8').split('\n');
    // With its checksum right it is what this version wrote, or an earlier one: then its plan is another.
    return text !== undefined && checksum === checksumOf(text) ? (JSON.parse(text) as MigrationNote) : undefined;
  } finally {
    await handle.close();
  }
}

/** Replaces the note: a kill leaves the one before or this one. I/O: the file, synced. Errors are Node's. */
export async function writeNote(
  fileSystem: FileSystem,
  directory: string,
  stagedName: string,
  name: string,
  note: MigrationNote,
): Promise<void> {
  const staged = `${directory}/${stagedName}`;
  if ((await fileSystem.stat(staged)) !== undefined) await fileSystem.remove(staged);
  const handle = await fileSystem.open(staged, 'create-exclusive');
  try {
    const text = JSON.stringify(note);
    await handle.write(Buffer.from(`${checksumOf(text)}\n${text}\n`, 'utf8'), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fileSystem.rename(staged, `${directory}/${name}`);
  await fileSystem.syncDirectory(directory);
}

function checksumOf(text: string): string {
  return crc32(Buffer.from(text, 'utf8')).toString(16).padStart(8, '0');
}
