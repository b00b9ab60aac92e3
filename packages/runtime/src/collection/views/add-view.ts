/** Makes a view over a collection: its rows are a collection of their own, which follows the writes to the other. */
import { DatabaseError, readViewMetadata } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { WriteRecord } from '../../commit/write-record.js';
import type { ViewDefinition } from '../../definition/view-definition.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Collection } from '../collection.js';
import { DocumentUpkeep } from './document-upkeep.js';
import { GroupUpkeep } from './group-upkeep.js';
import { Groups } from './groups.js';
import type { ViewSource } from './view-source.js';
import type { BuiltRow, ViewRows } from './view-upkeep.js';

/**
 * From now on `rows` follows what is written to `documents`. It is filled when `documents.views` is built.
 *
 * @param source of the collection's views together.
 * @throws DatabaseError `MODEL_MISMATCH` for a field that the documents have not; `INVALID_QUERY`,
 *   `INVALID_INDEX_VALUE` for a condition that none of them could meet.
 */
export function addView(documents: Collection, source: ViewSource, definition: ViewDefinition, rows: Collection): void {
  const { model, view, documentClass } = definition;
  for (const field of fieldsOf(definition)) {
    if (source.typeOf(field) !== undefined) continue;
    const what = `the view ${model.name} is made of the field ${field}, which ${documents.definition.model.name} has not`;
    throw new DatabaseError('MODEL_MISMATCH', what, { className: model.name, field, command: 'npx nuthatch generate' });
  }
  const filter = source.filter(readViewMetadata(documentClass)?.where);
  const kept = new KeptRows(rows);
  const makeRow = (values: readonly unknown[]): object => definition.row(values);
  const { groupBy } = view;
  if (groupBy === undefined) {
    documents.addView(model.collection, new DocumentUpkeep(source, kept, view, filter, makeRow));
    return;
  }
  const kind = groupBy.length === 1 ? source.typeOf(groupBy[0]!)?.kind : undefined;
  const groups = new Groups(groupBy, rows.keys, kind === 'array' || kind === 'set');
  documents.addView(model.collection, new GroupUpkeep(source, kept, groups, view, filter, makeRow));
}

function fieldsOf({ view }: ViewDefinition): readonly string[] {
  const of = view.fields.flatMap((field) => (field.kind === 'count' ? [] : [field.of]));
  const shown = view.fields.flatMap((field) => (field.kind === 'top' ? [...(field.fields ?? [])] : []));
  return [...(view.groupBy ?? []), ...of, ...shown];
}

/** The rows in their collection. Nothing here throws: rows have no rules, and what they hold has a place in any index. */
class KeptRows implements ViewRows {
  readonly #rows: Collection;

  constructor(rows: Collection) {
    this.#rows = rows;
  }

  get definition(): Collection['definition'] {
    return this.#rows.definition;
  }

  rowOf(key: StoreKey): object | undefined {
    return this.#rows.store.find(key);
  }

  putRow(transaction: Transaction, key: StoreKey, row: object): void {
    this.#rows.put(transaction, this.#rows.store.get(key), key, row, undefined);
  }

  removeRow(transaction: Transaction, key: StoreKey): void {
    const slot = this.#rows.store.get(key);
    if (slot !== undefined) this.#rows.forget(transaction, slot);
  }

  *replaceRows(rows: Iterable<BuiltRow>): Steps {
    if (this.#rows.size === 0) yield* this.#fill(rows);
    else yield* this.#exchange(rows);
  }

  /** All at once, as an opening does. */
  *#fill(rows: Iterable<BuiltRow>): Steps {
    const { store, indexes } = this.#rows;
    let count = 0;
    for (const { key, row } of rows) {
      store.recovered.put(key, row, 1, undefined, true);
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
    yield* store.recovered.settling();
    yield* indexes.rebuilding();
    store.recovered.end();
  }

  /** One after another, in the place of what is there: nobody is told. */
  *#exchange(rows: Iterable<BuiltRow>): Steps {
    const { store } = this.#rows;
    const left = new Set([...store.slots()].map((slot) => store.keyOf(slot)));
    for (const { key, row } of rows) {
      left.delete(key);
      this.#set(key, row);
      yield;
    }
    for (const key of left) this.#set(key, undefined);
  }

  #set(key: StoreKey, row: object | undefined): void {
    const { store } = this.#rows;
    const slot = store.get(key);
    const revision = slot === undefined ? 1 : store.revisionOf(slot);
    this.#rows.revert(new WriteRecord(this.#rows, key, store.find(key), undefined, row, revision, undefined));
  }
}
