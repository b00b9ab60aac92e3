/**
 * The documents that meet one of many branches, where indexes alone do not say which: each branch is begun by its narrowest
 * condition, and what that gives is held against the others of the same branch. A document that one branch has is not looked at
 * for the next.
 *
 * To hold the union of all beginnings against all branches would cost their product: 1,000 branches over 30,000 documents took
 * 0.3 s. Where what is left of the branches would list more entries than the missing documents have branches to be held
 * against, these are looked at instead. So it never costs more than twice a look at every document.
 */
import type { Slot } from '../../structures/slot.js';
import type { Condition } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import { slotsOf } from '../indexing/slot-sets.js';
import { beginning, meetsAll } from './candidate-slots.js';
import type { QuerySource, QueryTrace } from './query-request.js';

/** Bits by slot, and how many are set. */
class SlotBits {
  readonly words: Int32Array;
  count = 0;

  constructor(end: Slot) {
    this.words = new Int32Array(Math.ceil(end / 32));
  }

  has(slot: Slot): boolean {
    return (this.words[slot >>> 5]! & (1 << (slot & 31))) !== 0;
  }

  add(slot: Slot): void {
    if (this.has(slot)) return;
    this.words[slot >>> 5]! |= 1 << (slot & 31);
    this.count++;
  }
}

export class BranchUnion {
  readonly #source: QuerySource;
  readonly #branches: readonly (readonly Condition[])[];
  readonly #met: SlotBits;
  readonly #looked: SlotBits;

  /** @param branches of an `or`. */
  constructor(source: QuerySource, branches: readonly Condition[]) {
    this.#source = source;
    this.#branches = branches.map((branch) =>
      branch.kind === 'and' && branch.parts !== undefined ? narrowestFirst(branch.parts) : [branch],
    );
    this.#met = new SlotBits(source.end);
    this.#looked = new SlotBits(source.end);
  }

  /** Rising slots, at least `limit` of them where there are so many. */
  slots(limit: number, trace: QueryTrace): readonly Slot[] {
    const { size } = this.#source;
    let listed = 0;
    let nextReview = size;
    for (const [place, branch] of this.#branches.entries()) {
      if (this.#met.count >= Math.min(limit, size)) break;
      if (listed >= nextReview) {
        nextReview = listed + size;
        if (this.#isLookCheaper(place)) {
          this.#lookAtOthers(place, limit, trace);
          break;
        }
      }
      const { slots, rest, first } = beginning(this.#source, branch);
      // No index knows any of it: then the other branches are asked on the way.
      if (first === undefined) {
        this.#lookAtOthers(place, limit, trace);
        break;
      }
      for (const slot of slots) if (!this.#met.has(slot)) this.#take(slot, rest, trace);
      listed += (slots as readonly Slot[]).length;
    }
    trace.seen += this.#looked.count;
    return slotsOf(this.#met.words, this.#source.end);
  }

  #take(slot: Slot, rest: readonly Condition[], trace: QueryTrace): void {
    this.#looked.add(slot);
    if (rest.length === 0 || meetsAll(rest, this.#source.documentOf(slot), trace)) this.#met.add(slot);
  }

  #isLookCheaper(place: number): boolean {
    let entries = 0;
    for (const [narrowest] of this.#branches.slice(place)) entries += narrowest!.estimate;
    return (this.#source.size - this.#met.count) * (this.#branches.length - place) < entries;
  }

  /** Holds the documents that no branch has yet against those from `place` on. */
  #lookAtOthers(place: number, limit: number, trace: QueryTrace): void {
    const branches = this.#branches.slice(place);
    for (const slot of this.#source.slots()) {
      if (this.#met.has(slot)) continue;
      this.#looked.add(slot);
      const document = this.#source.documentOf(slot);
      if (branches.some((branch) => meetsAll(branch, document, trace))) this.#met.add(slot);
      if (this.#met.count >= limit) return;
    }
  }
}
