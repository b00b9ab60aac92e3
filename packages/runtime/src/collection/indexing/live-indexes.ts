/**
 * Indexes a collection gets and loses while it is open: more of the engine's own, and plug-ins. They are not part of
 * the model, so they last until the database is closed.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { WriteTarget } from '../../commit/write-record.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex } from './collection-index.js';
import type { CollectionIndexes } from './collection-indexes.js';
import { createIndex } from './create-indexes.js';
import { IndexBuild, type IndexMove } from './index-build.js';
import type { PluginIndex } from './plugin-index.js';
import { PluginIndexes, tellPlugin } from './plugin-indexes.js';
import type { SearchHost } from './search-host.js';
import { UniqueCollectionIndex } from './unique-collection-index.js';
import { valueExtractor } from './value-extractor.js';

/** The parts of their collection that live indexes need. */
export interface LiveIndexCollection extends WriteTarget {
  readonly definition: CollectionDefinition;
  readonly indexes: CollectionIndexes;
  readonly store: ShardedStore;
  /** The text index of the class. */
  readonly search: SearchHost | undefined;
}

type IndexCondition = (document: never) => boolean;

export class LiveIndexes {
  readonly #collection: LiveIndexCollection;
  readonly #plugins: PluginIndexes;
  readonly #builds = new Set<IndexBuild>();
  readonly #added = new Map<string, CollectionIndex>();

  constructor(collection: LiveIndexCollection) {
    this.#collection = collection;
    this.#plugins = new PluginIndexes({
      name: collection.name,
      publicKey: (key) => collection.publicKey(key),
      documents: (takesStoreKeys) => keyedDocuments(collection, takesStoreKeys),
    });
    if (collection.search !== undefined) this.#plugins.add(collection.search as PluginIndex);
  }

  /**
   * Adds an index of the engine's own, filled in slices of at most 5 ms while reads and writes go on; it is asked for
   * only when it is complete. O(documents · log documents).
   *
   * @throws DatabaseError (as a rejection) `INVALID_OPTION`, `DUPLICATE_KEY`, `INVALID_INDEX_VALUE`; nothing has
   *   changed then.
   */
  async add(model: IndexModel, condition: IndexCondition | undefined): Promise<CollectionIndex> {
    const collection = this.#collection;
    const { definition, indexes } = collection;
    this.#requireFree(model.name);
    const extract = valueExtractor(definition, model, condition);
    const index = createIndex(definition, model, extract, collection.store);
    await this.#build(model.name, moveOf(index), () => {
      if (index instanceof UniqueCollectionIndex) index.checkDeferred(collection);
      indexes.adopt(index);
      this.#added.set(model.name, index);
    });
    return index;
  }

  /** Adds a plug-in, filled like `add`. @throws DatabaseError (as a rejection) `INVALID_OPTION`, `INVALID_INDEX_VALUE`. */
  async addPlugin(plugin: PluginIndex): Promise<void> {
    const collection = this.#collection;
    this.#requireFree(plugin.name);
    const tell: IndexMove = (slot, before, after) =>
      tellPlugin(plugin, collection.publicKey(collection.store.keyOf(slot)), before, after);
    try {
      plugin.rebuild([]);
      await this.#build(plugin.name, tell, () => this.#plugins.add(plugin));
    } catch (cause) {
      const what = `the plug-in index ${plugin.name} of ${collection.name} could not be filled`;
      throw new DatabaseError(
        'INVALID_INDEX_VALUE',
        what,
        { collection: collection.name, index: plugin.name },
        { cause },
      );
    }
  }

  /** Drops an index that was added live; at once. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_OPTION`. */
  drop(name: string): void {
    const { name: collection, indexes, search } = this.#collection;
    const isSearch = search !== undefined && name === search.name;
    if (!isSearch && this.#plugins.drop(name)) return;
    const index = this.#added.get(name);
    if (index !== undefined) {
      this.#added.delete(name);
      indexes.drop(index);
      return;
    }
    const isDeclared = isSearch || indexes.all.some(({ model }) => model.name === name);
    if (!isDeclared) {
      throw new DatabaseError(
        'UNINDEXED_FIELD',
        `${collection} has no index ${typeof name === 'string' ? name : showValue(name)}`,
        { collection, index: name },
      );
    }
    const what = `index ${name} of ${collection} is declared by its class; remove the decorator to drop it`;
    throw new DatabaseError('INVALID_OPTION', what, { collection, index: name });
  }

  /** @throws DatabaseError `INVALID_INDEX_VALUE` when a plug-in is writing to the collection that calls it. */
  requireIdle(): void {
    this.#plugins.requireIdle();
  }

  /** After all checks, before anything changes. @throws DatabaseError `INVALID_INDEX_VALUE`; nothing has changed then. */
  beforeWrite(key: StoreKey, before: object | undefined, after: object | undefined): void {
    this.#plugins.apply(key, before, after);
  }

  /** After a write was applied; a document that is removed is still in the store. Never throws. */
  afterWrite(slot: Slot, before: object | undefined, after: object | undefined): void {
    if (this.#builds.size > 0) for (const build of this.#builds) build.follow(slot, before, after);
  }

  /** After `afterWrite` of a write that was taken back: the store is as it was before. Never throws. */
  afterRevert(key: StoreKey, now: object | undefined, then: object | undefined): void {
    this.#plugins.revert(key, now, then);
  }

  async #build(name: string, move: IndexMove, complete: () => void): Promise<void> {
    const build = new IndexBuild(name, move);
    this.#builds.add(build);
    try {
      const { store } = this.#collection;
      await build.run(store, store.slots());
      build.requireSound();
      complete();
    } finally {
      this.#builds.delete(build);
    }
  }

  #requireFree(name: unknown): void {
    const { name: collection, indexes } = this.#collection;
    if (typeof name !== 'string' || name === '') {
      throw new DatabaseError('INVALID_OPTION', `an index of ${collection} needs a \`name\``, { option: 'name' });
    }
    const building = [...this.#builds].map((build) => build.name);
    const taken = [...indexes.all.map(({ model }) => model.name), ...this.#plugins.names, ...building];
    if (!taken.includes(name)) return;
    const what = `${collection} already has an index ${name}; give the new one another \`name\``;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'name', collection, index: name });
  }
}

function moveOf({ structure }: CollectionIndex): IndexMove {
  return (slot, before, after) => {
    const held = before === undefined ? undefined : structure.valueOf(before);
    const next = after === undefined ? undefined : structure.valueOf(after);
    if (!structure.isSame(held, next)) structure.move(slot, held, next);
  };
}

function* keyedDocuments(
  collection: LiveIndexCollection,
  takesStoreKeys: boolean,
): Iterable<readonly [object, unknown]> {
  const { store } = collection;
  for (const slot of store.slots()) {
    const key = store.keyOf(slot);
    yield [store.documentOf(slot), takesStoreKeys ? key : collection.publicKey(key)];
  }
}
