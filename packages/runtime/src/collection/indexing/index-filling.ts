/**
 * How the indexes of a collection are filled at an opening: from the tables of an image, or from all documents. Nothing may be
 * written or asked meanwhile.
 *
 * A row of the image that is deleted behind it leaves the indexes as it does so. One whose document is replaced stays until all is
 * read: mostly it has the same values then, and nothing of an index need be touched. Else what came instead is added at the end.
 */
import type { IndexImage } from '../../image/image-tables.js';
import type { SecondaryIndex } from '../../indexes/secondary-index.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';

type Structure = SecondaryIndex<unknown>;

const NOTHING: readonly undefined[] = [];

/** The values that adopted indexes hold of one document, by position; undefined for one that holds nothing of it. */
export type ImageValues = readonly unknown[];

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

  /** While an opening goes on: what adopted indexes hold of a row of the image, whose entry is as it was yet. O(document). */
  imageValuesOf(structures: readonly Structure[], slot: Slot): ImageValues {
    const document = this.#store.peek(slot, undefined);
    return structures.map((structure, position) =>
      this.#adopted[position] === true ? structure.valueOf(document) : undefined,
    );
  }

  /** While an opening goes on: a row of the image is about to go. O(indexes · log entries). */
  leaveImage(structures: readonly Structure[], slot: Slot, values: ImageValues): void {
    for (const [position, structure] of structures.entries())
      if (values[position] !== undefined) structure.move(slot, values[position], undefined);
  }

  /** Those of the replaced rows that have other values now. O(replaced). */
  *changedOf(
    structures: readonly Structure[],
    replaced: ReadonlyMap<Slot, ImageValues>,
  ): Steps<ReadonlyMap<Slot, ImageValues>> {
    const changed = new Map<Slot, ImageValues>();
    let count = 0;
    for (const [slot, before] of replaced) {
      if (++count % STEP_DOCUMENTS === 0) yield;
      const after = this.imageValuesOf(structures, slot);
      const areSame = structures.every((structure, position) => structure.isSame(before[position], after[position]));
      if (!areSame) changed.set(slot, before);
    }
    return changed;
  }

  /**
   * Adds to adopted indexes what came after the image, and builds all others. O(added · log entries), or as `rebuilding`.
   *
   * @param added entries that are no rows of the image.
   * @param changed rows of the image that have another document, and what indexes hold of them.
   */
  *completing(
    structures: readonly Structure[],
    added: readonly Slot[],
    changed: ReadonlyMap<Slot, ImageValues>,
  ): Steps {
    const slots = this.#adopted.every((isAdopted) => isAdopted) ? [] : yield* this.#store.slotsInSteps();
    // All of them leave before the first comes: two may have exchanged a value that is unique.
    let count = 0;
    for (const [slot, values] of changed) {
      this.leaveImage(structures, slot, values);
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
    const all = [...changed.keys(), ...added];
    for (const [position, structure] of structures.entries()) {
      if (this.#adopted[position] === true) yield* this.#adding(structure, all);
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
