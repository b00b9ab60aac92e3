/** The documents of cold collections on their way to the file of an image. */
import type { ColdMoves } from '../checkpoint/snapshot-source.js';
import type { WrittenCold } from '../checkpoint/written-cold.js';
import type { Collection } from '../collection/collection.js';
import type { ColdBytes } from '../image/image-tables.js';
import { PUT_PLACE } from '../journal/put-place.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { runStepsInSlices } from '../scheduling/steps.js';
import type { MovingDocuments } from '../store/moving-documents.js';

export class CollectionMoves implements ColdMoves {
  readonly #moving = new Map<Collection, MovingDocuments>();

  /** In the turn of the view. O(collections). */
  constructor(collections: readonly Collection[]) {
    for (const collection of collections) {
      const moving = collection.store.images.beginMoving();
      if (moving !== undefined) this.#moving.set(collection, moving);
    }
  }

  of(collection: Collection): MovingDocuments | undefined {
    return this.#moving.get(collection);
  }

  async moved({ definition, rows }: WrittenCold, bytes: ColdBytes): Promise<void> {
    for (const [{ definition: own, store }, moving] of this.#moving) {
      if (own !== definition) continue;
      let before: ColdBytes | undefined;
      const noteBefore = (file: ColdBytes | undefined): void => {
        before = file;
      };
      await runStepsInSlices(store.images.movingTo(moving, rows, bytes, PUT_PLACE, noteBefore), SLICE_MS.writing);
      await before?.close();
    }
  }

  end(): void {
    for (const [{ store }, moving] of this.#moving) store.images.endMoving(moving);
  }
}
