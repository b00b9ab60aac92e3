/**
 * The documents of a cold store on their way to a new image: which slot each row is of, and which slots were written to
 * since the image was begun. Those stay in memory until the next image.
 */
import type { ColdPlaces } from '../image/image-tables.js';
import { inParts, type Steps } from '../scheduling/steps.js';
import { GrowingNumbers } from '../structures/growing-numbers.js';
import { NumberSet } from '../structures/number-set.js';
import type { Slot } from '../structures/slot.js';

/** The rows of a cold collection in an image that was written. */
export interface WrittenRows {
  readonly places: ColdPlaces;
  readonly keyBytes: Uint8Array;
  readonly keyEnds: Uint32Array;
}

export class MovingDocuments {
  readonly #slots = new GrowingNumbers(Uint32Array);
  readonly #written = new NumberSet();

  /** The next row is of this slot; rising. O(1). */
  noteRow(slot: Slot): void {
    this.#slots.push(slot);
  }

  /** The slots of the rows. */
  get slots(): Uint32Array {
    return this.#slots.items();
  }

  /** The slot has another document, or none. O(1). */
  noteWritten(slot: Slot): void {
    this.#written.add(slot);
  }

  wasWritten(slot: Slot): boolean {
    return this.#written.has(slot);
  }

  /** The rows by slot; slots without a row have no bytes. O(slots), or O(1) where rows and slots are the same. */
  *bySlot(rows: WrittenRows): Steps<WrittenRows> {
    const { slots } = this;
    const last = slots.length === 0 ? -1 : slots[slots.length - 1]!;
    if (last === slots.length - 1) return rows;
    const { starts, lengths, checksums } = rows.places;
    const places = {
      starts: starts instanceof Float64Array ? new Float64Array(last + 1) : new Uint32Array(last + 1),
      lengths: new Uint32Array(last + 1),
      checksums: new Uint32Array(last + 1),
    };
    const keyEnds = new Uint32Array(last + 1);
    yield* inParts(slots.length, (from, to) => {
      for (let row = from; row < to; row++) {
        const slot = slots[row]!;
        places.starts[slot] = starts[row]!;
        places.lengths[slot] = lengths[row]!;
        places.checksums[slot] = checksums[row]!;
        const before = row === 0 ? 0 : slots[row - 1]! + 1;
        keyEnds.fill(row === 0 ? 0 : rows.keyEnds[row - 1]!, before, slot);
        keyEnds[slot] = rows.keyEnds[row]!;
      }
    });
    return { places, keyBytes: rows.keyBytes, keyEnds };
  }
}
