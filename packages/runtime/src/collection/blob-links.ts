/**
 * What documents and blobs of one database have to do with each other: a document can only be written when the blobs that it
 * refers to are there, and a blob is needed as long as a document refers to it.
 */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import type { BlobCollector } from '../blobs/blob-collector.js';
import type { BlobStore } from '../blobs/blob-store.js';
import type { BlobFinder } from '../definition/blob-references.js';
import type { BlobIndex } from './indexing/blob-index.js';

export class BlobLinks {
  readonly #store: BlobStore;
  readonly #indexes: BlobIndex[] = [];
  /** Told of blobs that are referred to anew. */
  collector: BlobCollector | undefined;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Counts the references of a collection too. */
  add(index: BlobIndex): void {
    this.#indexes.push(index);
  }

  /** Whether a document in memory refers to the blob. O(collections with blobs). */
  isReferred(hash: string): boolean {
    return this.#indexes.some(({ structure }) => structure.count(hash) > 0);
  }

  /**
   * Before a document is written: its blobs are there. In a replica, and after damage, a blob may be missing that
   * a document refers to already; another document may then refer to it too.
   *
   * @throws DatabaseError `BLOB_MISSING`; nothing was changed.
   */
  require(document: object, finder: BlobFinder, collection: string): void {
    for (const ref of finder(document)) {
      if (!this.#store.has(ref) && !this.isReferred(ref.hash)) throw this.#missing(ref, collection);
      this.#store.touch(ref.hash);
      this.collector?.refer(ref.hash);
    }
  }

  #missing({ hash, size }: BlobRef, collection: string): DatabaseError {
    const found = this.#store.sizeOf(hash);
    const why = found === undefined ? 'which is not there' : `which has ${found} bytes, not ${size}`;
    const what = `a document of ${collection} refers to the blob ${hash}, ${why}`;
    return new DatabaseError('BLOB_MISSING', what, { collection, hash, size });
  }
}
