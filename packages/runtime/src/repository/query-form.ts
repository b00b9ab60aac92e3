/** What is asked of the documents that meet the conditions: their order, how many, and what is given out of each. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { Condition } from '../collection/indexing/collection-index.js';
import { noCursor, parseCursor } from '../collection/query/cursor.js';
import { goOn, orderName } from '../collection/query/page-order.js';
import { isPlaceInOrder, pinned, type QueryOrder } from '../collection/query/query-order.js';
import { QueryRequest } from '../collection/query/query-request.js';
import type { RowForm } from '../collection/query/row-form.js';

export type DocumentFilter = (document: object) => boolean;

export interface QueryForm {
  readonly order: QueryOrder | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly filter: DocumentFilter | undefined;
  /** Where to go on; what it means depends on the order, which may still come. */
  readonly cursor: string | undefined;
  /** Undefined: the documents themselves. */
  readonly rows: RowForm | undefined;
}

/** All documents, as they are. */
export const PLAIN_FORM: QueryForm = {
  order: undefined,
  offset: 0,
  limit: Number.POSITIVE_INFINITY,
  filter: undefined,
  cursor: undefined,
  rows: undefined,
};

/** The form with some parts exchanged. No spread, which takes longer than all else that makes a query. */
export function changedForm(form: QueryForm, change: Partial<QueryForm>): QueryForm {
  return {
    order: change.order ?? form.order,
    offset: change.offset ?? form.offset,
    limit: change.limit ?? form.limit,
    filter: change.filter ?? form.filter,
    cursor: change.cursor ?? form.cursor,
    rows: change.rows ?? form.rows,
  };
}

/** Whether conditions alone say which documents answer. */
export function isOfConditionsAlone({ filter, cursor, offset, limit }: QueryForm): boolean {
  return filter === undefined && cursor === undefined && offset === 0 && limit === Number.POSITIVE_INFINITY;
}

/**
 * The request to the planner.
 *
 * @param limit and order in the place of the form's own.
 * @throws DatabaseError `INVALID_QUERY` when the cursor belongs to another order.
 */
export function requestOf(
  collection: Collection,
  conditions: readonly Condition[],
  form: QueryForm,
  limit: number,
  order: QueryOrder | undefined,
): QueryRequest {
  const { cursor, filter, order: asked } = form;
  const offset = limit === 0 ? 0 : form.offset;
  if (cursor === undefined) {
    const merged = collection.indexes.merged(conditions);
    if (order === undefined) return new QueryRequest(merged, undefined, limit + offset, undefined, filter);
    return new QueryRequest(conditions, pinned(order), limit + offset, undefined, filter, merged);
  }
  if (offset > 0)
    throw new DatabaseError('INVALID_QUERY', '`offset` cannot be used with `after`: the cursor says where to go on');
  const on =
    asked !== undefined
      ? { order: asked, after: parseCursor(cursor, orderName(asked, collection.openingId), collection.name) }
      : goOn(collection, cursor);
  // The text may come from anywhere: a position of another type would begin the order again, or end it.
  const { value, key } = on.after;
  if (!isPlaceInOrder(on.order, value) || !collection.keys.isStoreKey(key)) throw noCursor();
  return new QueryRequest(conditions, pinned(on.order), limit, on.after, filter);
}
