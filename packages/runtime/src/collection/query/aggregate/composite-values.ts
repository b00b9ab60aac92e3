/**
 * Values, counts, sums and groups from a range index of several fields, where conditions and all fields that are asked for are
 * among its own: its values are walked, one for all entries that are equal, without a look at a document.
 *
 *   index   project, status, estimate
 *   asked   find({ project: 'a' }).aggregate({ count: true, sum: 'estimate' }, { by: 'status' })
 *   walked  ['a', 'done', 1] × 4 · ['a', 'done', 2] × 1 · ['a', 'open', 1] × 2 · …
 */
import type { CompositeValue } from '../../../indexes/index-value.js';
import type { IndexCondition } from '../../indexing/collection-index.js';
import { type CompositeIndex, holdsAllWith, mergeInto } from '../../indexing/composite-index.js';
import { isOnIndex } from '../candidate-slots.js';
import type { AskedDocuments } from './asked-documents.js';
import { mayBeNull, type ReadField } from './field-kind.js';

/** A part of a composite index that has all documents that answer. */
export interface CompositePart {
  readonly composite: CompositeIndex;
  /** Undefined: all of it. */
  readonly within: IndexCondition | undefined;
  /** Places of the fields that are asked for, side by side with them. */
  readonly places: readonly number[];
  /** Leading fields that have one value in all of it. */
  readonly equalCount: number;
}

/**
 * Undefined where no index has them all.
 *
 * @param fields that are looked at.
 * @param lacking documents that answer may be left out if they lack a value of this field alone, which is never null then.
 */
export function compositePartOf(
  documents: AskedDocuments,
  fields: readonly ReadField[],
  lacking: ReadField | undefined,
): CompositePart | undefined {
  const { composites, conditions } = documents;
  if (conditions === undefined) return undefined;
  for (const composite of composites) {
    const places = fields.map(({ name }) => composite.fields.findIndex((field) => field.name === name));
    const asked = places.includes(-1) ? undefined : askedPart(composite, conditions);
    if (asked === undefined) continue;
    const { within, equalCount, leadingCount } = asked;
    const part = { composite, within, places, equalCount };
    if (holdsAllWith(composite, leadingCount, documents.store.size)) return part;
    if (lacking === undefined || mayBeNull(lacking.type)) continue;
    const isSure = composite.fields.every(
      ({ name, isSure: sure }, place) => sure || place < leadingCount || name === lacking.name,
    );
    if (isSure) return part;
  }
  return undefined;
}

/** All conditions as one of the index; `leadingCount` fields have values in all documents that meet it. */
function askedPart(
  composite: CompositeIndex,
  conditions: AskedDocuments['conditions'] & object,
): (Pick<CompositePart, 'within' | 'equalCount'> & { readonly leadingCount: number }) | undefined {
  const [only] = conditions;
  if (only === undefined) return { within: undefined, equalCount: 0, leadingCount: 0 };
  // What the index does not hold does not meet a condition of its own.
  if (conditions.length === 1 && isOnIndex(only, composite.index))
    return { within: only as IndexCondition, equalCount: 0, leadingCount: composite.fields.length };
  const merged = mergeInto(composite, conditions);
  if (merged?.parts.length !== conditions.length) return undefined;
  return { within: merged.condition, equalCount: merged.equalCount, leadingCount: merged.parts.length };
}

/** Each value of the part with how many documents have it, in order; one may come several times, side by side. */
export function walkPart(
  { composite, within }: CompositePart,
  visit: (value: CompositeValue, entryCount: number) => void,
): void {
  composite.index.valuesWithin(within, (value, count) => visit(value as CompositeValue, count));
}
