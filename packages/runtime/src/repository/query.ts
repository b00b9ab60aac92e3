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
import type { SearchCondition } from '../collection/indexing/search-condition.js';
import { aggregate } from '../collection/query/aggregate/aggregate.js';
import { readAggregate } from '../collection/query/aggregate/aggregate-request.js';
import { distinctValues } from '../collection/query/aggregate/distinct-values.js';
import { requireCursor } from '../collection/query/cursor.js';
import { requireDirection } from '../collection/query/direction.js';
import { synchronous } from '../collection/query/filter-answer.js';
import { valueInOrder } from '../collection/query/position.js';
import { orderedFurther, type QueryOrder } from '../collection/query/query-order.js';
import { planOf } from '../collection/query/query-plan.js';
import { answerQuery } from '../collection/query/query-planner.js';
import { NO_CONDITIONS, QueryTrace } from '../collection/query/query-request.js';
import { SelectedFields } from '../collection/query/row-form.js';
import type { CountedPage, Direction, Page, PageOptions, QueryDelta, QueryPlan } from '../collection/query-types.js';
import { showValue } from '../definition/show-value.js';
import type { Subscription } from '../feed/change-feed.js';
import type { Slot } from '../structures/slot.js';
import type {
  Aggregated,
  AggregatedGroup,
  Aggregates,
  DistinctValue,
  GroupField,
  NoOther,
  NotEmpty,
} from './aggregate-types.js';
import { AskedQuery, countOf, firstOf } from './asked-query.js';
import { isTotalAsked, requireCount, selectedFields } from './query-arguments.js';
import { changedForm, type DocumentFilter, PLAIN_FORM, type QueryForm } from './query-form.js';
import { pageOf } from './query-page.js';
import { RelatedQuery } from './related-query.js';
import type { CollectionTypes, RelatedOf } from './repository-types.js';
import type { FieldOf, RowQuery } from './row-types.js';
import { watchQuery } from './watched-query.js';

export class Query<T extends CollectionTypes> implements Iterable<T['document']>, AsyncIterable<T['document']> {
  readonly #collection: Collection;
  /** Most queries have one condition: it needs no list. */
  readonly #first: Condition | undefined;
  readonly #others: readonly Condition[];
  readonly #form: QueryForm;

  protected constructor(
    collection: Collection,
    first: Condition | undefined,
    others: readonly Condition[],
    form: QueryForm,
  ) {
    this.#collection = collection;
    this.#first = first;
    this.#others = others;
    this.#form = form;
  }

  /** The engine's way to a query of all documents that meet `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  static where<T extends CollectionTypes>(collection: Collection, where: object): Query<T> {
    return Query.ofConditions<T>(collection, collection.indexes.conditions(where));
  }

  /** The engine's way to a query of conditions that were read. */
  static ofConditions<T extends CollectionTypes>(collection: Collection, conditions: readonly Condition[]): Query<T> {
    const others = conditions.length < 2 ? NO_CONDITIONS : conditions.slice(1);
    return new Query<T>(collection, conditions[0], others, PLAIN_FORM);
  }

  /** The engine's way to a query of one index. */
  static ofCondition<T extends CollectionTypes>(collection: Collection, condition: Condition): Query<T> {
    return new Query<T>(collection, condition, NO_CONDITIONS, PLAIN_FORM);
  }

  /**
   * The engine's way to a search: the best come first, unless `orderBy` says otherwise.
   *
   * @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`.
   */
  static search<T extends CollectionTypes>(
    collection: Collection,
    condition: SearchCondition,
    where: object,
  ): Query<T> {
    const others = collection.indexes.conditions(where);
    const order: QueryOrder = { index: undefined, direction: 'desc', ranking: condition };
    return new Query<T>(collection, condition, others, changedForm(PLAIN_FORM, { order }));
  }

  /** The engine's way to the entries of a query, good until the next write. */
  static slotsOf<T extends CollectionTypes>(query: Query<T>): readonly Slot[] {
    return answerQuery(query.#collection.store, query.#asked.request());
  }

  /**
   * Rows of these fields, or getters of the class, in the place of documents: objects of the caller's own, whose values are those
   * of the documents. A document that was not touched since the opening is read no further than its last field needs, and
   * stays bytes. `filter` is given whole documents all the same.
   *
   * @throws DatabaseError `INVALID_QUERY` for what the class has not, for no field at all, or after another `select`.
   */
  select<F extends FieldOf<T['document']>>(...fields: readonly [F, ...F[]]): RowQuery<T, Pick<T['document'], F>> {
    const collection = this.#collection;
    if (this.#form.rows !== undefined)
      throw new DatabaseError('INVALID_QUERY', 'the query has rows already: name all fields in one `select`');
    const names = selectedFields(collection.definition, fields);
    const rows = new SelectedFields(collection.store, names);
    return this.#with({ rows }) as unknown as RowQuery<T, Pick<T['document'], F>>;
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
    // The order of a search is one that nobody asked for.
    const earlier = this.#form.order?.ranking === undefined ? this.#form.order : undefined;
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
    const earlier = this.#form.filter;
    const added: DocumentFilter = synchronous(predicate as (document: object) => unknown);
    const filter = earlier === undefined ? added : (document: object) => earlier(document) && added(document);
    return this.#with({ filter });
  }

  /**
   * Rows of each document with what its fields refer to: `{ document, related: { club } }`.
   *
   * @throws DatabaseError `INVALID_QUERY` for a field that refers to nothing, for no field at all, or after `select`.
   */
  with<F extends keyof RelatedOf<T> & string>(...fields: readonly [F, ...F[]]): RelatedQuery<T, F> {
    if (fields.length === 0) throw new DatabaseError('INVALID_QUERY', '`with` takes a field or more, found none');
    if (this.#form.rows !== undefined)
      throw new DatabaseError('INVALID_QUERY', 'the query has rows already: use either `select` or `with`');
    return new RelatedQuery<T, F>(this, this.#collection, fields);
  }

  /** Every document, as an array of its own. O(documents looked at). */
  all(): T['document'][] {
    const asked = this.#asked;
    return asked.given(asked.answer());
  }

  /** The first document, or undefined. */
  first(): T['document'] | undefined {
    const asked = this.#asked;
    const { limit, rows } = this.#form;
    const answer = asked.answer(Math.min(1, limit));
    if ('rows' in answer || rows !== undefined) return asked.given(firstOf(answer, 1))[0];
    const [slot] = answer.slots;
    return slot === undefined ? undefined : (this.#collection.store.documentOf(slot) as T['document']);
  }

  /** How many documents. O(1), or O(log n), when one index knows, else O(documents looked at); never makes an array of documents. */
  count(): number {
    const { filter, cursor } = this.#form;
    if (filter === undefined && cursor === undefined) {
      const first = this.#first;
      if (first === undefined) return this.#countOf(this.#collection.size);
      if (this.#others.length === 0 && first.isExact) return this.#countOf(first.estimate);
      const known = this.#others.length === 0 ? undefined : this.#asked.knownCount;
      if (known !== undefined) return this.#countOf(known);
    }
    return this.#asked.count();
  }

  exists(): boolean {
    return countOf(this.#asked.answer(Math.min(1, this.#form.limit))) > 0;
  }

  /** The keys of the documents, as `get` takes them. */
  keys(): T['key'][] {
    const answer = this.#asked.answer();
    const collection = this.#collection;
    if ('rows' in answer) return answer.rows.map(({ key }) => collection.publicKey(key) as T['key']);
    return answer.slots.map((slot) => collection.publicKey(collection.store.keyOf(slot)) as T['key']);
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
    return { ...pageOf(this.#asked), ...total };
  }

  /**
   * The values of a field in these documents, each once and rising; of a list each element. `null` is a value and comes last;
   * absence is none. O(values) from a tag or range index when no other index decides which documents answer, else one
   * pass over them.
   *
   * @throws DatabaseError `INVALID_QUERY` for what the class has not, or a field of other values than texts, numbers,
   *   bigints, booleans and dates.
   */
  distinct<F extends GroupField<T['document']>>(field: F): DistinctValue<T['document'], F>[] {
    return distinctValues(this.#asked.documents(), field) as DistinctValue<T['document'], F>[];
  }

  /**
   * `count`, `sum`, `avg`, `min` and `max` of these documents: one object, or with `by` a list with one for each group. A name
   * gives a value, a list of names an object of values. Absent and null values are left out; of none the sum is 0, average and ends
   * are undefined. From indexes where these can answer, else one pass over the documents: O(documents + groups · log groups).
   *
   * @throws DatabaseError `INVALID_QUERY` for what the class has not, for values that cannot be added up, ordered or
   *   grouped, and for a group by a field that is named as one of the functions.
   */
  aggregate<const A extends Aggregates<T['document']>>(
    what: A & NoOther<A> & NotEmpty<A>,
  ): Aggregated<T['document'], A>;
  aggregate<
    const A extends Aggregates<T['document']>,
    const B extends GroupField<T['document']> | readonly GroupField<T['document']>[],
  >(what: A & NoOther<A>, options: { readonly by: B }): AggregatedGroup<T['document'], A, B>[];
  aggregate(what: object, options?: object): object {
    return aggregate(this.#asked.documents(), readAggregate(this.#collection.definition, what, options));
  }

  /** Runs the query and says how it was answered: indexes with estimates, documents seen and matched, order. */
  explain(): QueryPlan {
    const trace = new QueryTrace();
    trace.seenBy = new Map();
    const asked = this.#asked;
    const request = asked.request();
    return planOf(request, countOf(asked.answerTo(request, trace)), trace);
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
    return watchQuery(this.#asked, listener as (rows: readonly object[], delta: QueryDelta<object>) => unknown);
  }

  /** A query in JSON is its answer, as a list: an answer of HTTP that forgot `all()` is not an empty object. As `all`. */
  toJSON(): T['document'][] {
    return this.all();
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
    return this.#asked.inSlices() as AsyncIterableIterator<T['document']>;
  }

  /** What the caller gets, each with its value in the order. As `all`. */
  protected valued(): readonly (readonly [given: T['document'], value: unknown])[] {
    const asked = this.#asked;
    const answer = asked.answer();
    const { order } = this.#form;
    const { store } = this.#collection;
    const values =
      'rows' in answer
        ? answer.rows.map(({ document, key }) => valueInOrder(order, document, key))
        : answer.slots.map((slot) =>
            valueInOrder(order, store.peek(slot, order?.index?.model.fields), store.keyOf(slot)),
          );
    return asked.given(answer).map((given, place) => [given, values[place]]);
  }

  /** The query as it is answered. Made anew for each question: most queries are asked once. */
  get #asked(): AskedQuery {
    const conditions = this.#first === undefined ? NO_CONDITIONS : [this.#first, ...this.#others];
    return new AskedQuery(this.#collection, conditions, this.#form);
  }

  #with(change: Partial<QueryForm>): Query<T> {
    // Of the same class: see nearest-query.ts.
    const Same = this.constructor as typeof Query<T>;
    return new Same(this.#collection, this.#first, this.#others, changedForm(this.#form, change));
  }

  /** How many of so many are left by offset and limit. */
  #countOf(count: number): number {
    const { limit, offset } = this.#form;
    return Math.min(limit, Math.max(0, count - offset));
  }

  /** How many documents there are without offset, limit and cursor. */
  #total(): number {
    const { filter } = this.#form;
    return new Query<T>(this.#collection, this.#first, this.#others, { ...PLAIN_FORM, filter }).count();
  }
}
