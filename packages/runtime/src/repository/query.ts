/**
 * A lazy question to one collection: nothing is looked up before it is asked. Each call returns a new query; one
 * query may be asked many times, each time of the documents as they are then.
 *
 * Its conditions stand in its own fields; the planner's request is made when the query runs: the count of a tag, which
 * one index knows, would else take two thirds longer.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { Condition } from '../collection/indexing/collection-index.js';
import { cursorText, noCursor, parseCursor, requireCursor } from '../collection/query/cursor.js';
import { requireDirection } from '../collection/query/direction.js';
import { synchronous } from '../collection/query/filter-answer.js';
import { answerFiltered, type FilteredAnswer } from '../collection/query/filtered-answer.js';
import { goOn, orderName, pageOrder, slotValue } from '../collection/query/page-order.js';
import { valueInOrder } from '../collection/query/position.js';
import { isPlaceInOrder, orderedFurther, type QueryOrder } from '../collection/query/query-order.js';
import { planOf } from '../collection/query/query-plan.js';
import { answerQuery } from '../collection/query/query-planner.js';
import { NO_CONDITIONS, QueryRequest, QueryTrace } from '../collection/query/query-request.js';
import { answerInSlices, type SlicedQuery } from '../collection/query/sliced-answer.js';
import type { CountedPage, Direction, Page, PageOptions, QueryDelta, QueryPlan } from '../collection/query-types.js';
import { LiveQuery } from '../collection/watch/live-query.js';
import { showValue } from '../definition/show-value.js';
import { requireListener, type Subscription } from '../feed/change-feed.js';
import type { ShardedStore } from '../store/sharded-store.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { CollectionTypes } from './repository-types.js';

type DocumentFilter = (document: object) => boolean;

export class Query<T extends CollectionTypes> implements Iterable<T['document']>, AsyncIterable<T['document']> {
  readonly #collection: Collection;
  /** Most queries have one condition: it needs no list. */
  readonly #first: Condition | undefined;
  readonly #others: readonly Condition[];
  readonly #order: QueryOrder | undefined;
  readonly #offset: number;
  readonly #limit: number;
  readonly #filter: DocumentFilter | undefined;
  /** Where to go on; what it means depends on the order, which may still come. */
  readonly #cursor: string | undefined;

  private constructor(
    collection: Collection,
    first: Condition | undefined,
    others: readonly Condition[],
    order: QueryOrder | undefined,
    offset: number,
    limit: number,
    filter: DocumentFilter | undefined,
    cursor: string | undefined,
  ) {
    this.#collection = collection;
    this.#first = first;
    this.#others = others;
    this.#order = order;
    this.#offset = offset;
    this.#limit = limit;
    this.#filter = filter;
    this.#cursor = cursor;
  }

  /** The engine's way to a query of all documents that meet `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  static where<T extends CollectionTypes>(collection: Collection, where: object): Query<T> {
    const conditions = collection.indexes.conditions(where);
    const others = conditions.length < 2 ? NO_CONDITIONS : conditions.slice(1);
    return new Query<T>(
      collection,
      conditions[0],
      others,
      undefined,
      0,
      Number.POSITIVE_INFINITY,
      undefined,
      undefined,
    );
  }

  /** The engine's way to a query of one index. */
  static ofCondition<T extends CollectionTypes>(collection: Collection, condition: Condition): Query<T> {
    return new Query<T>(
      collection,
      condition,
      NO_CONDITIONS,
      undefined,
      0,
      Number.POSITIVE_INFINITY,
      undefined,
      undefined,
    );
  }

  /** The engine's way to the entries of a query, good until the next write. */
  static slotsOf<T extends CollectionTypes>(query: Query<T>): readonly Slot[] {
    return answerQuery(query.#store, query.#requestFor(query.#limit, query.#order));
  }

  /**
   * Sorts by a range field or the key; called again, sorts documents of equal value by one more. Those that are equal in
   * all come by key, those without a value last. O(n log limit); of one field, or of the fields of a composite index in
   * one direction, O(log n + answer).
   *
   * @throws DatabaseError `UNINDEXED_FIELD` when the field has no range index; `INVALID_QUERY` for another direction, or
   *   a field the query is ordered by already.
   */
  orderBy(field: T['order'], direction: Direction = 'asc'): Query<T> {
    requireDirection(direction);
    const { indexes } = this.#collection;
    const index = indexes.ordering(field);
    const earlier = this.#order;
    const order =
      earlier === undefined ? { index, direction } : orderedFurther(earlier, index, direction, indexes.ranges);
    return this.#with({ order });
  }

  /**
   * Leaves out the first `count` documents. They are looked at all the same: O(count). `after` a cursor looks at none.
   *
   * @throws DatabaseError `INVALID_QUERY` unless it is a whole number, 0 or more; when asked, together with `after`.
   */
  offset(count: number): Query<T> {
    requireCount('an offset', count);
    return this.#with({ offset: count });
  }

  /** At most `count` documents. @throws DatabaseError `INVALID_QUERY` unless it is a whole number, 0 or more. */
  limit(count: number): Query<T> {
    requireCount('a limit', count);
    return this.#with({ limit: count });
  }

  /** Goes on after a page: takes its `next`. @throws DatabaseError `INVALID_QUERY` unless it is a text, and when asked, if it is not a cursor of this order. */
  after(cursor: string): Query<T> {
    requireCursor(cursor);
    return this.#with({ cursor });
  }

  /** Keeps documents for which `predicate` is true; it runs on what the indexes yield. Several filters all hold. @throws DatabaseError `INVALID_QUERY` unless it is a function, and when asked, if it returns a promise. */
  filter(predicate: (document: T['document']) => boolean): Query<T> {
    if (typeof predicate !== 'function')
      throw new DatabaseError('INVALID_QUERY', `a filter must be a function, found ${showValue(predicate)}`);
    const earlier = this.#filter;
    const added: DocumentFilter = synchronous(predicate as (document: object) => unknown);
    const filter = earlier === undefined ? added : (document: object) => earlier(document) && added(document);
    return this.#with({ filter });
  }

  /** Every document, as an array of its own. O(documents looked at). */
  all(): T['document'][] {
    const answer = this.#answer();
    return ('rows' in answer ? answer.rows.map(documentOf) : this.#store.documentsOf(answer.slots)) as T['document'][];
  }

  /** The first document, or undefined. */
  first(): T['document'] | undefined {
    const answer = this.#answer(Math.min(1, this.#limit));
    if ('rows' in answer) return answer.rows[0]?.document as T['document'] | undefined;
    const [slot] = answer.slots;
    return slot === undefined ? undefined : (this.#store.documentOf(slot) as T['document']);
  }

  /** How many documents. O(1) when one index knows, else O(documents looked at); never makes an array of documents. */
  count(): number {
    if (this.#filter === undefined && this.#cursor === undefined) {
      const first = this.#first;
      if (first === undefined) return this.#countOf(this.#collection.size);
      if (this.#others.length === 0 && first.isExact) return this.#countOf(first.estimate);
    }
    const answer = this.#answer();
    return 'rows' in answer ? answer.rows.length : answer.slots.length;
  }

  exists(): boolean {
    return this.first() !== undefined;
  }

  /** The keys of the documents, as `get` takes them. */
  keys(): T['key'][] {
    const answer = this.#answer();
    const collection = this.#collection;
    if ('rows' in answer) return answer.rows.map(({ key }) => collection.publicKey(key) as T['key']);
    return answer.slots.map((slot) => collection.publicKey(this.#store.keyOf(slot)) as T['key']);
  }

  /**
   * One page and the way to the next: `{ items, next }`. A cursor holds a position, not a count: documents that come or
   * go before it move nothing. Without an order a page costs no more than its documents, in the order that is cheapest:
   * by key, by the index of a range condition, or as documents lie. A cursor of the last kind may be refused once the
   * database was opened again; with `orderBy` it never is. With `{ total: true }` also how many documents meet the conditions
   * on all pages together, at the cost of `count`.
   *
   * @throws DatabaseError `INVALID_QUERY` for other options.
   */
  page(options: PageOptions & { readonly total: true }): CountedPage<T['document']>;
  page(options?: PageOptions): Page<T['document']>;
  page(options?: PageOptions): Page<T['document']> {
    const total = isTotalAsked(options) ? { total: this.#total() } : undefined;
    const limit = this.#limit;
    const collection = this.#collection;
    const order =
      this.#order ??
      (this.#cursor === undefined ? pageOrder(collection, this.#conditions) : goOn(collection, this.#cursor).order);
    const rows = this.#rows(limit + 1, order);
    const items = rows.slice(0, limit).map(documentOf) as T['document'][];
    if (rows.length <= limit || limit === 0) return { items, ...total };
    const { slot, key, document } = rows[limit - 1]!;
    const value = order.isBySlot === true ? slotValue(slot, this.#store.isInKeyOrder) : valueInOrder(order, document);
    return { items, next: cursorText({ order: orderName(order, collection.openingId), value, key }), ...total };
  }

  /** Runs the query and says how it was answered: indexes with estimates, documents seen and matched, order. */
  explain(): QueryPlan {
    const trace = new QueryTrace();
    trace.seenBy = new Map();
    const request = this.#requestFor(this.#limit, this.#order);
    const answer = this.#answerTo(request, trace);
    return planOf(request, 'rows' in answer ? answer.rows.length : answer.slots.length, trace);
  }

  /**
   * Calls `listener` now with the answer, then after every durable transaction that changes it, with the new answer
   * and what was added, removed and changed. `after` and `offset` are not allowed here. The first answer is what memory shows now,
   * writes on their way to the disk included; the answer never goes back behind it, unless the journal fails.
   *
   * A limited answer is begun and kept at the cost of its rows, however many documents meet the conditions: it holds as many
   * again (16 to 1,000), and asks again when more than those have left. A write looks at the watched queries that ask for one
   * of its values and, where they have an order and a limit, whose rows reach as far. Conditions that name no value (`not`,
   * `absent`, `none`) are asked once for all queries that have the same. O(answer) for each that shows the change.
   *
   * @throws DatabaseError `INVALID_QUERY` with `after` or `offset`, or inside a transaction; `INVALID_OPTION` when `listener` is no
   *   function; what `listener` throws at the first answer, and then there is no subscription.
   */
  watch(listener: (rows: readonly T['document'][], delta: QueryDelta<T['document']>) => void): Subscription {
    if (this.#cursor !== undefined) throw new DatabaseError('INVALID_QUERY', '`watch` cannot be used with `after`');
    if (this.#offset > 0) throw new DatabaseError('INVALID_QUERY', '`watch` cannot be used with `offset`');
    requireListener(listener);
    const order = this.#order;
    const { watched, indexes } = this.#collection;
    const live = new LiveQuery({
      rows: (limit) => this.#rows(limit, order).map(({ key, document }) => [key, document]),
      appliedNumber: watched.feed.appliedNumber,
      conditions: this.#conditions,
      filter: this.#filter,
      order,
      limit: this.#limit,
      isUsable: (index) => indexes.all.includes(index),
      listener: listener as (rows: readonly object[], delta: QueryDelta<object>) => unknown,
      onError: watched.feed.onError,
    });
    return watched.add(live);
  }

  /** Iterates over the documents as they are now: writes meanwhile do not disturb the loop. */
  [Symbol.iterator](): IterableIterator<T['document']> {
    return this.all()[Symbol.iterator]();
  }

  /**
   * As the synchronous iteration, in slices: the event loop has its turn every 3 ms. The documents come as they were when
   * the loop began; it holds what writes replace meanwhile until it ends (`break` ends it, too).
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T['document']> {
    const begin = (): SlicedQuery => ({
      request: this.#requestFor(this.#limit, this.#order),
      view: this.#collection.openView(),
    });
    const documents = answerInSlices(this.#store, begin);
    return this.#offset === 0 ? documents : behind(documents, this.#offset);
  }

  get #store(): ShardedStore {
    return this.#collection.store;
  }

  get #conditions(): readonly Condition[] {
    return this.#first === undefined ? NO_CONDITIONS : [this.#first, ...this.#others];
  }

  #with({ order, offset, limit, filter, cursor }: QueryChange): Query<T> {
    return new Query<T>(
      this.#collection,
      this.#first,
      this.#others,
      order ?? this.#order,
      offset ?? this.#offset,
      limit ?? this.#limit,
      filter ?? this.#filter,
      cursor ?? this.#cursor,
    );
  }

  /** How many of so many are left by offset and limit. */
  #countOf(count: number): number {
    return Math.min(this.#limit, Math.max(0, count - this.#offset));
  }

  /** How many documents there are without offset, limit and cursor. */
  #total(): number {
    const { POSITIVE_INFINITY } = Number;
    return new Query<T>(
      this.#collection,
      this.#first,
      this.#others,
      undefined,
      0,
      POSITIVE_INFINITY,
      this.#filter,
      undefined,
    ).count();
  }

  #answer(limit = this.#limit, order = this.#order): FilteredAnswer {
    return this.#answerTo(this.#requestFor(limit, order));
  }

  #answerTo(request: QueryRequest, trace?: QueryTrace): FilteredAnswer {
    if (this.#filter === undefined) return this.#behindOffset({ slots: answerQuery(this.#store, request, trace) });
    const view = this.#collection.openView();
    try {
      return this.#behindOffset(answerFiltered(this.#store, view, request, trace));
    } finally {
      view.release();
    }
  }

  #behindOffset(answer: FilteredAnswer): FilteredAnswer {
    const offset = this.#offset;
    if (offset === 0) return answer;
    return 'rows' in answer ? { rows: answer.rows.slice(offset) } : { slots: answer.slots.slice(offset) };
  }

  #rows(limit: number, order: QueryOrder | undefined): readonly AnswerRow[] {
    const answer = this.#answer(limit, order);
    if ('rows' in answer) return answer.rows;
    const store = this.#store;
    return answer.slots.map((slot) => ({ slot, key: store.keyOf(slot), document: store.documentOf(slot) }));
  }

  /** The request to the planner. @throws DatabaseError `INVALID_QUERY` when the cursor belongs to another order. */
  #requestFor(limit: number, order: QueryOrder | undefined): QueryRequest {
    const cursor = this.#cursor;
    const conditions = this.#conditions;
    const offset = limit === 0 ? 0 : this.#offset;
    if (cursor === undefined) return new QueryRequest(conditions, order, limit + offset, undefined, this.#filter);
    if (offset > 0)
      throw new DatabaseError('INVALID_QUERY', '`offset` cannot be used with `after`: the cursor says where to go on');
    const collection = this.#collection;
    const asked = this.#order;
    const on =
      asked !== undefined
        ? { order: asked, after: parseCursor(cursor, orderName(asked, collection.openingId)) }
        : goOn(collection, cursor);
    // The text may come from anywhere: a position of another type would begin the order again, or end it.
    const { value, key } = on.after;
    if (!isPlaceInOrder(on.order, value) || !collection.keys.isStoreKey(key)) throw noCursor();
    return new QueryRequest(conditions, on.order, limit, on.after, this.#filter);
  }
}

/** What differs in another query made of this one. */
interface QueryChange {
  readonly order?: QueryOrder;
  readonly offset?: number;
  readonly limit?: number;
  readonly filter?: DocumentFilter;
  readonly cursor?: string;
}

/** A document that answers, and where it lies. */
interface AnswerRow {
  readonly slot: Slot;
  readonly key: StoreKey;
  readonly document: object;
}

function documentOf({ document }: AnswerRow): object {
  return document;
}

/** @throws DatabaseError `INVALID_QUERY`. */
function requireCount(what: string, count: unknown): void {
  if (Number.isInteger(count) && (count as number) >= 0) return;
  throw new DatabaseError('INVALID_QUERY', `${what} must be a whole number of 0 or more, found ${showValue(count)}`);
}

/** @throws DatabaseError `INVALID_QUERY` for options that a page does not know. */
function isTotalAsked(options: unknown): boolean {
  if (options === undefined) return false;
  const isObject = typeof options === 'object' && options !== null;
  const { total, ...others } = (isObject ? options : {}) as { readonly total?: unknown };
  if (isObject && Object.keys(others).length === 0 && (total === undefined || typeof total === 'boolean'))
    return total === true;
  throw new DatabaseError(
    'INVALID_QUERY',
    `the options of a page are \`{ total: true }\` or left out, found ${showValue(options)}`,
  );
}

async function* behind<D>(documents: AsyncIterable<D>, offset: number): AsyncGenerator<D, void, undefined> {
  let left = offset;
  for await (const document of documents) if (left-- <= 0) yield document;
}
