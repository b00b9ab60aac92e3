/**
 * The entries of a collection for a planner that only passes by: of a document that is bytes it reads the fields that
 * conditions and order ask for, and leaves it as bytes.
 */
import type { FieldPick } from '../../store/field-pick.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { QuerySource } from './query-request.js';

export class PassingSource implements QuerySource {
  readonly #store: ShardedStore;
  readonly #pick: FieldPick;

  /** @param pick all that is asked of a document. */
  constructor(store: ShardedStore, pick: FieldPick) {
    this.#store = store;
    this.#pick = pick;
  }

  get size(): number {
    return this.#store.size;
  }

  get end(): Slot {
    return this.#store.end;
  }

  get isInKeyOrder(): boolean {
    return this.#store.isInKeyOrder;
  }

  slots(): Iterable<Slot> {
    return this.#store.slots();
  }

  slotsFrom(slot: Slot): Iterable<Slot> {
    return this.#store.slotsFrom(slot);
  }

  slotBehind(key: StoreKey): Slot {
    return this.#store.slotBehind(key);
  }

  has(key: StoreKey): boolean {
    return this.#store.has(key);
  }

  get(key: StoreKey): Slot | undefined {
    return this.#store.get(key);
  }

  hasEntry(slot: Slot): boolean {
    return this.#store.hasEntry(slot);
  }

  keyOf(slot: Slot): StoreKey {
    return this.#store.keyOf(slot);
  }

  /** Good until the next call. */
  documentOf(slot: Slot): object {
    return this.#store.look(slot, this.#pick);
  }

  peek(slot: Slot): object {
    return this.documentOf(slot);
  }
}
