/** Fills the empty collections of a reader with an image: its tables and bytes are used where they lie, in shared memory. */
import { SHARED_TEXTS } from '../../codec/shared-texts.js';
import type { Collection } from '../../collection/collection.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { CollectionImage } from '../../image/image-tables.js';
import type { StoredIndexState } from '../../journal/index-state-record.js';
import { ModelTable } from '../../journal/model-table.js';
import type { UndecodedTarget } from '../../journal/put-run.js';
import type { StoredDocument } from '../../journal/stored-document.js';
import { FrameApplier } from '../../recovery/frame-applier.js';
import type { RecoveryTarget } from '../../recovery/recovery-target.js';
import type { StoredDocuments } from '../../recovery/stored-documents.js';
import { loadImage } from '../../recovery/tables/load-image.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { SharedImage } from './shared-image.js';

/**
 * O(rows), in slices, without a look at a document where there are tables.
 *
 * @param collections by name, hidden ones too.
 * @param documents knows the models of the image.
 * @throws DatabaseError `JOURNAL_DAMAGED` for what no database made.
 */
export async function loadSharedImage(
  image: SharedImage,
  collections: ReadonlyMap<string, Collection>,
  documents: StoredDocuments,
): Promise<void> {
  const target = new ReaderTarget(collections);
  const applier = new FrameApplier(documents, new ModelTable(), target, SLICE_MS.reading);
  await loadImage(image, { documents, applier });
  SHARED_TEXTS.forget();
  await target.finish();
}

/** As the target of an opening, but what is kept in memory only is there, too. */
class ReaderTarget implements RecoveryTarget {
  readonly #collections: ReadonlyMap<string, Collection>;

  constructor(collections: ReadonlyMap<string, Collection>) {
    this.#collections = collections;
  }

  put(stored: StoredDocument, isNew: boolean): void {
    this.#of(stored.definition).recovery.put(stored, isNew);
  }

  undecodedTargetOf(definition: CollectionDefinition): UndecodedTarget {
    return this.#of(definition).recovery.undecodedTarget;
  }

  adoptImage(definition: CollectionDefinition, image: CollectionImage): Promise<boolean> {
    return this.#of(definition).recovery.adopt(image);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#of(definition).recovery.delete(key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    this.#of(definition).recoverSequence(value);
  }

  indexState({ collection, index, version, part, isLast, bytes }: StoredIndexState): void {
    const search = this.#collections.get(collection)?.search;
    if (search?.name === index) search.recover(version, part, bytes, isLast);
  }

  async finish(): Promise<void> {
    for (const collection of this.#collections.values()) {
      await collection.recovery.settle();
      await collection.recovery.finish();
    }
  }

  #of(definition: CollectionDefinition): Collection {
    return this.#collections.get(definition.model.collection)!;
  }
}
