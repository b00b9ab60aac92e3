/** The documents of a store that are neither decoded nor bytes in memory of its own: those of the image it was opened from. */
import type { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import type { StoreKey } from '../structures/store-key.js';
import type { PartialDocument } from '../undecoded/partial-document.js';

export interface StoreImage {
  /** Documents that are found here and were not read. O(1). */
  readonly count: number;
  /** Length of the memory that their bytes take. */
  readonly heldBytes: number;
  /** Keys that are found here. O(1). */
  readonly size: number;
  /** The row of a key. O(length of the key). */
  find(key: StoreKey): number | undefined;
  /** The key of a row. O(length). */
  keyAt(row: number): StoreKey;
  /** The key no longer leads to the row. @returns whether it did. */
  forgetKey(key: StoreKey, row: number): boolean;
  /** The first read of a document, which the caller keeps from now on. Frozen. O(document). */
  decode(row: number): object;
  /** The document of a row, which stays here too. Frozen. O(document). */
  read(row: number): object;
  /** The document of a row as bytes; undefined where it is not written as it is today. */
  encodedAt(row: number): EncodedDocument | undefined;
  /** The document of a row is the caller's from now on. */
  leave(row: number): void;
  /** A passing copy: whole, or only some fields, then good until the next call. */
  peek(row: number, fields: readonly string[] | undefined): object;
  /** Puts some fields into `values`, and leaves the document here. O(bytes up to the last of them). */
  readPart(row: number, partial: PartialDocument, values: Record<string, unknown>): void;
  /** A reader that stands at the document, good until the next call; undefined: only all of it can be read. O(1). */
  bytesAt(row: number): ByteReader | undefined;
}
