/**
 * Where the bodies of frames stay when documents are kept as the bytes they are: a reader over memory of its own.
 *
 * A page of lone writes has a frame for each of them. Their bodies lie behind each other in one piece of memory, so that
 * a document costs its bytes and not a buffer and a reader. A long body, and one that was decompressed, is a piece itself.
 */
import { ByteReader } from './byte-reader.js';

const PIECE_BYTES = 256 * 1024;
/** Longer bodies get a piece of their own. */
const MAX_SHARED_BYTES = PIECE_BYTES / 4;

export class KeptBodies {
  #reader: ByteReader | undefined;
  #usedBytes = 0;

  /**
   * A reader that stands at the body and ends behind it; its data never change. O(body).
   *
   * @param isOwn nobody else writes to the memory the body stands in.
   */
  keep(body: Uint8Array, isOwn: boolean): ByteReader {
    if (body.length > MAX_SHARED_BYTES) return new ByteReader(isOwn ? body : body.slice());
    if (this.#reader === undefined || this.#usedBytes + body.length > PIECE_BYTES) {
      this.#reader = new ByteReader(new Uint8Array(PIECE_BYTES));
      this.#usedBytes = 0;
    }
    const start = this.#usedBytes;
    this.#usedBytes += body.length;
    this.#reader.data.set(body, start);
    this.#reader.seek(start, this.#usedBytes);
    return this.#reader;
  }
}
