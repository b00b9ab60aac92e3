/**
 * The typed face of a view: read and watched like a collection, written by nobody. Rows follow the documents inside their
 * transaction, so they show what the documents show, undone and unsettled writes included.
 */
import { DatabaseError, finderName } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { Change } from '../feed/change.js';
import { type ChangeEvent, onChange } from '../feed/change-events.js';
import type { ChangeFeed, Subscription } from '../feed/change-feed.js';
import { Query } from './query.js';
import { RepositoryReads } from './repository-reads.js';
import type { CollectionTypes } from './repository-types.js';

/** What a generated view is typed by; the rest of `CollectionTypes` is about writes. */
export interface ViewTypes extends CollectionTypes {
  readonly input: never;
  readonly patch: never;
  readonly fixed: never;
  readonly unique: never;
  readonly numbers: never;
}

type ChangeOf<T extends CollectionTypes> = Change<T['document'], T['key']>;

export class ViewRepository<T extends CollectionTypes> extends RepositoryReads<T> {
  readonly #feed: ChangeFeed;

  constructor(rows: Collection, feed: ChangeFeed) {
    super(rows);
    this.#feed = feed;
  }

  /**
   * Calls the listener with each durable change of a row: one for each row that a transaction changed. A listener that
   * throws is reported, not removed. Changes of rows are not kept: there is no `changes({ since })`.
   */
  subscribe(listener: (change: ChangeOf<T>) => void): Subscription {
    return this.#feed.subscribe(this.collection, listener as (change: Change) => void);
  }

  /**
   * Calls the listener with each durable `insert`, `update` or `delete` of a row, or with every `change`.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  on(event: ChangeEvent, listener: (change: ChangeOf<T>) => void): Subscription {
    return onChange(this.#feed, this.collection, event, listener as (change: Change) => void);
  }

  /** Keeps the listener up to date with all rows: `all().watch(listener)`. */
  watch(listener: Parameters<ReturnType<this['all']>['watch']>[0]): Subscription {
    return this.all().watch(listener);
  }
}

/** What callers without a compiler may try. */
const WRITES = [
  'insert',
  'insertMany',
  'upsert',
  'upsertMany',
  'upsertBy',
  'insertIfAbsent',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'clear',
  'increment',
  'addTag',
  'removeTag',
  'renameTag',
  'addIndex',
  'dropIndex',
] as const;

/** The repository of a view, with a finder for each index. One class for a view, so that calls stay monomorphic. */
export function viewRepository(rows: Collection, feed: ChangeFeed): ViewRepository<CollectionTypes> {
  class Rows extends ViewRepository<CollectionTypes> {}
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(Rows.prototype, name, { value, writable: true, configurable: true, enumerable: false });
  };
  for (const name of WRITES) define(name, () => refuseWrite(rows.name, name, feed.isInTransaction()));
  for (const index of rows.indexes.all)
    define(finderName(index.model), (query: unknown) =>
      Query.ofCondition<CollectionTypes>(rows, rows.indexes.conditionOn(index, query)),
    );
  return new Rows(rows, feed);
}

/** As writes of a collection do: inside a transaction it throws, which takes that back, and else it rejects. */
function refuseWrite(collection: string, method: string, isInTransaction: boolean): Promise<never> {
  const what = `\`${method}\` was called on ${collection}, a view: its rows follow the documents it is made of`;
  const error = new DatabaseError('READ_ONLY_VIEW', what, { collection, method });
  if (isInTransaction) throw error;
  return Promise.reject(error);
}
