/** The documents of a directory by collection, read without the user's code: what copying from files works on. */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { KeepingTarget, readDirectory } from '../recovery/read-directory.js';
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
    const { manifest, lastSeq } = await readDirectory({ ...place, mode: 'refuse', target: state, isLocking: false });
    const definitions = new Map<string, CollectionDefinition>();
    const documents = new Map<string, object[]>();
    const counts = new Map<CollectionDefinition, number>();
    for (const { definition, document } of state.documents()) {
      const { collection } = definition.model;
      // Collections of the engine's own are about documents, not some themselves. No class has such a name.
      if (collection.startsWith('$')) continue;
      definitions.set(collection, definition);
      counts.set(definition, (counts.get(definition) ?? 0) + 1);
      const list = documents.get(collection);
      if (list === undefined) documents.set(collection, [document]);
      else list.push(document);
    }
    const olderCounts = new Map<string, number>();
    for (const [definition, count] of counts) {
      const { collection } = definition.model;
      if (definitions.get(collection) !== definition)
        olderCounts.set(collection, (olderCounts.get(collection) ?? 0) + count);
    }
    const historyId = `${manifest.uuid}-${manifest.incarnation}`;
    return { historyId, seq: BigInt(lastSeq), definitions: [...definitions.values()], documents, olderCounts };
  });
}
