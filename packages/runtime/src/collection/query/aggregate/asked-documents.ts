/** The documents over which values and groups are asked for. */
import type { CollectionDefinition } from '../../../definition/collection-definition.js';
import { frozenDateOf } from '../../../document/frozen-values.js';
import type { ShardedStore } from '../../../store/sharded-store.js';
import type { Slot } from '../../../structures/slot.js';
import type { CollectionIndex, Condition, IndexCondition } from '../../indexing/collection-index.js';
import type { CompositeIndex } from '../../indexing/composite-index.js';
import { RangeCollectionIndex } from '../../indexing/range-collection-index.js';
import { TagCollectionIndex } from '../../indexing/tag-collection-index.js';
import { isOnIndex } from '../candidate-slots.js';
import type { QuerySource } from '../query-request.js';
import { elementType, type ReadField, scalarKind } from './field-kind.js';

export interface AskedDocuments {
  readonly definition: CollectionDefinition;
  readonly store: ShardedStore;
  readonly indexes: readonly CollectionIndex[];
  /** Undefined unless these alone say which documents answer. */
  readonly conditions: readonly Condition[] | undefined;
  /** The entries, for one who passes by: what is bytes stays bytes, where conditions and order allow that. */
  readonly source: QuerySource;
  /** Range indexes of several fields, of all documents that have a value for each. */
  readonly composites: readonly CompositeIndex[];
  /** How many documents answer, where indexes alone know. O(log n). */
  knownCount(): number | undefined;
  /** How many documents answer. */
  count(): number;
  /**
   * Calls with each document that answers, or an object that has these fields of it and is good until the next call.
   *
   * @param fields those that are looked at.
   */
  each(fields: readonly string[], visit: (document: Readonly<Record<string, unknown>>) => void): void;
}

type Kind = 'range' | 'tag';

/** The index whose values are those of the field, of all documents that have one: no condition, no other field. */
export function indexOfField(
  { indexes }: AskedDocuments,
  { name, type }: ReadField,
  kinds: readonly Kind[],
): RangeCollectionIndex | TagCollectionIndex | undefined {
  // Where several kinds of values may stand, a date could not be told from the number of its milliseconds.
  const kind = scalarKind(elementType(type));
  if (kind === undefined || kind === 'mixed') return undefined;
  for (const index of indexes) {
    const { model } = index;
    if (model.fields.length > 1 || model.fields[0] !== name || model.where !== undefined) continue;
    if (index instanceof RangeCollectionIndex && kinds.includes('range')) return index;
    if (index instanceof TagCollectionIndex && kinds.includes('tag')) return index;
  }
  return undefined;
}

/** The one condition within which the index holds all documents that answer. */
export interface Within {
  /** Undefined: all of the index, and documents that it does not hold. */
  readonly condition: IndexCondition | undefined;
}

/** Undefined where other conditions than one of the index decide. */
export function withinIndex({ conditions }: AskedDocuments, index: CollectionIndex): Within | undefined {
  if (conditions?.length === 0) return { condition: undefined };
  const [only] = conditions ?? [];
  if (conditions?.length !== 1 || !(index instanceof RangeCollectionIndex) || !isOnIndex(only!, index))
    return undefined;
  return { condition: only as IndexCondition };
}

/** A value as the field holds it: dates are numbers in an index. */
export function publicValue(held: unknown, { type }: ReadField): unknown {
  if (scalarKind(elementType(type)) !== 'date') return held;
  return frozenDateOf(held as number);
}

/** Reads the field of one entry after another. */
export function valueReader({ store }: AskedDocuments, { name }: ReadField): (slot: Slot) => unknown {
  const pick = store.pick([name]);
  return (slot) => (store.look(slot, pick) as Readonly<Record<string, unknown>>)[name];
}
