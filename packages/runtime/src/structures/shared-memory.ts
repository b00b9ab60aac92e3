/** Memory that several threads see at once. */

/** Answers for memory of every realm, and throws for everything else; undefined where there is no such memory. */
const byteLength =
  typeof SharedArrayBuffer === 'function'
    ? Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')?.get
    : undefined;

/** Whether it is shared with other threads, whichever realm it was made in: messages come from that of the thread. O(1). */
export function isSharedMemory(memory: unknown): boolean {
  try {
    return byteLength?.call(memory) !== undefined;
  } catch {
    return false;
  }
}

/** Bytes at the beginning of which any typed array can lie. */
const ALIGNED_BYTES = 8;
const PIECE_BYTES = 4 * 2 ** 20;

/** Gives out stretches of shared memory that never change once they are filled, several from one piece. */
export class SharedMemoryPool {
  #piece: Uint8Array | undefined;
  #usedBytes = 0;
  #byteCount = 0;

  /** All memory that was asked for so far, in bytes. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** A stretch of zeros, aligned for any typed array. O(1), and the zeros of a new piece. */
  take(byteCount: number): Uint8Array {
    const wantedBytes = Math.ceil(byteCount / ALIGNED_BYTES) * ALIGNED_BYTES;
    if (wantedBytes > PIECE_BYTES / 4) return this.#newPiece(wantedBytes).subarray(0, byteCount);
    if (this.#piece === undefined || this.#usedBytes + wantedBytes > this.#piece.length) {
      this.#piece = this.#newPiece(PIECE_BYTES);
      this.#usedBytes = 0;
    }
    const start = this.#usedBytes;
    this.#usedBytes += wantedBytes;
    return this.#piece.subarray(start, start + byteCount);
  }

  /** A copy that other threads see. O(bytes). */
  copy(bytes: Uint8Array): Uint8Array {
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  #newPiece(byteCount: number): Uint8Array {
    this.#byteCount += byteCount;
    return new Uint8Array(new SharedArrayBuffer(byteCount));
  }
}
