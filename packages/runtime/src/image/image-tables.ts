/**
 * The tables of one collection in an image, as memory uses them: rows of documents, and indexes over rows.
 *
 * Row n becomes slot n. Arrays belong to whoever gets them, but those in shared memory, which nobody may write to: of all that
 * is here, only `revisions` and cells are ever changed. Grammar on disk: docs/journal-format.md, "Tables".
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import type { ImageCells } from './image-cells.js';
import type { ImageValues } from './image-values.js';

/** Where the documents of an image lie: effects of puts in the bodies of frames. */
export interface ImageRows {
  readonly rowCount: number;
  /** Where the put of each row begins, in the row of all bodies; rising. */
  readonly places: Uint32Array | Float64Array;
  /** A byte each, 255 for those in `largeRevisions`; undefined: all are 1. */
  readonly revisions: Uint8Array | undefined;
  readonly largeRevisions: readonly (readonly [row: number, revision: number])[];
  readonly expiryRows: Uint32Array;
  /** Epoch milliseconds, side by side with `expiryRows`. */
  readonly expiryTimes: Float64Array;
  /** From keys to rows. */
  readonly keys: ImageCells;
  /** Each row has a higher key than the one before. */
  readonly isInKeyOrder: boolean;
  readonly seed: number;
  /** Undefined: the documents are in the bodies. */
  readonly cold?: ColdRows | undefined;
}

/** Where each document of a cold collection lies in its file, side by side: by row, or by slot. */
export interface ColdPlaces {
  /** Where its put begins, as the file counts. */
  readonly starts: Uint32Array | Float64Array;
  /** Length of the put. */
  readonly lengths: Uint32Array;
  /** CRC-32 of the put, started from the database's seed. */
  readonly checksums: Uint32Array;
}

/** The file of an image, as one cold collection reads it. */
export interface ColdBytes {
  /**
   * A reader that stands at so many bytes and ends behind them, good until the next call. I/O: one positioned read,
   * which holds the loop.
   *
   * @throws DatabaseError `DOCUMENT_DAMAGED`, `DOCUMENT_UNREADABLE`, `DATABASE_CLOSED`.
   */
  readerAt(start: number, byteCount: number, checksum: number): ByteReader;
  close(): Promise<void>;
}

/** The part of an image's rows that a cold collection has instead of bodies. */
export interface ColdRows {
  readonly places: ColdPlaces;
  readonly bytes: ColdBytes;
  /** Keys in the order of rows, and where each ends. */
  readonly keyBytes: Uint8Array;
  readonly keyEnds: Uint32Array;
  /** Reads documents of an older model as ones of today's class; left out: the form does. Frozen. */
  readonly readOlder?: ((reader: ByteReader, unknownFields: Uint8Array | undefined) => object) | undefined;
}

/** The bodies that the places are in. */
export interface ImageBodies {
  /** Where each begins. */
  readonly starts: readonly number[];
  readonly readers: readonly ByteReader[];
  readonly puts: PutReader;
}

/** Reads the put that a reader stands at. */
export interface PutReader {
  key(reader: ByteReader): StoreKey;
  /** Whether it is the put of the key. */
  hasKey(reader: ByteReader, key: StoreKey): boolean;
  /** Goes to the document, and ends after it. @returns whether unknown fields follow. */
  toDocument(reader: ByteReader): boolean;
  /** The key that stands alone. */
  keyAlone(reader: ByteReader): StoreKey;
  /** Whether it is this key that stands alone. */
  isKey(reader: ByteReader, key: StoreKey): boolean;
}

/** From values to rows, each with one. */
export interface UniqueImage {
  readonly kind: 'unique';
  readonly cells: ImageCells;
  readonly seed: number;
}

/** Tags by number, and the rows of each, rising. */
export interface TagImage {
  readonly kind: 'tag';
  readonly tags: ImageValues;
  /** From tags to their numbers. */
  readonly cells: ImageCells;
  /** Where the rows of each tag end, and the next tag's begin. */
  readonly ends: Uint32Array;
  readonly rows: Uint32Array;
  readonly seed: number;
}

/** Rows in order of value and key. */
export interface RangeImage {
  readonly kind: 'range';
  readonly rows: Uint32Array;
  /** Each once, in their order. */
  readonly values: ImageValues;
  /** Where the rows of each value end; undefined: each has one. */
  readonly ends: Uint32Array | undefined;
  /** The one type of all values, or 'mixed'. */
  readonly type: string;
}

export type IndexImage = UniqueImage | TagImage | RangeImage;

export interface CollectionImage {
  readonly rows: ImageRows;
  readonly bodies: ImageBodies;
  /** By the position of the index in the class's model; undefined: it is to be built. */
  readonly indexes: readonly (IndexImage | undefined)[];
}
