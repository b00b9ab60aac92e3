/** Records by name in a collection of the engine's own: those of sync, and releases. Values are what `openKeyValue` takes. */
import type { Transaction } from '../commit/transaction.js';
import type { KeyedValue } from '../definition/keyed-values.js';
import { frozenAnyValue } from '../document/frozen-any-value.js';
import type { WritableCollection } from './writing/writable-collection.js';

export class KeyedRecords {
  readonly #collection: WritableCollection;

  constructor(collection: WritableCollection) {
    this.#collection = collection;
  }

  /** Frozen; undefined when there is none. O(1). */
  get(name: string): unknown {
    return (this.#collection.store.find(name) as KeyedValue | undefined)?.value;
  }

  /** Writes a record, or takes it away with undefined. O(size of the value). */
  set(transaction: Transaction, name: string, value: unknown): void {
    const slot = this.#collection.store.get(name);
    if (value !== undefined) {
      const record: KeyedValue = Object.freeze({ key: name, value: frozenAnyValue(value) });
      this.#collection.put(transaction, slot, name, record, undefined);
    } else if (slot !== undefined) this.#collection.remove(transaction, slot);
  }
}
