/**
 * Answers a query: chooses the index to begin with, the conditions to check, and the way to the order.
 *
 * - Conditions begin with the narrowest that indexes answer (fewest documents by its own count); the others are checked on
 *   the documents themselves, which is cheaper than intersecting sets. `or` is a union of entries and `not` a difference,
 *   without a look at a document. What no index answers is checked on every document: no query costs more than that.
 * - An order either sorts what the narrowest index yields, or walks the ordered index and checks every condition on
 *   the way; the cheaper by estimate wins: n·log2(n) against the documents a walk must look at to find `limit` hits.
 * - Documents without a value in the ordered field come last in both directions. Documents of equal value come by key.
 */

import type { Slot, SlotReader } from '../../structures/slot.js';
import { compareStoreKeys as compareKeys, type StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, Condition, IndexCondition, OrderedIndex } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import type { ConditionPlan, Direction, QueryPlan } from '../query-types.js';
import type { Cursor } from './cursor.js';
import { isOfOneIndex, keyDirection, type QueryOrder } from './query-order.js';
import { sortSlots } from './sort-slots.js';

/** The parts of a collection's store that the planner needs. */
export interface QuerySource extends SlotReader {
  readonly size: number;
  slots(): Iterable<Slot>;
  /** Entries from a slot on, in order of slots; safe while writes go on. */
  slotsFrom(slot: Slot): Iterable<Slot>;
  /** As long as slots are in key order: the first slot whose key is above `key`. */
  slotBehind(key: StoreKey): Slot;
  /** Whether a key has a document. */
  has(key: StoreKey): boolean;
  hasEntry(slot: Slot): boolean;
}

/** A class, so that all requests have one shape. */
export class QueryRequest {
  constructor(
    readonly conditions: readonly Condition[],
    readonly order: QueryOrder | undefined,
    readonly limit: number,
    readonly after: Cursor | undefined,
    readonly filter: ((document: object, slot: Slot) => boolean) | undefined,
  ) {}
}

export const NO_CONDITIONS: readonly Condition[] = [];
const NO_SLOTS: readonly Slot[] = [];

/** How a query was answered, noted while it runs. */
export class QueryTrace {
  /** Documents looked at. */
  seen = 0;
  /** The index that was read, or the kind of the condition; undefined: all documents. */
  read: string | undefined = undefined;
  /** For `explain`: of each condition the entries taken from it, or the documents that were held against it. */
  seenBy: Map<Condition, number> | undefined = undefined;
  /** The order was that of the index; else hits were sorted. */
  isWalked = false;
}

/** The entries that answer the request, in its order. Not to be changed, nor held over a write. */
export function answerQuery(
  source: QuerySource,
  request: QueryRequest,
  trace: QueryTrace = new QueryTrace(),
): readonly Slot[] {
  if (request.limit === 0) return NO_SLOTS;
  const conditions = narrowestFirst(request.conditions);
  const { order } = request;
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
  const answer: Slot[] = [];
  for (const slot of ofFirst ?? source.slotsFrom(from)) {
    trace.seen++;
    if (others.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(others, document, trace) || (filter !== undefined && !filter(document, slot))) continue;
    }
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

/** How the request was answered. */
export function planOf(request: QueryRequest, matched: number, trace: QueryTrace): QueryPlan {
  const { read, isWalked, seen } = trace;
  const conditions = narrowestFirst(request.conditions);
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
    ...(parts === undefined
      ? { seen: trace.seenBy?.get(condition) ?? 0 }
      : {
          seen: trace.seenBy?.get(condition) ?? 0,
          parts: parts.map((part) => planOfCondition(part, trace)),
        }),
  };
}

/** An index by its name, anything else by what it is. */
function nameOf({ index, kind }: Condition): string {
  return index?.model.name ?? kind ?? 'all documents';
}

function orderText(order: QueryOrder | undefined, isWalked: boolean): string {
  if (order === undefined) return 'none';
  if (order.isBySlot === true) return 'by slot';
  const parts = [order.index?.model.name ?? 'key', ...(order.further ?? []).map(({ index }) => index.model.name)];
  if (order.byKey !== undefined) parts.push('key');
  return `${isWalked ? 'walked' : 'sorted by'} ${parts.join(', ')}`;
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
      trace.seen = Math.min(limit, answer.length);
      trace.seenBy?.set(only, trace.seen);
      return answer.length > limit ? answer.slice(0, limit) : answer;
    }
  }
  const { slots, rest, first } = beginning(source, conditions);
  trace.read = first && nameOf(first);
  if (first !== undefined) trace.seenBy?.set(first, (slots as readonly Slot[]).length);
  const answer: Slot[] = [];
  for (const slot of slots) {
    trace.seen++;
    // Not looked at without need: it may be bytes still.
    if (rest.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(rest, document, trace) || (filter !== undefined && !filter(document, slot))) continue;
    }
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

function inOrder(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: QueryOrder,
  trace: QueryTrace,
): readonly Slot[] {
  const ordered = walkedIndex(source, order, request.after);
  if (ordered !== undefined && isWalkCheaper(source, conditions, request, ordered))
    return walk(source, conditions, request, ordered, order.direction, trace);
  if (
    isByRisingKey(order) &&
    source.isInKeyOrder === true &&
    (conditions[0] === undefined || conditions[0].slotsFrom !== undefined)
  )
    return inKeyOrder(source, conditions, request, trace);
  const hits = collect(source, conditions, request, Number.POSITIVE_INFINITY, trace);
  return sortSlots(source, hits, order, request.after, request.limit);
}

/** The index that has the order of the answer; undefined: it is sorted. */
function walkedIndex(source: QuerySource, order: QueryOrder, after: Cursor | undefined): OrderedIndex | undefined {
  if (isOfOneIndex(order)) return order.index;
  const { composite } = order;
  // An index of several fields holds documents with a value for each of them.
  if (composite === undefined || composite.structure.entryCount < source.size) return undefined;
  if (after !== undefined && (after.value as readonly unknown[]).includes(undefined)) return undefined;
  return keyDirection(order) === order.direction ? composite : undefined;
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

function isWalkCheaper(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  ordered: OrderedIndex,
): boolean {
  const narrowest = conditions[0];
  if (narrowest === undefined || isOnIndex(narrowest, ordered)) return true;
  const count = Math.max(1, narrowest.estimate);
  const within = conditionOn(ordered, conditions);
  const walkable = within?.estimate ?? source.size;
  const share = count / Math.max(1, source.size);
  const walked = Math.min(walkable, request.limit / share);
  return walked < count * Math.log2(count + 1);
}

/** How an order is walked by one who checks what comes; undefined where what meets the conditions is better sorted. */
export interface WalkPlan {
  readonly slots: Iterable<Slot>;
  /** To be checked of each. */
  readonly others: readonly Condition[];
  /** Nothing comes after them: the index holds all documents in question. */
  readonly isWhole: boolean;
}

/** All slots of a walk at once, whatever the limit. O(documents of the index within its condition). */
export function walkPlanOf(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: QueryOrder,
): WalkPlan | undefined {
  const index = walkedIndex(source, order, request.after);
  if (index === undefined || !isWalkCheaper(source, conditions, request, index)) return undefined;
  const within = conditionOn(index, conditions);
  const others = within === undefined ? conditions : withoutOne(conditions, within);
  const isWhole = within !== undefined || index.structure.entryCount === source.size;
  const { after } = request;
  const isPastValues = after !== undefined && after.value === undefined;
  const slots = isPastValues ? NO_SLOTS : index.allOf(order.direction, within, after);
  return { slots, others, isWhole };
}

/** Walks the ordered index. Answers that need no look at a document are taken at once. */
function walk(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  ordered: OrderedIndex,
  direction: Direction,
  trace: QueryTrace,
): readonly Slot[] {
  trace.read = ordered.model.name;
  trace.isWalked = true;
  const within = conditionOn(ordered, conditions);
  const others = within === undefined ? conditions : withoutOne(conditions, within);
  const { after, filter } = request;
  if (
    filter === undefined &&
    others.length === 0 &&
    (within !== undefined || ordered.structure.entryCount === source.size) &&
    (after === undefined || after.value !== undefined)
  ) {
    const answer = ordered.firstOf(direction, within, after, request.limit);
    trace.seen = answer.length;
    if (within !== undefined) trace.seenBy?.set(within, trace.seen);
    return answer;
  }
  return walkAndCheck(source, within, others, request, ordered, direction, trace);
}

/** Walks the ordered index, checks every document, and adds those the index does not hold. */
function walkAndCheck(
  source: QuerySource,
  within: IndexCondition | undefined,
  others: readonly Condition[],
  request: QueryRequest,
  ordered: OrderedIndex,
  direction: Direction,
  trace: QueryTrace,
): readonly Slot[] {
  const { after, filter, limit } = request;
  const sign = direction === 'asc' ? 1 : -1;
  const answer: Slot[] = [];
  const isHit = (slot: Slot): boolean => {
    trace.seen++;
    const document = source.documentOf(slot);
    return (
      (others.length === 0 || meetsAll(others, document, trace)) && (filter === undefined || filter(document, slot))
    );
  };
  if (after === undefined || after.value !== undefined) {
    for (const slot of ordered.walk(direction, within, after)) {
      if (!isHit(slot)) continue;
      answer.push(slot);
      if (answer.length >= limit) return answer;
    }
  }
  if (within === undefined && ordered.structure.entryCount < source.size)
    addUnordered(source, others, request, ordered, sign, answer, isHit);
  return answer;
}

function withoutOne(conditions: readonly Condition[], one: Condition): readonly Condition[] {
  return conditions.length === 1 ? NO_CONDITIONS : conditions.filter((condition) => condition !== one);
}

function conditionOn(ordered: OrderedIndex, conditions: readonly Condition[]): IndexCondition | undefined {
  for (const condition of conditions) if (isOnIndex(condition, ordered)) return condition as IndexCondition;
  return undefined;
}

/** A stretch of the index itself, within which it can be walked. */
function isOnIndex({ index, kind }: Condition, ordered: OrderedIndex): boolean {
  return index === ordered && kind === undefined;
}

/** Adds the documents the ordered index does not hold, by key. */
function addUnordered(
  source: QuerySource,
  others: readonly Condition[],
  request: QueryRequest,
  ordered: CollectionIndex,
  sign: number,
  answer: Slot[],
  isHit: (slot: Slot) => boolean,
): void {
  const { after, limit } = request;
  const { slots: candidates } = beginning(source, others);
  const rest: Slot[] = [];
  for (const slot of candidates) {
    if (ordered.structure.valueOf(source.documentOf(slot)) !== undefined || !isHit(slot)) continue;
    if (after !== undefined && after.value === undefined && compareKeys(source.keyOf(slot), after.key) * sign <= 0)
      continue;
    rest.push(slot);
  }
  const sorted = rest.sort((a, b) => compareKeys(source.keyOf(a), source.keyOf(b)) * sign);
  for (const slot of sorted) {
    if (answer.length >= limit) return;
    answer.push(slot);
  }
}

/** The entries to begin with, and the conditions to hold against their documents. */
interface Beginning {
  readonly slots: Iterable<Slot>;
  readonly rest: readonly Condition[];
  /** Undefined: all documents. */
  readonly first: Condition | undefined;
}

/** The narrowest condition that knows its entries by indexes alone. */
function beginning(source: QuerySource, conditions: readonly Condition[]): Beginning {
  for (const first of conditions) {
    const slots = first.slots();
    if (slots === undefined) continue;
    return { slots, first, rest: first.isLoose === true ? conditions : withoutOne(conditions, first) };
  }
  return { slots: source.slots(), rest: conditions, first: undefined };
}

function meetsAll(conditions: readonly Condition[], document: object, { seenBy }: QueryTrace): boolean {
  for (const condition of conditions) {
    if (seenBy !== undefined) seenBy.set(condition, (seenBy.get(condition) ?? 0) + 1);
    if (!condition.matches(document)) return false;
  }
  return true;
}
