/** `in` on a unique or range index: documents with one of several values. No document has two, so counts add up. */
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { CollectionIndex, Condition, IndexCondition } from './collection-index.js';
import { unionOf } from './slot-sets.js';

export class ValueListCondition implements Condition {
  readonly kind = 'in';
  readonly isExact = true;
  readonly index: CollectionIndex;
  readonly #store: ShardedStore;
  /** Value as the index holds it → the condition that asks for it. */
  readonly #byValue = new Map<unknown, IndexCondition>();

  /** @param conditions each for one value. */
  constructor(index: CollectionIndex, conditions: readonly IndexCondition[], store: ShardedStore) {
    this.index = index;
    this.#store = store;
    for (const condition of conditions) this.#byValue.set(condition.values![0], condition);
  }

  get values(): readonly unknown[] {
    return [...this.#byValue.keys()];
  }

  get estimate(): number {
    let count = 0;
    for (const condition of this.#byValue.values()) count += condition.estimate;
    return count;
  }

  slots(): readonly Slot[] {
    return unionOf(
      Array.from(this.#byValue.values(), (condition) => condition.slots()),
      this.#store.end,
    );
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  matches(document: object): boolean {
    const value = this.index.structure.valueOf(document);
    return value !== undefined && this.#byValue.has(value);
  }
}
