/**
 * Answers a query: chooses the index to begin with, the conditions to check, and the way to the order.
 *
 * - Conditions begin with the narrowest index (fewest documents by its own count); the others are checked on the
 *   documents themselves, which is cheaper than intersecting sets.
 * - An order either sorts what the narrowest index yields, or walks the ordered index and checks every condition on
 *   the way; the cheaper by estimate wins: n·log2(n) against the documents a walk must look at to find `limit` hits.
 * - Documents without a value in the ordered field come last in both directions. Documents of equal value come by key.
 */

import type { Slot, SlotReader } from '../../structures/slot.js';
import { compareStoreKeys as compareKeys, type StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, IndexCondition, OrderedIndex } from '../indexing/collection-index.js';
import type { Direction, QueryPlan } from '../query-types.js';
import type { Cursor } from './cursor.js';
import { sortSlots } from './sort-slots.js';

/** The parts of a collection's store that the planner needs. */
export interface QuerySource extends SlotReader {
  readonly size: number;
  slots(): Iterable<Slot>;
  /** Entries from a slot on, in order of slots; safe while writes go on. */
  slotsFrom(slot: Slot): Iterable<Slot>;
  /** Whether a key has a document. */
  has(key: StoreKey): boolean;
  hasEntry(slot: Slot): boolean;
}

export interface QueryOrder {
  /** Undefined: by key. */
  readonly index: OrderedIndex | undefined;
  readonly direction: Direction;
  /** By slot: the cheapest for pages that are given no order. */
  readonly isBySlot?: true;
  /** Nobody asked for it; see page-order.ts. */
  readonly isNatural?: true;
}

/** A class, so that all requests have one shape. */
export class QueryRequest {
  constructor(
    readonly conditions: readonly IndexCondition[],
    readonly order: QueryOrder | undefined,
    readonly limit: number,
    readonly after: Cursor | undefined,
    readonly filter: ((document: object, slot: Slot) => boolean) | undefined,
  ) {}
}

export const NO_CONDITIONS: readonly IndexCondition[] = [];
const NO_SLOTS: readonly Slot[] = [];

/** How a query was answered, noted while it runs. */
export class QueryTrace {
  /** Documents looked at. */
  seen = 0;
  /** The index that was read; undefined: all documents. */
  index: CollectionIndex | undefined = undefined;
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
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  trace: QueryTrace,
): readonly Slot[] {
  const { after, filter, limit } = request;
  const from = after === undefined ? 0 : (after.value as Slot) + 1;
  const [first] = conditions;
  const ofFirst = first?.slotsFrom?.(from);
  const others = ofFirst !== undefined ? conditions.slice(1) : conditions;
  trace.index = ofFirst === undefined ? undefined : first?.index;
  const answer: Slot[] = [];
  for (const slot of ofFirst ?? source.slotsFrom(from)) {
    trace.seen++;
    if (others.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(others, document) || (filter !== undefined && !filter(document, slot))) continue;
    }
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

/** How the request was answered. */
export function planOf(request: QueryRequest, matched: number, trace: QueryTrace): QueryPlan {
  const { index, isWalked, seen } = trace;
  const steps = narrowestFirst(request.conditions).map((condition) => ({
    index: condition.index.model.name,
    estimated: condition.estimate,
  }));
  return {
    index: index?.model.name ?? 'all documents',
    steps,
    order: request.limit === 0 ? 'none' : orderText(request.order, isWalked),
    seen,
    matched,
  };
}

function orderText(order: QueryOrder | undefined, isWalked: boolean): string {
  if (order === undefined) return 'none';
  if (order.isBySlot === true) return 'by slot';
  return `${isWalked ? 'walked' : 'sorted by'} ${order.index?.model.name ?? 'key'}`;
}

export function narrowestFirst(conditions: readonly IndexCondition[]): readonly IndexCondition[] {
  return conditions.length < 2 ? conditions : [...conditions].sort((a, b) => a.estimate - b.estimate);
}

function collect(
  source: QuerySource,
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  limit: number,
  trace: QueryTrace,
): readonly Slot[] {
  const first = conditions[0];
  const { filter } = request;
  trace.index = first?.index;
  if (filter === undefined && conditions.length === 1) {
    const answer = first!.slots(limit);
    trace.seen = Math.min(limit, answer.length);
    return answer.length > limit ? answer.slice(0, limit) : answer;
  }
  const rest = conditions.slice(1);
  const answer: Slot[] = [];
  for (const slot of first === undefined ? source.slots() : first.slots()) {
    trace.seen++;
    // Not looked at without need: it may be bytes still.
    if (rest.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(rest, document) || (filter !== undefined && !filter(document, slot))) continue;
    }
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

function inOrder(
  source: QuerySource,
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  order: QueryOrder,
  trace: QueryTrace,
): readonly Slot[] {
  const ordered = order.index;
  if (ordered !== undefined && isWalkCheaper(source, conditions, request, ordered))
    return walk(source, conditions, request, ordered, order.direction, trace);
  const hits = collect(source, conditions, request, Number.POSITIVE_INFINITY, trace);
  return sortSlots(source, hits, ordered, order.direction, request.after, request.limit);
}

function isWalkCheaper(
  source: QuerySource,
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  ordered: OrderedIndex,
): boolean {
  const narrowest = conditions[0];
  if (narrowest === undefined || narrowest.index === ordered) return true;
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
  readonly others: readonly IndexCondition[];
  /** Nothing comes after them: the index holds all documents in question. */
  readonly isWhole: boolean;
}

/** All slots of a walk at once, whatever the limit. O(documents of the index within its condition). */
export function walkPlanOf(
  source: QuerySource,
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  order: QueryOrder,
): WalkPlan | undefined {
  const { index } = order;
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
  conditions: readonly IndexCondition[],
  request: QueryRequest,
  ordered: OrderedIndex,
  direction: Direction,
  trace: QueryTrace,
): readonly Slot[] {
  trace.index = ordered;
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
    return answer;
  }
  return walkAndCheck(source, within, others, request, ordered, direction, trace);
}

/** Walks the ordered index, checks every document, and adds those the index does not hold. */
function walkAndCheck(
  source: QuerySource,
  within: IndexCondition | undefined,
  others: readonly IndexCondition[],
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
    return (others.length === 0 || meetsAll(others, document)) && (filter === undefined || filter(document, slot));
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

function withoutOne(conditions: readonly IndexCondition[], one: IndexCondition): readonly IndexCondition[] {
  return conditions.length === 1 ? NO_CONDITIONS : conditions.filter((condition) => condition !== one);
}

function conditionOn(ordered: OrderedIndex, conditions: readonly IndexCondition[]): IndexCondition | undefined {
  for (const condition of conditions) if (condition.index === ordered) return condition;
  return undefined;
}

/** Adds the documents the ordered index does not hold, by key. */
function addUnordered(
  source: QuerySource,
  others: readonly IndexCondition[],
  request: QueryRequest,
  ordered: CollectionIndex,
  sign: number,
  answer: Slot[],
  isHit: (slot: Slot) => boolean,
): void {
  const { after, limit } = request;
  const candidates = others[0] === undefined ? source.slots() : others[0].slots();
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

function meetsAll(conditions: readonly IndexCondition[], document: object): boolean {
  for (const condition of conditions) if (!condition.matches(document)) return false;
  return true;
}
