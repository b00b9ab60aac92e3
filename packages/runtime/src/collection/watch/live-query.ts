/**
 * A watched query's answer, kept up to date from durable changes. Memory, which may be ahead of them, is read at the
 * beginning, and when so many rows of a limited answer have left that it must be filled up: what was read then is not
 * taken once more when it becomes durable.
 */

import { DatabaseError } from '@nuthatch/model';
import type { DocumentChange } from '../../feed/change-batch.js';
import type { StoreKey } from '../../structures/store-key.js';
import { catchRejection } from '../../structures/told.js';
import type { CollectionIndex, Condition, OrderedIndex, OrderingIndex } from '../indexing/collection-index.js';
import { indexesOf } from '../indexing/condition-tree.js';
import { comparePositions, type Position, valueInOrder } from '../query/position.js';
import { indexesOfOrder, type QueryOrder } from '../query/query-order.js';
import type { Ranking } from '../query/ranking.js';
import type { QueryDelta } from '../query-types.js';
import { AnswerWindow, type Row } from './answer-window.js';
import { isSameWindow, type OrderWindow, windowUpTo } from './order-window.js';
import type { PinnedKeys } from './pinned-keys.js';

export interface LiveQueryParts {
  /** Key and document of the first entries that meet the conditions now, in order. */
  readonly rows: (limit: number) => readonly Row[];
  /** Number of the last transaction that memory shows, as they are published. */
  readonly appliedNumber: () => number;
  readonly conditions: readonly Condition[];
  readonly filter: ((document: object) => boolean) | undefined;
  readonly order: QueryOrder | undefined;
  readonly limit: number;
  /** Whether an index may be asked: it has not been dropped. */
  readonly isUsable: (index: CollectionIndex) => boolean;
  readonly listener: (rows: readonly object[], delta: QueryDelta<object>) => unknown;
  /** Told of the rows in hand; undefined where documents stay anyway. */
  readonly pins: PinnedKeys | undefined;
  /** Told what a promise that the listener answered rejects with. */
  readonly onError: (error: unknown) => void;
}

type Rows = ReadonlyMap<StoreKey, object>;

export class LiveQuery {
  readonly #parts: LiveQueryParts;
  readonly #window: AnswerWindow;
  readonly #indexes: readonly CollectionIndex[];
  readonly #isRanked: boolean;
  #shown: Rows = new Map();
  #readNumber = 0;
  #orderWindow: OrderWindow | undefined;
  /** What the rows in hand stand in the order of; another one after each change of a text. */
  #ranking: Ranking | undefined;
  /** A filter threw: what is in hand lacks some changes, and memory is to be read anew. */
  #isTorn = false;

  constructor(parts: LiveQueryParts) {
    this.#parts = parts;
    const { order, conditions, limit } = parts;
    this.#isRanked = order?.ranking !== undefined;
    // Any write may change the order of a ranking, so its rows are asked for again and stand as they come.
    const compare = order === undefined || this.#isRanked ? undefined : order;
    this.#window = new AnswerWindow(limit, compare && ((a, b) => compareRows(a, b, compare)), parts.pins);
    const asked = indexesOf(conditions);
    // An order that was made for one query is dropped by nobody.
    this.#indexes = [...asked, ...indexesOfOrder(order).filter(isOfCollection)];
  }

  /** Every condition holds for each of its documents. None of a ranking: each document of the collection counts in its order. */
  get conditions(): readonly Condition[] {
    return this.#isRanked ? [] : this.#parts.conditions;
  }

  /** Other documents are not in hand, and change nothing that shows. */
  get window(): OrderWindow | undefined {
    return this.#orderWindow;
  }

  /** Sees where the rows in hand end now. @returns whether it is elsewhere. */
  moveWindow(): boolean {
    const window = this.#isTorn || this.#isRanked ? undefined : this.#windowNow();
    if (isSameWindow(window, this.#orderWindow)) return false;
    this.#orderWindow = window;
    return true;
  }

  #windowNow(): OrderWindow | undefined {
    const { order } = this.#parts;
    if (order !== undefined) {
      const last = this.#window.lastOfMore;
      return last && windowUpTo(last, order);
    }
    const keys = this.#window.keysOfMore;
    const known = this.#orderWindow;
    return known !== undefined && 'keys' in known && known.keys === keys ? known : keys && { keys };
  }

  /** Transactions up to this number are in the answer already. */
  get readNumber(): number {
    return this.#readNumber;
  }

  /** Whether no index it asks was dropped. */
  get isAnswerable(): boolean {
    return this.#indexes.every(this.#parts.isUsable);
  }

  /** @throws DatabaseError `UNINDEXED_FIELD` when an index it asks was dropped. */
  requireAnswerable(): void {
    const dropped = this.#indexes.find((index) => !this.#parts.isUsable(index));
    if (dropped === undefined) return;
    const { name } = dropped.model;
    throw new DatabaseError('UNINDEXED_FIELD', `a watched query ended: its index ${name} was dropped`, { index: name });
  }

  /** Gives the listener the first answer. */
  start(): void {
    this.#read(false);
    this.#show(true);
  }

  /** It has ended: nothing is in hand any more. */
  end(): void {
    this.#window.clear();
    this.#shown = new Map();
  }

  /** Reads memory again: what the answer began with may have been taken back since. */
  refresh(): void {
    this.#isTorn = true;
    this.#read(false);
    this.#isTorn = false;
    this.#show(false);
  }

  /** Takes changes of one transaction; calls the listener when the answer differs. @throws what a filter throws. */
  take(changes: readonly DocumentChange[]): void {
    if (this.#isTorn || this.#isRanked) {
      if (this.#isTorn || this.#changesRank(changes)) this.refresh();
      return;
    }
    this.#isTorn = true;
    const isTouched = this.#takeInHand(changes);
    this.#isTorn = false;
    if (isTouched) this.#show(false);
  }

  /** Not where no text has changed, and the documents that have are none that the search finds. O(changes). */
  #changesRank(changes: readonly DocumentChange[]): boolean {
    const ranking = this.#parts.order?.ranking?.pinned();
    return ranking !== this.#ranking || changes.some(({ storeKey }) => ranking?.scoreOf(storeKey) !== undefined);
  }

  /** @returns whether what shows may differ. */
  #takeInHand(changes: readonly DocumentChange[]): boolean {
    const window = this.#window;
    let isTouched = false;
    for (const { storeKey, after } of changes) {
      const matching = after !== undefined && this.#matches(after) ? after : undefined;
      isTouched = window.isTouchedBy(storeKey, matching) || isTouched;
      if (matching === undefined) window.remove(storeKey);
      else window.put(storeKey, matching);
    }
    if (window.isShort) this.#read(true);
    return isTouched;
  }

  #matches(document: object): boolean {
    const { conditions, filter } = this.#parts;
    for (const condition of conditions) if (!condition.matches(document)) return false;
    return filter === undefined || filter(document);
  }

  #read(isKeepingPlaces: boolean): void {
    if (this.#parts.limit === 0) return;
    const readNumber = this.#parts.appliedNumber();
    // Before the rows: a filter may write, and then they are asked for once more.
    this.#ranking = this.#parts.order?.ranking?.pinned();
    this.#window.fill(this.#parts.rows(this.#window.capacity + 1), isKeepingPlaces);
    this.#readNumber = readNumber;
  }

  #show(isFirst: boolean): void {
    const rows = this.#window.shown();
    const added: object[] = [];
    const removed: object[] = [];
    const changed: { before: object; after: object }[] = [];
    for (const [key, after] of rows) {
      const before = this.#shown.get(key);
      if (before === undefined) added.push(after);
      else if (before !== after) changed.push({ before, after });
    }
    for (const [key, before] of this.#shown) if (!rows.has(key)) removed.push(before);
    const isMoved = this.#isRanked && !isSameOrder(rows, this.#shown);
    this.#shown = rows;
    if (!isFirst && !isMoved && added.length + removed.length + changed.length === 0) return;
    catchRejection(this.#parts.listener([...rows.values()], { added, removed, changed }), this.#parts.onError);
  }
}

function isSameOrder(a: Rows, b: Rows): boolean {
  const others = b.keys();
  for (const key of a.keys()) if (others.next().value !== key) return false;
  return true;
}

function compareRows(a: Row, b: Row, order: QueryOrder): number {
  return comparePositions(positionOf(a, order), positionOf(b, order), order);
}

function positionOf([key, document]: Row, order: QueryOrder): Position {
  return { value: valueInOrder(order, document, key), key };
}

function isOfCollection(index: OrderingIndex): index is OrderedIndex {
  return 'condition' in index;
}
