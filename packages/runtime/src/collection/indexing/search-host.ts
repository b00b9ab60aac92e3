/**
 * The text index of a collection in the engine's keeping.
 *
 *   saved     a snapshot held its state, which is loaded in short steps after the opening, or at once for the first question.
 *             A write only notes its key, and so does recovery for what came after the snapshot; in the end what is noted
 *             is indexed anew, from the documents as they are then
 *   unbuilt   nothing is known yet: the first question, or the opening, indexes all documents
 *   ready     each write changes it in the atomic step
 *
 * A state of another version, or one that cannot be read, or that has another number of documents, is not used: all is indexed anew.
 * A crash leaves nothing: all of it is memory.
 */
import type { RankedIndex, RankedQuestion, SavedState } from '../../definition/ranked-index.js';
import type { SearchOpening } from '../../recovery/recovery-target.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { runSteps, runStepsInSlices, STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { PluginIndex } from './plugin-index.js';

export class SearchHost implements PluginIndex<object, StoreKey> {
  readonly name = 'search';
  readonly takesStoreKeys = true;
  readonly #index: RankedIndex;
  readonly #store: ShardedStore;
  /** Of the class: documents of another model may have other texts. */
  readonly #fingerprint: string;
  #state: 'saved' | 'unbuilt' | 'ready' = 'unbuilt';
  #pieces: Uint8Array[] = [];
  #savedVersion: string | undefined;
  readonly #noted = new Set<StoreKey>();
  #work: Steps | undefined;
  /** Work after writes, under way. */
  #care: Steps | undefined;
  #writesSinceStep = 0;
  #isStopped = false;
  /** What happened at the opening. */
  opening: SearchOpening = 'built';
  /** The bytes that were loaded, as long as nothing was written since. */
  #loaded: { readonly bytes: Uint8Array; readonly changeCount: number } | undefined;

  constructor(index: RankedIndex, store: ShardedStore, fingerprint: string) {
    this.#index = index;
    this.#store = store;
    this.#fingerprint = fingerprint;
  }

  get version(): string {
    return `${this.#index.version}; model ${this.#fingerprint}`;
  }

  // Opening

  /** The next piece of the state that a snapshot holds. @param part from 0. */
  recover(version: string, part: number, bytes: Uint8Array, isLast: boolean): void {
    if (part === 0) this.forget();
    this.#pieces.push(bytes);
    if (isLast && part === this.#pieces.length - 1) this.#savedVersion = version;
  }

  /** What was recovered does not count: its snapshot is damaged, or its documents are gone. */
  forget(): void {
    this.#pieces = [];
    this.#savedVersion = undefined;
    this.#noted.clear();
  }

  /** A state was read: recovery has to say what it writes from now on. */
  get isNoting(): boolean {
    return this.#savedVersion !== undefined;
  }

  /** Recovery wrote to this key, after what it has read before. */
  note(key: StoreKey): void {
    if (this.#savedVersion !== undefined) this.#noted.add(key);
  }

  /** All documents are there: the index is loaded later, or built now. O(1) with a state, else O(words of all documents). */
  async begin(): Promise<void> {
    if (this.#savedVersion === this.version) {
      this.#state = 'saved';
      this.opening = 'loaded';
      this.#work = this.#loading();
      return;
    }
    if (this.#savedVersion !== undefined) this.opening = 'rebuilt: other version';
    this.forget();
    await this.complete();
  }

  /** Complete, in short steps. */
  async complete(): Promise<void> {
    if (this.#state === 'ready') return;
    this.#work ??= this.#building();
    try {
      await runStepsInSlices(this.#untilStopped(this.#work), SLICE_MS.reading);
    } catch (error) {
      // A document that cannot be read: the next who asks tries again, and gets the error.
      this.#work = undefined;
      throw error;
    }
  }

  /** The database is closed: work that nobody needs any more ends. */
  stop(): void {
    this.#isStopped = true;
  }

  *#untilStopped(work: Steps): Steps {
    while (!this.#isStopped && work.next().done !== true) yield;
  }

  /** Complete now: somebody asks. @returns how often it has changed. */
  ready(): number {
    if (this.#state !== 'ready') {
      const work = this.#work ?? this.#building();
      this.#work = undefined;
      runSteps(work);
    }
    return this.#index.changeCount;
  }

  *#loading(): Steps {
    const bytes = yield* joined(this.#pieces);
    this.#pieces = [];
    try {
      yield* this.#index.loadState(bytes);
    } catch {
      // The frames around it were whole, so other code wrote it. The documents tell all that it told.
      return yield* this.#rebuilding();
    }
    const isUnchanged = this.#noted.size === 0;
    yield* this.#indexNoted();
    // A state of other documents than those of its snapshot would answer with what is not there.
    if (this.#index.documentCount !== this.#store.size) return yield* this.#rebuilding();
    if (isUnchanged) this.#loaded = { bytes, changeCount: this.#index.changeCount };
    this.#state = 'ready';
  }

  *#rebuilding(): Steps {
    this.opening = 'rebuilt: unreadable state';
    this.#noted.clear();
    yield* this.#building();
  }

  /** Until nothing is noted: writes may note more between two steps. */
  *#indexNoted(): Steps {
    let count = 0;
    while (this.#noted.size > 0) {
      for (const key of this.#noted) {
        this.#noted.delete(key);
        const slot = this.#store.get(key);
        this.#index.setAgain(key, slot === undefined ? undefined : this.#store.peek(slot, undefined));
        if (++count % STEP_DOCUMENTS === 0) yield;
      }
    }
  }

  /** Indexes all documents. What is written meanwhile is noted, and indexed in the end. */
  *#building(): Steps {
    this.#state = 'saved';
    this.#index.rebuild([]);
    let count = 0;
    for (const slot of this.#store.slots()) {
      const key = this.#store.keyOf(slot);
      this.#index.setAgain(key, this.#store.peek(slot, undefined));
      const care = this.#index.care();
      if (care !== undefined) yield* care;
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
    yield* this.#indexNoted();
    this.#state = 'ready';
  }

  // Questions and writes

  ask(text: unknown, options: unknown): RankedQuestion {
    return this.#index.ask(text, options);
  }

  insert(document: object, key: StoreKey): void {
    if (this.#isNoting(key)) return;
    this.#index.insert(document, key);
    this.#careSoon();
  }

  update(before: object, after: object, key: StoreKey): void {
    if (this.#isNoting(key)) return;
    this.#index.update(before, after, key);
    this.#careSoon();
  }

  remove(document: object, key: StoreKey): void {
    if (this.#isNoting(key)) return;
    this.#index.remove(document, key);
  }

  rebuild(documents: Iterable<readonly [document: object, key: StoreKey]>): void {
    if (this.#state === 'ready') this.#index.rebuild(documents);
  }

  #isNoting(key: StoreKey): boolean {
    if (this.#state === 'ready') return false;
    // Unbuilt: all documents are read in the end.
    if (this.#state === 'saved') this.#noted.add(key);
    return true;
  }

  /** Packs what was written lately, in slices beside everything else. */
  #careSoon(): void {
    if (this.#isStopped) return;
    if (this.#care !== undefined) {
      // A bulk load gives the loop few turns: each of its writes takes a share of the work, or it would never end.
      if (++this.#writesSinceStep % WRITES_PER_STEP === 0) this.#care.next();
      return;
    }
    const care = this.#index.care();
    if (care === undefined) return;
    this.#care = care;
    runStepsInSlices(this.#untilStopped(care), SLICE_MS.writing)
      .finally(() => {
        this.#care = undefined;
      })
      // What was written meanwhile may be as much again.
      .then(
        () => this.#careSoon(),
        // Not packed, it answers all the same; the next write tries again.
        () => undefined,
      );
  }

  // Snapshots

  /** Holds the state as it is now; undefined: it is not complete. */
  saveState(): SavedState | undefined {
    if (this.#state !== 'ready') return undefined;
    const loaded = this.#loaded;
    const state = loaded?.changeCount === this.#index.changeCount ? stateOf(loaded.bytes) : this.#index.saveState();
    return { ...state, version: this.version };
  }
}

const PIECE_BYTES = 128 * 1024;
/** A step packs thousands of postings, and a write adds some dozens. */
const WRITES_PER_STEP = 32;

/** What was loaded is saved again as it is. */
function stateOf(bytes: Uint8Array): Omit<SavedState, 'version'> {
  let at = 0;
  return {
    steps: nothing(),
    take: () => (at >= bytes.length ? undefined : bytes.subarray(at, (at += PIECE_BYTES))),
  };
}

function* nothing(): Steps {
  // No step is needed.
}

function* joined(pieces: readonly Uint8Array[]): Steps<Uint8Array> {
  const all = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
    yield;
  }
  return all;
}
