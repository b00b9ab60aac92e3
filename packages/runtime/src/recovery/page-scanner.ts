/**
 * Reads a page from front to back through one window of bounded size.
 *
 * The window is 1 MiB; a longer frame gets a window of its own length, which is checked against the file first. Views
 * are good until the next call.
 */
import type { FileHandle, FileSystem } from '../file-system/file-system.js';
import { type FrameHeader, frameBytesOf, readFrameHeader } from '../journal/frame-reader.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  PAGE_HEADER_FIXED_BYTES,
  PAGE_MAGIC,
  SNAPSHOT_FORMAT_VERSION,
} from '../journal/journal-format.js';
import { decodePageHeader, type PageHeader, pageHeaderBytesOf } from '../journal/page-header.js';

const WINDOW_BYTES = 1024 * 1024;
/** Of a window that frames are kept of: what a frame at its end is read twice for is little then. */
const KEPT_WINDOW_BYTES = 8 * 1024 * 1024;
/** Looking for the next good frame gives up after checking this much: bytes made to look like frames must not hang it. */
const SEARCH_BUDGET_BYTES = 1024 * 1024 * 1024;

/** A good frame: its header and all of its bytes. */
export interface FoundFrame {
  readonly offset: number;
  readonly header: FrameHeader;
  readonly bytes: Uint8Array;
}

export class PageScanner {
  readonly #handle: FileHandle;
  readonly #crcSeed: number;
  readonly #keepsWindows: boolean;
  /** Length of the file when it was opened. */
  readonly byteCount: number;
  /** Not a Buffer, whose `slice` would not copy. */
  #window = new Uint8Array(0);
  #windowStart = 0;
  #windowBytes = 0;
  /** A snapshot of format 2, as its header said. */
  #isImage = false;

  private constructor(handle: FileHandle, byteCount: number, crcSeed: number, keepsWindows: boolean) {
    this.#keepsWindows = keepsWindows;
    this.#handle = handle;
    this.byteCount = byteCount;
    this.#crcSeed = crcSeed;
  }

  /**
   * Opens a page for reading. Errors are Node's.
   *
   * @param keepsWindows views are good for ever: each window has memory of its own.
   */
  static async open(
    fileSystem: FileSystem,
    path: string,
    crcSeed: number,
    keepsWindows: boolean = false,
  ): Promise<PageScanner> {
    const handle = await fileSystem.open(path, 'read');
    try {
      return new PageScanner(handle, await handle.size(), crcSeed, keepsWindows);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** The page's header and its length, or what is wrong with it. */
  async pageHeader(
    magic: number = PAGE_MAGIC,
  ): Promise<{ readonly header: PageHeader; readonly headerBytes: number } | string> {
    const start = await this.#view(0, PAGE_HEADER_FIXED_BYTES);
    if (!start) return `page is too short: ${this.byteCount} bytes`;
    const headerBytes = pageHeaderBytesOf(start, this.byteCount, magic);
    if (typeof headerBytes === 'string') return headerBytes;
    const bytes = await this.#view(0, headerBytes);
    const header = bytes ? decodePageHeader(bytes) : 'page ends inside its header';
    if (typeof header === 'string') return header;
    this.#isImage = header.formatVersion === SNAPSHOT_FORMAT_VERSION;
    return { header, headerBytes };
  }

  /** The frame at `offset`, or what stands there instead. */
  async frameAt(offset: number): Promise<FoundFrame | string> {
    const start = await this.#view(offset, FRAME_HEADER_BYTES);
    if (!start) return `expected the header of a frame, found ${this.byteCount - offset} bytes`;
    const frameBytes = frameBytesOf(start, this.byteCount - offset);
    if (typeof frameBytes === 'string') return frameBytes;
    const bytes = await this.#view(offset, frameBytes);
    if (!bytes) return 'page ends inside a frame';
    const header = readFrameHeader(bytes, this.#crcSeed, this.#isImage);
    return typeof header === 'string' ? header : { offset, header, bytes };
  }

  /** The next good frame of page `pageNumber` at or after `from`, wherever it begins; undefined when there is none. */
  async findFrame(from: number, pageNumber: number): Promise<FoundFrame | undefined> {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(FRAME_MAGIC);
    let budgetBytes = SEARCH_BUDGET_BYTES;
    let offset = from;
    while (offset + FRAME_HEADER_BYTES <= this.byteCount && budgetBytes > 0) {
      const view = await this.#view(offset, Math.min(WINDOW_BYTES / 2, this.byteCount - offset));
      if (!view) return undefined;
      const at = Buffer.from(view.buffer, view.byteOffset, view.byteLength).indexOf(magic, 4);
      if (at < 0) {
        offset += Math.max(1, view.length - 8);
        continue;
      }
      const candidate = offset + at - 4;
      const found = await this.frameAt(candidate);
      if (typeof found !== 'string') {
        if (found.header.pageNumber === pageNumber) return found;
        budgetBytes -= found.bytes.length;
      } else if (found === 'wrong checksum') {
        budgetBytes -= this.#windowBytes;
      }
      offset = candidate + 1;
    }
    return undefined;
  }

  /** End of the last byte at or after `from` that is not zero; `from` when there is none. I/O: the rest of the page. */
  async contentEnd(from: number): Promise<number> {
    let contentEnd = from;
    for (let offset = from; offset < this.byteCount; ) {
      const view = await this.#view(offset, Math.min(WINDOW_BYTES / 2, this.byteCount - offset));
      // A writer has cut the page meanwhile.
      if (!view) break;
      let length = view.length;
      while (length > 0 && view[length - 1] === 0) length--;
      if (length > 0) contentEnd = offset + length;
      offset += view.length;
    }
    return contentEnd;
  }

  /** `byteCount` bytes from `offset`, or undefined when the file ends before. */
  async #view(offset: number, byteCount: number): Promise<Uint8Array | undefined> {
    const isInside = offset >= this.#windowStart && offset + byteCount <= this.#windowStart + this.#windowBytes;
    if (!isInside && !(await this.#load(offset, byteCount))) return undefined;
    const start = offset - this.#windowStart;
    return this.#window.subarray(start, start + byteCount);
  }

  async #load(offset: number, byteCount: number): Promise<boolean> {
    if (offset + byteCount > this.byteCount) return false;
    const leastBytes = this.#keepsWindows ? KEPT_WINDOW_BYTES : WINDOW_BYTES;
    const wantedBytes = Math.min(this.byteCount - offset, Math.max(leastBytes, byteCount));
    if (this.#keepsWindows || this.#window.length < wantedBytes) this.#window = new Uint8Array(wantedBytes);
    this.#windowStart = offset;
    this.#windowBytes = 0;
    while (this.#windowBytes < wantedBytes) {
      const target = this.#window.subarray(this.#windowBytes, wantedBytes);
      const count = await this.#handle.read(target, offset + this.#windowBytes);
      if (count === 0) break;
      this.#windowBytes += count;
    }
    return this.#windowBytes >= byteCount;
  }
}
