import type { DocumentChange } from '../../feed/change-batch.js';
import type { Subscription } from '../../feed/change-feed.js';
import type { LiveQuery } from './live-query.js';

/** The live queries of a collection, fed with its durable changes. */
export class WatchedQueries {
  readonly #subscribe: (listener: (changes: readonly DocumentChange[]) => void) => Subscription;
  readonly #watched = new Set<LiveQuery>();

  /** @param subscribe to the durable changes of the collection that its memory does not hold yet. */
  constructor(subscribe: (listener: (changes: readonly DocumentChange[]) => void) => Subscription) {
    this.#subscribe = subscribe;
  }

  /**
   * Feeds a live query until unsubscribed, or until an index it asks is dropped: that is thrown once, at the next change.
   * What its listener throws at the first answer goes to the caller, who then has no subscription.
   *
   * @throws DatabaseError `INVALID_QUERY` inside a transaction.
   */
  add(live: LiveQuery): Subscription {
    const subscription = this.#subscribe((changes) => {
      if (live.isAnswerable) live.take(changes);
      else {
        unsubscribe();
        live.requireAnswerable();
      }
    });
    const unsubscribe = (): void => {
      this.#watched.delete(live);
      subscription.unsubscribe();
    };
    this.#watched.add(live);
    try {
      live.start();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Writes were taken back: live queries look again. */
  refresh(): void {
    for (const live of this.#watched) if (live.isAnswerable) live.refresh();
  }
}
