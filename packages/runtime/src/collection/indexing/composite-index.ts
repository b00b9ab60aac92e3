/**
 * Conditions on leading fields of a composite range index, as one stretch of it: `{ project, status }` is asked of an index over
 * both, or over both and a third, without a look at a document.
 *
 *   conditions  project = 'a' · status = 'open' · estimate ≥ 3     each on an index of its own field
 *   merged      ['a', 'open', 3] ≤ value ≤ ['a', 'open']           equality on leading fields, then at most one range
 *
 * The index holds documents that have a value for each of its fields. So it answers where the conditions ask for all of
 * them, and else where it holds every document: by their count, or since no value of the other fields can be missing.
 */
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { mayBeNull, readField, scalarKind } from '../query/aggregate/field-kind.js';
import type { CollectionIndex, Condition, IndexCondition } from './collection-index.js';
import { RangeCollectionIndex } from './range-collection-index.js';
import { TagCollectionIndex } from './tag-collection-index.js';

interface CompositeField {
  readonly name: string;
  /** Whether every document has a value. */
  readonly isSure: boolean;
}

export interface CompositeIndex {
  readonly index: RangeCollectionIndex;
  readonly fields: readonly CompositeField[];
}

/** Conditions that are one condition of a composite index. */
export interface MergedCondition {
  readonly condition: IndexCondition;
  readonly parts: readonly Condition[];
  /** Leading fields that are asked for one value each. */
  readonly equalCount: number;
}

/** Those whose values tell the values of their fields: a field of several kinds may hold a date and the number of its milliseconds. */
export function compositesOf(
  definition: Pick<CollectionDefinition, 'model' | 'isDerived'>,
  known: readonly CollectionIndex[],
): readonly CompositeIndex[] {
  const composites: CompositeIndex[] = [];
  for (const index of known) {
    const { fields, where } = index.model;
    if (!(index instanceof RangeCollectionIndex) || fields.length < 2 || where !== undefined) continue;
    const kinds = fields.map((name) => scalarKind(readField(definition, name).type));
    if (kinds.includes(undefined) || kinds.includes('mixed')) continue;
    composites.push({ index, fields: fields.map((name) => ({ name, isSure: isSure(definition, name) })) });
  }
  return composites;
}

/** Rows of a view may have a NaN, which no index holds. */
function isSure({ model, isDerived }: Pick<CollectionDefinition, 'model' | 'isDerived'>, name: string): boolean {
  const field = model.fields.find((each) => each.name === name);
  return field !== undefined && !field.optional && !mayBeNull(field.type) && isDerived !== true;
}

/** Whether it holds every document that has values for so many leading fields. @param size documents that there are. */
export function holdsAllWith({ index, fields }: CompositeIndex, leadingCount: number, size: number): boolean {
  return index.structure.entryCount === size || fields.every(({ isSure: sure }, place) => sure || place < leadingCount);
}

/** The conditions on its leading fields; undefined where none is on the first. O(fields · conditions). */
export function mergeInto(
  { index, fields }: CompositeIndex,
  conditions: readonly Condition[],
): MergedCondition | undefined {
  const parts: Condition[] = [];
  const equal: unknown[] = [];
  for (const { name } of fields) {
    const equality = conditions.find((condition) => isEquality(condition, name));
    if (equality !== undefined) {
      equal.push(equality.values![0]);
      parts.push(equality);
      continue;
    }
    const range = conditions.find((condition) => condition.stretch !== undefined && isOnField(condition, name));
    if (range !== undefined) parts.push(range);
    break;
  }
  if (parts.length === 0) return undefined;
  const stretch = parts.length > equal.length ? parts[equal.length]!.stretch : undefined;
  return { condition: index.behind(equal, stretch), parts, equalCount: equal.length };
}

/**
 * The same conditions, as many as possible of them merged into one. Two or more are: one alone has an index of its own.
 *
 * @param size documents that there are.
 */
export function mergedConditions(
  composites: readonly CompositeIndex[],
  conditions: readonly Condition[],
  size: number,
): readonly Condition[] {
  if (composites.length === 0 || conditions.length < 2) return conditions;
  let best: MergedCondition | undefined;
  for (const composite of composites) {
    const merged = mergeInto(composite, conditions);
    if (merged === undefined || merged.parts.length < Math.max(2, best?.parts.length ?? 0)) continue;
    if (!holdsAllWith(composite, merged.parts.length, size)) continue;
    const isBetter = merged.parts.length > (best?.parts.length ?? 0);
    if (isBetter || merged.condition.estimate < best!.condition.estimate) best = merged;
  }
  if (best === undefined) return conditions;
  const { condition, parts } = best;
  return [condition, ...conditions.filter((each) => !parts.includes(each))];
}

/** Whether a document meets it by this value of the field, and by nothing else. */
function isEquality(condition: Condition, field: string): boolean {
  const { isExact, values } = condition;
  return isOnField(condition, field) && isExact && values?.length === 1;
}

function isOnField({ index, kind }: Condition, field: string): boolean {
  // Those of other kinds hold values of their own: keys, or texts without case.
  if (!(index instanceof RangeCollectionIndex || index instanceof TagCollectionIndex) || kind !== undefined)
    return false;
  const { fields, where } = index.model;
  return fields.length === 1 && fields[0] === field && where === undefined;
}
