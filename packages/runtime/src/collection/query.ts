/**
 * A lazy question to one collection: nothing is looked up before it is asked. Each call returns a new query; one
 * query may be asked many times, each time of the documents as they are then.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '../feed/change-feed.js';
import type { CollectionTypes, Direction, Page, QueryDelta, QueryPlan } from '../repository/repository-types.js';
import type { ShardedStore } from '../store/sharded-store.js';
import type { Slot } from '../structures/slot.js';
import type { Collection } from './collection.js';
import type { IndexCondition } from './collection-index.js';
import { cursorText, parseCursor } from './cursor.js';
import { LiveQuery } from './live-query.js';
import { answerQuery, explainQuery, type QueryOrder, type QueryRequest } from './query-planner.js';

interface QueryState {
  readonly conditions: readonly IndexCondition[];
  readonly order: QueryOrder | undefined;
  readonly limit: number;
  readonly after: string | undefined;
  readonly filter: ((document: object) => boolean) | undefined;
}

/** Documents an async iteration hands out before it lets other work run. */
const ASYNC_SLICE_COUNT = 256;

export class Query<T extends CollectionTypes> implements Iterable<T['document']>, AsyncIterable<T['document']> {
  readonly #collection: Collection;
  readonly #state: QueryState;

  private constructor(collection: Collection, state: QueryState) {
    this.#collection = collection;
    this.#state = state;
  }

  /** The engine's way to a query of all documents that meet `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  static where<T extends CollectionTypes>(collection: Collection, where: object): Query<T> {
    return new Query<T>(collection, stateOf(collection.indexes.conditions(where)));
  }

  /** The engine's way to a query of one index. */
  static ofCondition<T extends CollectionTypes>(collection: Collection, condition: IndexCondition): Query<T> {
    return new Query<T>(collection, stateOf([condition]));
  }

  /**
   * Sorts by a range field; documents of equal value by key, those without a value last.
   *
   * @throws DatabaseError `UNINDEXED_FIELD` when the field has no range index.
   */
  orderBy(field: T['order'], direction: Direction = 'ascending'): Query<T> {
    if (direction !== 'ascending' && direction !== 'descending') {
      throw new DatabaseError(
        'INVALID_QUERY',
        `the direction of an order is 'ascending' or 'descending', not ${String(direction)}`,
      );
    }
    return this.#with({ order: { index: this.#collection.indexes.range(field), direction } });
  }

  /** At most `count` documents. @throws DatabaseError `INVALID_QUERY` unless it is a whole number, 0 or more. */
  limit(count: number): Query<T> {
    if (!Number.isInteger(count) || count < 0)
      throw new DatabaseError('INVALID_QUERY', `a limit must be a whole number of 0 or more, it is ${String(count)}`);
    return this.#with({ limit: count });
  }

  /** Goes on behind a page: takes its `next`. @throws DatabaseError `INVALID_QUERY` when asked, if the text is no cursor of this order. */
  after(cursor: string): Query<T> {
    return this.#with({ after: cursor });
  }

  /** Keeps documents for which `predicate` is true; it runs on what the indexes yield. Several filters all hold. */
  filter(predicate: (document: T['document']) => boolean): Query<T> {
    const earlier = this.#state.filter;
    const added = predicate as (document: object) => boolean;
    return this.#with({ filter: earlier === undefined ? added : (document) => earlier(document) && added(document) });
  }

  /** Every document, as an array of its own. O(documents looked at). */
  all(): T['document'][] {
    const { conditions, filter, limit, order, after } = this.#state;
    const only = conditions[0];
    const isPlain = filter === undefined && order === undefined && after === undefined;
    if (isPlain && only !== undefined && conditions.length === 1 && limit === Number.POSITIVE_INFINITY)
      return this.#store.documentsOf(only.slots()) as T['document'][];
    return this.#store.documentsOf(this.#slots()) as T['document'][];
  }

  /** The first document, or undefined. */
  first(): T['document'] | undefined {
    const [slot] = this.#slots(Math.min(1, this.#state.limit));
    return slot === undefined ? undefined : (this.#store.documentOf(slot) as T['document']);
  }

  /** How many documents. O(1) when one index knows, else O(documents looked at); never makes an array of documents. */
  count(): number {
    const { conditions, filter, limit, after } = this.#state;
    if (filter === undefined && after === undefined) {
      const only = conditions[0];
      if (only === undefined) return Math.min(limit, this.#collection.size);
      if (conditions.length === 1 && only.isExact) return Math.min(limit, only.estimate);
    }
    return this.#slots().length;
  }

  exists(): boolean {
    return this.first() !== undefined;
  }

  /** The keys of the documents, as `get` takes them. */
  keys(): T['key'][] {
    return this.#slots().map((slot) => this.#collection.publicKey(this.#store.keyOf(slot)) as T['key']);
  }

  /**
   * One page and the way to the next: `{ items, next }`. Without an order pages go by key. A cursor holds a position,
   * not a count: documents that come or go before it move nothing.
   */
  page(): Page<T['document']> {
    const { limit } = this.#state;
    const order = this.#order();
    const slots = this.#slots(limit + 1, order);
    const items = this.#store.documentsOf(slots.slice(0, limit)) as T['document'][];
    if (slots.length <= limit || limit === 0) return { items };
    const last = slots[limit - 1] as Slot;
    const value = order.index?.structure.valueOf(this.#store.documentOf(last));
    return { items, next: cursorText({ order: orderName(order), value, key: this.#store.keyOf(last) }) };
  }

  /** Runs the query and says how it was answered: indexes with estimates, documents seen and matched, order. */
  explain(): QueryPlan {
    return explainQuery(
      this.#store,
      this.#request(this.#state.limit, this.#state.after === undefined ? this.#state.order : this.#order()),
    );
  }

  /**
   * Calls `listener` now with the answer, then after every durable transaction that changes it, with the new answer
   * and what was added, removed and changed. `after` is not allowed here.
   *
   * Costs O(changes) for transactions that touch nothing in the answer, O(answer) for the others.
   */
  watch(listener: (rows: readonly T['document'][], delta: QueryDelta<T['document']>) => void): Subscription {
    if (this.#state.after !== undefined)
      throw new DatabaseError('INVALID_QUERY', '`watch` cannot be used with `after`');
    const { conditions, filter, limit, order } = this.#state;
    const live = new LiveQuery({
      hits: () =>
        this.#slots(Number.POSITIVE_INFINITY).map((slot) => [this.#store.keyOf(slot), this.#store.documentOf(slot)]),
      order,
      limit,
      matches: (document) =>
        conditions.every((condition) => condition.matches(document)) && (filter === undefined || filter(document)),
      listener: listener as (rows: readonly object[], delta: QueryDelta<object>) => void,
    });
    return this.#collection.watch(live);
  }

  /** Iterates over the documents as they are now: writes meanwhile do not disturb the loop. */
  [Symbol.iterator](): IterableIterator<T['document']> {
    return this.all()[Symbol.iterator]();
  }

  /** As the synchronous iteration, letting other work run every 256 documents. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T['document']> {
    let handedOut = 0;
    for (const document of this.all()) {
      if (++handedOut % ASYNC_SLICE_COUNT === 0) await new Promise((resolve) => setImmediate(resolve));
      yield document;
    }
  }

  get #store(): ShardedStore {
    return this.#collection.store;
  }

  #with(change: Partial<QueryState>): Query<T> {
    return new Query<T>(this.#collection, { ...this.#state, ...change });
  }

  #order(): QueryOrder {
    return this.#state.order ?? { index: undefined, direction: 'ascending' };
  }

  #slots(
    limit = this.#state.limit,
    order = this.#state.after === undefined ? this.#state.order : this.#order(),
  ): readonly Slot[] {
    return answerQuery(this.#store, this.#request(limit, order));
  }

  #request(limit: number, order: QueryOrder | undefined): QueryRequest {
    const { conditions, filter, after } = this.#state;
    return {
      conditions,
      filter,
      limit,
      order,
      after: after === undefined ? undefined : parseCursor(after, orderName(order)),
    };
  }
}

/** One literal, so that all states have one shape. */
function stateOf(conditions: readonly IndexCondition[]): QueryState {
  return { conditions, order: undefined, limit: Number.POSITIVE_INFINITY, after: undefined, filter: undefined };
}

/** What a cursor is bound to. */
function orderName(order: QueryOrder | undefined): string {
  return order?.index === undefined ? '' : `${order.index.model.name} ${order.direction}`;
}
