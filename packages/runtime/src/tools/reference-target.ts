/** The blobs that the documents of a directory refer to, by what is read of it. Memory: those references. */
import type { BlobRef } from '@nuthatch/model';
import { type BlobId, blobPath } from '../blobs/blob-name.js';
import type { BlobDamage } from '../blobs/verify-blobs.js';
import { blobFinder } from '../definition/blob-references.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { STORAGE_COLLECTION, type StorageMark } from '../definition/storage-mark.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { RecoveryTarget } from '../recovery/recovery-target.js';
import type { StoreKey } from '../structures/store-key.js';

/** The record that only a replica has. */
const REPLICA_RECORD = 'replica';

export class ReferenceTarget implements RecoveryTarget {
  /** Collection → key → references, of documents that have some. */
  readonly #references = new Map<string, Map<StoreKey, readonly BlobRef[]>>();
  #isReplica = false;

  /** The directory is a replica's: blobs may be at its server. */
  get isReplica(): boolean {
    return this.#isReplica;
  }

  put({ definition, key, document }: StoredDocument): void {
    const { model } = definition;
    if (model.collection === SYNC_DEFINITION.model.collection && key === REPLICA_RECORD) this.#isReplica = true;
    if (model.collection === STORAGE_COLLECTION) this.#applyMark(document as StorageMark);
    const refs = blobFinder(model)?.(document) ?? [];
    if (refs.length > 0) this.#of(model.collection).set(key, refs);
    else this.#references.get(model.collection)?.delete(key);
  }

  delete({ model }: CollectionDefinition, key: StoreKey): void {
    this.#references.get(model.collection)?.delete(key);
  }

  sequence(): void {}

  finish(): void {}

  /** Those that are not among the blobs that are there. */
  missing(directory: string, there: readonly BlobId[]): readonly BlobDamage[] {
    const paths = new Set(there.map(blobPath));
    const missing = new Map<string, BlobDamage>();
    for (const documents of this.#references.values())
      for (const ref of [...documents.values()].flat()) {
        const path = blobPath(ref);
        const reason = 'a document refers to this blob, which is missing';
        if (!paths.has(path))
          missing.set(path, { file: `${directory}/${path}`, offset: 0, byteCount: ref.size, reason });
      }
    return [...missing.values()];
  }

  /** Documents before a mark no longer count, unless it says that they are the collection. */
  #applyMark({ collection, storage }: StorageMark): void {
    if (storage !== 'disk') this.#references.delete(collection);
  }

  #of(collection: string): Map<StoreKey, readonly BlobRef[]> {
    let documents = this.#references.get(collection);
    if (documents === undefined) {
      documents = new Map();
      this.#references.set(collection, documents);
    }
    return documents;
  }
}
