/** Opens the journal an option asks for and fills the collections with what it holds. */

import { resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { RELEASES_DEFINITION } from '../definition/release-records.js';
import { STORAGE_DEFINITION, type StorageMark } from '../definition/storage-mark.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import { withShownGetters } from '../document/shown-getters.js';
import { directoryError } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import type { CollectionImage } from '../image/image-tables.js';
import type { FileJournal } from '../journal/file-journal.js';
import type { StoredIndexState } from '../journal/index-state-record.js';
import type { Journal } from '../journal/journal.js';
import { PageCodecs } from '../journal/page-codecs.js';
import type { UndecodedTarget } from '../journal/put-run.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { TransientJournal } from '../journal/transient-journal.js';
import { lazyUpcast, requireDatabaseSteps } from '../migration/lazy-upcast.js';
import type { Migration } from '../migration/migration.js';
import type { Upcast } from '../recovery/document-reader.js';
import { type OpenFileJournalInput, openFileJournal } from '../recovery/open-file-journal.js';
import type { RecoveryReport, RecoveryTarget, SearchOpening } from '../recovery/recovery-target.js';
import { noSynchronousRead } from '../recovery/tables/cold-file.js';
import { UnknownCollections } from '../recovery/unknown-collections.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import type { StoreKey } from '../structures/store-key.js';
import { withRejectionsCaught } from '../structures/told.js';
import { nowMs } from '../time/real-time.js';
import type { ResolvedOptions } from './database-options.js';
import type { DatabaseFiles } from './maintenance.js';
import type { NodeJournal } from './shared-journal.js';

/** Failures named in an error's facts; all are counted. */
const MAX_LISTED = 1_000;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly recovery: RecoveryReport | undefined;
  /** Undefined for a database in memory. */
  readonly files: DatabaseFiles | undefined;
  /** Collections that were switched between memory and disk. */
  readonly marks: ReadonlyMap<string, StorageMark>;
  /** Leads documents of older models to today's; undefined without migrations. */
  readonly upcast?: Upcast | undefined;
  /** `journal` as the node of a shared one; undefined: this process is alone. */
  readonly node?: NodeJournal;
  /** Identity of the shared journal, and of the history that it began with. */
  readonly nodeIdentity?: { readonly uuid: string; readonly incarnation: number };
  /** Documents from other nodes that no class here defines. */
  readonly unknown?: UnknownCollections;
}

/** @param uuid identity of the database that a new directory is a copy of. */
export async function openJournal(
  options: ResolvedOptions,
  definitions: readonly CollectionDefinition[],
  collections: ReadonlyMap<string, Collection>,
  migrations: readonly Migration[] = [],
  uuid?: string,
): Promise<OpenedJournal> {
  if (options.directory === undefined) {
    for (const { search } of collections.values()) await search?.begin();
    return { journal: new TransientJournal(), recovery: undefined, files: undefined, marks: new Map() };
  }
  const { directory, recovery: mode, onProgress } = options;
  const { pageBytes, pageTransactions, pageAgeMs, maxFrameBytes, maxPendingBytes, flushIntervalMs } = options;
  const place = { directory: resolve(directory), fileSystem: options.fileSystem ?? new NodeFileSystem() };
  const unknown = new UnknownCollections();
  const upcast = lazyUpcast(migrations, definitions);
  const target = new CollectionTarget(collections, unknown, mode !== 'salvage');
  const input: OpenFileJournalInput = {
    ...place,
    unknown,
    definitions: [...definitions, STORAGE_DEFINITION, SYNC_DEFINITION, RELEASES_DEFINITION],
    upcast,
    migrations: migrations.map(({ id }) => id),
    uuid,
    requireMigrated: (appliedIds) => requireDatabaseSteps(migrations, appliedIds),
    options: { pageBytes, pageTransactions, pageAgeMs, maxFrameBytes, maxPendingBytes, flushIntervalMs },
    codecs: new PageCodecs(options),
    recovery: mode,
    sliceMs: SLICE_MS.reading,
    onProgress: onProgress && withRejectionsCaught(onProgress),
  };
  const { journal, fileSystem, report: found } = await openFileJournal(input, target);
  await requireSynchronousReads(journal, fileSystem, collections);
  const unknownCollections = [...new Set([...found.unknownCollections, ...target.leftOut])];
  const report = {
    ...found,
    unknownCollections,
    indexBuildMs: target.indexBuildMs,
    searchIndexes: searchOpenings(collections),
  };
  const files = { ...place, fileSystem, journal, unknown };
  return { journal, recovery: report, files, marks: target.marks, upcast };
}

/** The first image of a cold collection could not be read otherwise. @throws DatabaseError `INVALID_OPTION`. */
async function requireSynchronousReads(
  journal: FileJournal,
  fileSystem: FileSystem,
  collections: ReadonlyMap<string, Collection>,
): Promise<void> {
  const cold = [...collections.values()].find(({ isCold }) => isCold);
  if (cold === undefined) return;
  try {
    const page = await fileSystem.open(journal.file, 'read');
    await page.close();
    if (page.readSync === undefined) throw noSynchronousRead(cold.name);
  } catch (error) {
    // The lock goes back: the caller gets no database to close.
    await Promise.allSettled([journal.close()]);
    throw directoryError(error, journal.file);
  }
}

/** A state is read after the opening: only then it shows whether it can be. */
function searchOpenings(collections: ReadonlyMap<string, Collection>): Readonly<Record<string, SearchOpening>> {
  const openings: Record<string, SearchOpening> = {};
  for (const { name, search } of collections.values())
    if (search !== undefined) Object.defineProperty(openings, name, { enumerable: true, get: () => search.opening });
  return withShownGetters(openings);
}

class CollectionTarget implements RecoveryTarget {
  /** Milliseconds by collection, once finished. */
  readonly indexBuildMs: Record<string, number> = {};
  readonly #collections: ReadonlyMap<string, Collection>;
  readonly #unknown: UnknownCollections;
  readonly marks = new Map<string, StorageMark>();
  /** Collections with documents on disk whose class now says that they are in memory only. */
  readonly leftOut: string[] = [];

  readonly #isStrict: boolean;

  /** @param isStrict a unique index that was added over documents of one value is refused. */
  constructor(collections: ReadonlyMap<string, Collection>, unknown: UnknownCollections, isStrict: boolean) {
    this.#collections = collections;
    this.#unknown = unknown;
    this.#isStrict = isStrict;
  }

  put(stored: StoredDocument, isNew: boolean): void {
    const { definition } = stored;
    if (definition === STORAGE_DEFINITION) this.#applyMark(stored.document as StorageMark);
    else this.#of(definition).recovery.put(stored, isNew);
  }

  undecodedTargetOf(definition: CollectionDefinition): UndecodedTarget | undefined {
    return definition === STORAGE_DEFINITION ? undefined : this.#of(definition).recovery.undecodedTarget;
  }

  adoptImage(definition: CollectionDefinition, image: CollectionImage): Promise<boolean> {
    return definition === STORAGE_DEFINITION ? Promise.resolve(false) : this.#of(definition).recovery.adopt(image);
  }

  keepsInFile(definition: CollectionDefinition): boolean {
    return definition !== STORAGE_DEFINITION && this.#of(definition).isCold;
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    if (definition === STORAGE_DEFINITION) this.marks.delete(key as string);
    else this.#of(definition).recovery.delete(key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    this.#of(definition).recoverSequence(value);
  }

  indexState({ collection, index, version, part, isLast, bytes }: StoredIndexState): void {
    const search = this.#collections.get(collection)?.search;
    if (search?.name === index) search.recover(version, part, bytes, isLast);
  }

  forgetIndexStates(): void {
    for (const { search } of this.#collections.values()) search?.forget();
  }

  async finish(): Promise<void> {
    for (const [name, collection] of this.#collections) {
      const startMs = nowMs();
      await collection.recovery.settle();
      this.#settleStorage(collection);
      await collection.recovery.finish();
      if (!collection.isHidden) this.indexBuildMs[name] = nowMs() - startMs;
      // Salvage may have lost the delete of one of two.
      if (this.#isStrict) requireUnique(collection);
    }
    for (const { collection, storage } of this.marks.values())
      if (storage === 'copying') this.#unknown.forget(collection);
  }

  /** Documents before a mark no longer count, unless the mark says that the copy before it is complete. */
  #applyMark(mark: StorageMark): void {
    this.marks.set(mark.collection, mark);
    if (mark.storage === 'disk') return;
    this.#collections.get(mark.collection)?.recovery.discard();
    this.#unknown.forget(mark.collection);
  }

  /** A switch holds as long as the class says what it said then; a copy that a crash has interrupted does not count. */
  #settleStorage(collection: Collection): void {
    const mark = this.marks.get(collection.name);
    const { definition } = collection;
    const isSwitched = mark?.declared === definition.model.storage;
    const storage = isSwitched ? mark.storage : definition.model.storage;
    const isStale = mark?.storage === 'copying' || (isSwitched && storage === 'memory');
    const isOnDisk = storage === 'disk' || storage === 'cold';
    collection.setMemoryOnly(!isOnDisk);
    if (isOnDisk && mark?.storage !== 'copying') return;
    // The class was edited: its documents are taken along on disk like those of a class that is gone.
    if (!isStale && collection.size > 0) {
      this.leftOut.push(collection.name);
      const { store } = collection;
      for (const slot of store.slots())
        this.#unknown.put({
          definition,
          key: store.keyOf(slot),
          document: store.documentOf(slot),
          revision: store.revisionOf(slot),
          expiresAt: store.expiresAtOf(slot),
        });
      this.#unknown.sequence(definition, collection.lastInSequence);
    }
    collection.recovery.discard();
  }

  #of(definition: CollectionDefinition): Collection {
    return this.#collections.get(definition.model.collection)!;
  }
}

/** A unique index that is new: nothing on disk was changed yet. @throws DatabaseError `MIGRATION_REQUIRED`. */
function requireUnique({ indexes, name, store }: Collection): void {
  const conflicts = indexes.conflicts();
  const [first] = conflicts;
  if (first === undefined) return;
  const keyOf = (slot: number): StoreKey => store.keyOf(slot);
  const failures = conflicts.slice(0, MAX_LISTED).map(({ index, holder, contender }) => {
    const problem = `the unique index ${index} holds ${String(keyOf(holder))} for the same value`;
    return { collection: name, key: keyOf(contender), problem };
  });
  const others = conflicts.length === 1 ? '' : `, and ${conflicts.length - 1} more`;
  const what = `documents ${String(keyOf(first.holder))} and ${String(keyOf(first.contender))} of ${name} have the same value of the unique index ${first.index}${others}`;
  const facts = { collection: name, failures, failureCount: conflicts.length };
  throw new DatabaseError('MIGRATION_REQUIRED', what, facts);
}
