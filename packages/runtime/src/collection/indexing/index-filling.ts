/**
 * How the indexes of a collection are filled at an opening: from the tables of an image, or from all documents. Nothing may be
 * written or asked meanwhile.
 *
 * A row of the image whose document is replaced or deleted behind it leaves the indexes as it does so; what came instead is added
 * at the end.
 */
import type { IndexImage } from '../../image/image-tables.js';
import type { SecondaryIndex } from '../../indexes/secondary-index.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';

type Structure = SecondaryIndex<unknown>;

const NOTHING: readonly undefined[] = [];

export class IndexFilling {
  readonly #store: ShardedStore;
  /** By position: it holds what the snapshot's tables say, until the opening is over. */
  #adopted: boolean[] = [];

  constructor(store: ShardedStore) {
    this.#store = store;
  }

  /** Builds every index again over all entries: nothing may be written or asked until it is done. O(entries · log entries). */
  *rebuilding(structures: readonly Structure[]): Steps {
    const slots = yield* this.#store.slotsInSteps();
    for (const structure of structures) yield* structure.rebuilding(slots);
  }

  /** Takes the tables of an image. O(leaves of ranges). @param images by the position in the model; of others undefined. */
  *adopting(structures: readonly Structure[], images: readonly (IndexImage | undefined)[]): Steps {
    this.#adopted = [];
    for (const [position, structure] of structures.entries()) {
      const image = images[position];
      this.#adopted.push(image !== undefined && structure.adopting !== undefined);
      if (image !== undefined) yield* structure.adopting?.(image) ?? NOTHING;
    }
  }

  /** While an opening goes on: a row of the image counts no longer, and its entry is as it was yet. O(indexes · log entries). */
  leaveImage(structures: readonly Structure[], slot: Slot): void {
    const document = this.#store.peek(slot, undefined);
    for (const [position, structure] of structures.entries()) {
      if (this.#adopted[position] !== true) continue;
      const value = structure.valueOf(document);
      if (value !== undefined) structure.move(slot, value, undefined);
    }
  }

  /**
   * Adds to adopted indexes what came after the image, and builds all others. O(added · log entries), or as `rebuilding`.
   *
   * @param added entries that are no rows of the image.
   */
  *completing(structures: readonly Structure[], added: readonly Slot[]): Steps {
    const slots = this.#adopted.every((isAdopted) => isAdopted) ? [] : yield* this.#store.slotsInSteps();
    for (const [position, structure] of structures.entries()) {
      if (this.#adopted[position] === true) yield* this.#adding(structure, added);
      else yield* structure.rebuilding(slots);
    }
    this.#adopted = [];
  }

  *#adding(structure: Structure, added: readonly Slot[]): Steps {
    for (let index = 0; index < added.length; index++) {
      const slot = added[index]!;
      // Whole documents: a posting may keep what it is given.
      const value = structure.valueOf(this.#store.peek(slot, undefined));
      if (value !== undefined) structure.move(slot, undefined, value);
      if (index % STEP_DOCUMENTS === 0) yield;
    }
  }
}
