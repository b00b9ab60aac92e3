/**
 * A watched query's answer, kept up to date from durable changes alone: never from memory, which may be ahead.
 */

import { DatabaseError } from '@nuthatch/model';
import type { DocumentChange } from '../../feed/change-batch.js';
import { firstInOrder } from '../../structures/first-in-order.js';
import type { StoreKey } from '../../structures/store-key.js';
import { heedAnswer } from '../../structures/told.js';
import type { CollectionIndex, OrderedIndex } from '../indexing/collection-index.js';
import { comparePositions, type Position } from '../query/position.js';
import type { QueryOrder } from '../query/query-planner.js';
import type { QueryDelta } from '../query-types.js';

export interface LiveQueryParts {
  /** Key and document of every entry that meets the conditions now, whatever the limit. */
  readonly hits: () => readonly Row[];
  readonly order: QueryOrder | undefined;
  readonly limit: number;
  readonly matches: (document: object) => boolean;
  /** Whether an index may be asked: it has not been dropped. */
  readonly isUsable: (index: CollectionIndex) => boolean;
  /** The indexes it asks. */
  readonly indexes: readonly CollectionIndex[];
  readonly listener: (rows: readonly object[], delta: QueryDelta<object>) => unknown;
  /** Told what a promise that the listener answered rejects with. */
  readonly onError: (error: unknown) => void;
}

type Rows = ReadonlyMap<StoreKey, object>;
type Row = readonly [StoreKey, object];

export class LiveQuery {
  readonly #parts: LiveQueryParts;
  #hits: Map<StoreKey, object>;
  #shown: Rows = new Map();
  /** The last row of an answer that is as long as its limit: what comes behind it does not show. */
  #last: Row | undefined;

  constructor(parts: LiveQueryParts) {
    this.#parts = parts;
    this.#hits = new Map();
  }

  /** Whether no index it asks was dropped. */
  get isAnswerable(): boolean {
    return this.#parts.indexes.every(this.#parts.isUsable);
  }

  /** @throws DatabaseError `UNINDEXED_FIELD` when an index it asks was dropped. */
  requireAnswerable(): void {
    const dropped = this.#parts.indexes.find((index) => !this.#parts.isUsable(index));
    if (dropped === undefined) return;
    const { name } = dropped.model;
    throw new DatabaseError('UNINDEXED_FIELD', `a watched query ended: its index ${name} was dropped`, { index: name });
  }

  /** Gives the listener the first answer. */
  start(): void {
    this.#read();
    this.#show(true);
  }

  /** Reads memory anew: what the answer began with may have been taken back since. */
  refresh(): void {
    this.#read();
    this.#show(false);
  }

  /** Takes the changes of one transaction; calls the listener when the answer differs. */
  take(changes: readonly DocumentChange[]): void {
    let isTouched = false;
    for (const { storeKey, after } of changes) {
      const held = this.#hits.get(storeKey);
      if (after !== undefined && this.#parts.matches(after)) {
        if (held === after) continue;
        this.#hits.set(storeKey, after);
        isTouched ||= this.#shown.has(storeKey) || this.#comesIn([storeKey, after]);
      } else if (held !== undefined) {
        this.#hits.delete(storeKey);
        isTouched ||= this.#shown.has(storeKey);
      }
    }
    if (isTouched) this.#show(false);
  }

  /** Whether a row that was not shown is to be shown now. Without an order new ones come last. */
  #comesIn(row: Row): boolean {
    const { order } = this.#parts;
    if (this.#last === undefined) return this.#shown.size < this.#parts.limit;
    return order !== undefined && compareRows(row, this.#last, order) < 0;
  }

  #read(): void {
    this.#hits = new Map(this.#parts.hits());
  }

  #show(isFirst: boolean): void {
    const rows = this.#rows();
    const added: object[] = [];
    const removed: object[] = [];
    const changed: { before: object; after: object }[] = [];
    for (const [key, after] of rows) {
      const before = this.#shown.get(key);
      if (before === undefined) added.push(after);
      else if (before !== after) changed.push({ before, after });
    }
    for (const [key, before] of this.#shown) if (!rows.has(key)) removed.push(before);
    this.#shown = rows;
    this.#last = rows.size < this.#parts.limit ? undefined : lastOf(rows);
    if (!isFirst && added.length + removed.length + changed.length === 0) return;
    heedAnswer(this.#parts.listener([...rows.values()], { added, removed, changed }), this.#parts.onError);
  }

  #rows(): Rows {
    const { order, limit } = this.#parts;
    if (order !== undefined) return new Map(firstInOrder(this.#hits, limit, (a, b) => compareRows(a, b, order)));
    if (limit >= this.#hits.size) return new Map(this.#hits);
    const rows = new Map<StoreKey, object>();
    for (const [key, document] of this.#hits) {
      if (rows.size === limit) break;
      rows.set(key, document);
    }
    return rows;
  }
}

function lastOf(rows: Rows): Row | undefined {
  let last: Row | undefined;
  for (const row of rows) last = row;
  return last;
}

function compareRows(a: Row, b: Row, { index, direction }: QueryOrder): number {
  return comparePositions(positionOf(a, index), positionOf(b, index), index, direction);
}

function positionOf([key, document]: Row, index: OrderedIndex | undefined): Position {
  return { value: index?.structure.valueOf(document), key };
}
