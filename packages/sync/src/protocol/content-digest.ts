/**
 * What a document held, in a few bytes: revisions of a key begin at 1 again when it is deleted and inserted, so a revision alone does
 * not say that a document is still the one that an edit was made on. sync-protocol.md, "Writing".
 */
import { createHash } from 'node:crypto';
import { MessageWriter } from './message-writer.js';
import { CONTENT_DIGEST_BYTES } from './messages.js';

/** A document as it travels. */
export interface TravellingBytes {
  readonly document: Uint8Array;
  /** Fields that the sender does not know; empty: none. */
  readonly kept: Uint8Array;
}

/** O(size). */
export function contentDigest({ document, kept }: TravellingBytes): Uint8Array {
  const writer = new MessageWriter();
  writer.bytes(document);
  writer.bytes(kept);
  const hash = createHash('sha256').update(writer.finish()).digest();
  return Uint8Array.from(hash.subarray(0, CONTENT_DIGEST_BYTES));
}
