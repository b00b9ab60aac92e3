/** The documents of a directory by collection, read without the user's code: what copying from files works on. */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { isOwnCollection } from '../definition/own-collections.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { newestDefinition } from '../recovery/newest-definition.js';
import { readPages, requireDatabase } from '../recovery/read-directory.js';
import { readSteadily } from '../recovery/steady-read.js';

export interface ReadDocumentsInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Keys of encrypted files. */
  readonly codecs?: PageCodecs;
}

/** The contents of a directory. */
export interface DirectoryDocuments {
  /** As `describeDatabase(db).historyId` of the same directory when it is open. */
  readonly historyId: string;
  /** Number of the last transaction. */
  readonly seq: bigint;
  /** One for each collection, of the newest model that a document of it has; made of the stored models. */
  readonly definitions: readonly CollectionDefinition[];
  /** By collection. Documents of older models have the fields of theirs. */
  readonly documents: ReadonlyMap<string, readonly object[]>;
  /** Collections that hold documents of older models too: how many. */
  readonly olderCounts: ReadonlyMap<string, number>;
}

/**
 * Reads a directory whole. Memory: all documents. Takes no lock: of a database in use it is the state at some moment
 * while it reads.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`, `DIRECTORY_UNUSABLE`, `FORMAT_UNSUPPORTED`.
 */
export function readDocuments({ fileSystem, directory, codecs }: ReadDocumentsInput): Promise<DirectoryDocuments> {
  return readSteadily(async () => {
    const state = new KeepingTarget();
    const place = { fileSystem, directory, ...(codecs && { codecs }) };
    await requireDatabase(fileSystem, directory);
    const { report, models } = await readPages({ ...place, mode: 'refuse', target: state });
    const used = new Map<string, Set<CollectionDefinition>>();
    const documents = new Map<string, object[]>();
    const counts = new Map<CollectionDefinition, number>();
    for (const { definition, document } of state.documents()) {
      const { collection } = definition.model;
      if (isOwnCollection(collection)) continue;
      used.set(collection, (used.get(collection) ?? new Set()).add(definition));
      counts.set(definition, (counts.get(definition) ?? 0) + 1);
      const list = documents.get(collection);
      if (list === undefined) documents.set(collection, [document]);
      else list.push(document);
    }
    const definitions = new Map(Array.from(used, ([name, each]) => [name, newestDefinition(each, models)]));
    const olderCounts = new Map<string, number>();
    for (const [definition, count] of counts) {
      const { collection } = definition.model;
      if (definitions.get(collection) !== definition)
        olderCounts.set(collection, (olderCounts.get(collection) ?? 0) + count);
    }
    const { manifest, lastSeq } = report;
    const historyId = `${manifest.uuid}-${manifest.incarnation}`;
    return { historyId, seq: BigInt(lastSeq), definitions: [...definitions.values()], documents, olderCounts };
  });
}
