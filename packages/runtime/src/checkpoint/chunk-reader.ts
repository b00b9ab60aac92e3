/** Bytes of a stream in the lengths a reader asks for. Memory: one chunk, and what is taken at once. */
import { DatabaseError } from '@nuthatch/model';

export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** At least one byte and at most `mostBytes`. @throws DatabaseError `JOURNAL_DAMAGED` at the end of the stream. */
  async some(mostBytes: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) {
        const reason = 'the stream ends early';
        throw new DatabaseError('JOURNAL_DAMAGED', `${reason}, after ${this.#offset} bytes`, {
          ...{ file: 'stream', reason },
          offset: this.#offset,
        });
      }
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, mostBytes);
    this.#rest = this.#rest.subarray(taken.length);
    this.#offset += taken.length;
    return taken;
  }

  /** Exactly `byteCount` bytes. Allocates only as far as bytes arrive. */
  async take(byteCount: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = byteCount; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
