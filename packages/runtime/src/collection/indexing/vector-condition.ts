import type { Slot } from '../../structures/slot.js';
import type { Condition } from './collection-index.js';
import type { VectorCollectionIndex } from './vector-collection-index.js';

/** The document has a vector: what a query for nearest neighbours asks for beside its other conditions. */
export class HasVector implements Condition {
  readonly kind = 'vector';
  readonly isExact = true;
  readonly #index: VectorCollectionIndex;

  constructor(index: VectorCollectionIndex) {
    this.#index = index;
  }

  get estimate(): number {
    return this.#index.structure.entryCount;
  }

  slots(limit = Number.POSITIVE_INFINITY): readonly Slot[] {
    const slots: Slot[] = [];
    for (const slot of this.#index.structure.slots()) {
      if (slots.length >= limit) break;
      slots.push(slot);
    }
    return slots;
  }

  matches(document: object): boolean {
    return this.#index.structure.valueOf(document) !== undefined;
  }
}
