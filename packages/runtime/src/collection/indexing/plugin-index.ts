/**
 * An index of your own, kept by the engine as one of its own: a geographic grid, a text index, a bloom filter.
 *
 * Every write to the collection calls it inside the atomic step, after all checks and before anything changes:
 * documents, indexes and plug-ins change together or not at all. A call that throws refuses the write with
 * `INVALID_INDEX_VALUE` (what was thrown is its `cause`), so throw before you change anything. A transaction that is
 * taken back calls the opposite of each call, newest first; those must not throw, and when one does all the same the
 * index is rebuilt on the spot.
 *
 * Calls are synchronous, must be quick, and must not write to the database. Documents are frozen and may be held.
 * Searching is the plug-in's own business: it is an object of yours, so give it the methods you like.
 *
 * @typeParam D the document class; @typeParam K its key.
 */
export interface PluginIndex<D extends object = object, K = unknown> {
  /** Name within the collection, for errors and `dropIndex`. */
  readonly name: string;
  /** Keys are those of the store: one value each. Of the engine's own indexes. @internal */
  readonly takesStoreKeys?: boolean;
  /** A document is there that was not. */
  insert(document: D, key: K): void;
  /** A document was replaced by its next revision. */
  update(before: D, after: D, key: K): void;
  /** A document is there no more. */
  remove(document: D, key: K): void;
  /** Forget everything, then index these documents: with none when the index is added, with all to mend it. */
  rebuild(documents: Iterable<readonly [document: D, key: K]>): void;
}
