/** A view with a row for each document that meets a condition: some of its fields, under the document's key. */
import type { ViewModel } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import { isSameRow } from './same-row.js';
import type { ViewFilter, ViewSource } from './view-source.js';
import type { BuiltRow, ViewRows, ViewUpkeep } from './view-upkeep.js';

export class DocumentUpkeep implements ViewUpkeep {
  readonly conditions: readonly Condition[];
  readonly fields: number;
  readonly asksCode: boolean;
  readonly #source: ViewSource;
  readonly #rows: ViewRows;
  readonly #makeRow: (values: readonly unknown[]) => object;
  readonly #shown: readonly string[];
  readonly #read: readonly string[] | undefined;
  /** Of the write that is under way. */
  #row: object | undefined;

  constructor(
    source: ViewSource,
    rows: ViewRows,
    { fields }: ViewModel,
    filter: ViewFilter,
    makeRow: (values: readonly unknown[]) => object,
  ) {
    this.#source = source;
    this.#rows = rows;
    this.#makeRow = makeRow;
    this.conditions = filter.conditions;
    this.#shown = fields.flatMap((field) => (field.kind === 'field' ? [field.of] : []));
    this.#read = filter.fields && source.storedOf([...this.#shown, ...filter.fields]);
    this.fields = source.bitsOf(this.#read);
    this.asksCode = this.#read === undefined;
  }

  read(before: object | undefined, after: object | undefined): boolean {
    this.#row = after === undefined ? undefined : this.#rowOf(after);
    return this.#row !== undefined || (before !== undefined && this.#isShown(before));
  }

  move(): void {
    // Rows alone are kept.
  }

  write(transaction: Transaction, key: StoreKey): void {
    const row = this.#row;
    const held = this.#rows.rowOf(key);
    this.#row = undefined;
    if (row === undefined) this.#rows.removeRow(transaction, key);
    else if (held === undefined || !isSameRow(this.#rows.definition.model.fields, held, row))
      this.#rows.putRow(transaction, key, row);
  }

  *building(): Steps {
    const { store } = this.#source;
    const slots = yield* store.slotsInSteps();
    const rows: BuiltRow[] = [];
    for (const [place, slot] of slots.entries()) {
      const row = this.#rowOf(store.peek(slot, this.#read));
      if (row !== undefined) rows.push({ key: store.keyOf(slot), row });
      if (place % STEP_DOCUMENTS === 0) yield;
    }
    yield* this.#rows.replaceRows(rows);
  }

  share(): void {
    // The rows are shared by their collection.
  }

  part(): void {
    // The same.
  }

  #isShown(document: object): boolean {
    for (const condition of this.conditions) if (!condition.matches(document)) return false;
    return true;
  }

  #rowOf(document: object): object | undefined {
    if (!this.#isShown(document)) return undefined;
    const values = document as Readonly<Record<string, unknown>>;
    return this.#makeRow(this.#shown.map((field) => values[field]));
  }
}
