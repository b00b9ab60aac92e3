/** Entries of a collection that an index does not hold: their field is absent, null or an empty list. */
import type { Slot } from '../../../structures/slot.js';
import { RangeCollectionIndex } from '../../indexing/range-collection-index.js';
import { differenceOf } from '../../indexing/slot-sets.js';
import type { TagCollectionIndex } from '../../indexing/tag-collection-index.js';
import type { AskedDocuments } from './asked-documents.js';
import { elementType, type ReadField } from './field-kind.js';

const NO_SLOTS: readonly Slot[] = [];

/** O(1) where the index holds all documents, else O(entries of the index + documents). */
export function leftOutOf(
  { store }: AskedDocuments,
  index: RangeCollectionIndex | TagCollectionIndex,
  { type }: ReadField,
): readonly Slot[] {
  const isOnePerDocument = index instanceof RangeCollectionIndex || elementType(type) === type;
  if (isOnePerDocument && index.structure.entryCount === store.size) return NO_SLOTS;
  const held =
    index instanceof RangeCollectionIndex ? index.allOf('asc', undefined, undefined) : index.structure.allSlots();
  return differenceOf(store.slots(), held, store.end, Number.POSITIVE_INFINITY);
}
