/**
 * Hands out the documents of a query one by one, as they were when it began, and gives the event loop a turn by the clock:
 * looking at documents, making them of bytes and sorting are all done in slices.
 *
 * The collection is held still by a view (O(1)), so writes meanwhile move nothing; what they replace is kept until the
 * loop ends. Slots of one index, up to all of them, are taken in the first turn: an array of numbers.
 */

import type { IndexValue } from '../../indexes/index-value.js';
import { sortedOrder } from '../../indexes/sorted-order.js';
import { SLICE_MS, SliceClock } from '../../scheduling/slice-clock.js';
import { runStepsInSlices, type Steps } from '../../scheduling/steps.js';
import type { Slot } from '../../structures/slot.js';
import type { CollectionView, ViewedDocument } from '../collection-view.js';
import type { Condition, OrderingIndex } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import type { Direction } from '../query-types.js';
import { walkPlanOf } from './index-walk.js';
import { comparePositions, valueInOrder } from './position.js';
import { indexesOfOrder, keyDirection, type QueryOrder } from './query-order.js';
import type { QueryRequest, QuerySource } from './query-request.js';
import type { Ranking } from './ranking.js';

/** Documents between two looks at the clock. */
const DOCUMENTS_PER_LOOK = 32;

/** The parts of a walk in slices, made at the moment of its first read. */
export interface SlicedQuery {
  readonly request: QueryRequest;
  /** Of this very moment; it is released in the end. */
  readonly view: CollectionView;
}

export async function* answerInSlices(
  source: QuerySource,
  begin: () => SlicedQuery,
): AsyncGenerator<object, void, undefined> {
  const { request, view } = begin();
  try {
    let left = request.limit;
    if (left === 0) return;
    const clock = new SliceClock(SLICE_MS.reading, DOCUMENTS_PER_LOOK);
    const walk = walkOf(source, view, request);
    for (const row of walk.rows) {
      if (clock.isOver()) await clock.rest();
      if (!walk.isHit(row)) continue;
      yield row.document;
      if (--left === 0) return;
    }
    if (walk.isWhole) return;
    // The rest has to be sorted: all hits, or after a walk those without a value.
    const hits: ViewedDocument[] = [];
    for (const row of walk.rest()) {
      if (clock.isOver()) await clock.rest();
      if (walk.isRestHit(row)) hits.push(row);
    }
    const places = await runStepsInSlices(orderOf(hits, request.order!), SLICE_MS.reading);
    for (const place of places) {
      if (clock.isOver()) await clock.rest();
      yield hits[place]!.document;
      if (--left === 0) return;
    }
  } finally {
    view.release();
  }
}

/** Rows to be handed out as they come, and then rows to be sorted. */
interface SlicedWalk {
  readonly rows: Iterable<ViewedDocument>;
  isHit(row: ViewedDocument): boolean;
  /** Nothing is left to be sorted. */
  readonly isWhole: boolean;
  rest(): Iterable<ViewedDocument>;
  isRestHit(row: ViewedDocument): boolean;
}

const NO_ROWS: readonly ViewedDocument[] = [];

function walkOf(source: QuerySource, view: CollectionView, request: QueryRequest): SlicedWalk {
  const { order, filter } = request;
  const conditions = narrowestFirst(request.conditions);
  const meets = ({ document, slot }: ViewedDocument, others: readonly Condition[]): boolean =>
    others.every((condition) => condition.matches(document)) && (filter === undefined || filter(document, slot));
  if (order?.ranking !== undefined) {
    const others = conditions.filter(({ kind }) => kind !== 'search');
    return {
      rows: rankedRows(view, order.ranking.pinned(), request),
      isHit: (row) => meets(row, others),
      isWhole: true,
      rest: () => NO_ROWS,
      isRestHit: () => false,
    };
  }
  const plan = order === undefined ? undefined : walkPlanOf(source, conditions, request, order);
  if (plan !== undefined) {
    const valueIn = (row: ViewedDocument): unknown => order?.index?.structure.valueOf(row.document);
    return {
      rows: rowsOf(view, plan.slots),
      isHit: (row) => meets(row, plan.others),
      isWhole: plan.isWhole,
      rest: () => view.documents(),
      isRestHit: (row) => valueIn(row) === undefined && isBehind(row, request) && meets(row, plan.others),
    };
  }
  const [first] = conditions;
  const slots = first?.slotsNow?.();
  const others = slots === undefined || first?.isLoose === true ? conditions : conditions.slice(1);
  const rows = slots === undefined ? view.documents() : rowsOf(view, slots);
  const isHit = (row: ViewedDocument): boolean => isBehind(row, request) && meets(row, others);
  const isUnordered = order === undefined;
  return {
    rows: isUnordered ? rows : NO_ROWS,
    isHit,
    isWhole: isUnordered,
    rest: () => rows,
    isRestHit: isHit,
  };
}

function* rankedRows(view: CollectionView, ranking: Ranking, { after }: QueryRequest): Iterable<ViewedDocument> {
  for (const key of ranking.best(after)) {
    const row = view.get(key);
    if (row !== undefined) yield row;
  }
}

function* rowsOf(view: CollectionView, slots: Iterable<Slot>): Iterable<ViewedDocument> {
  for (const slot of slots) yield view.at(slot)!;
}

function isBehind({ key, document, slot }: ViewedDocument, { after, order }: QueryRequest): boolean {
  if (after === undefined || order === undefined) return true;
  if (order.isBySlot === true) return slot > (after.value as Slot);
  return comparePositions({ value: valueInOrder(order, document, key), key }, after, order) > 0;
}

/**
 * Places of the rows in the order: by key, then by each field, the last one first. Each sort keeps what the ones before it
 * have done: the rank so far stands in the place of a key.
 */
function* orderOf(rows: readonly ViewedDocument[], order: QueryOrder): Steps<Uint32Array> {
  if (order.isBySlot === true)
    return yield* sortedOrder(
      rows.map(({ slot }) => slot),
      undefined,
    );
  const keys = rows.map(({ key }) => key);
  let places = yield* sortedOrder(new Float64Array(rows.length), keys);
  if (keyDirection(order) === 'desc') places.reverse();
  const directions = [order, ...(order.further ?? [])].map(({ direction }) => direction);
  for (const [part, index] of [...indexesOfOrder(order).entries()].reverse())
    places = yield* orderedBy(rows, index, directions[part]!, places);
  return places;
}

/** The places in the order of one index, those of equal value as they were; those without a value last. */
function* orderedBy(
  rows: readonly ViewedDocument[],
  index: OrderingIndex,
  direction: Direction,
  places: Uint32Array,
): Steps<Uint32Array> {
  const values: IndexValue[] = [];
  const ranks: number[] = [];
  const valued: number[] = [];
  const unvalued: number[] = [];
  const step = direction === 'asc' ? 1 : -1;
  for (const [rank, place] of places.entries()) {
    const value = index.structure.valueOf(rows[place]!.document);
    if (value === undefined) unvalued.push(place);
    else {
      values.push(value as IndexValue);
      ranks.push(rank * step);
      valued.push(place);
    }
    if (rank % DOCUMENTS_PER_LOOK === 0) yield;
  }
  const sorted = yield* sortedOrder(values, ranks);
  if (direction === 'desc') sorted.reverse();
  return Uint32Array.from([...Array.from(sorted, (at) => valued[at]!), ...unvalued]);
}
