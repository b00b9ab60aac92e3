/**
 * Candidates held against conditions and a filter.
 *
 * Documents lie in memory about as their slots do. To look at many of them in the order of an index takes four to ten times as
 * long as in the order of slots: so long lists are looked at in that order, and given out in their own.
 */
import type { Slot } from '../../structures/slot.js';
import type { Condition } from '../indexing/collection-index.js';
import { membership, unionOf } from '../indexing/slot-sets.js';
import { meetsAll, noteEntries } from './candidate-slots.js';
import type { QueryRequest, QuerySource, QueryTrace } from './query-request.js';

/** Shorter lists stay in the cache of the processor, whatever their order. */
const MANY_SLOTS = 1_024;
/** Of a list that is looked at for a few hits, the part that is taken as it comes. */
const PART_IN_OWN_ORDER = 16;
/** Candidates asked for at first, for each document that is wanted. */
const CANDIDATES_PER_HIT = 4;
const FEW_CANDIDATES = 64;

/** Those of the slots whose documents meet the conditions and the filter, as they come, at most `limit`. */
export function keptOf(
  source: QuerySource,
  slots: Iterable<Slot>,
  conditions: readonly Condition[],
  filter: QueryRequest['filter'],
  limit: number,
  trace: QueryTrace,
): readonly Slot[] {
  const answer: Slot[] = [];
  for (const slot of slots) {
    trace.seen++;
    // Not looked at without need: it may be bytes still.
    if (conditions.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(conditions, document, trace) || (filter !== undefined && !filter(document, slot))) continue;
    }
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

/**
 * As `keptOf` of the entries of a condition, in their order. For a few documents a few entries are asked for first.
 *
 * @param rest conditions to be held against the documents.
 * @returns undefined where the condition does not know its entries.
 */
export function keptOfCondition(
  source: QuerySource,
  first: Condition,
  rest: readonly Condition[],
  request: QueryRequest,
  limit: number,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  const { filter, isAnyOrder } = request;
  const asked = Math.max(FEW_CANDIDATES, limit * CANDIDATES_PER_HIT);
  const isShort = limit !== Number.POSITIVE_INFINITY && asked * 2 < first.estimate;
  const slots = isShort ? first.slots(asked) : first.slots();
  if (slots === undefined) return undefined;
  const seenBefore = trace.seen;
  const answer = isShort ? keptOf(source, slots, rest, filter, limit, trace) : [];
  const left = limit - answer.length;
  const more =
    isShort && (left === 0 || slots.length < asked)
      ? []
      : keptOfMany(source, isShort ? first.slots()!.slice(slots.length) : slots, rest, filter, left, trace, isAnyOrder);
  noteEntries(first, trace.seen - seenBefore, trace);
  return answer.length === 0 ? more : [...answer, ...more];
}

function keptOfMany(
  source: QuerySource,
  slots: readonly Slot[],
  conditions: readonly Condition[],
  filter: QueryRequest['filter'],
  limit: number,
  trace: QueryTrace,
  isAnyOrder: boolean,
): readonly Slot[] {
  // A filter is code of the caller's: it is not asked about more documents than are needed.
  const mayStop = limit < slots.length;
  if (slots.length < MANY_SLOTS || (mayStop && filter !== undefined) || isRising(slots))
    return keptOf(source, slots, conditions, filter, limit, trace);
  const part = mayStop ? Math.ceil(slots.length / PART_IN_OWN_ORDER) : 0;
  const answer = part === 0 ? [] : keptOf(source, slots.slice(0, part), conditions, filter, limit, trace);
  if (answer.length >= limit) return answer;
  const others = part === 0 ? slots : slots.slice(part);
  const kept = keptOf(source, inSlotOrder(others), conditions, filter, Number.POSITIVE_INFINITY, trace);
  if (isAnyOrder && answer.length === 0 && kept.length <= limit) return kept;
  const isKept = membership(kept, (kept.at(-1) ?? 0) + 1);
  const more = others.filter(isKept);
  return answer.length === 0 && more.length <= limit ? more : [...answer, ...more].slice(0, limit);
}

/**
 * Whether all documents, as they lie, are sooner looked at than the entries of a condition are listed and brought into that
 * order: those of most documents, which no index has so.
 */
export function isScanCheaper(source: QuerySource, first: Condition): boolean {
  return source.size > MANY_SLOTS && first.slotsFrom === undefined && first.estimate * 2 > source.size;
}

/** The same slots, long lists rising: for one who looks at all of their documents. O(slots). */
export function inSlotOrder(slots: readonly Slot[]): readonly Slot[] {
  if (slots.length < MANY_SLOTS || isRising(slots)) return slots;
  let last = 0;
  for (const slot of slots) if (slot > last) last = slot;
  return unionOf([slots], last + 1);
}

function isRising(slots: readonly Slot[]): boolean {
  for (let place = 1; place < slots.length; place++) if (slots[place]! < slots[place - 1]!) return false;
  return true;
}
