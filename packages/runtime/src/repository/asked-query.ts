/** A query at the moment it is asked: which way documents are looked at, and what is given out of each. */
import type { Collection } from '../collection/collection.js';
import type { Condition } from '../collection/indexing/collection-index.js';
import type { AskedDocuments } from '../collection/query/aggregate/asked-documents.js';
import { fieldsRead } from '../collection/query/fields-read.js';
import { answerFiltered, type FilteredAnswer } from '../collection/query/filtered-answer.js';
import { inSlotOrder } from '../collection/query/kept-slots.js';
import { PassingSource } from '../collection/query/passing-source.js';
import type { QueryOrder } from '../collection/query/query-order.js';
import { answerQuery } from '../collection/query/query-planner.js';
import type { QueryRequest, QuerySource, QueryTrace } from '../collection/query/query-request.js';
import type { RowForm } from '../collection/query/row-form.js';
import { answerInSlices, type SlicedQuery } from '../collection/query/sliced-answer.js';
import type { FieldPick } from '../store/field-pick.js';
import type { ShardedStore } from '../store/sharded-store.js';
import { isOfConditionsAlone, type QueryForm, requestOf } from './query-form.js';

type Fields = Readonly<Record<string, unknown>>;

export class AskedQuery {
  constructor(
    readonly collection: Collection,
    readonly conditions: readonly Condition[],
    readonly form: QueryForm,
  ) {}

  /** @throws DatabaseError as `requestOf`. */
  request(limit = this.form.limit, order = this.form.order): QueryRequest {
    return requestOf(this.collection, this.conditions, this.form, limit, order);
  }

  /** How many documents answer, by a look at them. */
  count(source: QuerySource = this.#source(this.form.rows !== undefined)): number {
    return countOf(this.#answerInAnyOrder(source));
  }

  #answerInAnyOrder(source: QuerySource): FilteredAnswer {
    const request = this.request();
    // A part of the answer is one of its order.
    request.isAnyOrder = this.form.offset === 0 && this.form.limit === Number.POSITIVE_INFINITY;
    return this.answerTo(request, undefined, source);
  }

  /** The entries that answer, or rows when a filter wrote. @param limit and order in the place of the form's own. */
  answer(
    limit = this.form.limit,
    order: QueryOrder | undefined = this.form.order,
    source: QuerySource = this.#source(this.form.rows !== undefined),
  ): FilteredAnswer {
    return this.answerTo(this.request(limit, order), undefined, source);
  }

  answerTo(request: QueryRequest, trace?: QueryTrace, source: QuerySource = this.collection.store): FilteredAnswer {
    if (this.form.filter === undefined) return this.#behindOffset({ slots: answerQuery(source, request, trace) });
    const view = this.collection.openView();
    try {
      return this.#behindOffset(answerFiltered(this.collection.store, view, request, trace));
    } finally {
      view.release();
    }
  }

  /** What the caller gets. O(answer). */
  given(answer: FilteredAnswer): object[] {
    const { rows } = this.form;
    if ('rows' in answer) return answer.rows.map(({ document }) => (rows === undefined ? document : rows.of(document)));
    if (rows === undefined) return this.collection.store.documentsOf(answer.slots);
    return answer.slots.map((slot) => rows.ofEntry(slot));
  }

  /** What the caller gets, as it was when the loop began, in slices. */
  inSlices(): AsyncIterableIterator<object> {
    const { offset, rows } = this.form;
    const { store } = this.collection;
    const begin = (): SlicedQuery => {
      const reads = rows === undefined ? undefined : this.#passing(rows.fields);
      const view = this.collection.openView(reads && ((slot) => store.rowOf(slot, reads)));
      return { request: this.request(), view };
    };
    const documents = answerInSlices(store, begin);
    const asked = offset === 0 ? documents : behind(documents, offset);
    return rows === undefined ? asked : rowsInSlices(asked, rows);
  }

  /** How many documents meet the conditions, where indexes alone know. O(log n). */
  get knownCount(): number | undefined {
    if (this.conditions.length === 0) return this.collection.size;
    const [only, other] = this.collection.indexes.merged(this.conditions);
    return other === undefined && only!.isExact ? only!.estimate : undefined;
  }

  /** These documents, for values and groups of theirs. */
  documents(): AskedDocuments {
    const { collection, conditions, form } = this;
    const { definition, store, indexes } = collection;
    const source = this.#source(true);
    const areAll = isOfConditionsAlone(form);
    return {
      definition,
      store,
      indexes: indexes.all,
      conditions: areAll ? conditions : undefined,
      composites: indexes.composites,
      source,
      knownCount: () => (areAll ? this.knownCount : undefined),
      count: () => (areAll ? this.knownCount : undefined) ?? this.count(source),
      each: (fields, visit) => {
        if (areAll && conditions.length === 0) {
          eachDocument(store, fields, visit);
          return;
        }
        const answer = this.#answerInAnyOrder(source);
        if ('rows' in answer) for (const { document } of answer.rows) visit(document as Fields);
        else {
          const pick = store.pick(fields);
          for (const slot of inSlotOrder(answer.slots)) visit(store.look(slot, pick) as Fields);
        }
      },
    };
  }

  #behindOffset(answer: FilteredAnswer): FilteredAnswer {
    const { offset } = this.form;
    if (offset === 0) return answer;
    return 'rows' in answer ? { rows: answer.rows.slice(offset) } : { slots: answer.slots.slice(offset) };
  }

  /** Where documents are given out, they are made of bytes as they are looked at. Rows and values leave them as bytes. */
  #source(isPassing: boolean): QuerySource {
    const { store } = this.collection;
    const reads = isPassing ? this.#passing([]) : undefined;
    return reads === undefined ? store : new PassingSource(store, reads);
  }

  /**
   * How documents that are bytes are looked at and left so; undefined where they have to be made, or none is bytes.
   *
   * @param more fields beside those of conditions and order; undefined: any.
   */
  #passing(more: readonly string[] | undefined): FieldPick | undefined {
    const { store, definition } = this.collection;
    const { order, filter } = this.form;
    if (more === undefined || filter !== undefined || store.undecodedCount === 0) return undefined;
    // Any of the merged ones may be held against a document, and any of those that they were made of.
    const asked = [...this.conditions, ...this.collection.indexes.merged(this.conditions)];
    const read = fieldsRead(definition.model, asked, order);
    const pick = read && store.pick([...new Set([...read, ...more])]);
    return pick?.partial && pick;
  }
}

export function countOf(answer: FilteredAnswer): number {
  return 'rows' in answer ? answer.rows.length : answer.slots.length;
}

export function firstOf(answer: FilteredAnswer, limit: number): FilteredAnswer {
  return 'rows' in answer ? { rows: answer.rows.slice(0, limit) } : { slots: answer.slots.slice(0, limit) };
}

/** Every document as it lies: no list of all is made. */
function eachDocument(store: ShardedStore, fields: readonly string[], visit: (document: Fields) => void): void {
  const pick = store.pick(fields);
  for (let slot = 0; slot < store.end; slot++) if (store.hasEntry(slot)) visit(store.look(slot, pick) as Fields);
}

async function* behind<D>(documents: AsyncIterable<D>, offset: number): AsyncGenerator<D, void, undefined> {
  let left = offset;
  for await (const document of documents) if (left-- <= 0) yield document;
}

async function* rowsInSlices(documents: AsyncIterable<object>, rows: RowForm): AsyncGenerator<object, void, undefined> {
  for await (const document of documents) yield rows.of(document);
}
