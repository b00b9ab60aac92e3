/**
 * Digests of a shape by buckets of its keys: both sides make them of what they have, and only buckets that differ are sent
 * again. sync-protocol.md, "Resuming". Never change: both sides must agree.
 */
import { createHash } from 'node:crypto';
import type { TravellingBytes } from './content-digest.js';
import { LIMITS } from './limits.js';
import { MessageWriter } from './message-writer.js';
import { BUCKET_DIGEST_BYTES } from './messages.js';
import { type WireKey, wireKey } from './wire-key.js';

/** Documents in a bucket, about: fewer are sent in vain for one that differs, more digests go over the wire. */
const BUCKET_DOCUMENTS = 16;
const MIN_BUCKETS = 16;

export function bucketCountFor(documentCount: number): number {
  return Math.min(LIMITS.bucketCount, Math.max(MIN_BUCKETS, Math.ceil(documentCount / BUCKET_DOCUMENTS)));
}

/** O(length of the key). */
export function bucketOf(key: WireKey, bucketCount: number): number {
  const writer = new MessageWriter();
  wireKey.write(writer, key);
  return createHash('sha256').update(writer.finish()).digest().readUInt32LE(0) % bucketCount;
}

export class BucketDigests {
  readonly bucketCount: number;
  readonly #digests: Uint8Array;

  constructor(bucketCount: number) {
    this.bucketCount = bucketCount;
    this.#digests = new Uint8Array(bucketCount * BUCKET_DIGEST_BYTES);
  }

  /** In any order, each document once, with its bytes as they travel. O(size). */
  add(key: WireKey, revision: number, { document, kept }: TravellingBytes): void {
    const offset = bucketOf(key, this.bucketCount) * BUCKET_DIGEST_BYTES;
    const writer = new MessageWriter();
    wireKey.write(writer, key);
    writer.varint(revision);
    // A key that is deleted and inserted again counts its revisions from 1 again.
    writer.bytes(document);
    writer.bytes(kept);
    const hash = createHash('sha256').update(writer.finish()).digest();
    for (let index = 0; index < BUCKET_DIGEST_BYTES; index++)
      this.#digests[offset + index] = this.#digests[offset + index]! ^ hash[index]!;
  }

  get all(): readonly Uint8Array[] {
    return Array.from({ length: this.bucketCount }, (_, bucket) => this.of(bucket));
  }

  of(bucket: number): Uint8Array {
    return this.#digests.subarray(bucket * BUCKET_DIGEST_BYTES, (bucket + 1) * BUCKET_DIGEST_BYTES);
  }
}
