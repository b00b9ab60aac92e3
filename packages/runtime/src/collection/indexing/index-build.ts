/**
 * An index that is being filled while reads and writes go on.
 *
 * A walk over all entries adds each once; writes meanwhile are followed: an entry the walk has passed (or that is new)
 * is moved in the index at once, one that it has not passed is left to the walk. The slots that the walk has passed are
 * noted.
 *
 * If a write during the build goes wrong (a value that the index refuses), the build fails, not the write.
 */
import { SLICE_MS, SliceClock } from '../../scheduling/slice-clock.js';
import { NumberSet } from '../../structures/number-set.js';
import type { Slot, SlotReader } from '../../structures/slot.js';

/** Entries between two looks at the clock. */
const ENTRIES_PER_LOOK = 32;

/** Moves an entry in the index from one document to the other; undefined: it is not there. */
export type IndexMove = (slot: Slot, before: object | undefined, after: object | undefined) => void;

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
  async run(source: SlotReader, slots: Iterable<Slot>): Promise<void> {
    const clock = new SliceClock(SLICE_MS.writing, ENTRIES_PER_LOOK);
    for (const slot of slots) {
      if (!this.#passed.has(slot)) {
        this.#passed.add(slot);
        this.#move(slot, undefined, source.peek(slot, undefined));
      }
      if (!clock.isOver()) continue;
      await clock.rest();
      this.requireSound();
    }
    this.requireSound();
  }

  /** Called after each write, undone ones too. Never throws. */
  follow(slot: Slot, before: object | undefined, after: object | undefined): void {
    if (this.#failure !== undefined) return;
    if (before === undefined) this.#passed.add(slot);
    else if (!this.#passed.has(slot)) return;
    try {
      this.#move(slot, before, after);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Throws what a write meanwhile made the index throw. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
