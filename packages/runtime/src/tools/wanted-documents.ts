/** Which documents of a directory belong to a part of its collections: their own, and their releases. */
import { decodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import {
  collectionOfRecord,
  RELEASES_COLLECTION,
  type ReleaseRecord,
  releasedModelName,
} from '../definition/release-records.js';
import type { StoredDocument } from '../journal/stored-document.js';

/**
 * O(documents).
 *
 * @param collections undefined: all.
 */
export function wantedDocuments(
  documents: Iterable<StoredDocument>,
  collections: readonly string[] | undefined,
): readonly StoredDocument[] {
  if (collections === undefined) return [...documents];
  const wanted = new Set(collections);
  const models = new Set<unknown>();
  const found: StoredDocument[] = [];
  const ofModels: StoredDocument[] = [];
  for (const document of documents) {
    const { collection } = document.definition.model;
    if (collection !== RELEASES_COLLECTION) {
      if (wanted.has(collection)) found.push(document);
      continue;
    }
    const of = collectionOfRecord(document.key as string);
    if (of === undefined) ofModels.push(document);
    else if (wanted.has(of)) {
      found.push(document);
      models.add(releasedModelName(recordOf(document).fingerprint));
    }
  }
  return [...ofModels.filter(({ key }) => models.has(key)), ...found];
}

/** A head has no fingerprint. */
function recordOf({ document }: StoredDocument): ReleaseRecord {
  const { value } = document as { readonly value: Uint8Array };
  return decodeAnyValue(new ByteReader(Buffer.from(value))) as ReleaseRecord;
}
