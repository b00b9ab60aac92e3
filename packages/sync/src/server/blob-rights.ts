/** Which blobs a user may read: those that a document refers to that he may read, in a field that he sees. */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import { type BlobId, blobFinder, type Collection, type SyncPort } from '@nuthatch/runtime/sync';
import { type Grant, mayRead } from './grant.js';

/** Documents that are looked at for one blob: a file that a hundred thousand documents share must not hold up the server. */
const MOST_DOCUMENTS = 10_000;

export interface BlobRights {
  readonly port: SyncPort;
  grantOf(collection: string): Grant;
}

/** O(documents that refer to the blob). */
export function mayReadBlob(rights: BlobRights, { hash, size }: BlobId): boolean {
  for (const collection of rights.port.collections.values()) {
    const grant = rights.grantOf(collection.name);
    const index = collection.indexes.blobs?.structure;
    if (index === undefined || grant.read === undefined) continue;
    const { store } = collection;
    for (const slot of index.slotsOf(hash).subarray(0, MOST_DOCUMENTS)) {
      const document = store.documentOf(slot);
      if (!mayRead(grant, store.keyOf(slot), document)) continue;
      if (visibleRefs(collection, grant, document).some((ref) => ref.hash === hash && ref.size === size)) return true;
    }
  }
  return false;
}

/**
 * The blobs that a pushed document refers to: the user's version had them before, he has uploaded them, or he may read them
 * elsewhere. Else a hash that somebody merely knows would become the file.
 *
 * @param held what there was; undefined for an insert.
 * @param sent what the replica sent, before hidden fields were added.
 * @throws DatabaseError `BLOB_MISSING`, in the same words whether the blob is there or not.
 */
export function requireOwnBlobs(
  rights: BlobRights & { hasUploaded(blob: BlobId): boolean },
  collection: Collection,
  held: object | undefined,
  sent: object,
): void {
  const find = blobFinder(collection.definition.model);
  if (find === undefined) return;
  const before = held === undefined ? [] : visibleRefs(collection, rights.grantOf(collection.name), held);
  for (const ref of find(sent)) {
    const isKnown = before.some(({ hash, size }) => hash === ref.hash && size === ref.size);
    if (isKnown || rights.hasUploaded(ref) || mayReadBlob(rights, ref)) continue;
    const what = `a document of ${collection.name} refers to a blob that was not uploaded`;
    throw new DatabaseError('BLOB_MISSING', what, { collection: collection.name, hash: ref.hash });
  }
}

function visibleRefs({ definition }: Collection, { hidden }: Grant, document: object): readonly BlobRef[] {
  const find = blobFinder(definition.model);
  if (find === undefined) return [];
  if (!find.fields.some((name) => hidden.has(name))) return find(document);
  const seen = Object.fromEntries(Object.entries(document).filter(([name]) => !hidden.has(name)));
  return find(seen);
}
