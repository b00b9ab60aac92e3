/** A small directory that has everything: some pages, the first of them gone, a snapshot, the one before it, a manifest and a lock file. */
import { DatabaseError } from '@nuthatch/model';
import { compact } from '../../src/checkpoint/compaction.js';
import { compactChanges } from '../../src/checkpoint/delta/compact-changes.js';
import type { FileHandle, FileSystem, OpenMode } from '../../src/file-system/file-system.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { FileJournal } from '../../src/journal/file-journal.js';
import { type PageCodecs, PLAIN_CODECS } from '../../src/journal/page-codecs.js';
import type { RecoveryMode } from '../../src/recovery/page-list.js';
import type { RecoveryReport } from '../../src/recovery/recovery-target.js';
import { DIRECTORY, ITEMS, openItems, put, readFile, transaction } from '../disk-fixture.js';

/** Files by name. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Seqs after which a snapshot is taken; the long text fills the first page, which has to be replayed for it. */
const SNAPSHOT_SEQS: readonly number[] = [1, 2];
/** Seqs after which a delta is taken, in a directory that has some; pages between snapshot and delta are gone. */
const DELTA_SEQS: readonly number[] = [4, 6, 7];
const LONG_TEXT_SEQ = 3;
export const LAST_SEQ = 8;
/** The page that is written last: each compaction ends one, the long text another. */
export const ACTIVE_PAGE = 'page-0000000004.nut';

/** Key → value after each seq; three keys are overwritten in turn, one is deleted and comes back. */
export const STATES: readonly string[] = (() => {
  const state = new Map<string, number>();
  const texts = [textOf(state)];
  for (let seq = 1; seq <= LAST_SEQ; seq++) {
    advance(state, seq);
    texts.push(textOf(state));
  }
  return texts;
})();

function advance(state: Map<string, number>, seq: number): void {
  state.set(`k${seq % 3}`, seq);
  if (seq === 4) state.delete('gone');
  else state.set('gone', seq);
}

function textOf(state: ReadonlyMap<string, number>): string {
  return JSON.stringify([...state].sort());
}

/** The page that is written last in a directory with deltas, each of which ends one, too. */
export const ACTIVE_PAGE_AFTER_DELTAS = 'page-0000000006.nut';

/**
 * @param isClosed properly; else as a process leaves it that dies.
 * @param hasDeltas two of them, and a gap in the pages.
 */
export async function smallDirectory(
  isClosed: boolean,
  codecs: PageCodecs = PLAIN_CODECS,
  hasDeltas = false,
): Promise<Files> {
  const versions = await smallDirectoryVersions(codecs, hasDeltas);
  return versions[LAST_SEQ + (isClosed ? 1 : 0)] as Files;
}

/** The directory after 0, 1 … LAST_SEQ transactions, while it is open, and at last closed. */
export async function smallDirectoryVersions(
  codecs: PageCodecs = PLAIN_CODECS,
  hasDeltas = false,
): Promise<readonly Files[]> {
  const fileSystem = new MemoryFileSystem();
  const versions: Files[] = [];
  const { journal } = await openItems(fileSystem, { codecs, options: { pageBytes: 4096 } });
  const state = new Map<string, number>();
  versions.push(await filesOf(fileSystem));
  for (let seq = 1; seq <= LAST_SEQ; seq++) {
    const key = `k${seq % 3}`;
    const gone = seq === 4 ? ({ kind: 'delete', definition: ITEMS, key: 'gone' } as const) : put('gone', seq);
    const text = seq === LONG_TEXT_SEQ ? 'x'.repeat(3500) : undefined;
    journal.append(transaction(put(key, seq, text), gone), 'fsync');
    advance(state, seq);
    await journal.flush();
    if (SNAPSHOT_SEQS.includes(seq)) await snapshotNow(fileSystem, journal, state);
    if (hasDeltas && DELTA_SEQS.includes(seq)) await deltaNow(fileSystem, journal);
    versions.push(await filesOf(fileSystem));
  }
  await journal.close();
  versions.push(await filesOf(fileSystem));
  return versions;
}

async function filesOf(fileSystem: FileSystem): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const name of await fileSystem.list(DIRECTORY))
    files.set(name, await readFile(fileSystem, `${DIRECTORY}/${name}`));
  files.set('lock.nut', Buffer.from('{"pid":1,"startTime":"1","bootId":"another boot","token":"t"}\n'));
  return files;
}

async function snapshotNow(
  fileSystem: FileSystem,
  journal: FileJournal,
  state: ReadonlyMap<string, number>,
): Promise<void> {
  const documents = [...state].map(([key, value]) => ({
    definition: ITEMS,
    key,
    document: { id: key, value },
    revision: 1,
  }));
  const source = {
    openView: () => ({
      definitions: [ITEMS],
      sequences: () => [],
      documents: () => documents,
      release: () => undefined,
    }),
  };
  await compact({ journal, fileSystem, directory: DIRECTORY, source });
}

async function deltaNow(fileSystem: FileSystem, journal: FileJournal): Promise<void> {
  const rule = { share: 10, leastImageBytes: 0 };
  const input = { journal, fileSystem, directory: DIRECTORY, rule, definitions: [ITEMS], mustSave: false };
  if ((await compactChanges(input)) === undefined) throw new RangeError('no delta was written');
}

/** Files in memory that refuse to be read into more memory than they are long. */
class FrugalFileSystem extends MemoryFileSystem {
  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    const { read } = handle;
    handle.read = async (into, position) => {
      const byteCount = await handle.size();
      if (into.length > byteCount) throw new RangeError(`${into.length} bytes allocated for ${path} of ${byteCount}`);
      return read.call(handle, into, position);
    };
    return handle;
  }
}

export async function fileSystemOf(files: Files): Promise<MemoryFileSystem> {
  const fileSystem = new FrugalFileSystem();
  await fileSystem.makeDirectory(DIRECTORY);
  for (const [name, bytes] of files) {
    const handle = await fileSystem.open(`${DIRECTORY}/${name}`, 'create-exclusive');
    handle.writeSync(bytes, 0);
    await handle.close();
  }
  return fileSystem;
}

/** What became of a directory: refused with a code, or opened with these documents. */
export type Outcome =
  | { readonly code: string; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly code?: undefined; readonly state: string; readonly report: RecoveryReport };

/** Opens and closes; whatever is not a DatabaseError, and whatever takes much CPU time, goes through. */
export async function outcomeOf(
  fileSystem: MemoryFileSystem,
  recovery: RecoveryMode = 'refuse',
  codecs: PageCodecs = PLAIN_CODECS,
): Promise<Outcome> {
  const before = process.cpuUsage();
  const outcome = await openAndClose(fileSystem, recovery, codecs);
  // Not the clock: the machine may have stood still meanwhile.
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > 10_000) throw new RangeError(`opening took ${cpuMs} ms of CPU`);
  return outcome;
}

async function openAndClose(
  fileSystem: MemoryFileSystem,
  recovery: RecoveryMode,
  codecs: PageCodecs,
): Promise<Outcome> {
  try {
    const { journal, target, report } = await openItems(fileSystem, { recovery, codecs });
    await journal.close();
    const state = textOf(new Map([...target.documents].map(([key, { value }]) => [String(key), value])));
    return { state, report };
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    return { code: error.code, facts: error.facts };
  }
}
