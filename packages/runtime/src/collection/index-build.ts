/**
 * An index that is being filled while reads and writes go on.
 *
 * A walk over all entries adds each once; writes meanwhile are followed: an entry the walk has passed (or that is new)
 * is moved in the index at once, one that it has not passed is left to the walk. What was passed is noted by ordinal.
 *
 * What goes wrong in a write meanwhile (a value the index refuses) fails the build, not the write.
 */
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../store/entry.js';
import { NumberSet } from '../structures/number-set.js';

/** The loop is held for 5 ms at most; the last entries of a slice must fit too. */
const SLICE_MS = 3;
/** Entries between two looks at the clock. */
const ENTRIES_PER_LOOK = 32;

/** Moves an entry in the index from one document to the other; undefined: it is not there. */
export type IndexMove = (entry: Entry, before: object | undefined, after: object | undefined) => void;

export class IndexBuild {
  readonly name: string;
  readonly #move: IndexMove;
  readonly #passed = new NumberSet();
  #failure: { readonly error: unknown } | undefined;

  constructor(name: string, move: IndexMove) {
    this.name = name;
    this.#move = move;
  }

  /** Adds every entry, in slices of at most 5 ms. Rejects with what the index threw, also in a write meanwhile. */
  async run(entries: Iterable<Entry>): Promise<void> {
    let sliceEndMs = performance.now() + SLICE_MS;
    let count = 0;
    for (const entry of entries) {
      if (!this.#passed.has(entry.ordinal)) {
        this.#passed.add(entry.ordinal);
        this.#move(entry, undefined, entry.document);
      }
      if (++count % ENTRIES_PER_LOOK !== 0 || performance.now() < sliceEndMs) continue;
      await setImmediate();
      this.requireSound();
      sliceEndMs = performance.now() + SLICE_MS;
    }
    this.requireSound();
  }

  /** Called after each write, undone ones too. Never throws. */
  follow(entry: Entry, before: object | undefined, after: object | undefined): void {
    if (this.#failure !== undefined) return;
    if (before === undefined) this.#passed.add(entry.ordinal);
    else if (!this.#passed.has(entry.ordinal)) return;
    try {
      this.#move(entry, before, after);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Throws what a write meanwhile made the index throw. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
