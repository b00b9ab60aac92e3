/** The tables that a cold collection has besides: lengths, checksums and keys of its documents, in the order of rows. */
import { crc32 } from 'node:zlib';
import { ByteWriter } from '../../codec/byte-writer.js';
import { writeKey } from '../../journal/transaction-writer.js';
import type { WrittenRows } from '../../store/moving-documents.js';
import { GrowingNumbers } from '../../structures/growing-numbers.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { TableSet } from './table-set.js';

/** Ends of keys are numbers of 32 bits; a key is at most some kilobytes. */
const MOST_KEY_BYTES = 2 ** 31;

export class ColdTables {
  readonly #crcSeed: number;
  readonly #lengths = new GrowingNumbers(Uint32Array);
  readonly #checksums = new GrowingNumbers(Uint32Array);
  readonly #keys = new ByteWriter();
  readonly #keyEnds = new GrowingNumbers(Uint32Array);
  #hasUnknownFields = false;

  constructor(crcSeed: number) {
    this.#crcSeed = crcSeed;
  }

  /** No more keys can be taken in. */
  get isFull(): boolean {
    return this.#keys.position > MOST_KEY_BYTES;
  }

  /** Takes in the next document. O(put). */
  add(key: StoreKey, put: Uint8Array, hasUnknownFields: boolean): void {
    this.#hasUnknownFields ||= hasUnknownFields;
    this.#lengths.push(put.length);
    this.#checksums.push(crc32(put, this.#crcSeed));
    writeKey(this.#keys, key);
    this.#keyEnds.push(this.#keys.position);
  }

  /** @param starts where the puts begin. @returns the JSON of the tables, and the tables as memory uses them. */
  finish(
    set: TableSet,
    starts: Uint32Array | Float64Array,
  ): { readonly description: object; readonly rows: WrittenRows } {
    const [lengths, checksums] = [this.#lengths.items().slice(), this.#checksums.items().slice()];
    const [keyBytes, keyEnds] = [this.#keys.finish().slice(), this.#keyEnds.items().slice()];
    const description = {
      lengths: set.add(lengths),
      checksums: set.add(checksums),
      keyBytes: set.add(keyBytes),
      keyEnds: set.add(keyEnds),
      hasUnknownFields: this.#hasUnknownFields,
    };
    return { description, rows: { places: { starts, lengths, checksums }, keyBytes, keyEnds } };
  }
}
