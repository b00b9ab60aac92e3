/**
 * The live queries of a collection, fed with its durable changes.
 *
 * A query is found by the values in its conditions (interest-map.ts). A change is shown to each query whose condition
 * names a value of the document before or after it, or a range with such a value. It is also shown to queries without
 * such a condition.
 */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { Subscription } from '../../feed/change-feed.js';
import { tell } from '../../structures/told.js';
import { InterestMap } from './interest-map.js';
import type { LiveQuery } from './live-query.js';
import type { PinnedKeys } from './pinned-keys.js';
import type { WatchedFeed, WatchListener } from './watched-feed.js';

export type { WatchedFeed } from './watched-feed.js';

export class WatchedQueries {
  readonly feed: WatchedFeed;
  /** The documents they show; undefined where documents stay anyway. */
  readonly pins: PinnedKeys | undefined;
  readonly #watched = new Set<LiveQuery>();
  readonly #interests = new InterestMap<LiveQuery>();
  #subscription: Subscription | undefined;

  constructor(feed: WatchedFeed, pins?: PinnedKeys) {
    this.feed = feed;
    this.pins = pins;
  }

  /**
   * Feeds a live query until unsubscribed, or until an index it asks is dropped: that is reported once, at the next
   * change. If the listener throws at the first answer, the caller gets the error and no subscription.
   *
   * @throws DatabaseError `INVALID_QUERY` inside a transaction.
   */
  add(live: LiveQuery): Subscription {
    this.feed.requireOutsideTransaction();
    const unsubscribe = (): void => this.#remove(live);
    this.#watched.add(live);
    this.#interests.add(live);
    this.#subscription ??= this.feed.subscribe(
      (changes, batch) => this.#take(changes, batch),
      () => this.#watched.size,
    );
    try {
      live.start();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    this.#follow(live);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Writes were taken back: live queries look again. */
  refresh(): void {
    for (const live of [...this.#watched]) {
      if (!live.isAnswerable) continue;
      tell(() => live.refresh(), this.feed.onError);
      this.#follow(live);
    }
  }

  /** Something that it joins has changed: it looks again. @throws what its filter or listener throws. */
  refreshOne(live: LiveQuery): void {
    try {
      live.refresh();
    } finally {
      this.#follow(live);
    }
  }

  /** It is found by where its rows end now. */
  #follow(live: LiveQuery): void {
    if (this.#watched.has(live) && live.moveWindow()) this.#interests.move(live);
  }

  #remove(live: LiveQuery): void {
    if (!this.#watched.delete(live)) return;
    this.#interests.delete(live);
    live.end();
    if (this.#watched.size > 0) return;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #take(changes: readonly DocumentChange[], batch: Parameters<WatchListener>[1]): void {
    for (const [live, own] of this.#interests.concerned(changes)) {
      // One of those before it may have ended it.
      if (!this.#watched.has(live)) continue;
      if (batch.publishedNumber <= live.readNumber) continue;
      const isAnswerable = live.isAnswerable;
      if (!isAnswerable) this.#remove(live);
      tell(() => (isAnswerable ? live.take(own) : live.requireAnswerable()), this.feed.onError);
      if (isAnswerable) this.#follow(live);
    }
  }
}
