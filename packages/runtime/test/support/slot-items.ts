import type { Slot, SlotReader } from '../../src/structures/slot.js';

/** Keys and documents behind slots, without a store: what tests of indexes need. */
export class SlotItems<D extends object> implements SlotReader {
  readonly #keys: string[] = [];
  readonly #documents: D[] = [];

  /** @returns the slot of a new entry, higher than all before. */
  add(key: string, document: D): Slot {
    this.#documents.push(document);
    return this.#keys.push(key) - 1;
  }

  replace(slot: Slot, document: D): void {
    this.#documents[slot] = document;
  }

  keyOf(slot: Slot): string {
    return this.#keys[slot] as string;
  }

  documentOf(slot: Slot): D {
    return this.#documents[slot] as D;
  }

  peek(slot: Slot): D {
    return this.documentOf(slot);
  }
}
