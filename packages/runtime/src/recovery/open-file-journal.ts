/**
 * Opens a directory, one way through:
 *
 *   lock ─▶ read manifest ─▶ read snapshot and pages into the target ─▶ finish the target ─▶ remove what is left over
 *        ─▶ cut the torn tail, new manifest (epoch + 1) ─▶ FileJournal, complete
 *
 * Nothing on disk is changed before everything has been read; a crash in between is recovered from like any other.
 */
import type { DocumentModel } from '@nuthatch/model';
import { SHARED_TEXTS } from '../codec/shared-texts.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { directoryError } from '../file-system/directory-error.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import { FileJournal } from '../journal/file-journal.js';
import { type FileJournalOptions, resolveFileJournalOptions } from '../journal/file-journal-options.js';
import type { Manifest } from '../journal/manifest.js';
import { ModelTable } from '../journal/model-table.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import type { PageLog } from '../journal/page-log.js';
import { nowMs } from '../time/real-time.js';
import { beginNewLog, goOnWithLog, type LogPlace } from './begin-log.js';
import type { Upcast } from './document-reader.js';
import { marked } from './fill-directory.js';
import { FrameApplier } from './frame-applier.js';
import { JournalReader } from './journal-reader.js';
import { listPages, type PageList, type RecoveryMode } from './page-list.js';
import { Recovery } from './recovery.js';
import type { RecoveryResult } from './recovery-input.js';
import type { LostRange, RecoveryProgress, RecoveryReport, RecoveryTarget } from './recovery-target.js';
import { StoredDocuments } from './stored-documents.js';
import { UnknownCollections } from './unknown-collections.js';

export interface OpenFileJournalInput {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  /** All collections of today's code that are stored on disk. */
  readonly definitions: readonly CollectionDefinition[];
  readonly options?: FileJournalOptions;
  /** How new files are stored, and the keys. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
  /** The treatment of damage; default `refuse`. */
  readonly recovery?: RecoveryMode;
  /** How documents of another model become today's; default: field by field. */
  readonly upcast?: Upcast | undefined;
  /** Makes a definition of a stored model that none of `definitions` is of: for tools, which know no class. */
  readonly define?: (model: DocumentModel, fingerprint: string) => CollectionDefinition;
  /** Takes the documents of collections nobody defines; default: a new one, found in the result. */
  readonly unknown?: UnknownCollections;
  /** Ids of all migrations: noted in a directory that is made now, since it begins with the newest models. */
  readonly migrations?: readonly string[];
  /** Identity of a database that a new directory is to be a copy of; default: one of its own. */
  readonly uuid?: string | undefined;
  /** Asked with the ids that the directory says have run; its error is the opening's, and nothing has been changed. */
  readonly requireMigrated?: (appliedIds: readonly string[]) => void;
  /** Temporary files to be left where they are; default: every one is removed. */
  readonly isKept?: (name: string) => boolean;
  /**
   * A new directory bears the mark of an unfinished one from before its first file on; the function that fills the
   * directory removes it (fill-directory.ts). It must be empty.
   */
  readonly isUnfinished?: boolean;
  /** Called after every frame and at the end; must be quick. */
  readonly onProgress?: ((progress: RecoveryProgress) => void) | undefined;
  /** Longest stretch in milliseconds before the event loop gets a turn; absent: never. */
  readonly sliceMs?: number;
}

export interface OpenedFileJournal {
  /** Accepts transactions. */
  readonly journal: FileJournal;
  /** The file system as it is to be used in the directory while the journal is open. */
  readonly fileSystem: FileSystem;
  readonly report: RecoveryReport;
  /** Documents of collections nobody defines. */
  readonly unknown: UnknownCollections;
}

/**
 * Makes the directory if it is missing, locks it, reads it into the target and mends its tail.
 *
 * On any error the lock is released and what could be read is as it was found.
 *
 * @throws DatabaseError `INVALID_OPTION`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`, `ENCRYPTION_KEY_REQUIRED`,
 *   `ENCRYPTION_KEY_WRONG`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `MIGRATION_REQUIRED`, `MIGRATION_FAILED`, `READER_TOO_OLD`,
 *   `JOURNAL_WRITE_FAILED`.
 */
export async function openFileJournal(input: OpenFileJournalInput, target: RecoveryTarget): Promise<OpenedFileJournal> {
  const options = resolveFileJournalOptions(input.options ?? {});
  const held = await lockDirectory(input.fileSystem, input.directory);
  try {
    return await recoverLocked({ ...input, fileSystem: held }, options, target);
  } catch (error) {
    await held.release();
    throw directoryError(error, input.directory);
  }
}

async function lockDirectory(fileSystem: FileSystem, directory: string): Promise<HeldDirectory> {
  try {
    await makeDurableDirectory(fileSystem, directory);
    return await HeldDirectory.lock(fileSystem, directory);
  } catch (error) {
    throw directoryError(error, directory);
  }
}

async function recoverLocked(
  input: OpenFileJournalInput & { readonly fileSystem: HeldDirectory },
  options: Required<FileJournalOptions>,
  target: RecoveryTarget,
): Promise<OpenedFileJournal> {
  const startMs = nowMs();
  const {
    fileSystem,
    directory,
    codecs = PLAIN_CODECS,
    unknown = new UnknownCollections(),
    recovery = 'refuse',
  } = input;
  await codecs.requireOwnKey();
  const models = new ModelTable();
  const documents = new StoredDocuments(input.definitions, { ...input, unknown });
  const place = { fileSystem, directory, codecs, models };
  const list = await listPages(fileSystem, directory, recovery);
  const read = list.manifest && (await readIntoTarget(input, place, list.manifest, documents, target));
  await target.finish();
  const lost: LostRange[] = [...list.lost, ...(read?.lost ?? [])];
  await removeLeftOver(input, list, lost.length > 0);
  const begin = (): Promise<PageLog> => beginLog(place, list, read, lost.length > 0, input);
  const log = await (input.isUnfinished === true ? marked(fileSystem, directory, begin) : begin());
  const lastSeq = read?.lastSeq ?? 0;
  const reading = new JournalReader(fileSystem, directory, log.identity.uuid, documents, codecs);
  const journal = new FileJournal({ options, log, models, held: fileSystem, lastSeq, reading });
  const report = {
    isClean: list.manifest === undefined || (list.manifest.clean !== undefined && lost.length === 0),
    lastSeq,
    transactionCount: read?.transactionCount ?? 0,
    pageCount: log.manifest.pages.length,
    cutBytes: read?.cutBytes ?? 0,
    durationMs: nowMs() - startMs,
    clockBehindMs: Math.max(0, log.clock.lastMs - Date.now()),
    unknownCollections: unknown.names,
    evolvedModels: documents.evolved,
    indexBuildMs: {},
    searchIndexes: {},
    damagedSnapshots: read?.damagedSnapshots ?? [],
    lost,
  };
  return { journal, fileSystem, report, unknown };
}

/** Reads everything that the manifest names. Changes nothing on disk. */
async function readIntoTarget(
  input: OpenFileJournalInput,
  place: LogPlace,
  manifest: Manifest,
  documents: StoredDocuments,
  target: RecoveryTarget,
): Promise<RecoveryResult> {
  const { models } = place;
  const { recovery: mode = 'refuse', onProgress } = input;
  models.reserve(manifest.lastModelId);
  const applier = new FrameApplier(documents, models, target, input.sliceMs);
  const recovery = new Recovery({ ...place, held: place.fileSystem, manifest, mode, documents, applier, onProgress });
  const result = await recovery.run();
  SHARED_TEXTS.forget();
  documents.unreadable.requireNone();
  // A manifest that salvage has made again does not know what has run.
  if (mode === 'refuse') input.requireMigrated?.(manifest.migrations ?? []);
  documents.unknown.bindModels(models);
  return result;
}

/** Removes the files that no manifest names; salvage that loses something keeps what may yet be of use. */
async function removeLeftOver(input: OpenFileJournalInput, list: PageList, isLosing: boolean): Promise<void> {
  const { fileSystem, directory, isKept = () => false } = input;
  // Without a manifest nothing is kept: what lies there is of a creation that a crash has cut short.
  const names = isLosing ? list.leftOver : [...list.leftOver, ...list.dropped];
  for (const name of names)
    if (list.manifest === undefined || !isKept(name)) await fileSystem.remove(`${directory}/${name}`);
}

function beginLog(
  place: LogPlace,
  { manifest }: PageList,
  result: RecoveryResult | undefined,
  isSalvaged: boolean,
  { migrations, uuid }: OpenFileJournalInput,
): Promise<PageLog> {
  if (manifest === undefined || result === undefined) return beginNewLog(place, migrations, uuid);
  return goOnWithLog(place, { manifest, result, isSalvaged });
}
