/**
 * Views of a file that is read from front to back.
 *
 *   PassingWindow   one window of 1 MiB, used again and again: views are good until the next call
 *   KeptWindows     memory of its own for each stretch: views are good for ever, and the file is read ahead of them
 *
 * A longer view gets a window of its own length, which is checked against the file first.
 */
import type { FileHandle } from '../file-system/file-system.js';

/** Bytes of a file. One view at a time: the next is asked for when the one before is there. */
export interface FileWindows {
  /** Length of the window that the last view lay in. */
  readonly windowBytes: number;
  /** `byteCount` bytes from `offset`, or undefined when the file ends before. Errors are Node's. */
  view(offset: number, byteCount: number): Promise<Uint8Array | undefined>;
  /** No read is under way any more. */
  settled(): Promise<void>;
}

export const WINDOW_BYTES = 1024 * 1024;

export class PassingWindow implements FileWindows {
  readonly #handle: FileHandle;
  readonly #byteCount: number;
  /** Not a Buffer, whose `slice` would not copy. */
  #window = new Uint8Array(0);
  #start = 0;
  windowBytes = 0;

  /** @param byteCount length of the file. */
  constructor(handle: FileHandle, byteCount: number) {
    this.#handle = handle;
    this.#byteCount = byteCount;
  }

  async view(offset: number, byteCount: number): Promise<Uint8Array | undefined> {
    const isInside = offset >= this.#start && offset + byteCount <= this.#start + this.windowBytes;
    if (!isInside && !(await this.#load(offset, byteCount))) return undefined;
    const start = offset - this.#start;
    return this.#window.subarray(start, start + byteCount);
  }

  async settled(): Promise<void> {}

  async #load(offset: number, byteCount: number): Promise<boolean> {
    if (offset + byteCount > this.#byteCount) return false;
    const wantedBytes = Math.min(this.#byteCount - offset, Math.max(WINDOW_BYTES, byteCount));
    if (this.#window.length < wantedBytes) this.#window = new Uint8Array(wantedBytes);
    this.#start = offset;
    this.windowBytes = await filled(this.#handle, this.#window.subarray(0, wantedBytes), offset);
    return this.windowBytes >= byteCount;
  }
}

/** Of windows whose end nobody has named: what a frame at the end is read twice for is little then. */
const KEPT_WINDOW_BYTES = 8 * 1024 * 1024;
/** Longer stretches are parted. */
const MOST_KEPT_BYTES = 256 * 1024 * 1024;
/** One read, and how many are under way: most of their time goes into fresh memory, which two threads take in turn. */
const CHUNK_BYTES = 2 * 1024 * 1024;
const CHUNKS_AHEAD = 3;

export class KeptWindows implements FileWindows {
  readonly #handle: FileHandle;
  readonly #byteCount: number;
  readonly #parts: readonly number[] | undefined;
  #window = new Uint8Array(0);
  #start = 0;
  /** Bytes from the start of the window on that were read, and for which reads have begun. */
  #loadedBytes = 0;
  #begunBytes = 0;
  /** Reads that are under way, in their order. */
  readonly #ahead: Promise<number>[] = [];

  /**
   * @param byteCount length of the file.
   * @param parts where in the file windows are to begin, rising; a frame that lies across such a place has a window of its own.
   */
  constructor(handle: FileHandle, byteCount: number, parts: readonly number[] | undefined) {
    this.#handle = handle;
    this.#byteCount = byteCount;
    this.#parts = parts;
  }

  get windowBytes(): number {
    return this.#window.length;
  }

  async view(offset: number, byteCount: number): Promise<Uint8Array | undefined> {
    if (offset + byteCount > this.#byteCount) return undefined;
    const isInside = offset >= this.#start && offset + byteCount <= this.#start + this.#window.length;
    if (!isInside) await this.#begin(offset, byteCount);
    const start = offset - this.#start;
    const end = start + byteCount;
    this.#readAhead();
    while (this.#loadedBytes < end) {
      const read = this.#ahead.shift();
      // The file was cut meanwhile.
      if (read === undefined) return undefined;
      const count = await read;
      this.#loadedBytes += count;
      this.#readAhead();
    }
    return this.#window.subarray(start, end);
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#ahead);
    this.#ahead.length = 0;
  }

  async #begin(offset: number, byteCount: number): Promise<void> {
    await this.settled();
    const wantedBytes = Math.max(byteCount, this.#bytesFrom(offset));
    this.#window = new Uint8Array(Math.min(this.#byteCount - offset, wantedBytes));
    this.#start = offset;
    this.#loadedBytes = 0;
    this.#begunBytes = 0;
  }

  #bytesFrom(offset: number): number {
    if (this.#parts === undefined) return KEPT_WINDOW_BYTES;
    const end = this.#parts.find((part) => part > offset) ?? this.#byteCount;
    return Math.min(MOST_KEPT_BYTES, end - offset);
  }

  #readAhead(): void {
    const window = this.#window;
    while (this.#ahead.length < CHUNKS_AHEAD && this.#begunBytes < window.length) {
      const from = this.#begunBytes;
      const to = Math.min(window.length, from + CHUNK_BYTES);
      const read = filled(this.#handle, window.subarray(from, to), this.#start + from);
      // Told by the view that needs it; until then it is nobody's.
      read.catch(() => undefined);
      this.#ahead.push(read);
      this.#begunBytes = to;
    }
  }
}

/** Reads until all is there or the file ends. @returns how many bytes were read. */
async function filled(handle: FileHandle, into: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const count = await handle.read(into.subarray(done), offset + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
