/** The entries with which an answer begins, and the conditions that are still to be held against their documents. */
import type { Slot } from '../../structures/slot.js';
import type { Condition, IndexCondition, OrderingIndex } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import { NO_CONDITIONS, type QuerySource, type QueryTrace } from './query-request.js';

/** The entries to begin with, and the conditions to hold against their documents. */
interface Beginning {
  readonly slots: Iterable<Slot>;
  readonly rest: readonly Condition[];
  /** Undefined: all documents. */
  readonly first: Condition | undefined;
}

/** To hold a document against a condition of so many parts or fewer costs next to nothing beside the look at it. */
const FEW_PARTS = 8;

/**
 * The narrowest first; but an `or` of many branches before others that have more documents than it is worth to hold against
 * all branches. O(conditions).
 */
export function cheapestFirst(conditions: readonly Condition[]): readonly Condition[] {
  const ordered = narrowestFirst(conditions);
  if (ordered.length < 2) return ordered;
  const many = ordered.find(({ kind, parts }, place) => place > 0 && kind === 'or' && parts!.length > FEW_PARTS);
  if (many === undefined) return ordered;
  let branchEntries = 0;
  for (const { estimate } of many.parts!) branchEntries += estimate;
  if (branchEntries > (ordered[0]!.estimate * many.parts!.length) / 2) return ordered;
  return [many, ...withoutOne(ordered, many)];
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
  for (const condition of conditions) if (!noteOne(condition, document, seenBy)) return false;
  return true;
}

/** As `matches`, each part that is held against the document noted. */
function noteOne(condition: Condition, document: object, seenBy: Map<Condition, number>): boolean {
  const { kind, parts = [] } = condition;
  seenBy.set(condition, (seenBy.get(condition) ?? 0) + 1);
  if (kind === 'and') return parts.every((part) => noteOne(part, document, seenBy));
  if (kind === 'or') return parts.some((part) => noteOne(part, document, seenBy));
  if (kind === 'not') return !noteOne(parts[0]!, document, seenBy);
  return condition.matches(document);
}

/** Notes for `explain` so many entries taken from a condition, and of its parts those that they were made of. */
export function noteEntries(condition: Condition, count: number, trace: QueryTrace): void {
  const { seenBy } = trace;
  if (seenBy === undefined) return;
  seenBy.set(condition, (seenBy.get(condition) ?? 0) + count);
  const { kind, parts = [] } = condition;
  if (kind !== 'and' && kind !== 'or' && kind !== 'not') return;
  for (const part of kind === 'and' ? narrowestFirst(parts) : parts) {
    const slots = part.slots();
    if (slots === undefined) continue;
    noteEntries(part, slots.length, trace);
    if (kind === 'and') return;
  }
}

export function withoutOne(conditions: readonly Condition[], one: Condition): readonly Condition[] {
  return conditions.length === 1 ? NO_CONDITIONS : conditions.filter((condition) => condition !== one);
}

/** The part of an ordered index that a walk has to pass through, and what is then left to be checked. */
export interface WalkedPart {
  /** Undefined: all of the index. */
  readonly within: IndexCondition | undefined;
  /** The condition that says so. */
  readonly by: Condition | undefined;
  readonly others: readonly Condition[];
}

/** By a condition on the very index, or one on the first field of a composite index that holds all documents. */
export function walkedPart(source: QuerySource, ordered: OrderingIndex, conditions: readonly Condition[]): WalkedPart {
  for (const condition of conditions) {
    const within = walkedCondition(source, ordered, condition);
    if (within !== undefined) return { within, by: condition, others: withoutOne(conditions, condition) };
  }
  return { within: undefined, by: undefined, others: conditions };
}

/** The condition as one of the index, within which it can be walked; undefined where it is none. */
export function walkedCondition(
  source: QuerySource,
  ordered: OrderingIndex,
  condition: Condition,
): IndexCondition | undefined {
  if (isOnIndex(condition, ordered)) return condition as IndexCondition;
  // Documents that it does not hold may meet the condition, and come last.
  return ordered.structure.entryCount === source.size ? ordered.conditionBy?.(condition) : undefined;
}

/** A stretch of the index itself, within which it can be walked. */
export function isOnIndex({ index, kind }: Condition, ordered: OrderingIndex): boolean {
  return kind === undefined && (index as unknown) === ordered;
}
