/** The blobs that the documents of a directory refer to, by what is read of it. Memory: those references. */
import type { BlobRef } from '@nuthatch/model';
import { type BlobId, blobPath } from '../blobs/blob-name.js';
import type { BlobDamage } from '../blobs/verify-blobs.js';
import { blobFinder } from '../definition/blob-references.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { LastState } from '../recovery/last-state.js';
import type { RecoveryTarget } from '../recovery/recovery-target.js';
import type { StoreKey } from '../structures/store-key.js';

/** The record that only a replica has. */
const REPLICA_RECORD = 'replica';

export class ReferenceTarget implements RecoveryTarget {
  /** Of documents that refer to some. */
  readonly #references = new LastState<readonly BlobRef[]>();
  #isReplica = false;

  /** The directory is a replica's: blobs may be at its server. */
  get isReplica(): boolean {
    return this.#isReplica;
  }

  put(stored: StoredDocument): void {
    const { definition, key, document } = stored;
    const { model } = definition;
    if (model.collection === SYNC_DEFINITION.model.collection && key === REPLICA_RECORD) this.#isReplica = true;
    const refs = blobFinder(model)?.(document) ?? [];
    this.#references.put(stored, refs.length > 0 ? refs : undefined);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#references.delete(definition, key);
  }

  sequence(): void {}

  finish(): void {}

  /** Those that are not among the blobs that are there. */
  missing(directory: string, there: readonly BlobId[]): readonly BlobDamage[] {
    const paths = new Set(there.map(blobPath));
    const missing = new Map<string, BlobDamage>();
    for (const [, documents] of this.#references.collections())
      for (const ref of [...documents.values()].flat()) {
        const path = blobPath(ref);
        const reason = 'a document refers to this blob, which is missing';
        if (!paths.has(path))
          missing.set(path, { file: `${directory}/${path}`, offset: 0, byteCount: ref.size, reason });
      }
    return [...missing.values()];
  }
}
