/** Documents of certain keys: `find({ id: { in: [...] } })`. */

import type { KeyCodec } from '../../definition/key-codec.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from './collection-index.js';

export class KeyCondition implements Condition {
  readonly kind = 'key';
  readonly isExact = true;
  readonly keys: ReadonlySet<StoreKey>;
  readonly #codec: KeyCodec;
  readonly #store: ShardedStore;

  constructor(keys: ReadonlySet<StoreKey>, codec: KeyCodec, store: ShardedStore) {
    this.keys = keys;
    this.#codec = codec;
    this.#store = store;
  }

  /** O(keys). */
  get estimate(): number {
    let count = 0;
    for (const key of this.keys) if (this.#store.has(key)) count++;
    return count;
  }

  slots(limit = Number.POSITIVE_INFINITY): readonly Slot[] {
    const slots: Slot[] = [];
    for (const key of this.keys) {
      const slot = this.#store.get(key);
      if (slot !== undefined && slots.push(slot) >= limit) break;
    }
    return slots;
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  slotsFrom(slot: Slot): Iterable<Slot> {
    return this.slotsNow()
      .filter((each) => each >= slot)
      .sort();
  }

  matches(document: object): boolean {
    return this.keys.has(this.#codec.ofDocument(document));
  }
}
