/** Which documents refer to a key: an index of the class where one answers, else one of references. */
import type { IndexModel } from '@nuthatch/model';
import { RangeIndex } from '../../indexes/range-index.js';
import { TagIndex } from '../../indexes/tag-index.js';
import type { UniqueIndex } from '../../indexes/unique-index.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex } from '../indexing/collection-index.js';
import type { ReferenceField } from './reference-field.js';

/** Whether an index of the class knows every document by the keys in a field. */
export function answersFor(model: IndexModel, field: ReferenceField): boolean {
  if (!field.isPlain || model.fields.length !== 1 || model.fields[0] !== field.name) return false;
  return model.where === undefined && model.caseInsensitive !== true;
}

export class Referrers {
  readonly index: CollectionIndex;
  readonly #store: ShardedStore;

  constructor(index: CollectionIndex, store: ShardedStore) {
    this.index = index;
    this.#store = store;
  }

  /** The entries that refer to a key. Not to be held over a write. O(1), or O(log n), and the entries. */
  slotsOf(key: StoreKey): ArrayLike<Slot> {
    const { structure } = this.index;
    if (structure instanceof TagIndex) return structure.slotsOf(key);
    if (structure instanceof RangeIndex) return structure.collect({ gte: key, lte: key });
    const slot = (structure as unknown as UniqueIndex).get(key);
    return slot === undefined ? [] : [slot];
  }

  /** How many there are. O(1), or O(log n). */
  countOf(key: StoreKey): number {
    const { structure } = this.index;
    if (structure instanceof TagIndex) return structure.count(key);
    if (structure instanceof RangeIndex) return structure.count({ gte: key, lte: key });
    return (structure as unknown as UniqueIndex).get(key) === undefined ? 0 : 1;
  }

  /** Every key that some document refers to; keys of several documents may come several times. O(documents), in steps. */
  *keys(tell: (key: StoreKey) => void): Steps {
    const { structure, model } = this.index;
    let count = 0;
    if (structure instanceof TagIndex) {
      for (const [key] of structure.tags()) {
        tell(key as StoreKey);
        if (++count % STEP_DOCUMENTS === 0) yield;
      }
      return;
    }
    for (const slot of this.#store.slots()) {
      const value = structure.valueOf(this.#store.peek(slot, model.fields));
      if (value !== undefined) tell(value as StoreKey);
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
  }
}
