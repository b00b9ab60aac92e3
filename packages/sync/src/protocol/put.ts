/**
 * A document on its way to a replica: sync-protocol.md, `put`. Written out field by field, not declared as a record as the
 * others: an image is a hundred thousand of them.
 */
import { bytes, type Field } from './field.js';
import { MAX_MESSAGE_BYTES } from './limits.js';
import { type WireKey, wireKey } from './wire-key.js';

export interface WirePut {
  readonly modelId: number;
  readonly key: WireKey;
  readonly revision: number;
  /** 0: never. */
  readonly expiresAtMs: number;
  readonly document: Uint8Array;
  /** Fields that the sender does not know; empty: none. */
  readonly kept: Uint8Array;
}

/** The bytes of a document, or of fields that the sender does not know. */
export const documentBytes: Field<Uint8Array> = bytes(MAX_MESSAGE_BYTES);
/** `modelId`, `revision`, `expiresAtMs`, and the lengths of both byte fields. */
const OTHER_LEAST_BYTES = 5;

export const put: Field<WirePut> = {
  leastBytes: wireKey.leastBytes + OTHER_LEAST_BYTES,
  write(writer, { modelId, key, revision, expiresAtMs, document, kept }) {
    writer.varint(modelId);
    wireKey.write(writer, key);
    writer.varint(revision);
    writer.varint(expiresAtMs);
    writer.bytes(document);
    writer.bytes(kept);
  },
  read(reader) {
    const modelId = reader.varint();
    const key = wireKey.read(reader);
    const revision = reader.varint();
    const expiresAtMs = reader.varint();
    const document = documentBytes.read(reader);
    return { modelId, key, revision, expiresAtMs, document, kept: documentBytes.read(reader) };
  },
};
