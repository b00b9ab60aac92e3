import type { CollectionStorage, IndexKind } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { JournalStats } from '../journal/journal.js';

export interface IndexStats {
  readonly kind: IndexKind;
  /** Documents in the index; for tags, pairs of tag and document. */
  readonly entryCount: number;
}

export interface CollectionStats {
  readonly documentCount: number;
  /** Where its documents are kept now: see `db.setStorage`. */
  readonly storage: CollectionStorage;
  readonly indexes: Readonly<Record<string, IndexStats>>;
}

export interface DatabaseStats {
  readonly state: string;
  readonly collections: Readonly<Record<string, CollectionStats>>;
  readonly journal: JournalStats;
  /** Transactions applied in memory and not yet as durable as they asked. */
  readonly pendingTransactionCount: number;
  /** Documents that expire. */
  readonly expiringCount: number;
  readonly subscriptionCount: number;
}

export function collectionStats(collection: Collection, isOnDisk: boolean): CollectionStats {
  const indexes = collection.indexes.all.map(
    ({ model, structure }) => [model.name, { kind: model.kind, entryCount: structure.entryCount }] as const,
  );
  const storage = isOnDisk && !collection.isMemoryOnly ? 'disk' : 'memory';
  return { documentCount: collection.size, storage, indexes: Object.fromEntries(indexes) };
}
