/**
 * The page file being written: where its frames end, how far they are acknowledged, how far they are synced.
 *
 * A crash leaves the frames up to the last sync, any part of those after it, and zeros of the room made ahead.
 */
import type { FileHandle } from '../file-system/file-system.js';
import type { CreatedPage } from './create-page.js';
import type { PageCodec } from './page-codec.js';
import { PageRoom } from './page-room.js';

export class OpenPage {
  readonly codec: PageCodec;
  readonly #handle: FileHandle;
  readonly #room: PageRoom;
  #endOffset: number;
  /** End of what was reported as written; a failed write is cut back to here. */
  #acceptedOffset: number;
  /** Where the last sync found the end. */
  #syncedOffset: number;

  /**
   * @param page open for writing and synced up to its end.
   * @param byteCount its length.
   * @param roomUpToBytes how far the file may grow ahead of its frames; 0: not at all.
   */
  constructor(page: Pick<CreatedPage, 'handle' | 'codec'>, byteCount: number, roomUpToBytes: number) {
    this.#handle = page.handle;
    this.codec = page.codec;
    this.#endOffset = byteCount;
    this.#acceptedOffset = byteCount;
    this.#syncedOffset = byteCount;
    this.#room = new PageRoom();
    this.#room.allowUpTo(roomUpToBytes);
  }

  /** Where the next frame will stand: the length of the page without the room ahead. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Length of the file, zeros ahead of the frames included. */
  get diskBytes(): number {
    return Math.max(this.#endOffset, this.#room.endBytes);
  }

  /** From now on the file may grow ahead of the frames, up to `pageBytes`. */
  allowRoomUpTo(pageBytes: number): void {
    this.#room.allowUpTo(pageBytes);
  }

  /** Whether a frame of this length goes into room made ahead: it can then be written durably in one call. */
  hasRoomFor(byteCount: number): boolean {
    return this.#endOffset + byteCount <= this.#room.endBytes;
  }

  async write(data: Uint8Array): Promise<void> {
    await this.#handle.write(data, this.#endOffset);
    this.#endOffset += data.length;
  }

  /** As `write`, blocking the loop. */
  writeSync(data: Uint8Array): void {
    this.#handle.writeSync(data, this.#endOffset);
    this.#endOffset += data.length;
  }

  /** Writes and syncs in one call. Nothing before it may wait for a sync: of that this call says nothing. */
  async writeDurably(data: Uint8Array): Promise<void> {
    await this.#handle.writeDurably(data, this.#endOffset);
    this.#endOffset += data.length;
    this.#syncedOffset = this.#endOffset;
  }

  /** Lets the file grow ahead of the frames; the sync that follows makes the new length durable. */
  async makeRoom(): Promise<void> {
    await this.#room.make(this.#handle, this.#endOffset, this.#syncedOffset);
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
    this.#syncedOffset = this.#endOffset;
  }

  /** The frames written so far have been acknowledged and are never cut off. */
  accept(): void {
    this.#acceptedOffset = this.#endOffset;
  }

  /** After a failure: takes what was not acknowledged off the page again. */
  async cutBack(): Promise<void> {
    await this.#handle.truncate(this.#acceptedOffset);
    this.#endOffset = this.#acceptedOffset;
    this.#room.forget();
  }

  /** Takes the room ahead off again, synced: what a manifest vouches for ends with its last frame. */
  async cutRoom(): Promise<void> {
    await this.#room.cut(this.#handle, this.#endOffset);
  }

  /** Whether the path leads to this file; undefined where the file system cannot tell. Synchronous. */
  hasName(path: string): boolean | undefined {
    return this.#handle.hasName?.(path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
