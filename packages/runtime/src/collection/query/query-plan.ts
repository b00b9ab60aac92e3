/** Says how a query was answered: `explain()`. */
import type { Condition } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import type { ConditionPlan, QueryPlan } from '../query-types.js';
import type { QueryOrder } from './query-order.js';
import type { QueryRequest, QueryTrace } from './query-request.js';

/** How the request was answered. */
export function planOf(request: QueryRequest, matched: number, trace: QueryTrace): QueryPlan {
  const { read, isWalked, seen } = trace;
  const conditions = narrowestFirst(trace.isMerged ? request.merged : request.conditions);
  return {
    index: read ?? 'all documents',
    steps: conditions.map((condition) => ({ index: nameOf(condition), estimated: condition.estimate })),
    conditions: conditions.map((condition) => planOfCondition(condition, trace)),
    order: request.limit === 0 ? 'none' : orderText(request.order, isWalked),
    seen,
    matched,
  };
}

function planOfCondition(condition: Condition, trace: QueryTrace): ConditionPlan {
  const { kind, index, estimate, parts } = condition;
  return {
    asked: kind ?? 'index',
    ...(index !== undefined && { index: index.model.name }),
    estimated: estimate,
    seen: trace.seenBy?.get(condition) ?? 0,
    ...(parts !== undefined && { parts: parts.map((part) => planOfCondition(part, trace)) }),
  };
}

/** An index by its name, anything else by what it is. */
export function nameOf({ index, kind }: Condition): string {
  return index?.model.name ?? kind ?? 'all documents';
}

function orderText(order: QueryOrder | undefined, isWalked: boolean): string {
  if (order === undefined) return 'none';
  if (order.isBySlot === true) return 'by slot';
  if (order.ranking !== undefined) return 'by rank';
  const parts = [order.index?.model.name ?? 'key', ...(order.further ?? []).map(({ index }) => index.model.name)];
  if (order.byKey !== undefined) parts.push('key');
  return `${isWalked ? 'walked' : 'sorted by'} ${parts.join(', ')}`;
}
