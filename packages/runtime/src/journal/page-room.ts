/**
 * Room in the page being written: the file grows ahead of the frames, with zeros.
 *
 * A sync of bytes that lie within the file's length needs no new entry in the file system's own journal: it takes a
 * third less time, and waits for nobody else who syncs a file (docs/decisions/0010-preallocated-pages.md). So a sync
 * that has to make a new length durable makes some zeros after the frames durable with it.
 *
 * A crash leaves the zeros, or a part of them, after the frames: the end of the page, like none.
 */
import type { FileHandle } from '../file-system/file-system.js';

/** By a quarter of the length within these: a small database stays small, and no write takes long for it. */
const MIN_STEP_BYTES = 64 * 1024;
const MAX_STEP_BYTES = 256 * 1024;
const ZEROS = new Uint8Array(MAX_STEP_BYTES);

export class PageRoom {
  /** Up to here the file reaches, frames or zeros; 0 when no room was made. */
  #endBytes = 0;
  #mostBytes = 0;

  get endBytes(): number {
    return this.#endBytes;
  }

  /** From now on room may be made, up to `pageBytes`. */
  allowUpTo(pageBytes: number): void {
    this.#mostBytes = pageBytes;
  }

  /** Makes room after `offset` unless it is there. One write call, whose failure is left to the sync that follows. */
  async make(handle: FileHandle, offset: number, syncedOffset: number): Promise<void> {
    if (offset <= this.#endBytes) return;
    const stepBytes = Math.max(MIN_STEP_BYTES, Math.min(MAX_STEP_BYTES, offset >> 2));
    const end = Math.min(offset + stepBytes, this.#mostBytes);
    // Where one batch would take a good part of it, the zeros cost more than they spare.
    if (end <= offset || (offset - syncedOffset) * 8 > stepBytes) return;
    this.#endBytes = end;
    try {
      await handle.write(ZEROS.subarray(0, end - offset), offset);
    } catch {
      // The disk is full, say: the frames themselves are written, and nobody waits for the zeros. The sync that follows
      // reports every other problem of the disk. The next try comes when the frames have got there.
    }
  }

  /** Takes the room off again: what the manifest vouches for ends with its last frame. Synced. */
  async cut(handle: FileHandle, offset: number): Promise<void> {
    if (this.#endBytes <= offset) return;
    await handle.truncate(offset);
    await handle.sync();
    this.#endBytes = 0;
  }

  /** The file ends with its frames: it is another one, or was cut back. */
  forget(): void {
    this.#endBytes = 0;
  }
}
