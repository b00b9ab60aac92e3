/**
 * Reads a page from front to back through one window of bounded size. Views are good until the next call, unless windows
 * are kept. See file-windows.ts.
 */
import type { FileHandle, FileSystem } from '../file-system/file-system.js';
import { type FrameHeader, frameBytesOf, readFrameHeader, readPassedHeader } from '../journal/frame-reader.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  IMAGE_FORMAT_VERSION,
  PAGE_HEADER_FIXED_BYTES,
  PAGE_MAGIC,
} from '../journal/journal-format.js';
import { decodePageHeader, type PageHeader, pageHeaderBytesOf } from '../journal/page-header.js';
import { type FileWindows, KeptWindows, PassingWindow, WINDOW_BYTES } from './file-windows.js';

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
  /** Length of the file when it was opened. */
  readonly byteCount: number;
  #windows: FileWindows;
  /** A snapshot of format 2 or later, as its header said. */
  #isImage = false;

  private constructor(handle: FileHandle, byteCount: number, crcSeed: number) {
    this.#handle = handle;
    this.byteCount = byteCount;
    this.#crcSeed = crcSeed;
    this.#windows = new PassingWindow(handle, byteCount);
  }

  /** Opens a page for reading. Errors are Node's. */
  static async open(fileSystem: FileSystem, path: string, crcSeed: number): Promise<PageScanner> {
    const handle = await fileSystem.open(path, 'read');
    try {
      return new PageScanner(handle, await handle.size(), crcSeed);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * From now on views are good for ever: each window has memory of its own.
   *
   * @param parts where windows are to begin, rising; left out: wherever one ends.
   */
  keepWindows(parts: readonly number[] | undefined): void {
    this.#windows = new KeptWindows(this.#handle, this.byteCount, parts);
  }

  async close(): Promise<void> {
    await this.#windows.settled();
    await this.#handle.close();
  }

  /** The page's header and its length, or what is wrong with it. */
  async pageHeader(
    magic: number = PAGE_MAGIC,
  ): Promise<{ readonly header: PageHeader; readonly headerBytes: number } | string> {
    const start = await this.#windows.view(0, PAGE_HEADER_FIXED_BYTES);
    if (!start) return `page is too short: ${this.byteCount} bytes`;
    const headerBytes = pageHeaderBytesOf(start, this.byteCount, magic);
    if (typeof headerBytes === 'string') return headerBytes;
    const bytes = await this.#windows.view(0, headerBytes);
    const header = bytes ? decodePageHeader(bytes) : 'page ends inside its header';
    if (typeof header === 'string') return header;
    this.#isImage = (header.formatVersion ?? 1) >= IMAGE_FORMAT_VERSION;
    return { header, headerBytes };
  }

  /** The frame at `offset`, or what stands there instead. */
  async frameAt(offset: number): Promise<FoundFrame | string> {
    const start = await this.#windows.view(offset, FRAME_HEADER_BYTES);
    if (!start) return `expected the header of a frame, found ${this.byteCount - offset} bytes`;
    const frameBytes = frameBytesOf(start, this.byteCount - offset);
    if (typeof frameBytes === 'string') return frameBytes;
    const bytes = await this.#windows.view(offset, frameBytes);
    if (!bytes) return 'page ends inside a frame';
    const header = readFrameHeader(bytes, this.#crcSeed, this.#isImage);
    return typeof header === 'string' ? header : { offset, header, bytes };
  }

  /** The header of the frame at `offset` in a snapshot of format 2, whose body is not read; or what stands there instead. */
  async headerAt(offset: number): Promise<FrameHeader | string> {
    const start = new Uint8Array(FRAME_HEADER_BYTES);
    // Past the windows, which would bring the body along; there is one for each 256 KiB.
    const count = this.#handle.readSync?.(start, offset) ?? (await this.#handle.read(start, offset));
    if (count < start.length) return `expected the header of a frame, found ${this.byteCount - offset} bytes`;
    const frameBytes = frameBytesOf(start, this.byteCount - offset);
    return typeof frameBytes === 'string' ? frameBytes : readPassedHeader(start, this.#crcSeed);
  }

  /** The next good frame of page `pageNumber` at or after `from`, wherever it begins; undefined when there is none. */
  async findFrame(from: number, pageNumber: number): Promise<FoundFrame | undefined> {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(FRAME_MAGIC);
    let budgetBytes = SEARCH_BUDGET_BYTES;
    let offset = from;
    while (offset + FRAME_HEADER_BYTES <= this.byteCount && budgetBytes > 0) {
      const view = await this.#windows.view(offset, Math.min(WINDOW_BYTES / 2, this.byteCount - offset));
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
        budgetBytes -= this.#windows.windowBytes;
      }
      offset = candidate + 1;
    }
    return undefined;
  }

  /** End of the last byte at or after `from` that is not zero; `from` when there is none. I/O: the rest of the page. */
  async contentEnd(from: number): Promise<number> {
    let contentEnd = from;
    for (let offset = from; offset < this.byteCount; ) {
      const view = await this.#windows.view(offset, Math.min(WINDOW_BYTES / 2, this.byteCount - offset));
      // A writer has cut the page meanwhile.
      if (!view) break;
      let length = view.length;
      while (length > 0 && view[length - 1] === 0) length--;
      if (length > 0) contentEnd = offset + length;
      offset += view.length;
    }
    return contentEnd;
  }
}
