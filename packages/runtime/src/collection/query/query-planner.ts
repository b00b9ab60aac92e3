/**
 * Answers a query: chooses the index to begin with, the conditions to check, and the way to the order.
 *
 * - Conditions begin with the narrowest that indexes answer (fewest documents by its own count); the others are checked on
 *   the documents themselves, which is cheaper than intersecting sets. `or` is a union of entries and `not` a difference,
 *   without a look at a document. What no index answers is checked on every document: no query costs more than that.
 * - An order either sorts what the narrowest index yields, or walks the ordered index and checks every condition on
 *   the way; the cheaper by estimate wins (index-walk.ts). A walk that does not find its hits where the estimate saw them is
 *   given up, so that no order costs much more than to sort.
 * - The order of a search is that of its scores (rank-answer.ts).
 * - Documents without a value in the ordered field come last in both directions. Documents of equal value come by key.
 */

import type { Slot } from '../../structures/slot.js';
import type { Condition } from '../indexing/collection-index.js';
import { BranchUnion } from './branch-union.js';
import { cheapestFirst, noteEntries, withoutOne } from './candidate-slots.js';
import { isKeyWalkCheaper, isWalkCheaper, walk, walkedIndex, walkGroups } from './index-walk.js';
import { inSlotOrder, isScanCheaper, keptOf, keptOfCondition } from './kept-slots.js';
import { answerNearest } from './nearest-answer.js';
import { NearestOrder } from './nearest-order.js';
import { isOfOneIndex, type QueryOrder } from './query-order.js';
import { nameOf } from './query-plan.js';
import { QueryRequest, type QuerySource, QueryTrace } from './query-request.js';
import { answerByRank } from './rank-answer.js';
import { sortSlots } from './sort-slots.js';

const NO_SLOTS: readonly Slot[] = [];

/** The entries that answer the request, in its order. Not to be changed, nor held over a write. */
export function answerQuery(
  source: QuerySource,
  request: QueryRequest,
  trace: QueryTrace = new QueryTrace(),
): readonly Slot[] {
  if (request.limit === 0) return NO_SLOTS;
  const conditions = cheapestFirst(request.conditions);
  const { order } = request;
  if (order?.ranking !== undefined) return answerByRank(source, conditions, request, order.ranking.pinned(), trace);
  if (order === undefined) return collect(source, conditions, request, request.limit, trace);
  return order.isBySlot === true
    ? bySlot(source, conditions, request, trace)
    : inOrder(source, conditions, request, order, trace);
}

/** Walks slots after the cursor, those of the narrowest condition where it knows them. */
function bySlot(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  trace: QueryTrace,
): readonly Slot[] {
  const { after, filter, limit } = request;
  const from = after === undefined ? 0 : (after.value as Slot) + 1;
  const [first] = conditions;
  const ofFirst = first?.slotsFrom?.(from);
  const others = ofFirst !== undefined && first?.isLoose !== true ? conditions.slice(1) : conditions;
  trace.read = ofFirst === undefined ? undefined : nameOf(first!);
  return keptOf(source, ofFirst ?? source.slotsFrom(from), others, filter, limit, trace);
}

function collect(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  limit: number,
  trace: QueryTrace,
): readonly Slot[] {
  const { filter } = request;
  if (filter === undefined && conditions.length === 1 && conditions[0]!.isLoose !== true) {
    const only = conditions[0]!;
    const answer = only.slots(limit);
    if (answer !== undefined) {
      trace.read = nameOf(only);
      const count = Math.min(limit, answer.length);
      trace.seen += count;
      noteEntries(only, count, trace);
      return answer.length > limit ? answer.slice(0, limit) : answer;
    }
  }
  const [narrowest] = conditions;
  if (narrowest?.kind === 'or' && narrowest.isLoose === true) {
    const met = metByBranches(source, narrowest, conditions, request, limit, trace);
    if (met !== undefined) return met;
  }
  for (const first of conditions) {
    const rest = first.isLoose === true ? conditions : withoutOne(conditions, first);
    if (request.isAnyOrder && limit === Number.POSITIVE_INFINITY && isScanCheaper(source, first)) break;
    const kept = keptOfCondition(source, first, rest, request, limit, trace);
    if (kept === undefined) continue;
    trace.read = nameOf(first);
    return kept;
  }
  trace.read = undefined;
  return keptOf(source, source.slots(), conditions, filter, limit, trace);
}

/** Undefined where a few documents are wanted of which more is asked: these are sooner found one by one. */
function metByBranches(
  source: QuerySource,
  branches: Condition,
  conditions: readonly Condition[],
  { filter }: QueryRequest,
  limit: number,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  const rest = withoutOne(conditions, branches);
  const isLast = rest.length === 0 && filter === undefined;
  if (!isLast && limit < Number.POSITIVE_INFINITY) return undefined;
  trace.read = nameOf(branches);
  const met = new BranchUnion(source, branches.parts!).slots(limit, trace);
  noteEntries(branches, met.length, trace);
  if (isLast) return met.length > limit ? met.slice(0, limit) : met;
  const { seen } = trace;
  const kept = keptOf(source, met, rest, filter, limit, trace);
  trace.seen = seen;
  return kept;
}

function inOrder(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: QueryOrder,
  trace: QueryTrace,
): readonly Slot[] {
  if (order.index instanceof NearestOrder) return nearest(source, conditions, request, order.index, trace);
  const ordered = walkedIndex(source, order, request.after);
  if (ordered !== undefined && isWalkCheaper(source, conditions, request, ordered)) {
    const walked = walk(source, conditions, request, ordered, order.direction, trace);
    if (walked !== undefined) return walked;
  }
  if (isByRisingKey(order) && source.isInKeyOrder === true && isKeyWalkCheaper(source, conditions, request))
    return inKeyOrder(source, conditions, request, trace);
  const { index } = order;
  const isGrouped = index !== undefined && !isOfOneIndex(order) && request.limit < Number.POSITIVE_INFINITY;
  if (isGrouped && isWalkCheaper(source, conditions, request, index)) {
    const walked = walkGroups(source, conditions, request, order, trace);
    if (walked !== undefined) return walked;
  }
  request.isAnyOrder = true;
  trace.isMerged = request.merged !== request.conditions;
  const narrowed = trace.isMerged ? cheapestFirst(request.merged) : conditions;
  const hits = collect(source, narrowed, request, Number.POSITIVE_INFINITY, trace);
  return sortSlots(source, inSlotOrder(hits), order, request.after, request.limit);
}

function nearest(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: NearestOrder,
  trace: QueryTrace,
): readonly Slot[] {
  const others = conditions.filter(({ kind }) => kind !== 'vector');
  const all = new QueryRequest(others, undefined, Number.POSITIVE_INFINITY, undefined, undefined);
  return answerNearest(source, others, request, order, trace, () =>
    others.length === 0 ? undefined : collect(source, others, all, all.limit, trace),
  );
}

function isByRisingKey(order: QueryOrder): boolean {
  return order.index === undefined && order.direction === 'asc';
}

/** Slots lie in the order of keys: a walk over them is one by key, and costs no more than what it yields. */
function inKeyOrder(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  trace: QueryTrace,
): readonly Slot[] {
  const { after, filter, limit } = request;
  const start = after && { ...after, value: source.slotBehind(after.key) - 1 };
  const answer = bySlot(
    source,
    conditions,
    new QueryRequest(request.conditions, undefined, limit, start, filter),
    trace,
  );
  trace.isWalked = true;
  return answer;
}
