/**
 * Document ↔ bytes for one model fingerprint. The grammar is in docs/journal-format.md, section "Values"; generated
 * codecs and the model-driven one (model-codec.ts) write the same bytes, which a contract test holds.
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

export interface DocumentCodec<D extends object = object> {
  /** Appends the document's fields in model order. O(document). */
  encode(document: D, writer: ByteWriter): void;
  /** Reads what `encode` wrote; the result is a frozen instance of the user's class. */
  decode(reader: ByteReader): D;
}
