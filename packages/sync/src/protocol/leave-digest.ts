import { createHash } from 'node:crypto';
import { MessageWriter } from './message-writer.js';
import { LEAVE_DIGEST_BYTES } from './messages.js';
import { type WireKey, wireKey } from './wire-key.js';

/**
 * The value that both sides compute from a connection's HELLO: the digests of one connection mean nothing in another.
 */
export function sessionNonce(uuid: Uint8Array, clientId: string, cursor: number): Uint8Array {
  const hash = createHash('sha256').update(uuid).update(clientId).update(String(cursor)).digest();
  return hash.subarray(0, 16);
}

/** Names a document to a replica that has it, and to nobody else. O(length of the key). */
export function leaveDigest(nonce: Uint8Array, collection: string, key: WireKey): Uint8Array {
  const writer = new MessageWriter();
  writer.text(collection);
  wireKey.write(writer, key);
  const hash = createHash('sha256').update(nonce).update(writer.finish()).digest();
  return Uint8Array.from(hash.subarray(0, LEAVE_DIGEST_BYTES));
}
