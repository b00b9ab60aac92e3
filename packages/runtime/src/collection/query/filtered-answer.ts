/**
 * Answers a query with a filter. A filter is the caller's code and may write: what it moves must not be met again where
 * it comes to lie, nor be missed where it lay.
 *
 * The collection is held still meanwhile (collection-view.ts, O(1)). As long as nothing is written, the planner's walk
 * goes on; with the first write it ends, and the rest is taken from the view: every document once, as it was when the
 * query began. Documents that the filter deleted are left out.
 */
import type { Slot } from '../../structures/slot.js';
import type { CollectionView, ViewedDocument } from '../collection-view.js';
import { comparePositions, valueInOrder } from './position.js';
import { answerQuery } from './query-planner.js';
import { QueryRequest, type QuerySource, QueryTrace } from './query-request.js';

/** Documents that answer: as slots, good until the next write, or as rows when the filter wrote. */
export type FilteredAnswer = { readonly slots: readonly Slot[] } | { readonly rows: readonly ViewedDocument[] };

/** Thrown by the filter's guard out of the planner's walk; never seen by a caller. */
const DISTURBED = Symbol('the filter wrote');

/** @param view of the collection, of this very moment; the caller releases it. */
export function answerFiltered(
  source: QuerySource,
  view: CollectionView,
  request: QueryRequest,
  trace: QueryTrace = new QueryTrace(),
): FilteredAnswer {
  const filter = request.filter!;
  const decided: Slot[] = [];
  const kept: Slot[] = [];
  const guard = (document: object, slot: Slot): boolean => {
    const isKept = filter(document, slot);
    decided.push(slot);
    if (isKept) kept.push(slot);
    if (view.isTouched) throw DISTURBED;
    return isKept;
  };
  const { conditions, order, limit, after, merged } = request;
  try {
    return { slots: answerQuery(source, new QueryRequest(conditions, order, limit, after, guard, merged), trace) };
  } catch (error) {
    if (error !== DISTURBED) throw error;
  }
  const first = kept.map((slot) => view.at(slot)!);
  const rest = restOf(view, request, new Set(decided));
  // A walk in the order meets what comes first; else all hits are sorted in the end.
  const isInOrder = order === undefined || order.isBySlot === true || trace.isWalked;
  for (const row of rest) {
    if (isInOrder && first.length >= limit) break;
    if (filter(row.document, row.slot)) first.push(row);
  }
  if (!isInOrder) sortRows(first, request);
  return { rows: first.slice(0, limit).filter(({ key }) => source.has(key)) };
}

/**
 * The documents that meet the conditions and are not yet decided, in the order of the query. O(documents · log
 * documents).
 */
function restOf(view: CollectionView, request: QueryRequest, decided: ReadonlySet<Slot>): ViewedDocument[] {
  const { conditions, order, after } = request;
  const rest: ViewedDocument[] = [];
  for (const row of view.documents()) {
    if (decided.has(row.slot) || !conditions.every((condition) => condition.matches(row.document))) continue;
    if (after !== undefined) {
      const isBehind =
        order?.isBySlot === true
          ? row.slot > (after.value as Slot)
          : comparePositions(positionOf(row, request), after, order) > 0;
      if (!isBehind) continue;
    }
    rest.push(row);
  }
  sortRows(rest, request);
  return rest;
}

function sortRows(rows: ViewedDocument[], request: QueryRequest): void {
  const { order } = request;
  if (order === undefined || order.isBySlot === true) rows.sort((a, b) => a.slot - b.slot);
  else rows.sort((a, b) => comparePositions(positionOf(a, request), positionOf(b, request), order));
}

function positionOf(
  { key, document }: ViewedDocument,
  { order }: QueryRequest,
): { value: unknown; key: ViewedDocument['key'] } {
  return { value: valueInOrder(order, document, key), key };
}
