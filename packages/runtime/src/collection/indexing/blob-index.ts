/**
 * Blob → documents that refer to it: a tag index over the hashes of a document, which no query can name.
 *
 * So references are counted as entries of every index are: with each write, its undo, and at opening; a class without a
 * `BlobRef` has no such index and pays nothing.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { BlobFinder } from '../../definition/blob-references.js';
import { TagIndex } from '../../indexes/tag-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';

/** No field can have this name. */
const NAME = '$blobs';

export class BlobIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: TagIndex;
  readonly #finder: BlobFinder;
  readonly #source: ShardedStore;

  constructor(finder: BlobFinder, source: ShardedStore) {
    this.#finder = finder;
    this.#source = source;
    this.model = { name: NAME, kind: 'tag', fields: finder.fields };
    const hashes = (document: object): readonly string[] => finder(document).map(({ hash }) => hash);
    this.structure = new TagIndex({
      source,
      name: NAME,
      valueOf: Object.assign(hashes, { fields: finder.fields }),
    });
  }

  /** The length that documents give the blob of this hash: all the same; undefined when none refers to it. O(1). */
  sizeOf(hash: string): number | undefined {
    const [slot] = this.structure.peek(hash, 1);
    if (slot === undefined) return undefined;
    return this.#finder(this.#source.documentOf(slot)).find((ref) => ref.hash === hash)?.size;
  }

  condition(): IndexCondition {
    throw new DatabaseError('UNINDEXED_FIELD', 'the blobs of documents cannot be asked for', { field: NAME });
  }
}
