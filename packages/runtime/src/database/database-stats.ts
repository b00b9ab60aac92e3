/** The members of `db.stats()`, as docs/stats.md describes them one by one. Read on request; no write pays for them. */
import type { CollectionStorage, IndexKind } from '@nuthatch/model';
import type { BlobStore } from '../blobs/blob-store.js';
import type { Collection } from '../collection/collection.js';
import type { CommitPath } from '../commit/commit-path.js';
import { type MemoryLimit, memoryInUse } from '../commit/memory-limit.js';
import type { ChangeFeed, ReaderStats } from '../feed/change-feed.js';
import type { Journal, JournalStats } from '../journal/journal.js';
import type { DecodedCache } from '../undecoded/decoded-cache.js';
import type { ReaderHostStats } from './readers/reader-host.js';

export interface IndexStats {
  readonly kind: IndexKind;
  /** Documents in the index; for tags, pairs of tag and document. */
  readonly entryCount: number;
  /** Those of them that are still in the tables of the snapshot: nothing has asked for their part of the index yet. */
  readonly imageCount: number;
}

/** Documents in decoded form, as `cacheBytes` counts them. Without the option, all are 0. */
export interface CacheStats {
  readonly documentCount: number;
  /** Estimated bytes of these documents. */
  readonly byteCount: number;
  /** Documents that went back to bytes since the opening; the same one may have gone many times. */
  readonly evictedCount: number;
}

/** Memory of this thread, for the whole program. */
export interface MemoryStats {
  /** Objects of the heap, garbage included, and buffers beside it. */
  readonly usedBytes: number;
  /** The count that `maxMemoryBytes` bounds: without garbage, as estimated; 0 without the option. */
  readonly limitedBytes: number;
}

export interface CollectionStats {
  readonly documentCount: number;
  /** Documents that are bytes now: an opening left them so and nothing has read them since, or `cacheBytes` made them so. */
  readonly undecodedCount: number;
  /** Documents that the tables of the snapshot find by their keys; all others came after it, or it has no tables of the class. */
  readonly imageCount: number;
  /** Length of the memory in which bytes of documents stand. */
  readonly undecodedBytes: number;
  /** Of a cold collection: documents that are in the file of the image and not in memory; else 0. */
  readonly coldCount: number;
  /** Of a cold collection: documents that were read from that file since the opening, again and again; else 0. */
  readonly coldReadCount: number;
  /** Documents that expire. */
  readonly expiringCount: number;
  /** Snapshots, loops over queries and compactions that hold it still: each keeps the documents that are replaced meanwhile. */
  readonly viewCount: number;
  /** Where its documents are kept now: see `db.setStorage`. */
  readonly storage: CollectionStorage;
  readonly indexes: Readonly<Record<string, IndexStats>>;
  /** By the fields that have them. */
  readonly vectors: Readonly<Record<string, VectorStats>>;
}

/** The column of the vectors of one field. */
export interface VectorStats {
  /** Documents that have a vector. */
  readonly entryCount: number;
  /** Bytes of memory that the column takes. */
  readonly byteCount: number;
}

/** Compactions since the opening. */
export interface CompactionStats {
  readonly isRunning: boolean;
  readonly doneCount: number;
  readonly failedCount: number;
  /** Epoch milliseconds at which the last one was done; undefined: none was. */
  readonly lastDoneMs: number | undefined;
  /** Milliseconds that it took. */
  readonly lastDurationMs: number | undefined;
}

export interface DatabaseStats {
  /** `open`, `failed` (reads go on, writes are refused), `closing` or `closed`. */
  readonly state: string;
  /** As in diagnostics: the option `name`, or the last part of the directory's path, or `memory`. */
  readonly name: string;
  /** By the names of collections. */
  readonly collections: Readonly<Record<string, CollectionStats>>;
  /** By the names of views: their rows, which are in memory. */
  readonly views: Readonly<Record<string, CollectionStats>>;
  /** Of a database in memory, all but `lastSeq`, `writtenSeq`, `syncedSeq` and `oldestSince` is 0. */
  readonly journal: JournalStats;
  /** Blobs that are here, and their bytes. */
  readonly blobs: { readonly count: number; readonly byteCount: number };
  readonly cache: CacheStats;
  readonly memory: MemoryStats;
  readonly compaction: CompactionStats;
  /** Transactions applied in memory and not yet as durable as they asked. */
  readonly pendingTransactionCount: number;
  /** Milliseconds since the oldest of them was applied; 0: none waits. */
  readonly oldestPendingMs: number;
  /** Documents that expire. */
  readonly expiringCount: number;
  /** Listeners to changes and watched queries. */
  readonly subscriptionCount: number;
  /** Loops over `changes()`. */
  readonly changes: ReaderStats;
  /** Readers in other threads. */
  readonly readers: ReaderHostStats;
}

/** The parts of a database that are counted. */
interface CountedParts {
  readonly collections: ReadonlyMap<string, Collection>;
  readonly views: ReadonlyMap<string, Collection>;
  readonly journal: Pick<Journal, 'stats'>;
  readonly feed: Pick<ChangeFeed, 'subscriptionCount' | 'readerStats'>;
  /** Undefined: the database is in memory. */
  readonly files: object | undefined;
  readonly source: { readonly name: string };
  readonly blobs: { readonly store: Pick<BlobStore, 'count' | 'byteCount'> };
  readonly cache: DecodedCache | undefined;
  readonly memory: MemoryLimit | undefined;
}

/** All of it. O(indexes, open loops over changes, pages). */
export function databaseStats(
  state: string,
  parts: CountedParts,
  { pendingCount, oldestPendingMs }: Pick<CommitPath, 'pendingCount' | 'oldestPendingMs'>,
  maintenance: { stats(): CompactionStats },
  readers: { stats(): ReaderHostStats },
): DatabaseStats {
  const { collections, views, journal, feed, files, source, blobs, cache, memory } = parts;
  return {
    state,
    name: source.name,
    collections: Object.fromEntries(
      [...collections].map(([name, collection]) => [name, collectionStats(collection, files !== undefined)]),
    ),
    views: Object.fromEntries([...views].map(([name, rows]) => [name, collectionStats(rows, false)])),
    journal: journal.stats(),
    blobs: { count: blobs.store.count, byteCount: blobs.store.byteCount },
    cache: cacheStats(cache),
    memory: memoryStats(memory),
    compaction: maintenance.stats(),
    pendingTransactionCount: pendingCount,
    // Times of the journal never go back, and so may be ahead of the clock.
    oldestPendingMs: oldestPendingMs === undefined ? 0 : Math.max(0, Date.now() - oldestPendingMs),
    expiringCount: [...collections.values()].reduce((count, { store }) => count + store.expiringCount, 0),
    subscriptionCount: feed.subscriptionCount,
    changes: feed.readerStats(),
    readers: readers.stats(),
  };
}

function cacheStats(cache: DecodedCache | undefined): CacheStats {
  if (cache === undefined) return { documentCount: 0, byteCount: 0, evictedCount: 0 };
  return { documentCount: cache.count, byteCount: cache.usedBytes, evictedCount: cache.evictedCount };
}

function memoryStats(limit: MemoryLimit | undefined): MemoryStats {
  const { heapBytes, bufferBytes } = memoryInUse();
  return { usedBytes: heapBytes + bufferBytes, limitedBytes: limit?.usedBytes ?? 0 };
}

/** O(indexes). */
function collectionStats(collection: Collection, isOnDisk: boolean): CollectionStats {
  const { store, viewCount } = collection;
  const indexes = collection.indexes.all.map(
    ({ model, structure }) =>
      [
        model.name,
        { kind: model.kind, entryCount: structure.entryCount, imageCount: structure.imageCount ?? 0 },
      ] as const,
  );
  const vectors = collection.indexes.vectors.map(
    ({ model, structure: { entryCount, byteCount } }) => [model.name, { entryCount, byteCount }] as const,
  );
  return {
    documentCount: collection.size,
    undecodedCount: store.undecodedCount,
    imageCount: store.imageCount,
    undecodedBytes: store.undecodedBytes,
    coldCount: store.images.coldCount,
    coldReadCount: store.images.coldReadCount,
    expiringCount: store.expiringCount,
    viewCount,
    storage: !isOnDisk || collection.isMemoryOnly ? 'memory' : collection.isCold ? 'cold' : 'disk',
    indexes: Object.fromEntries(indexes),
    vectors: Object.fromEntries(vectors),
  };
}
