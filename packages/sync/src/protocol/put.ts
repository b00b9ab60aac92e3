/**
 * A document on its way to a replica: sync-protocol.md, `put`. Written out field by field, not declared as a record as the
 * others: an image is a hundred thousand of them.
 */
import { bytes, type Field, list, record, type ValueOf, varint } from './field.js';
import { LIMITS, MAX_MESSAGE_BYTES } from './limits.js';
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
  /** Twice the count of its releases, and one more when the document is the newest of them. */
  readonly released: number;
  readonly releases: readonly WireRelease[];
}

/** The bytes of a document, or of fields that the sender does not know. */
export const documentBytes: Field<Uint8Array> = bytes(MAX_MESSAGE_BYTES);
/** `modelId`, `revision`, `expiresAtMs`, the lengths of both byte fields, `released`, and the count of releases. */
const OTHER_LEAST_BYTES = 7;

/** In the form of the model of its put. */
const release = record({
  number: varint,
  revision: varint,
  releasedAtMs: varint,
  document: documentBytes,
  kept: documentBytes,
});
const releaseList = list(release, LIMITS.changeCount);
export type WireRelease = ValueOf<typeof release>;

export const put: Field<WirePut> = {
  leastBytes: wireKey.leastBytes + OTHER_LEAST_BYTES,
  write(writer, { modelId, key, revision, expiresAtMs, document, kept, released, releases }) {
    writer.varint(modelId);
    wireKey.write(writer, key);
    writer.varint(revision);
    writer.varint(expiresAtMs);
    writer.bytes(document);
    writer.bytes(kept);
    writer.varint(released);
    releaseList.write(writer, releases);
  },
  read(reader) {
    const modelId = reader.varint();
    const key = wireKey.read(reader);
    const revision = reader.varint();
    const expiresAtMs = reader.varint();
    const document = documentBytes.read(reader);
    const kept = documentBytes.read(reader);
    const released = reader.varint();
    return { modelId, key, revision, expiresAtMs, document, kept, released, releases: releaseList.read(reader) };
  },
};
