/**
 * Answers a query for nearest neighbours: conditions narrow the entries first, by indexes; then the distances of those that
 * are left are read from the column of vectors, and documents are looked at in order of distance, as far as a filter needs.
 *
 * An approximate answer asks a library for candidates, more and more of them until enough meet the conditions. Where that
 * would be half of all, it is exact.
 */
import { types } from 'node:util';
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { Slot } from '../../structures/slot.js';
import type { Condition } from '../indexing/collection-index.js';
import { meetsAll } from './candidate-slots.js';
import type { NearestOrder } from './nearest-order.js';
import type { QueryRequest, QuerySource, QueryTrace } from './query-request.js';

/** The least number of candidates that a library is asked for. */
const LEAST_CANDIDATES = 32;
/** Candidates for each document of the answer, where conditions or a filter may leave some out. */
const CANDIDATES_PER_ANSWER = 4;

type Filter = NonNullable<QueryRequest['filter']>;

/**
 * The entries that answer, nearest first.
 *
 * @param conditions but the one that asks for a vector at all.
 * @param narrowed the entries that meet them; undefined when there are no conditions: all.
 * @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE` when the library cannot be asked.
 */
export function answerNearest(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  order: NearestOrder,
  trace: QueryTrace,
  narrowed: () => readonly Slot[] | undefined,
): readonly Slot[] {
  if (!order.isApproximate) return exactAnswer(source, request, request.filter, order, trace, narrowed);
  // Also where the answer will be exact: that it was never given is not to show only once there are many documents.
  order.vectors.library.require();
  const filter = request.filter && remembered(request.filter);
  return (
    approximateAnswer(source, conditions, request, filter, order, trace) ??
    exactAnswer(source, request, filter, order, trace, narrowed)
  );
}

function exactAnswer(
  source: QuerySource,
  { after, limit }: QueryRequest,
  filter: Filter | undefined,
  order: NearestOrder,
  trace: QueryTrace,
  narrowed: () => readonly Slot[] | undefined,
): readonly Slot[] {
  const { vectors, from } = order;
  const entries = narrowed();
  const distances = entries === undefined ? vectors.allDistances(from) : vectors.distancesOf(entries, from);
  if (entries === undefined) {
    trace.read = vectors.name;
    trace.seen = distances.count;
  }
  // Documents are decided in the order of the answer, but for those that an approximate try has decided before.
  trace.isWalked = !order.isApproximate;
  const answer: Slot[] = [];
  for (const slot of order.inOrder(distances, after)) {
    if (filter !== undefined && !filter(source.documentOf(slot), slot)) continue;
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

/** Undefined where an exact answer costs no more. */
function approximateAnswer(
  source: QuerySource,
  conditions: readonly Condition[],
  { after, limit }: QueryRequest,
  filter: Filter | undefined,
  order: NearestOrder,
  trace: QueryTrace,
): readonly Slot[] | undefined {
  const { vectors } = order;
  const hasToBeSeen = conditions.length > 0 || filter !== undefined;
  const meets = (slot: Slot): boolean => {
    trace.seen++;
    if (!hasToBeSeen) return true;
    const document = source.documentOf(slot);
    return meetsAll(conditions, document, trace) && (filter === undefined || filter(document, slot));
  };
  const isNarrowed = hasToBeSeen || after !== undefined;
  let asked = Math.max(LEAST_CANDIDATES, isNarrowed ? limit * CANDIDATES_PER_ANSWER : limit);
  for (; asked * 2 < vectors.entryCount; asked *= CANDIDATES_PER_ANSWER) {
    const distances = vectors.distancesOf(candidatesOf(order, asked), order.from);
    const answer: Slot[] = [];
    for (const slot of order.inOrder(distances, after)) {
      if (!meets(slot)) continue;
      answer.push(slot);
      if (answer.length < limit) continue;
      trace.read = `${vectors.name}, approximately`;
      return answer;
    }
  }
  return undefined;
}

/**
 * Ids of the library that are entries, each once: it is code of the user's, and may answer anything. No more of them are
 * looked at than there are entries, and as many again for those that it should have forgotten.
 *
 * @throws DatabaseError `INVALID_INDEX_VALUE` when it throws, or gives no list: a promise would never be noticed else, since
 *   the answer is exact then.
 */
function candidatesOf({ vectors, from }: NearestOrder, count: number): readonly Slot[] {
  const library = vectors.library.require();
  const fail = (what: string, cause?: unknown): never => {
    const message = `the library for the vectors of ${vectors.name} ${what}`;
    throw new DatabaseError('INVALID_INDEX_VALUE', message, { index: vectors.name }, { cause });
  };
  const slots = new Set<Slot>();
  let ids: ArrayLike<unknown> | undefined;
  try {
    ids = library.search(from.numbers.slice(), count);
    const length = typeof ids === 'object' && ids !== null ? ids.length : undefined;
    if (typeof length === 'number' && length >= 0) {
      const end = Math.min(length, 2 * vectors.entryCount);
      for (let index = 0; index < end; index++) {
        const id = slotOf(ids[index]);
        if (id !== undefined && vectors.has(id)) slots.add(id);
      }
      return [...slots];
    }
  } catch (cause) {
    return fail('threw in a search', cause);
  }
  return fail(`gave ${types.isPromise(ids) ? 'a promise' : showValue(ids)} in a search, and not a list of ids`);
}

/** An id as libraries give them, of 64 bits too; undefined for what no slot is. */
function slotOf(id: unknown): Slot | undefined {
  const number = typeof id === 'bigint' ? Number(id) : id;
  return typeof number === 'number' && number >>> 0 === number ? number : undefined;
}

/** A filter that is asked once for each document: it is code of the user's, and may write. */
function remembered(filter: Filter): Filter {
  const verdicts = new Map<Slot, boolean>();
  return (document, slot) => {
    const known = verdicts.get(slot);
    if (known !== undefined) return known;
    const verdict = filter(document, slot);
    verdicts.set(slot, verdict);
    return verdict;
  };
}
