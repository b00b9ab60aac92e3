/**
 * Opens a directory: lock, manifest, recovery, and only then the journal that goes on where the last one ended.
 *
 *   lock ─▶ read manifest ─▶ read pages into the target ─▶ cut the torn tail ─▶ new manifest (epoch + 1) ─▶ ready
 *
 * Nothing on disk is changed before everything has been read; a crash in between is recovered from like any other.
 */
import { randomBytes } from 'node:crypto';
import type { DocumentModel } from '@nuthatch/model';
import { SHARED_TEXTS } from '../codec/shared-texts.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { directoryError } from '../file-system/directory-error.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import type { DirectoryLock, FileSystem } from '../file-system/file-system.js';
import { firstChain, toHex } from '../journal/chain.js';
import { type CreatedPage, createPage } from '../journal/create-page.js';
import { FileJournal, type FileJournalOptions } from '../journal/file-journal.js';
import { pageName, UUID_BYTES } from '../journal/journal-format.js';
import { type Manifest, type PageEntry, writeManifest } from '../journal/manifest.js';
import { ModelTable } from '../journal/model-table.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import { type LogEnd, PageLog } from '../journal/page-log.js';
import { END_OF_PAGE } from './damage-ledger.js';
import type { Upcast } from './document-reader.js';
import { FrameApplier } from './frame-applier.js';
import { JournalReader } from './journal-reader.js';
import { listPages, type RecoveryMode } from './page-list.js';
import { Recovery } from './recovery.js';
import type { RecoveryResult } from './recovery-input.js';
import type { LostRange, RecoveryProgress, RecoveryReport, RecoveryTarget } from './recovery-target.js';
import { StoredDocuments } from './stored-documents.js';
import type { UnknownCollections } from './unknown-collections.js';

export interface OpenFileJournalInput {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  /** All collections of today's code that are stored on disk. */
  readonly definitions: readonly CollectionDefinition[];
  readonly options?: FileJournalOptions;
  /** How new files are stored, and the keys. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
  /** What to do about damage; default `refuse`. */
  readonly recovery?: RecoveryMode;
  /** How documents of another model become today's; default: field by field. */
  readonly upcast?: Upcast | undefined;
  /** Makes a definition of a stored model that none of `definitions` is of: for tools, which know no class. */
  readonly define?: (model: DocumentModel, fingerprint: string) => CollectionDefinition;
  /** Ids of all migrations: noted in a directory that is made now, since it begins with the newest models. */
  readonly migrations?: readonly string[];
  /** Asked with the ids that the directory says have run; its error is the opening's, and nothing has been changed. */
  readonly requireMigrated?: (appliedIds: readonly string[]) => void;
  /** Temporary files to be left where they are; default: every one is removed. */
  readonly isKept?: (name: string) => boolean;
}

export interface RecoverOptions {
  /** Called after every frame and at the end; must be quick. */
  readonly onProgress?: (progress: RecoveryProgress) => void;
  /** Longest stretch in milliseconds before the event loop gets a turn; absent: never. */
  readonly yieldEveryMs?: number;
}

export interface OpenedFileJournal {
  /** Accepts transactions once `recover` has resolved. */
  readonly journal: FileJournal;
  /**
   * Reads the pages into the target, mends the tail and opens the journal for appending. Once.
   *
   * On any error the lock is released and the directory is as it was found.
   *
   * @throws DatabaseError `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `MIGRATION_REQUIRED`, `MIGRATION_FAILED`,
   *   `READER_TOO_OLD`, `DIRECTORY_UNUSABLE`, `JOURNAL_WRITE_FAILED`.
   */
  recover(target: RecoveryTarget, options?: RecoverOptions): Promise<RecoveryReport>;
  /** Documents of collections nobody defines; empty before `recover` has resolved. */
  readonly unknown: UnknownCollections;
  /** Gives the lock back without recovering. */
  abandon(): Promise<void>;
}

/**
 * Makes the directory if it is missing, and locks it. Reads and changes nothing else.
 *
 * @throws DatabaseError `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`, `INVALID_OPTION`.
 */
export async function openFileJournal(input: OpenFileJournalInput): Promise<OpenedFileJournal> {
  const models = new ModelTable();
  const journal = new FileJournal(input.options ?? {}, models);
  const documents = new StoredDocuments(input.definitions, {
    upcast: input.upcast,
    ...(input.define && { define: input.define }),
  });
  const lock = await lockDirectory(input.fileSystem, input.directory);
  return {
    journal,
    unknown: documents.unknown,
    recover: async (target, options = {}) => {
      try {
        return await recoverJournal({ ...input, ...options, journal, models, documents, lock }, target);
      } catch (error) {
        await lock.release();
        throw directoryError(error, input.directory);
      }
    },
    abandon: () => lock.release(),
  };
}

async function lockDirectory(fileSystem: FileSystem, directory: string): Promise<DirectoryLock> {
  try {
    await makeDurableDirectory(fileSystem, directory);
    return await fileSystem.lock(directory);
  } catch (error) {
    throw directoryError(error, directory);
  }
}

type RecoverInput = OpenFileJournalInput &
  RecoverOptions & {
    readonly journal: FileJournal;
    readonly models: ModelTable;
    readonly documents: StoredDocuments;
    readonly lock: DirectoryLock;
  };

async function recoverJournal(input: RecoverInput, target: RecoveryTarget): Promise<RecoveryReport> {
  const startMs = performance.now();
  const { fileSystem, directory, documents, models } = input;
  const mode = input.recovery ?? 'refuse';
  const codecs = input.codecs ?? PLAIN_CODECS;
  await codecs.requireOwnKey();
  const list = await listPages(fileSystem, directory, mode);

  let end: { readonly log: PageLog; readonly result?: RecoveryResult };
  if (list.manifest) {
    const { manifest } = list;
    models.reserve(manifest.lastModelId);
    const applier = new FrameApplier(documents, models, target, input.yieldEveryMs);
    const { onProgress } = input;
    const place = { fileSystem, directory, manifest, mode };
    const recovery = new Recovery({ ...place, codecs, models, documents, applier, onProgress });
    const result = await recovery.run();
    SHARED_TEXTS.forget();
    documents.unreadable.requireNone();
    // A manifest that salvage has made anew does not know what has run.
    if (mode === 'refuse') input.requireMigrated?.(manifest.migrations ?? []);
    documents.unknown.bindModels(models);
    await target.finish();
    const isLosing = list.lost.length > 0 || result.lost.length > 0;
    const { isKept = () => false } = input;
    for (const name of isLosing ? list.leftOver : [...list.leftOver, ...list.dropped])
      if (!isKept(name)) await fileSystem.remove(`${directory}/${name}`);
    end = { log: await continueLog(input, codecs, manifest, result, list.lost.length > 0), result };
  } else {
    for (const name of list.leftOver) await fileSystem.remove(`${directory}/${name}`);
    end = { log: await createLog(fileSystem, directory, codecs, models, input.migrations) };
    await target.finish();
  }
  const { result } = end;
  const lastSeq = result?.lastSeq ?? 0;
  const lost: LostRange[] = [...list.lost, ...(result?.lost ?? [])];
  const reading = new JournalReader(fileSystem, directory, end.log.identity.uuid, documents, codecs);
  input.journal.begin(end.log, input.lock, lastSeq, reading);
  return {
    isClean: list.manifest === undefined || (list.manifest.clean !== undefined && lost.length === 0),
    lastSeq,
    transactionCount: result?.transactionCount ?? 0,
    pageCount: end.log.pageCount,
    cutBytes: result?.cutBytes ?? 0,
    durationMs: performance.now() - startMs,
    unknownCollections: documents.unknown.names,
    evolvedModels: documents.evolved,
    indexBuildMs: {},
    damagedSnapshots: result?.damagedSnapshots ?? [],
    lost,
  };
}

/** A new database: page 1, then the manifest that names it. */
async function createLog(
  fileSystem: FileSystem,
  directory: string,
  codecs: PageCodecs,
  models: ModelTable,
  migrations: readonly string[] = [],
): Promise<PageLog> {
  const uuid = randomBytes(UUID_BYTES);
  const identity = { uuid: toHex(uuid), incarnation: 1, epoch: 1 };
  const chain = firstChain(uuid);
  const page = await createPage(fileSystem, directory, identity, codecs, {
    pageNumber: 1,
    firstSeq: 1,
    frameId: 0,
    chain,
    models: [],
  });
  const manifest: Manifest = {
    ...identity,
    pages: [page.entry],
    snapshot: null,
    previousSnapshot: null,
    salvaged: [],
    lastModelId: 0,
    ...(migrations.length > 0 && { migrations }),
  };
  return finishLog(fileSystem, directory, page, codecs, models, {
    manifest,
    byteCount: page.byteCount,
    chain,
    frameId: 0,
    lastSeq: 0,
    diskBytes: page.byteCount,
  });
}

/** Goes on in the last page, or in a new one when salvage gave something up or codec or key have changed. */
async function continueLog(
  input: RecoverInput,
  codecs: PageCodecs,
  found: Manifest,
  result: RecoveryResult,
  isRebuilt: boolean,
): Promise<PageLog> {
  const { fileSystem, directory, models } = input;
  const { clean, ...kept } = found;
  const isSalvaged = isRebuilt || result.lost.length > 0;
  const { chain, frameId, lastSeq } = result;
  const last = found.pages.at(-1);
  const { snapshot, damagedSnapshots } = result;
  // A snapshot that could not be read is given up: its number and its models are never looked at again.
  const previousSnapshot = damagedSnapshots.length > 0 ? null : found.previousSnapshot;
  const base: Manifest = { ...kept, epoch: found.epoch + 1, snapshot, previousSnapshot, salvaged: result.holes };

  const { codec } = result;
  if (isSalvaged || last === undefined || last.sealed || codec === undefined || !codecs.isCurrent(codec)) {
    const file = `${directory}/${pageName(last?.number ?? 0)}`;
    if (last && !last.sealed) await syncPage(fileSystem, file, isSalvaged ? undefined : result.endOffset);
    const incarnation = found.incarnation + (isSalvaged ? 1 : 0);
    // The torn tail of a page that is not gone on with stays where it is, as a hole: salvage removes nothing.
    const tail = { page: last?.number ?? 0, offset: result.endOffset, endOffset: END_OF_PAGE };
    const salvaged = isSalvaged && result.tailBytes > 0 ? [...result.holes, tail] : result.holes;
    const pages =
      isSalvaged || last?.sealed
        ? result.pages
        : result.pages.map((page) => cutTo(page, last?.number, result.endOffset));
    const manifest = { ...base, incarnation, salvaged, pages };
    const pageNumber = (last?.number ?? 0) + 1;
    const firstSeq = lastSeq + 1;
    const page = await createPage(fileSystem, directory, manifest, codecs, {
      pageNumber,
      firstSeq,
      frameId,
      chain,
      models: [],
    });
    return finishLog(fileSystem, directory, page, codecs, models, {
      manifest: { ...manifest, pages: [...pages, page.entry] },
      byteCount: page.byteCount,
      chain,
      frameId,
      lastSeq,
      diskBytes: result.diskBytes - (isSalvaged ? 0 : result.tailBytes) + page.byteCount,
      replayBytes: result.replayBytes,
      replayFromMs: result.replayFromMs,
      tally: result.tally,
    });
  }

  const handle = await fileSystem.open(`${directory}/${pageName(last.number)}`, 'read-write');
  try {
    if (result.tailBytes > 0) await handle.truncate(result.endOffset);
    // What a dead process had written may still be in memory only: from here on it counts as being on the disk.
    if (!clean) await handle.sync();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return finishLog(fileSystem, directory, { handle, codec }, codecs, models, {
    manifest: base,
    byteCount: result.endOffset,
    chain,
    frameId,
    lastSeq,
    diskBytes: result.diskBytes - result.tailBytes,
    replayBytes: result.replayBytes,
    replayFromMs: result.replayFromMs,
    tally: result.tally,
  });
}

/** The entry of the last page, `number`, once its torn tail is cut off. */
function cutTo(page: PageEntry, number: number | undefined, byteCount: number): PageEntry {
  return page.number === number && page.sealed ? { ...page, sealed: { ...page.sealed, byteCount } } : page;
}

/**
 * From here on the manifest vouches for the page: it must be on the disk. It may be missing.
 *
 * @param endOffset where it is cut off before; undefined: it is left as it is.
 */
async function syncPage(fileSystem: FileSystem, file: string, endOffset: number | undefined): Promise<void> {
  if (!(await fileSystem.stat(file))) return;
  const handle = await fileSystem.open(file, 'read-write');
  try {
    if (endOffset !== undefined && (await handle.size()) > endOffset) await handle.truncate(endOffset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function finishLog(
  fileSystem: FileSystem,
  directory: string,
  page: Pick<CreatedPage, 'handle' | 'codec'>,
  codecs: PageCodecs,
  models: ModelTable,
  end: LogEnd,
): Promise<PageLog> {
  try {
    await writeManifest(fileSystem, directory, { ...end.manifest, lastModelId: models.lastId });
  } catch (error) {
    await page.handle.close();
    throw error;
  }
  return new PageLog(fileSystem, directory, page, models, end, codecs);
}
