/** The entries with which an answer begins, and the conditions that are still to be held against their documents. */
import type { Slot } from '../../structures/slot.js';
import type { Condition, IndexCondition, OrderingIndex } from '../indexing/collection-index.js';
import { NO_CONDITIONS, type QuerySource, type QueryTrace } from './query-request.js';

/** The entries to begin with, and the conditions to hold against their documents. */
interface Beginning {
  readonly slots: Iterable<Slot>;
  readonly rest: readonly Condition[];
  /** Undefined: all documents. */
  readonly first: Condition | undefined;
}

/** The narrowest condition that knows its entries by indexes alone. */
export function beginning(source: QuerySource, conditions: readonly Condition[]): Beginning {
  for (const first of conditions) {
    const slots = first.slots();
    if (slots === undefined) continue;
    return { slots, first, rest: first.isLoose === true ? conditions : withoutOne(conditions, first) };
  }
  return { slots: source.slots(), rest: conditions, first: undefined };
}

/** Whether a document meets all conditions. A loop of every query: what `explain` notes stands apart. */
export function meetsAll(conditions: readonly Condition[], document: object, trace: QueryTrace): boolean {
  if (trace.seenBy !== undefined) return noteAndMeet(conditions, document, trace.seenBy);
  for (const condition of conditions) if (!condition.matches(document)) return false;
  return true;
}

function noteAndMeet(conditions: readonly Condition[], document: object, seenBy: Map<Condition, number>): boolean {
  for (const condition of conditions) {
    seenBy.set(condition, (seenBy.get(condition) ?? 0) + 1);
    if (!condition.matches(document)) return false;
  }
  return true;
}

export function withoutOne(conditions: readonly Condition[], one: Condition): readonly Condition[] {
  return conditions.length === 1 ? NO_CONDITIONS : conditions.filter((condition) => condition !== one);
}

export function conditionOn(ordered: OrderingIndex, conditions: readonly Condition[]): IndexCondition | undefined {
  for (const condition of conditions) if (isOnIndex(condition, ordered)) return condition as IndexCondition;
  return undefined;
}

/** A stretch of the index itself, within which it can be walked. */
export function isOnIndex({ index, kind }: Condition, ordered: OrderingIndex): boolean {
  return kind === undefined && (index as unknown) === ordered;
}
