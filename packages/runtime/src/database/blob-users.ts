/** Who refers to the blobs of a database: the collector of blobs asks before it removes one. */
import { BlobCollector } from '../blobs/blob-collector.js';
import type { BlobStore } from '../blobs/blob-store.js';
import { hashesIn } from '../blobs/hashes-in.js';
import { hasKeptFields, keptFieldsOf } from '../codec/kept-fields.js';
import type { BlobLinks } from '../collection/blob-links.js';
import type { Collection } from '../collection/collection.js';
import { blobFinder } from '../definition/blob-references.js';
import type { KeyedValue } from '../definition/keyed-values.js';
import type { UnknownCollections } from '../recovery/unknown-collections.js';
import type { DatabaseFiles } from './maintenance.js';

/** The blobs of a database, and what its documents have to do with them. */
export interface BlobParts {
  readonly store: BlobStore;
  readonly links: BlobLinks;
}

/** Everything of a database that may refer to blobs. */
interface BlobUsers {
  readonly blobs: BlobParts;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly records: Collection;
  readonly releases: Collection;
  readonly files: DatabaseFiles | undefined;
  /** Of a database without files. */
  readonly unknown?: UnknownCollections | undefined;
}

/** @param graceMs how long a blob may wait for the document that refers to it. */
export function blobCollector(parts: BlobUsers, graceMs: number): BlobCollector {
  const { store, links } = parts.blobs;
  return new BlobCollector({
    store,
    graceMs,
    isReferred: (hash) => links.isReferred(hash),
    otherReferences: () => otherReferences(parts),
  });
}

/** Whether anything refers to the blob. O(documents that no class defines, and records), unless a document does. */
export function isBlobNeeded(parts: BlobUsers, hash: string): boolean {
  if (parts.blobs.links.isReferred(hash)) return true;
  for (const other of otherReferences(parts)) if (other === hash) return true;
  return false;
}

/**
 * Hashes in documents that no class defines, in fields that a class does not know, in records of sync (edits that wait
 * for their server, conflicts), and in releases. O(those documents and records).
 */
function* otherReferences(users: BlobUsers): Iterable<string> {
  const { collections, records, releases, files } = users;
  for (const { definition, document } of (files?.unknown ?? users.unknown)?.documents() ?? []) {
    // They may be bytes that nobody has decoded.
    if (blobFinder(definition.model) !== undefined) yield* hashesIn(document);
    yield* keptHashes(document);
  }
  for (const collection of collections.values()) yield* keptHashesOf(collection);
  for (const { store } of [records, releases])
    for (const slot of store.slots()) yield* hashesIn((store.documentOf(slot) as KeyedValue).value);
}

/** Documents that are still bytes have none: peeked at for no field, they are not decoded. */
function* keptHashesOf({ store }: Collection): Iterable<string> {
  if (hasKeptFields()) for (const slot of store.slots()) yield* keptHashes(store.peek(slot, []));
}

function* keptHashes(document: object): Iterable<string> {
  const kept = keptFieldsOf(document);
  if (kept !== undefined) yield* hashesIn(kept.bytes);
}
