/** The change feed as watched queries of one collection need it. */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { Subscription } from '../../feed/change-feed.js';

/** The part of the change feed that serves one collection. */
export interface WatchedFeed {
  /** @param count how many ask through this one subscription. */
  subscribe(listener: WatchListener, count: () => number): Subscription;
  /** @throws DatabaseError `INVALID_QUERY` inside a transaction, half of which memory holds. */
  requireOutsideTransaction(): void;
  /** Number of the last transaction that memory shows, as they are published. */
  appliedNumber(): number;
  onError(error: unknown): void;
}

export type WatchListener = (changes: readonly DocumentChange[], batch: { readonly publishedNumber: number }) => void;
