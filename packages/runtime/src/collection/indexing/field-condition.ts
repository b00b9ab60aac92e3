/**
 * `absent: true` and `null`: documents whose field is undefined, or null. No index holds them, so they are found among the
 * documents that the index leaves out.
 */
import { RangeIndex } from '../../indexes/range-index.js';
import { TagIndex } from '../../indexes/tag-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { CollectionIndex, Condition } from './collection-index.js';
import { differenceOf } from './slot-sets.js';

const EVERYTHING = { from: undefined, to: undefined };

export class FieldCondition implements Condition {
  readonly kind: 'absent' | 'null';
  readonly index: CollectionIndex;
  readonly isExact: boolean;
  readonly #wanted: undefined | null;
  readonly #store: ShardedStore;

  /** @param isExact every document that has the field stands in the index: what is left out has none. */
  constructor(index: CollectionIndex, wanted: undefined | null, isExact: boolean, store: ShardedStore) {
    this.index = index;
    this.kind = wanted === null ? 'null' : 'absent';
    this.isExact = isExact;
    this.#wanted = wanted;
    this.#store = store;
  }

  get isLoose(): boolean {
    return !this.isExact;
  }

  get estimate(): number {
    const { model, structure } = this.index;
    const isOnePerDocument = model.kind !== 'tag' || this.isExact;
    return isOnePerDocument ? this.#store.size - structure.entryCount : this.#store.size;
  }

  /** Range and tag indexes say all that they hold; of a unique one each document is to be looked at. */
  slots(limit = Number.POSITIVE_INFINITY): readonly Slot[] | undefined {
    const { structure } = this.index;
    const { size, end } = this.#store;
    if (this.isExact && structure.entryCount === size) return [];
    if (structure.entryCount === 0) return undefined;
    const held = heldBy(structure);
    return held && differenceOf(this.#store.slots(), held, end, limit);
  }

  slotsNow(): Uint32Array | undefined {
    const slots = this.slots();
    return slots && Uint32Array.from(slots);
  }

  matches(document: object): boolean {
    return (document as Readonly<Record<string, unknown>>)[this.index.model.fields[0]!] === this.#wanted;
  }
}

function heldBy(structure: CollectionIndex['structure']): ArrayLike<Slot> | undefined {
  if (structure instanceof RangeIndex) return structure.slotsBetween(EVERYTHING, false);
  return structure instanceof TagIndex ? structure.allSlots() : undefined;
}
