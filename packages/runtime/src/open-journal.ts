/** Opens the journal an option asks for and fills the collections with what it holds. */
import { resolve } from 'node:path';
import type { Collection } from './collection/collection.js';
import type { StoreKey } from './commit/effect.js';
import type { ResolvedOptions } from './database-options.js';
import type { CollectionDefinition } from './definition/collection-definition.js';
import { NodeFileSystem } from './file-system/node-file-system.js';
import type { Journal } from './journal/journal.js';
import { TransientJournal } from './journal/transient-journal.js';
import type { DatabaseFiles } from './maintenance.js';
import { openFileJournal } from './recovery/open-file-journal.js';
import type { RecoveryReport, RecoveryTarget } from './recovery/recovery-target.js';

/** Opening lets other work run this often. */
const TURN_MS = 20;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly recovery: RecoveryReport | undefined;
  /** Undefined for a database in memory. */
  readonly files: DatabaseFiles | undefined;
}

export async function openJournal(
  options: ResolvedOptions,
  definitions: readonly CollectionDefinition[],
  collections: ReadonlyMap<string, Collection>,
): Promise<OpenedJournal> {
  if (options.directory === undefined)
    return { journal: new TransientJournal(), recovery: undefined, files: undefined };
  const { directory, recovery: mode, pageBytes, maxFrameBytes, maxPendingBytes, flushIntervalMs, onProgress } = options;
  const place = { directory: resolve(directory), fileSystem: options.fileSystem ?? new NodeFileSystem() };
  const opened = await openFileJournal({
    ...place,
    definitions: definitions.filter(({ model }) => model.storage === 'disk'),
    options: { pageBytes, maxFrameBytes, maxPendingBytes, flushIntervalMs },
    recovery: mode,
  });
  const progress = onProgress === undefined ? {} : { onProgress };
  const target = new CollectionTarget(collections);
  const found = await opened.recover(target, { yieldEveryMs: TURN_MS, ...progress });
  const report = { ...found, indexBuildMs: target.indexBuildMs };
  const files = { ...place, journal: opened.journal, unknown: opened.unknown };
  return { journal: opened.journal, recovery: report, files };
}

class CollectionTarget implements RecoveryTarget {
  /** Milliseconds by collection, once finished. */
  readonly indexBuildMs: Record<string, number> = {};
  readonly #collections: ReadonlyMap<string, Collection>;

  constructor(collections: ReadonlyMap<string, Collection>) {
    this.#collections = collections;
  }

  put(
    definition: CollectionDefinition,
    key: StoreKey,
    document: object,
    revision: number,
    expiresAt: number | undefined,
  ): void {
    this.#of(definition).recover(key, document, revision, expiresAt);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#of(definition).recoverDelete(key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    this.#of(definition).recoverSequence(value);
  }

  finish(): void {
    for (const [name, collection] of this.#collections) {
      const startMs = performance.now();
      collection.finishRecovery();
      this.indexBuildMs[name] = performance.now() - startMs;
    }
  }

  #of(definition: CollectionDefinition): Collection {
    return this.#collections.get(definition.model.collection) as Collection;
  }
}
