/**
 * Compaction and backup of an open database, one at a time: both work on the same files.
 */
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DatabaseError } from '@nuthatch/model';
import type { BlobCollector } from '../blobs/blob-collector.js';
import type { BlobRenewal } from '../blobs/blob-renewal.js';
import { listBlobs } from '../blobs/list-blobs.js';
import { type BackupReport, backup, syncedManifest } from '../checkpoint/backup.js';
import { backupStream } from '../checkpoint/backup-stream.js';
import { type CompactionInput, type CompactionReport, compact } from '../checkpoint/compaction.js';
import { type CompactionRule, deltaRuleOf } from '../checkpoint/compaction-rule.js';
import { compactChanges } from '../checkpoint/delta/compact-changes.js';
import { GivenUp } from '../checkpoint/given-up.js';
import type { ImageRule } from '../checkpoint/image-rule.js';
import type { SnapshotSource, SnapshotView } from '../checkpoint/snapshot-source.js';
import type { Collection } from '../collection/collection.js';
import type { CollectionView } from '../collection/collection-view.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { STORAGE_DEFINITION } from '../definition/storage-mark.js';
import { unknownOption } from '../definition/unknown-option.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { FileSystem } from '../file-system/file-system.js';
import { oldestSeqOf } from '../journal/deltas.js';
import type { PutEffect } from '../journal/effect.js';
import type { FileJournal } from '../journal/file-journal.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { UnknownCollections } from '../recovery/unknown-collections.js';
import { AutomaticCompaction, type CompactionForm } from './automatic-compaction.js';
import { CollectionMoves } from './collection-moves.js';
import type { DatabaseEvents } from './database-events.js';
import type { CompactionStats } from './database-stats.js';
import { traced } from './diagnostics.js';
import type { NodeJournal } from './shared-journal.js';
import type { StorageSwitches } from './storage-switches.js';

/** Where the files of a database are; none for a database in memory. */
export interface DatabaseFiles {
  readonly journal: FileJournal;
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Documents on disk that no class defines: every snapshot takes them along. */
  readonly unknown: UnknownCollections;
}

/** What compaction does for blobs: which go, and which are written anew. */
export interface BlobCare {
  readonly collector: BlobCollector;
  readonly renewal: BlobRenewal;
}

export interface CompactOptions {
  /**
   * Write a whole snapshot even where so little changed that the changes alone would do: what was deleted leaves the disk with the
   * second one after the deletion. Default false.
   */
  readonly whole?: boolean;
}

export class Maintenance {
  readonly #files: DatabaseFiles | undefined;
  readonly #collections: readonly Collection[];
  readonly #database: DatabaseSource;
  readonly #source: SnapshotSource;
  readonly #compactions: { -readonly [M in keyof CompactionStats]: CompactionStats[M] } = {
    isRunning: false,
    doneCount: 0,
    failedCount: 0,
    lastDoneMs: undefined,
    lastDurationMs: undefined,
  };
  readonly #blobs: BlobCare;
  #deltaRule = deltaRuleOf();
  /** Of a node: memory may be ahead of its own journal. */
  readonly #atSettled: CompactionInput['atSettled'];
  #last: Promise<unknown> = Promise.resolve();
  #automatic: AutomaticCompaction | undefined;
  /** Ends backups to streams: how long one takes is for its reader to say, who may have gone. */
  readonly #closing = new AbortController();

  constructor(
    files: DatabaseFiles | undefined,
    collections: readonly Collection[],
    switches: StorageSwitches,
    database: DatabaseSource,
    blobs: BlobCare,
    node?: NodeJournal,
  ) {
    this.#atSettled = node === undefined ? undefined : (work) => node.atSettled(work);
    this.#files = files;
    this.#collections = collections;
    this.#database = database;
    this.#blobs = blobs;
    const source = (): SnapshotView => {
      // A hidden collection that holds nothing is left out, as if there were none.
      const onDisk = collections.filter(
        ({ isMemoryOnly, isHidden, size }) => !isMemoryOnly && !(isHidden && size === 0),
      );
      return openView(onDisk, files?.unknown, switches.effects());
    };
    this.#source = { openView: source };
  }

  /** Compactions since the opening. O(1). */
  stats(): CompactionStats {
    return { ...this.#compactions };
  }

  async compact(options: CompactOptions = {}): Promise<CompactionReport> {
    checkCompactOptions(options);
    const report = await this.#traceCompaction('manual', options.whole === true ? 'whole' : 'either');
    return report!;
  }

  /** @returns undefined when a look found nothing worth its while. */
  #traceCompaction(
    cause: 'automatic' | 'manual',
    form: CompactionForm,
    isGivenUp?: () => boolean,
  ): Promise<CompactionReport | undefined> {
    return this.#inTurn((files) =>
      traced(
        'nuthatch:compaction',
        () => ({ database: this.#database, cause }),
        () => this.#compact(files, form, isGivenUp),
        (report) => report,
      ),
    );
  }

  /** What changed since the newest snapshot, alone; undefined: a whole snapshot is to be written, or nothing. */
  async #compactChanges(
    files: DatabaseFiles,
    form: CompactionForm,
    isGivenUp: (() => boolean) | undefined,
  ): Promise<CompactionReport | undefined> {
    // Memory of a node may be ahead of its own journal, and an image of it is what other nodes begin with.
    if (form === 'whole' || this.#atSettled !== undefined) return undefined;
    const definitions = this.#collections
      .filter(({ isMemoryOnly }) => !isMemoryOnly)
      .map(({ definition }) => definition);
    return compactChanges({
      ...files,
      isGivenUp,
      rule: this.#deltaRule,
      definitions: [...definitions, ...files.unknown.definitions()],
      mustSave: form !== 'either',
    });
  }

  async #compact(
    files: DatabaseFiles,
    form: CompactionForm,
    isGivenUp: (() => boolean) | undefined,
  ): Promise<CompactionReport | undefined> {
    const compactions = this.#compactions;
    compactions.isRunning = true;
    try {
      this.#blobs.collector.mark(files.journal.lastSeq);
      const changes = await this.#compactChanges(files, form, isGivenUp);
      if (changes === undefined && form === 'look') return undefined;
      // A state that is still being loaded could not be saved, and the next opening would read every word again. Without one
      // the snapshot is whole all the same.
      if (changes === undefined)
        for (const { search } of this.#collections) await search?.complete().catch(() => undefined);
      const whole = { ...files, source: this.#source, atSettled: this.#atSettled, isGivenUp };
      const compacted = changes ?? (await compact(whole));
      const oldestSeq = oldestSeqOf(files.journal.checkpointPort.log.manifest.current);
      const removedBlobCount = await this.#blobs.collector.sweep(oldestSeq);
      const renewedBlobCount = await this.#blobs.renewal.renew();
      const report = { ...compacted, removedBlobCount, renewedBlobCount };
      compactions.doneCount++;
      compactions.lastDurationMs = report.durationMs;
      compactions.lastDoneMs = Date.now();
      return report;
    } catch (error) {
      if (!(error instanceof GivenUp)) compactions.failedCount++;
      throw error;
    } finally {
      compactions.isRunning = false;
    }
  }

  backup(destination: string): Promise<BackupReport> {
    if (typeof destination !== 'string' || destination === '')
      return Promise.reject(refused('destination', 'a backup needs the path of a directory'));
    return this.#inTurn(({ journal, fileSystem, directory }) =>
      this.#traceBackup('directory', () =>
        backup({ journal, fileSystem, directory, destination: resolve(destination) }),
      ),
    );
  }

  backupTo(stream: NodeJS.WritableStream): Promise<BackupReport> {
    if (typeof (stream as Partial<NodeJS.WritableStream> | null | undefined)?.write !== 'function')
      return Promise.reject(refused('stream', 'a backup to a stream needs a writable stream'));
    return this.#inTurn((files) => this.#traceBackup('stream', () => this.#backupTo(stream, files)));
  }

  #traceBackup(destination: 'directory' | 'stream', work: () => Promise<BackupReport>): Promise<BackupReport> {
    return traced(
      'nuthatch:backup',
      () => ({ database: this.#database, destination }),
      work,
      (report) => report,
    );
  }

  async #backupTo(
    stream: NodeJS.WritableStream,
    { journal, fileSystem, directory }: DatabaseFiles,
  ): Promise<BackupReport> {
    if (this.#closing.signal.aborted) throw closedUnderBackup(undefined);
    // Node says nothing of a stream that has ended before: the backup would wait for ever.
    if (stream.writable === false)
      throw refused('stream', 'a backup needs a stream that has not ended and was not destroyed');
    const manifest = await syncedManifest(journal);
    let copiedBytes = 0;
    // Those of a node are in the engine; what is here is on its way there.
    const hasBlobs = this.#atSettled === undefined;
    const blobCount = hasBlobs ? (await listBlobs(fileSystem, directory)).blobs.length : 0;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of backupStream(fileSystem, directory, manifest, hasBlobs)) {
        copiedBytes += chunk.length;
        yield chunk;
      }
    }
    const { signal } = this.#closing;
    const written = pipeline(Readable.from(counted(), { objectMode: false }), stream, { signal });
    await orAborted(written, signal).catch((error: unknown) => {
      throw this.#streamError(error);
    });
    return { lastSeq: manifest.clean?.lastSeq ?? 0, copiedBytes, keptFiles: [], blobCount };
  }

  /** The stream's own error, unless it was ended by closing, or is not a stream that Node can write to. */
  #streamError(error: unknown): unknown {
    if (this.#closing.signal.aborted) return closedUnderBackup(error);
    const { code } = error as { readonly code?: unknown };
    return code === 'ERR_INVALID_ARG_TYPE'
      ? refused('stream', 'a backup to a stream needs a writable stream', error)
      : error;
  }

  /** Compacts from now on whenever the rule says so, beginning with what opening found. */
  startCompacting(rule: CompactionRule, imageRule: ImageRule, events: DatabaseEvents): void {
    if (this.#files === undefined) return;
    this.#deltaRule = deltaRuleOf(rule);
    this.#automatic = new AutomaticCompaction({
      journal: this.#files.journal,
      rule,
      imageRule,
      coldBytes: () => this.#coldBytes(),
      compact: (form, isGivenUp) => this.#traceCompaction('automatic', form, isGivenUp),
      onImageLeft: (left) => events.emit('imageLeft', left),
      onCompacted: (report) => events.emit('compacted', report),
      onFailed: (error) => events.emit('compactionFailed', error),
    });
    this.#automatic.start();
  }

  #coldBytes(): number {
    let byteCount = 0;
    for (const { isCold, store } of this.#collections) if (isCold) byteCount += store.undecodedBytes;
    return byteCount;
  }

  /**
   * Cuts off a backup to a stream, waits for everything else that is running, and compacts once more if the rule asks
   * for it. Nothing may be written any more but what is on its way to the disk.
   */
  async finish(isFailed: boolean): Promise<void> {
    this.#closing.abort();
    if (isFailed) this.#automatic?.stop();
    else if (this.#automatic !== undefined) {
      await this.#settle();
      await this.#automatic.finish();
    }
    await this.#last;
  }

  /** Closing is to be quick now. @returns whether that makes a difference. */
  giveUp(): boolean {
    return this.#automatic?.giveUp() === true;
  }

  /** All that is to be looked at has to be written first. */
  async #settle(): Promise<void> {
    try {
      await this.#files?.journal.flush();
    } catch (error) {
      // Closing the journal comes to the same error and reports it.
      if (!DatabaseError.is(error)) throw error;
    }
  }

  #inTurn<T>(work: (files: DatabaseFiles) => Promise<T>): Promise<T> {
    const files = this.#files;
    if (files === undefined)
      return Promise.reject(
        new DatabaseError('INVALID_OPTION', 'a database in memory has no files to compact or back up', {
          option: 'memory',
        }),
      );
    const done = this.#last.then(() => work(files));
    // The caller gets the error; the next in turn only has to know that this one is over.
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** @throws DatabaseError `INVALID_OPTION`. */
function checkCompactOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw refused('options', 'the options of compact are an object');
  for (const name of Object.keys(options)) if (name !== 'whole') throw unknownOption(name, 'compact', ['whole']);
  const { whole } = options as CompactOptions;
  if (whole !== undefined && typeof whole !== 'boolean') throw refused('whole', '`whole` must be true or false');
}

function refused(option: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option }, cause === undefined ? {} : { cause });
}

function closedUnderBackup(cause: unknown): DatabaseError {
  return new DatabaseError(
    'DATABASE_CLOSED',
    'the database was closed before a backup to a stream was done',
    {},
    { cause },
  );
}

/**
 * Holds collections still for a snapshot. In one turn, outside of a transaction. O(collections).
 *
 * @param isForFile cold documents move to the file that is written of it; one at a time is. Else they are written as others are.
 */
export function openView(
  collections: readonly Collection[],
  unknown: UnknownCollections | undefined,
  marks: ReturnType<StorageSwitches['effects']>,
  isForFile = true,
): SnapshotView {
  const views: readonly (readonly [Collection, CollectionView])[] = collections.map((collection) => [
    collection,
    collection.openView(),
  ]);
  const states = collections.flatMap(({ name, search }) => {
    const state = search?.saveState();
    return search === undefined || state === undefined ? [] : [{ collection: name, index: search.name, ...state }];
  });
  const sources = new Map(
    collections.map((collection) => [
      collection.definition,
      {
        indexes: collection.definition.model.indexes.map((model, position) => ({
          model,
          valueOf: valueReader(collection, position),
        })),
        isInKeyOrder: collection.store.isInKeyOrder,
        isCold: isForFile && collection.isCold,
      },
    ]),
  );
  const moves = new CollectionMoves(isForFile ? collections : []);
  const sequences = collections
    .filter(({ lastInSequence }) => lastInSequence > 0)
    .map(({ definition, lastInSequence }) => ({ definition, value: lastInSequence }));
  return {
    definitions: [
      ...(marks.length > 0 ? [STORAGE_DEFINITION] : []),
      ...collections.map(({ definition }) => definition),
      ...(unknown?.definitions() ?? []),
    ],
    tablesOf: (definition) => sources.get(definition),
    sequences: () => [...sequences, ...(unknown?.sequences() ?? [])],
    documents: () => documentsOf(views, unknown, marks, moves),
    moves,
    indexStates: () => states,
    release: () => {
      for (const [, view] of views) view.release();
    },
  };
}

/** The index of a class at a position in its model takes this of a document. */
function valueReader({ indexes }: Collection, position: number): (document: object) => unknown {
  const { structure } = indexes.all[position]!;
  return (document) => structure.valueOf(document);
}

/** The fields that tables are made of, as far as these are stored; tables of others are not made. */
function tabledFields({ model }: CollectionDefinition): readonly string[] {
  const stored = new Set(model.fields.map(({ name }) => name));
  const indexes = model.indexes.filter(({ fields }) => fields.every((name) => stored.has(name)));
  return [...new Set(indexes.flatMap(({ fields }) => fields))];
}

function* documentsOf(
  views: readonly (readonly [Collection, CollectionView])[],
  unknown: UnknownCollections | undefined,
  marks: ReturnType<StorageSwitches['effects']>,
  moves: CollectionMoves,
): Iterable<StoredDocument> {
  // First: a mark says which of the documents before it no longer count.
  for (const { key, document } of marks) yield { definition: STORAGE_DEFINITION, key, document, revision: 1 };
  for (const [collection, view] of views) {
    const { definition } = collection;
    const moving = moves.of(collection);
    yield* view.encodedDocuments<PutEffect>(
      tabledFields(definition),
      (slot, key, document, encoded, revision, expiresAt) => {
        moving?.noteRow(slot);
        return { kind: 'put', definition, key, document, encoded, revision, expiresAt };
      },
    );
  }
  if (unknown !== undefined) yield* unknown.documents();
}

/** Settles as `work` does, or rejects when the signal is aborted: a stream that is none of Node's may never say its end. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
