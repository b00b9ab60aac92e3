/** `db.snapshot()`: all collections at one seq, held still while writes go on. */
import type { Collection } from '../collection/collection.js';
import { CollectionSnapshot } from '../repository/collection-snapshot.js';

/** The members of the snapshot as a whole. */
export interface SnapshotLife extends Disposable {
  /** Number of the last transaction it holds. */
  readonly seq: bigint;
  /** Ends it: writes no longer keep the documents they replace. Idempotent. Later reads throw `INVALID_QUERY`. */
  close(): void;
}

/**
 * The collections of a snapshot, typed by those of the database.
 *
 * @typeParam Tx the collections as a transaction function gets them.
 */
export type SnapshotCollections<Tx> = {
  readonly [C in keyof Tx]: Tx[C] extends { get(key: infer K): infer D }
    ? CollectionSnapshot<K, NonNullable<D>>
    : never;
};

export type DatabaseSnapshot<Tx> = SnapshotLife & SnapshotCollections<Tx>;

/** Opens a view of each collection, in one turn. O(collections). */
export function openSnapshot<Tx>(seq: bigint, collections: ReadonlyMap<string, Collection>): DatabaseSnapshot<Tx> {
  const snapshots = [...collections].map(([name, collection]) => [name, new CollectionSnapshot(collection)] as const);
  const close = (): void => {
    for (const [, snapshot] of snapshots) snapshot.close();
  };
  return Object.freeze({
    ...Object.fromEntries(snapshots),
    seq,
    close,
    [Symbol.dispose]: close,
  }) as unknown as DatabaseSnapshot<Tx>;
}
