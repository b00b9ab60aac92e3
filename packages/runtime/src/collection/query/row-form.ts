/** What a query gives out of each document that answers it. */
import type { FieldPick } from '../../store/field-pick.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';

/** Rows in the place of documents. */
export interface RowForm {
  /** Stored fields and getters that a row is made of; undefined: any. */
  readonly fields: readonly string[] | undefined;
  /** The row of an entry as it is now. */
  ofEntry(slot: Slot): object;
  /** The row of a document. */
  of(document: object): object;
}

/** Rows of some fields. A document that is bytes stays bytes, where its class allows that. */
export class SelectedFields implements RowForm {
  readonly fields: readonly string[];
  readonly #store: ShardedStore;
  readonly #pick: FieldPick;

  /** @param fields each once. */
  constructor(store: ShardedStore, fields: readonly string[]) {
    this.fields = fields;
    this.#store = store;
    this.#pick = store.pick(fields);
  }

  ofEntry(slot: Slot): object {
    return this.#store.rowOf(slot, this.#pick);
  }

  of(document: object): object {
    return this.#pick.of(document);
  }
}
