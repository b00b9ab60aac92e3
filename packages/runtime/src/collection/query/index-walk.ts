/** Walks over an ordered index: whether one is cheaper than sorting, and the answer that it gives. */
import type { Slot } from '../../structures/slot.js';
import { compareStoreKeys as compareKeys } from '../../structures/store-key.js';
import type { Condition, IndexCondition, OrderingIndex } from '../indexing/collection-index.js';
import type { Direction } from '../query-types.js';
import { beginning, meetsAll, walkedCondition, walkedPart } from './candidate-slots.js';
import type { Cursor } from './cursor.js';
import { isOfOneIndex, keyDirection, type QueryOrder } from './query-order.js';
import type { QueryRequest, QuerySource, QueryTrace } from './query-request.js';
import { sortSlots } from './sort-slots.js';

const NO_SLOTS: readonly Slot[] = [];

/** The index that has the order of the answer; undefined: it is sorted. */
export function walkedIndex(
  source: QuerySource,
  order: QueryOrder,
  after: Cursor | undefined,
): OrderingIndex | undefined {
  if (isOfOneIndex(order)) return order.index;
  const { composite } = order;
  // An index of several fields holds documents with a value for each of them.
  if (composite === undefined || composite.structure.entryCount < source.size) return undefined;
  if (after !== undefined && (after.value as readonly unknown[]).includes(undefined)) return undefined;
  return keyDirection(order) === order.direction ? composite : undefined;
}

/** A walk that is given up has cost no more than so many looks. */
const FEW_LOOKS = 256;
/** What a walk may cost in vain, as a part of what it costs to sort. */
const PART_OF_SORT = 1 / 4;

/**
 * What it costs to sort, in looks at documents in the order of an index: candidates are looked at in the order of slots, half as
 * dear, and compared with those that are kept.
 */
function costOfSort(count: number, limit: number): number {
  return count * (0.5 + Math.log2(Math.min(limit, count) + 1) / 8);
}

/**
 * After so many looks without the hits of a limit a walk is given up: they lie elsewhere than the estimate saw them.
 *
 * @param part of the cost of a sort that may be spent in vain. Default: a quarter.
 */
export function looksOfWalk(
  conditions: readonly Condition[],
  { limit, filter }: QueryRequest,
  part = PART_OF_SORT,
): number {
  // A filter is code of the caller's, and is not asked twice about a document.
  if (filter !== undefined || conditions.length === 0 || limit === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  return Math.max(FEW_LOOKS, costOfSort(conditions[0]!.estimate, limit) * part);
}

/** Whether documents, which lie in the order of their keys, are sooner looked at one after another until there are enough. */
export function isKeyWalkCheaper(
  source: QuerySource,
  [narrowest]: readonly Condition[],
  { limit }: QueryRequest,
): boolean {
  if (narrowest === undefined || narrowest.slotsFrom !== undefined) return true;
  const count = Math.max(1, narrowest.estimate);
  const walked = Math.min(source.size, (limit * source.size) / count);
  return walked / 4 < costOfSort(count, limit);
}

export function isWalkCheaper(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  ordered: OrderingIndex,
): boolean {
  const narrowest = conditions[0];
  if (narrowest === undefined || walkedCondition(source, ordered, narrowest) !== undefined) return true;
  const count = Math.max(1, narrowest.estimate);
  const { within } = walkedPart(source, ordered, conditions);
  const walkable = within?.estimate ?? source.size;
  const share = count / Math.max(1, source.size);
  const walked = Math.min(walkable, request.limit / share);
  return walked < costOfSort(count, request.limit);
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
  const { within, others } = walkedPart(source, index, conditions);
  const isWhole = within !== undefined || index.structure.entryCount === source.size;
  const { after } = request;
  const isPastValues = after !== undefined && after.value === undefined;
  const slots = isPastValues ? NO_SLOTS : index.allOf(order.direction, within, after);
  return { slots, others, isWhole };
}

/** Walks the ordered index. Answers that need no look at a document are taken at once. Undefined: given up, better sort. */
export function walk(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  ordered: OrderingIndex,
  direction: Direction,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  trace.read = ordered.model.name;
  trace.isWalked = true;
  const { within, by, others } = walkedPart(source, ordered, conditions);
  const { after, filter } = request;
  if (
    filter === undefined &&
    others.length === 0 &&
    (within !== undefined || ordered.structure.entryCount === source.size) &&
    (after === undefined || after.value !== undefined)
  ) {
    const answer = ordered.firstOf(direction, within, after, request.limit);
    trace.seen = answer.length;
    if (by !== undefined) trace.seenBy?.set(by, trace.seen);
    return answer;
  }
  const looks = others.length === 0 ? Number.POSITIVE_INFINITY : looksOfWalk(conditions, request);
  const answer = walkAndCheck(source, within, others, request, ordered, direction, looks, trace);
  if (answer === undefined) trace.isWalked = false;
  return answer;
}

/** Walks the ordered index, checks every document, and adds those the index does not hold. Undefined: given up after `looks`. */
function walkAndCheck(
  source: QuerySource,
  within: IndexCondition | undefined,
  others: readonly Condition[],
  request: QueryRequest,
  ordered: OrderingIndex,
  direction: Direction,
  looks: number,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  const { after, limit } = request;
  const sign = direction === 'asc' ? 1 : -1;
  const answer: Slot[] = [];
  const isHit = hitTest(source, others, request, trace);
  if (after === undefined || after.value !== undefined) {
    let left = looks;
    for (const slot of ordered.walk(direction, within, after)) {
      if (left-- <= 0) return undefined;
      if (!isHit(slot)) continue;
      answer.push(slot);
      if (answer.length >= limit) return answer;
    }
  }
  if (within === undefined && ordered.structure.entryCount < source.size)
    addUnordered(source, others, request, ordered, sign, answer, isHit);
  return answer;
}

/**
 * The beginning of an order of several fields: walks the first field's index, one value after another, until there are
 * `limit` hits and their last value is over; then only those are sorted. Documents without a value come behind all others.
 * Undefined: given up.
 */
export function walkGroups(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: QueryOrder,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  const ordered = order.index!;
  const { after, limit } = request;
  trace.read = ordered.model.name;
  const { within, others } = walkedPart(source, ordered, conditions);
  const isHit = hitTest(source, others, request, trace);
  // One field with a direction of its own for the key has a plain value, no list.
  const first = order.further === undefined ? after?.value : (after?.value as readonly unknown[] | undefined)?.[0];
  const start = after && { value: first, key: undefined };
  const answer: Slot[] = [];
  const take = (slots: readonly Slot[]): boolean => {
    for (const slot of sortSlots(source, slots, order, after, limit - answer.length)) answer.push(slot);
    return answer.length >= limit;
  };
  let group: Slot[] = [];
  let last: unknown;
  // Documents of one value lie in the order of keys, mostly as they lie in memory: to look at them is cheap.
  let left = others.length === 0 ? Number.POSITIVE_INFINITY : looksOfWalk(conditions, request, 1);
  if (start === undefined || start.value !== undefined)
    for (const slot of ordered.walk(order.direction, within, start)) {
      if (left-- <= 0) return undefined;
      if (!isHit(slot)) continue;
      const value = ordered.structure.valueOf(source.documentOf(slot));
      if (last !== undefined && ordered.compare(value, last) !== 0) {
        if (take(group)) return answer;
        group = [];
      }
      last = value;
      group.push(slot);
    }
  if (take(group) || within !== undefined || ordered.structure.entryCount >= source.size) return answer;
  take(withoutValue(source, others, ordered, isHit));
  return answer;
}

/** Documents that the index does not hold, as they lie. */
function withoutValue(
  source: QuerySource,
  others: readonly Condition[],
  ordered: OrderingIndex,
  isHit: (slot: Slot) => boolean,
): readonly Slot[] {
  const slots: Slot[] = [];
  for (const slot of beginning(source, others).slots)
    if (ordered.structure.valueOf(source.documentOf(slot)) === undefined && isHit(slot)) slots.push(slot);
  return slots;
}

function hitTest(
  source: QuerySource,
  others: readonly Condition[],
  { filter }: QueryRequest,
  trace: QueryTrace,
): (slot: Slot) => boolean {
  return (slot) => {
    trace.seen++;
    const document = source.documentOf(slot);
    return (
      (others.length === 0 || meetsAll(others, document, trace)) && (filter === undefined || filter(document, slot))
    );
  };
}

/** Adds the documents the ordered index does not hold, by key. */
function addUnordered(
  source: QuerySource,
  others: readonly Condition[],
  request: QueryRequest,
  ordered: OrderingIndex,
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
