/** Answers a query in the order of a ranking: walks it from the best, or ranks what a narrower condition yields. */
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import { meetsAll } from './candidate-slots.js';
import { nameOf } from './query-plan.js';
import type { QueryRequest, QuerySource, QueryTrace } from './query-request.js';
import { comparePlaces, type Ranking } from './ranking.js';

/** A condition with so many times fewer documents is begun with. */
const NARROWER = 4;

/** @param conditions narrowest first. */
export function answerByRank(
  source: QuerySource,
  conditions: readonly Condition[],
  request: QueryRequest,
  ranking: Ranking,
  trace: QueryTrace,
): readonly Slot[] {
  const others = conditions.filter(({ kind }) => kind !== 'search');
  const [first] = others;
  if (first !== undefined && first.isLoose !== true && first.estimate * NARROWER < ranking.count) {
    const slots = first.slots();
    if (slots !== undefined) return ranked(source, first, slots, others.slice(1), request, ranking, trace);
  }
  trace.read = 'search';
  trace.isWalked = true;
  const { after, filter, limit } = request;
  const answer: Slot[] = [];
  for (const key of ranking.best(after)) {
    const slot = source.get(key);
    if (slot === undefined) continue;
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

interface Ranked {
  readonly slot: Slot;
  readonly key: StoreKey;
  readonly score: number;
}

function ranked(
  source: QuerySource,
  first: Condition,
  slots: readonly Slot[],
  others: readonly Condition[],
  { after, filter, limit }: QueryRequest,
  ranking: Ranking,
  trace: QueryTrace,
): readonly Slot[] {
  trace.read = nameOf(first);
  trace.seenBy?.set(first, slots.length);
  const found: Ranked[] = [];
  for (const slot of slots) {
    const key = source.keyOf(slot);
    const score = ranking.scoreOf(key);
    if (score === undefined) continue;
    if (after !== undefined && comparePlaces(score, key, after.value as number, after.key) <= 0) continue;
    trace.seen++;
    if (others.length > 0 || filter !== undefined) {
      const document = source.documentOf(slot);
      if (!meetsAll(others, document, trace) || (filter !== undefined && !filter(document, slot))) continue;
    }
    found.push({ slot, key, score });
  }
  found.sort((a, b) => comparePlaces(a.score, a.key, b.score, b.key));
  return found.slice(0, limit).map(({ slot }) => slot);
}
