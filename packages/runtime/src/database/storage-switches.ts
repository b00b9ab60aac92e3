/**
 * Collections switched between memory and disk while the database is open.
 *
 *   to disk    mark `copying` ─▶ from here on writes are journaled ─▶ every document, in slices ─▶ mark `disk`, fsynced
 *   to memory  mark `memory`, fsynced; from here on writes are not journaled
 *
 * Each mark is one frame, so a crash leaves one of the two states: before the last mark is on the disk a collection on
 * its way to disk is a memory collection (empty after the crash), one on its way to memory is whole on disk.
 *
 * A switch outlives the process: the next open goes by the mark, unless the class says something else than it said
 * when the switch was made; then the class counts.
 */

import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { CommitPath } from '../commit/commit-path.js';
import type { Transaction } from '../commit/transaction.js';
import { type MarkedStorage, STORAGE_DEFINITION, type StorageMark } from '../definition/storage-mark.js';
import type { Durability } from '../journal/durability.js';
import type { Effect } from '../journal/effect.js';
import type { Journal } from '../journal/journal.js';
import type { UnknownCollections } from '../recovery/unknown-collections.js';
import { SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import type { StoreKey } from '../structures/store-key.js';

const DOCUMENTS_PER_TRANSACTION = 64;

export class StorageSwitches {
  readonly #commitPath: CommitPath;
  readonly #journal: Journal;
  /** Marks in force, by collection. */
  readonly #marks: Map<string, StorageMark>;
  readonly #unknown: UnknownCollections | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param marks what opening found; a copy that a crash has cut short is given up here.
   * @param unknown documents on disk that no collection holds.
   */
  constructor(
    commitPath: CommitPath,
    journal: Journal,
    marks: ReadonlyMap<string, StorageMark>,
    unknown: UnknownCollections | undefined,
  ) {
    this.#unknown = unknown;
    this.#commitPath = commitPath;
    this.#journal = journal;
    this.#marks = new Map(marks);
    for (const mark of marks.values()) {
      if (mark.storage !== 'copying') continue;
      // Ahead of every later write in the journal's order, so that nothing written from now on counts as that copy.
      // If it fails the journal has failed, which every later write and `failed` will say.
      this.#note({ ...mark, storage: 'memory' }, 'os').catch(() => undefined);
    }
  }

  /** The marks as effects: a snapshot begins with them. */
  effects(): readonly { readonly key: StoreKey; readonly document: StorageMark }[] {
    return [...this.#marks.values()].map((document) => ({ key: document.collection, document }));
  }

  /** Switches; one at a time. See `Database.setStorage`. */
  set(collection: Collection, storage: 'memory' | 'disk'): Promise<void> {
    const done = this.#last.then(() => this.#set(collection, storage));
    // The caller gets the error; the next switch only has to know that this one is over.
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #set(collection: Collection, storage: 'memory' | 'disk'): Promise<void> {
    if (collection.isMemoryOnly === (storage === 'memory')) return;
    // In its turn: the switch before this one may be of a collection at the other end of a reference.
    requireReferencesToLast(collection, storage);
    const before = this.#marks.get(collection.name);
    try {
      if (storage === 'disk') await this.#toDisk(collection);
      else await this.#mark(collection, 'memory', 'fsync', () => collection.setMemoryOnly(true));
    } catch (error) {
      await this.#undo(collection, storage, before);
      throw error;
    }
  }

  async #toDisk(collection: Collection): Promise<void> {
    await this.#mark(collection, 'copying', 'os', () => collection.setMemoryOnly(false));
    // Writes are journaled by now: the copy has to hold only what was there before, in its present state.
    const view = collection.openView();
    try {
      let keys: StoreKey[] = [];
      const clock = new SliceClock(SLICE_MS.writing);
      for (const { key } of view.documents(true)) {
        keys.push(key);
        if (keys.length < DOCUMENTS_PER_TRANSACTION) continue;
        const isOver = clock.isOver();
        // A slice ends when it is written: else frames line up faster than the disk takes them, megabytes of garbage.
        await this.#copy(collection, keys, isOver ? 'os' : 'memory');
        keys = [];
        if (!isOver) continue;
        await this.#journal.drained();
        await clock.rest();
      }
      await this.#copy(collection, keys, 'memory');
    } finally {
      view.release();
    }
    await this.#mark(collection, 'disk', 'fsync');
  }

  /**
   * Journals the documents of these keys as they are now; half of them at a time when they do not fit a frame. Resolves
   * once they are in the frame being gathered (`memory`) or written: the last mark is acknowledged after all of them, or
   * not at all.
   *
   * @throws DatabaseError `TRANSACTION_TOO_LARGE` for one document that does not fit, `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  async #copy(collection: Collection, keys: readonly StoreKey[], durability: 'memory' | 'os'): Promise<void> {
    const effects = putsOf(collection, keys);
    if (effects.length === 0) return;
    const note = (transaction: Transaction): void => {
      transaction.origin = 'load';
      transaction.noteEffects(effects);
    };
    try {
      await this.#commitPath.run(note, false, { durability });
    } catch (error) {
      if (keys.length === 1 || !DatabaseError.is(error, 'TRANSACTION_TOO_LARGE')) throw error;
      const half = keys.length >> 1;
      await this.#copy(collection, keys.slice(0, half), durability);
      await this.#copy(collection, keys.slice(half), durability);
    }
  }

  #mark(collection: Collection, storage: MarkedStorage, durability: Durability, flip?: () => void): Promise<void> {
    const { name, definition, lastInSequence } = collection;
    const mark = { collection: name, storage, declared: definition.model.storage };
    const sequence: Effect[] =
      storage === 'copying' && lastInSequence > 0 ? [{ kind: 'sequence', definition, value: lastInSequence }] : [];
    return this.#note(mark, durability, sequence, flip);
  }

  #note(mark: StorageMark, durability: Durability, more: readonly Effect[] = [], flip?: () => void): Promise<void> {
    const put: Effect = {
      kind: 'put',
      definition: STORAGE_DEFINITION,
      key: mark.collection,
      document: Object.freeze(mark),
      revision: 1,
    };
    return this.#commitPath.run(
      (transaction) => {
        transaction.noteEffects([put, ...more]);
        this.#marks.set(mark.collection, mark);
        // The mark ends what the journal has of the collection, and a snapshot must not bring it back.
        if (mark.storage !== 'disk') this.#unknown?.forget(mark.collection);
        flip?.();
      },
      false,
      { durability },
    );
  }

  /** The collection is what it was; where the journal still takes it, it says so too. */
  async #undo(collection: Collection, storage: 'memory' | 'disk', before: StorageMark | undefined): Promise<void> {
    collection.setMemoryOnly(storage === 'disk');
    if (before === undefined) this.#marks.delete(collection.name);
    else this.#marks.set(collection.name, before);
    if (storage === 'disk' && this.#commitPath.state === 'open') await this.#mark(collection, 'memory', 'os');
  }
}

function putsOf(collection: Collection, keys: readonly StoreKey[]): Effect[] {
  const { definition, store } = collection;
  const effects: Effect[] = [];
  for (const key of keys) {
    const slot = store.get(key);
    if (slot === undefined) continue;
    const expiresAt = store.expiresAtOf(slot);
    const document = store.documentOf(slot);
    effects.push({ kind: 'put', definition, key, document, revision: store.revisionOf(slot), expiresAt });
  }
  return effects;
}

/** @throws DatabaseError `INVALID_OPTION` if documents on disk would refer to documents that end with the process. */
function requireReferencesToLast({ name, links }: Collection, storage: 'memory' | 'disk'): void {
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_OPTION', what, { option: 'storage', collection: name });
  };
  const isElsewhere = ({ name: other, isMemoryOnly }: Collection): boolean =>
    other !== name && isMemoryOnly === (storage === 'disk');
  if (storage === 'memory') {
    const referring = links?.incoming.find(({ from }) => isElsewhere(from as Collection));
    if (referring !== undefined) refuse(`documents of ${referring.from.name}, on disk, refer to documents of ${name}`);
  } else {
    const referred = links?.outgoing.find(({ to }) => isElsewhere(to as Collection));
    if (referred !== undefined) refuse(`documents of ${name} refer to documents of ${referred.to.name}, in memory`);
  }
}
