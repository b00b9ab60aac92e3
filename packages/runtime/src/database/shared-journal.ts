/**
 * The port to a journal that several nodes share. `@nuthatch/cluster` implements it; the database knows no engine.
 *
 *   join()    connects, and says whether the copy in `directory` can be gone on from
 *   attach()  puts the shared journal in front of this node's own: transactions go to the engine first, and settle when
 *             it has them; then they go to the own journal, which numbers them alike
 *   start()   applies what the journal has and this node has not, then follows
 */
import type { BlobStore } from '../blobs/blob-store.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { Journal } from '../journal/journal.js';
import type { StoredDocuments } from '../recovery/stored-documents.js';
import type { SyncPort } from './sync-port.js';

/** Where a node keeps its copy. */
export interface NodePlace {
  /** Absolute; undefined: in memory alone. */
  readonly directory: string | undefined;
  readonly fileSystem: FileSystem;
}

/** What a node is made of. */
export interface NodeParts {
  /** The node's own journal, opened: its last seq is that of the copy. */
  readonly own: Journal;
  /** Classes of today, and the engine's own collections. */
  readonly definitions: readonly CollectionDefinition[];
  /** What the models of other nodes mean here. */
  readonly documents: StoredDocuments;
  /** Bytes that may wait for the engine before `drained()` waits. */
  readonly maxPendingBytes: number;
}

export interface NodeFiles {
  readonly directory: string;
  readonly fileSystem: FileSystem;
}

/** What an image of a node on disk is made with. */
export interface NodeImages {
  compact(): Promise<unknown>;
  backupTo(stream: NodeJS.WritableStream): Promise<unknown>;
}

export interface SharedJournal {
  /** Equal for two that lead to the same journal in the same way; no credentials. Left out: like no other. */
  readonly identity?: string;
  /**
   * Connects to the engine. Nothing of this node is open yet.
   *
   * @throws DatabaseError `JOURNAL_UNREACHABLE`, `JOURNAL_UNSAFE`, `JOURNAL_DIVERGED`, `DIRECTORY_UNUSABLE`.
   */
  join(place: NodePlace): Promise<JoinedJournal>;
  /** The blobs of a node: tied to its journal when the database is made. */
  makeBlobs(): BlobStore;
}

/** What the blobs of a node have to do with the rest of it. */
export interface BlobNeeds {
  /** Records are written in the order of all transactions. */
  readonly port: SyncPort;
  /** Whether anything in memory refers to the blob. O(documents of classes that are not known here). */
  readonly isNeeded: (hash: string) => boolean;
}

export interface JoinedJournal {
  /** Identity of the shared journal: of all nodes the same. */
  readonly uuid: string;
  /** For a node without a directory: what it is to be filled from, once. Left out: it begins empty. */
  readonly image?: NodeFiles;
  attach(parts: NodeParts): NodeJournal;
  /** Lets go of the engine: opening failed before `attach`. */
  leave(): Promise<void>;
}

export interface NodeJournal extends Journal {
  /** This node writes nothing, and lets nothing expire: what comes is all there is. */
  readonly isReadOnly?: boolean;
  /**
   * Applies all that the journal holds, and follows it from then on. Once, when there is a listener.
   *
   * @param images of a node with a directory.
   * @throws DatabaseError `JOURNAL_UNREACHABLE`, `JOURNAL_DIVERGED`, `JOURNAL_DAMAGED`, `MIGRATION_REQUIRED`, `READER_TOO_OLD`.
   */
  start(images?: NodeImages): Promise<void>;
  /** Milliseconds since this node last knew that it showed everything; 0 while it hears from the engine. */
  readonly lagMs: number;
  /** Resolves when memory shows all up to `seq`. Rejects when the journal failed or was closed. */
  caughtUp(seq: number): Promise<void>;
  /** Resolves when memory shows all that was acknowledged anywhere before the call. Asks the engine. */
  barrier(): Promise<void>;
  /** From now on the store of `makeBlobs` puts, reads and removes. Once. Left out by those that have none. */
  tieBlobs?(store: BlobStore, needs: BlobNeeds): void;
  /** Runs work in a turn in which memory shows exactly what the node's own journal holds. */
  atSettled(work: () => void): Promise<void>;
}
