/**
 * The blobs that the documents of a directory and their releases refer to, by what is read of it. Memory: those references,
 * and the releases that may have some.
 */
import type { BlobRef } from '@nuthatch/model';
import { type BlobId, blobPath } from '../blobs/blob-name.js';
import type { BlobDamage } from '../blobs/verify-blobs.js';
import { blobFinder } from '../definition/blob-references.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { RELEASES_COLLECTION } from '../definition/release-records.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { LastState } from '../recovery/last-state.js';
import type { RecoveryTarget } from '../recovery/recovery-target.js';
import type { StoreKey } from '../structures/store-key.js';
import { ReleaseReferences } from './release-references.js';

/** The record that only a replica has. */
const REPLICA_RECORD = 'replica';

export class ReferenceTarget implements RecoveryTarget {
  /** Of documents that refer to some. */
  readonly #references = new LastState<readonly BlobRef[]>();
  readonly #releases = new ReleaseReferences();
  #isReplica = false;

  /** The directory is a replica's: blobs may be at its server. */
  get isReplica(): boolean {
    return this.#isReplica;
  }

  put(stored: StoredDocument): void {
    const { definition, key, document } = stored;
    const { model } = definition;
    if (model.collection === SYNC_DEFINITION.model.collection && key === REPLICA_RECORD) this.#isReplica = true;
    if (model.collection === RELEASES_COLLECTION) {
      this.#releases.put(key as string, document);
      return;
    }
    const refs = blobFinder(model)?.(document) ?? [];
    this.#references.put(stored, refs.length > 0 ? refs : undefined);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    if (definition.model.collection === RELEASES_COLLECTION) this.#releases.delete(key as string);
    else this.#references.delete(definition, key);
  }

  sequence(): void {}

  finish(): void {}

  /** Those that are not among the blobs that are there. */
  missing(directory: string, there: readonly BlobId[]): readonly BlobDamage[] {
    const paths = new Set(there.map(blobPath));
    const missing = new Map<string, BlobDamage>();
    const note = (ref: BlobRef, who: string): void => {
      const path = blobPath(ref);
      const reason = `${who} refers to this blob, which is missing`;
      if (!paths.has(path)) missing.set(path, { file: `${directory}/${path}`, offset: 0, byteCount: ref.size, reason });
    };
    for (const ref of this.#releases.references()) note(ref, 'a release');
    for (const [, documents] of this.#references.collections())
      for (const ref of [...documents.values()].flat()) note(ref, 'a document');
    return [...missing.values()];
  }
}
