/**
 * An image of a database in shared memory: what a snapshot of format 2 holds, its tables put together, for readers in any
 * number of threads. It never changes, so they share one copy of it.
 *
 * Whoever writes snapshots writes it, in slices beside reads and writes; its frames are taken as they come, and no file is made.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Pace } from '../../checkpoint/pace.js';
import type { SnapshotView } from '../../checkpoint/snapshot-source.js';
import { writeSnapshot } from '../../checkpoint/snapshot-writer.js';
import type { FileHandle } from '../../file-system/file-system.js';
import { frameCrcSeed, fromHex } from '../../journal/chain.js';
import { readFrameHeader } from '../../journal/frame-reader.js';
import { SNAPSHOT_FRAME } from '../../journal/journal-format.js';
import type { ModelTable } from '../../journal/model-table.js';
import { PLAIN_CODEC } from '../../journal/page-codec.js';
import { PLAIN_CODECS } from '../../journal/page-codecs.js';
import { ImageFrames, type KeptImage, type ReadTables } from '../../recovery/tables/image-frames.js';
import { SharedMemoryPool } from '../../structures/shared-memory.js';

/** As a message carries it: the bytes are shared, not copied. */
export interface SharedImage extends KeptImage {
  /** The state after this transaction. */
  readonly seq: number;
  /** Of the shared memory in it. */
  readonly byteCount: number;
}

export interface ImageInput {
  readonly view: SnapshotView;
  readonly seq: number;
  readonly models: ModelTable;
  readonly pace: Pace;
  readonly timeMs: number;
}

/** No file bears it. */
const IDENTITY = { uuid: '0'.repeat(32), incarnation: 1, epoch: 1 };

/** O(documents), in slices; no I/O. Releases the view. @throws GivenUp as the pace says. */
export async function makeSharedImage(input: ImageInput): Promise<SharedImage> {
  const { view, seq, pace } = input;
  const sink = new ImageSink();
  const fileSystem = { open: async () => sink, syncDirectory: async () => undefined };
  const place = { fileSystem, directory: '', fileName: 'image', identity: IDENTITY, snapshotNumber: 1 };
  try {
    await writeSnapshot({ ...input, ...place, codecs: PLAIN_CODECS });
  } finally {
    view.release();
  }
  const tables: ReadTables[] = [];
  for (const { description, parts } of sink.frames.tables) {
    const joined = new Map<number, readonly Uint8Array[]>();
    for (const [number, pieces] of parts) {
      joined.set(number, [await sink.join(pieces, pace)]);
    }
    tables.push({ description, parts: joined });
  }
  return { seq, frames: sink.frames.frames, tables, byteCount: sink.byteCount };
}

/** Takes a snapshot frame by frame, as its writer writes it. */
class ImageSink implements FileHandle {
  readonly frames = new ImageFrames();
  readonly #pool = new SharedMemoryPool();
  readonly #crcSeed = frameCrcSeed(fromHex(IDENTITY.uuid));

  get byteCount(): number {
    return this.#pool.byteCount;
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    // The header, which says nothing that is not known.
    if (position === 0) return;
    const header = readFrameHeader(data, this.#crcSeed, true);
    if (typeof header === 'string') throw new DatabaseError('JOURNAL_DAMAGED', `an image in memory with ${header}`);
    // Documents stay where they are put now; the parts of tables are joined later.
    const isOfTables = header.flags === SNAPSHOT_FRAME.tables;
    const bytes = isOfTables ? Uint8Array.from(data) : this.#pool.copy(data);
    this.frames.add({ offset: position, header, bytes }, PLAIN_CODEC);
  }

  /** The pieces of a table behind each other, in slices: fresh memory costs as much as what is written to it. */
  async join(pieces: readonly Uint8Array[], pace: Pace): Promise<Uint8Array> {
    const joined = this.#pool.take(pieces.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const piece of pieces) {
      joined.set(piece, offset);
      offset += piece.length;
      if (pace.isOver) await pace.pause();
    }
    return joined;
  }

  async writeDurably(data: Uint8Array, position: number): Promise<void> {
    await this.write(data, position);
  }

  writeSync(): void {}

  async read(): Promise<number> {
    return 0;
  }

  async sync(): Promise<void> {}

  async truncate(): Promise<void> {}

  async size(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}
