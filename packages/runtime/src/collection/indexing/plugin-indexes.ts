/** The plug-in indexes of one collection: called inside the atomic step, undone with it. */
import { DatabaseError } from '@nuthatch/model';
import type { StoreKey } from '../../structures/store-key.js';
import type { PluginIndex } from './plugin-index.js';

/** The parts of their collection that plug-ins need. */
export interface PluginCollection {
  readonly name: string;
  publicKey(key: StoreKey): unknown;
  /** Every document with its public key, or that of the store. */
  documents(takesStoreKeys: boolean): Iterable<readonly [document: object, key: unknown]>;
}

export class PluginIndexes {
  readonly #collection: PluginCollection;
  #plugins: readonly PluginIndex[] = [];
  /** Plug-ins that could not be mended: writes are refused until they are dropped. */
  readonly #broken = new Map<PluginIndex, unknown>();
  #isCalling = false;

  constructor(collection: PluginCollection) {
    this.#collection = collection;
  }

  get names(): readonly string[] {
    return this.#plugins.map(({ name }) => name);
  }

  /** From now on the plug-in is called for every write; it has been filled before. */
  add(plugin: PluginIndex): void {
    this.#plugins = [...this.#plugins, plugin];
  }

  /** @returns whether there was one of that name. */
  drop(name: string): boolean {
    const dropped = this.#plugins.find((plugin) => plugin.name === name);
    if (dropped === undefined) return false;
    this.#plugins = this.#plugins.filter((plugin) => plugin !== dropped);
    this.#broken.delete(dropped);
    return true;
  }

  /**
   * Tells all plug-ins of a write that is about to be applied. When one refuses, those before it get the opposite call.
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE`; no plug-in has changed then.
   */
  apply(key: StoreKey, before: object | undefined, after: object | undefined): void {
    if (this.#plugins.length === 0) return;
    this.requireIdle();
    for (const [position, plugin] of this.#plugins.entries()) {
      try {
        if (this.#broken.has(plugin)) throw this.#broken.get(plugin);
        this.#call(plugin, key, before, after);
      } catch (cause) {
        for (const told of this.#plugins.slice(0, position).reverse()) this.#undo(told, key, after, before);
        throw this.#refusal(plugin, cause);
      }
    }
  }

  /** Takes a write back that was applied. Never throws. Call it when the store is as it was before the write. */
  revert(key: StoreKey, now: object | undefined, then: object | undefined): void {
    if (this.#plugins.length === 0) return;
    for (const plugin of [...this.#plugins].reverse()) this.#undo(plugin, key, now, then);
  }

  /** @throws DatabaseError `INVALID_INDEX_VALUE` when a plug-in writes to the collection that is calling it. */
  requireIdle(): void {
    if (!this.#isCalling) return;
    const { name } = this.#collection;
    throw new DatabaseError('INVALID_INDEX_VALUE', `a plug-in index of ${name} wrote to ${name}`, { collection: name });
  }

  #undo(plugin: PluginIndex, key: StoreKey, now: object | undefined, then: object | undefined): void {
    if (this.#broken.has(plugin)) return;
    try {
      this.#call(plugin, key, now, then);
    } catch {
      // It broke its contract and may be half changed: the one way back to the truth is to begin again.
      this.#mend(plugin);
    }
  }

  #mend(plugin: PluginIndex): void {
    try {
      plugin.rebuild(this.#collection.documents(plugin.takesStoreKeys === true));
    } catch (error) {
      this.#broken.set(plugin, error);
    }
  }

  #call(plugin: PluginIndex, key: StoreKey, before: object | undefined, after: object | undefined): void {
    this.#isCalling = true;
    try {
      const told = plugin.takesStoreKeys === true ? key : this.#collection.publicKey(key);
      tellPlugin(plugin, told, before, after);
    } finally {
      this.#isCalling = false;
    }
  }

  #refusal(plugin: PluginIndex, cause: unknown): DatabaseError {
    const { name: collection } = this.#collection;
    const what = `the plug-in index ${plugin.name} of ${collection} refused a document`;
    return new DatabaseError('INVALID_INDEX_VALUE', what, { collection, index: plugin.name }, { cause });
  }
}

/** Calls the method that fits what happened to one document. */
export function tellPlugin(
  plugin: PluginIndex,
  key: unknown,
  before: object | undefined,
  after: object | undefined,
): void {
  if (before === undefined) {
    if (after !== undefined) plugin.insert(after, key);
  } else if (after === undefined) plugin.remove(before, key);
  else plugin.update(before, after, key);
}
