/**
 * Digests of a shape by buckets of its keys: both sides make them of what they have, and only buckets that differ are sent
 * again. sync-protocol.md, "Resuming". Never change: both sides must agree.
 */
import { createHash } from 'node:crypto';
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
  return hashOf(key, 0).readUInt32LE(0) % bucketCount;
}

export class BucketDigests {
  readonly bucketCount: number;
  readonly #digests: Uint8Array;

  constructor(bucketCount: number) {
    this.bucketCount = bucketCount;
    this.#digests = new Uint8Array(bucketCount * BUCKET_DIGEST_BYTES);
  }

  /** In any order, each document once. O(length of the key). */
  add(key: WireKey, revision: number): void {
    const offset = bucketOf(key, this.bucketCount) * BUCKET_DIGEST_BYTES;
    const hash = hashOf(key, revision);
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

/** Revision 0: of the key alone. */
function hashOf(key: WireKey, revision: number): Buffer {
  const writer = new MessageWriter();
  wireKey.write(writer, key);
  if (revision > 0) writer.varint(revision);
  return createHash('sha256').update(writer.finish()).digest();
}
