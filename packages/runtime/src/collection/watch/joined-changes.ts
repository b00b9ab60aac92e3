/** A watched query that joins looks at other collections, too: their changes may bring documents in, or take them away. */
import type { Subscription } from '../../feed/change-feed.js';
import { tell } from '../../structures/told.js';
import type { Condition } from '../indexing/collection-index.js';
import { joinsOf } from '../relating/join-condition.js';
import type { LiveQuery } from './live-query.js';
import type { WatchedFeed } from './watched-feed.js';

/**
 * Has a live query read memory again whenever a document begins or ceases to meet the conditions of a join. O(1) for
 * other changes of the collections that are joined, for each query.
 *
 * @param refresh has it read anew, and be found by where its rows end then.
 * @param own what ends the query itself. @returns what ends both.
 */
export function followJoins(
  conditions: readonly Condition[],
  live: LiveQuery,
  refresh: () => void,
  own: Subscription,
): Subscription {
  const subscriptions = joinsOf(conditions).map(({ joined: { link, conditions: of } }) => {
    const { feed } = link.to.watched;
    const meets = (document: object | undefined): boolean =>
      document !== undefined && of.every((condition) => condition.matches(document));
    return followed(feed, live, refresh, (before, after) => meets(before) !== meets(after));
  });
  if (subscriptions.length === 0) return own;
  const unsubscribe = (): void => {
    own.unsubscribe();
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
  return { unsubscribe, [Symbol.dispose]: unsubscribe };
}

function followed(
  feed: WatchedFeed,
  live: LiveQuery,
  refresh: () => void,
  differs: (before: object | undefined, after: object | undefined) => boolean,
): Subscription {
  return feed.subscribe(
    (changes, batch) => {
      if (batch.publishedNumber <= live.readNumber || !live.isAnswerable) return;
      tell(() => {
        if (changes.some(({ before, after }) => differs(before, after))) refresh();
      }, feed.onError);
    },
    () => 1,
  );
}
