/**
 * What documents and blobs of one database have to do with each other: a document can only be written when the blobs that it
 * refers to are there, and a blob is needed as long as a document refers to it.
 */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import type { BlobCollector } from '../blobs/blob-collector.js';
import type { BlobStore } from '../blobs/blob-store.js';
import { isMediaType } from '../blobs/media-type.js';
import type { BlobFinder } from '../definition/blob-references.js';
import { showValue } from '../definition/show-value.js';
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
   * Before a document is written: its blobs are there, of that size. In a replica, and after damage, a blob may be missing
   * that a document refers to already; another document may then refer to it too.
   *
   * @throws DatabaseError `BLOB_MISSING`, `VALIDATION_FAILED`; nothing was changed.
   */
  require(document: object, finder: BlobFinder, collection: string): void {
    for (const ref of finder(document)) {
      if (!this.#store.has(ref) && !this.#isExpected(ref)) throw this.#missing(ref, collection);
      if (!isMediaType(ref.mediaType)) throw noMediaType(ref, collection);
      this.#store.touch(ref.hash);
      this.collector?.refer(ref.hash);
    }
  }

  /** It is not here, and a document refers to the same one. */
  #isExpected({ hash, size }: BlobRef): boolean {
    return this.#store.sizeOf(hash) === undefined && this.#indexes.some((index) => index.sizeOf(hash) === size);
  }

  #missing({ hash, size }: BlobRef, collection: string): DatabaseError {
    const found = this.#store.sizeOf(hash);
    const why = found === undefined ? 'which is not there' : `which has ${found} bytes, not ${size}`;
    const what = `a document of ${collection} refers to the blob ${hash}, ${why}`;
    return new DatabaseError('BLOB_MISSING', what, { collection, hash, size });
  }
}

/** It ends as a header of an answer to a browser: a line end in it would begin another. */
function noMediaType({ mediaType }: BlobRef, collection: string): DatabaseError {
  const message = `must be a media type such as 'image/jpeg', found ${showValue(mediaType)}`;
  const violations = [{ path: 'mediaType', rule: 'mediaType', message }];
  const what = `${collection} is not valid: mediaType of a BlobRef ${message}`;
  return new DatabaseError('VALIDATION_FAILED', what, { collection, violations, violationCount: 1 });
}
