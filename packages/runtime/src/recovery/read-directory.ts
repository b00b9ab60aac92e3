/**
 * Reads a database directory without the user's code and without changing a byte of it: the ground of `verify`,
 * `inspect`, `dump` and `repair`.
 *
 * Takes the directory's lock while it reads, so that nobody writes meanwhile; without it (`isLocking: false`) it reads what
 * another process is writing, see steady-read.ts.
 */

import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import { toHex } from '../journal/chain.js';
import type { CleanMark, Manifest, SnapshotEntry } from '../journal/manifest.js';
import { ModelTable } from '../journal/model-table.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import type { Upcast } from './document-reader.js';
import { FrameApplier, type ReplayLimit } from './frame-applier.js';
import { listPages, type RecoveryMode } from './page-list.js';
import { Recovery } from './recovery.js';
import type { RecoveryResult } from './recovery-input.js';
import type { LostRange, RecoveryProgress, RecoveryTarget } from './recovery-target.js';
import { storedDefinition } from './stored-definition.js';
import { StoredDocuments } from './stored-documents.js';

export interface ReadDirectoryInput {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  /** Default `salvage`: everything that is wrong is listed instead of thrown. */
  readonly mode?: RecoveryMode;
  /** Gets the documents; their definitions are made of the stored models. Default: they are read and forgotten. */
  readonly target?: RecoveryTarget;
  /** Told of every good frame of the pages. */
  readonly onFrame?: (frame: FrameSummary) => void;
  readonly onProgress?: (progress: RecoveryProgress) => void;
  /** Keys of encrypted files. Without, and without a target, their frames are checked but not decoded. */
  readonly codecs?: PageCodecs;
  /** Frames whose key is not given are passed over; default: when there is no target. */
  readonly mayLackKeys?: boolean;
  /** Default true. */
  readonly isLocking?: boolean;
  /** Collections of today's code: their documents are read as an opening reads them. Default: each by its stored model. */
  readonly definitions?: readonly CollectionDefinition[];
  /** How documents of other models become those of `definitions`; default: field by field. */
  readonly upcast?: Upcast | undefined;
}

/** One frame, without its contents. */
export interface FrameSummary {
  readonly page: number;
  readonly offset: number;
  readonly byteCount: number;
  readonly frameId: number;
  readonly firstSeq: number;
  readonly transactionCount: number;
  readonly timeMs: number;
  readonly epoch: number;
}

/** The findings. `lost` and `damagedSnapshots` empty and `cutBytes` 0: the directory is whole. */
export interface DirectoryReport {
  readonly manifest: Manifest;
  readonly isClean: boolean;
  readonly lastSeq: number;
  readonly transactionCount: number;
  /** Encrypted frames that were checked by checksum and chain only, since their key was not given. */
  readonly undecodedFrameCount: number;
  readonly diskBytes: number;
  /** Length of the torn tail that the next open will cut off. */
  readonly cutBytes: number;
  readonly damagedSnapshots: readonly LostRange[];
  readonly lost: readonly LostRange[];
  /** Where the last page ends, torn tail cut off; undefined when nothing may be appended to it any more. */
  readonly end: CleanMark | undefined;
}

/**
 * Reads everything, checks everything, decodes every document. I/O: every byte that an open would read.
 *
 * @throws DatabaseError `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE` when there is no database, `FORMAT_UNSUPPORTED`; with
 *   mode `refuse` also `JOURNAL_DAMAGED`.
 */
export async function readDirectory(input: ReadDirectoryInput): Promise<DirectoryReport> {
  const { directory, fileSystem } = input;
  await requireDatabase(fileSystem, directory);
  if (input.isLocking === false) return (await readPages(input)).report;
  return HeldDirectory.during(fileSystem, directory, async (held) => {
    return (await readPages({ ...input, fileSystem: held })).report;
  });
}

export interface ReadPagesInput extends ReadDirectoryInput {
  readonly limit?: ReplayLimit;
  /** Snapshots that may be begun with, and deltas that may be gone on with; default: all. */
  readonly mayBeginWith?: (image: Pick<SnapshotEntry, 'number'>) => boolean;
}

/** What was read, and everything that a later step needs of it. */
export interface ReadPages {
  readonly report: DirectoryReport;
  readonly result: RecoveryResult;
  readonly models: ModelTable;
  readonly applier: FrameApplier;
}

/** As `readDirectory`, with the lock left to the caller and the possibility to stop early. */
export async function readPages(input: ReadPagesInput): Promise<ReadPages> {
  const { directory, fileSystem, onFrame, onProgress, limit, mayBeginWith = () => true } = input;
  const mode = input.mode ?? 'salvage';
  const list = await listPages(fileSystem, directory, mode);
  if (!list.manifest) throw noDatabase(directory);
  const kept = (entry: SnapshotEntry | null): SnapshotEntry | null => (entry && mayBeginWith(entry) ? entry : null);
  const { snapshot, previousSnapshot, deltas } = list.manifest;
  const images = { snapshot: kept(snapshot), previousSnapshot: kept(previousSnapshot) };
  const manifest = { ...list.manifest, ...images, ...(deltas && { deltas: deltas.filter(mayBeginWith) }) };
  const models = new ModelTable();
  const { definitions = [], upcast } = input;
  const documents = new StoredDocuments(definitions, { define: storedDefinition, upcast });
  const target = input.target ?? FORGETFUL;
  const applier = new FrameApplier(documents, models, target, 20, limit);
  const recovery = new Recovery({
    fileSystem,
    directory,
    manifest,
    mode,
    models,
    documents,
    applier,
    codecs: input.codecs ?? PLAIN_CODECS,
    // A document that is not decoded must not be missing for a caller that takes the documents.
    mayLackKeys: input.mayLackKeys ?? input.target === undefined,
    onProgress,
    onFrame:
      onFrame &&
      (({ offset, bytes, header }, page) => {
        const { frameId, firstSeq, transactionCount, timeMs, epoch } = header;
        onFrame({
          page: page.number,
          offset,
          byteCount: bytes.length,
          frameId,
          firstSeq,
          transactionCount,
          timeMs,
          epoch,
        });
      }),
  });
  const result = await recovery.run();
  if (mode === 'refuse') documents.unreadable.requireNone();
  await target.finish();
  const unfinished = list.unfinished.map((file) => ({ file, offset: 0, byteCount: 0, reason: INTERRUPTED }));
  const lost = [...list.lost, ...unfinished, ...result.lost];
  const { lastSeq, transactionCount, undecodedFrameCount, diskBytes, cutBytes, damagedSnapshots } = result;
  const isClean = manifest.clean !== undefined && lost.length === 0;
  const end = manifest.clean ?? endOf(manifest, result);
  const report = {
    manifest,
    isClean,
    lastSeq,
    transactionCount,
    undecodedFrameCount,
    diskBytes,
    cutBytes,
    damagedSnapshots,
    lost,
    end,
  };
  return { report, result, models, applier };
}

const INTERRUPTED = 'a backup, import or repair into this directory was interrupted';

function endOf({ pages }: Manifest, { endOffset, lastSeq, chain }: RecoveryResult): CleanMark | undefined {
  const last = pages.at(-1);
  if (last === undefined || last.sealed) return undefined;
  return { page: last.number, byteCount: endOffset, lastSeq, chain: toHex(chain) };
}

const FORGETFUL: RecoveryTarget = {
  put: () => undefined,
  delete: () => undefined,
  sequence: () => undefined,
  finish: () => undefined,
};

/** @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no such directory, or nothing of a database in it. */
export async function requireDatabase(fileSystem: FileSystem, directory: string): Promise<void> {
  if ((await fileSystem.stat(directory))?.kind !== 'directory') throw noDatabase(directory);
  const names = await fileSystem.list(directory);
  if (!names.some((name) => name.endsWith('.nut'))) throw noDatabase(directory);
}

export function noDatabase(directory: string): DatabaseError {
  return new DatabaseError('DIRECTORY_UNUSABLE', `${directory} holds no database`, { directory });
}
