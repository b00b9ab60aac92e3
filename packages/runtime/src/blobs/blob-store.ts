/**
 * The blobs of one database: which are there, and the only place where their files are named and removed.
 *
 *   temporary file, chunk by chunk ─▶ synced ─▶ renamed to hash and size ─▶ folder synced ─▶ known, put resolves
 *
 * So a blob with its name is whole, and is on the disk before a document can refer to it. A crash before the rename leaves
 * a temporary file, which the next opening removes; one after it a blob that nothing refers to, which a later compaction
 * removes (blob-collector.ts).
 */
import { randomUUID } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { PLAIN_CODECS } from '../journal/page-codecs.js';
import { nowMs } from '../time/real-time.js';
import { blobMissing } from './blob-errors.js';
import type { BlobPlace } from './blob-form.js';
import { BLOBS_FOLDER, type BlobId, blobFolder, blobPath, temporaryBlobPath } from './blob-name.js';
import { BlobReader, type ReadableBlob } from './blob-reader.js';
import { BlobPieces } from './blob-source.js';
import { BlobWriter } from './blob-writer.js';
import { listBlobs } from './list-blobs.js';

export class BlobStore {
  #place: BlobPlace;
  /** Another database reads the same files. */
  #isShared = false;
  /** Hash → size of every blob that is there. */
  readonly #sizes = new Map<string, number>();
  /** When a blob was last put or newly referred to, in this life of the database. */
  readonly #touchedMs = new Map<string, number>();
  readonly #openedMs = nowMs();
  #byteCount = 0;
  /** Names are made and removed one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  /** In memory, until it is opened in a directory. */
  constructor() {
    const uuid = randomUUID().replaceAll('-', '');
    this.#place = { fileSystem: new MemoryFileSystem(), directory: '/', uuid, codecs: PLAIN_CODECS };
  }

  /** Begins with the blobs of another store in memory; from now on neither removes any. O(blobs). */
  share(from: BlobStore): void {
    this.#place = from.#place;
    for (const [hash, size] of from.#sizes) this.#note({ hash, size });
    this.#isShared = true;
    from.#isShared = true;
  }

  /** Finds what is there and removes what a crash has left. @throws DatabaseError `DIRECTORY_UNUSABLE`, `DIRECTORY_GONE`. */
  async open(place: BlobPlace): Promise<void> {
    this.#place = place;
    const { fileSystem, directory } = place;
    await withDirectoryErrors(directory, async () => {
      const { blobs, leftOver } = await listBlobs(fileSystem, directory);
      for (const blob of blobs) this.#note(blob);
      for (const path of leftOver) await fileSystem.remove(`${directory}/${path}`);
    });
  }

  get count(): number {
    return this.#sizes.size;
  }

  /** Bytes of all blobs. */
  get byteCount(): number {
    return this.#byteCount;
  }

  has({ hash, size }: BlobId): boolean {
    return this.#sizes.get(hash) === size;
  }

  /** The size of a blob that is there. O(1). */
  sizeOf(hash: string): number | undefined {
    return this.#sizes.get(hash);
  }

  hashes(): IterableIterator<string> {
    return this.#sizes.keys();
  }

  /** Somebody means the blob by now: it is not taken for forgotten. O(1). */
  touch(hash: string): void {
    this.#touchedMs.set(hash, nowMs());
  }

  /** Milliseconds since the blob was last put or newly referred to, or since the database was opened. */
  idleMs(hash: string): number {
    return nowMs() - (this.#touchedMs.get(hash) ?? this.#openedMs);
  }

  /**
   * Puts what the source gives. Resolves when the blob is on the disk. I/O: every byte written once. Memory: one chunk
   * beside the source's own.
   *
   * @param expected what it has to be; anything else is refused, and nothing of it stays.
   * @throws DatabaseError `INVALID_OPTION`, `BLOB_DAMAGED` for another blob than expected, `DIRECTORY_UNUSABLE`,
   *   `DIRECTORY_GONE`, `DATABASE_CLOSED`; what the source throws.
   */
  put(source: unknown, expected?: BlobId): Promise<BlobId> {
    return this.#putPieces(source, expected, (id) => this.touch(id.hash));
  }

  /** Writes a blob anew, as files are written today; nobody means it by that. @throws DatabaseError as `put`. */
  async renew(id: BlobId, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#putPieces(bytes, id, () => undefined);
  }

  /** Of the key that new blobs are encrypted with; undefined: they are not. */
  get keyId(): string | undefined {
    return this.#place.codecs.keyId;
  }

  #putPieces(source: unknown, expected: BlobId | undefined, kept: (id: BlobId) => void): Promise<BlobId> {
    return this.#tracked(async () => {
      const pieces = new BlobPieces(source);
      const writer = await this.begin();
      try {
        await this.#take(pieces, writer);
        return await this.#keep(writer, expected, kept);
      } catch (error) {
        await writer.abandon();
        throw error;
      }
    });
  }

  /** A writer into a temporary file. @throws DatabaseError `DIRECTORY_UNUSABLE`, `DIRECTORY_GONE`, `DATABASE_CLOSED`. */
  async begin(): Promise<BlobWriter> {
    const place = this.#requireOpen();
    return withDirectoryErrors(place.directory, async () => {
      await makeDurableDirectory(place.fileSystem, `${place.directory}/${BLOBS_FOLDER}`);
      return BlobWriter.create(place, `${place.directory}/${temporaryBlobPath(randomUUID())}`);
    });
  }

  /** Gives what a writer has gathered its name. @throws DatabaseError as `put`; the caller then abandons the writer. */
  keep(writer: BlobWriter, expected?: BlobId): Promise<BlobId> {
    return this.#tracked(() => this.#keep(writer, expected, (id) => this.touch(id.hash)));
  }

  /** @throws DatabaseError `BLOB_MISSING`, `DATABASE_CLOSED`, and as `BlobReader.open`. */
  async reader(id: BlobId): Promise<ReadableBlob> {
    const place = this.#requireOpen();
    const size = this.#sizes.get(id.hash);
    if (size === undefined) throw blobMissing(id);
    if (size !== id.size) throw blobMissing(id, `the blob ${id.hash} has ${size} bytes; the reference says ${id.size}`);
    return withDirectoryErrors(place.directory, () => BlobReader.open(place, id));
  }

  /** Removes a blob, unless it was touched within the grace. @returns whether it is gone. */
  async remove(hash: string, graceMs: number): Promise<boolean> {
    const { fileSystem, directory } = this.#requireOpen();
    const size = this.#sizes.get(hash);
    if (size === undefined || this.#isShared || this.idleMs(hash) < graceMs) return false;
    // From here on a write that refers to it is refused; a crash leaves it to the next opening.
    this.#sizes.delete(hash);
    this.#touchedMs.delete(hash);
    this.#byteCount -= size;
    await this.#inTurn(async () => {
      // Put again meanwhile.
      if (!this.#sizes.has(hash)) await fileSystem.remove(`${directory}/${blobPath({ hash, size })}`);
    });
    return true;
  }

  /** After blobs were removed: what a crash of others has left is removed too. Nothing here; see a node's store. */
  async tidy(): Promise<void> {
    return undefined;
  }

  /** Refuses what is asked from now on, ends what is running and waits for it. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    await Promise.allSettled([this.#last]);
  }

  /** @throws DatabaseError `DATABASE_CLOSED`. */
  requireOpen(): void {
    this.#requireOpen();
  }

  async #take(pieces: BlobPieces, writer: BlobWriter): Promise<void> {
    const { directory } = this.#requireOpen();
    try {
      for (;;) {
        const bytes = await this.#orClosed(pieces.next());
        if (bytes === undefined) return;
        await withDirectoryErrors(directory, () => writer.append(bytes));
        this.#requireOpen();
      }
    } catch (error) {
      pieces.end();
      throw error;
    }
  }

  async #keep(writer: BlobWriter, expected: BlobId | undefined, kept: (id: BlobId) => void): Promise<BlobId> {
    const { fileSystem, directory } = this.#requireOpen();
    return withDirectoryErrors(directory, async () => {
      const id = await writer.finish();
      if (expected !== undefined && (expected.hash !== id.hash || expected.size !== id.size)) {
        const what = `expected the blob ${expected.hash} of ${expected.size} bytes, found ${id.hash} of ${id.size}`;
        throw new DatabaseError('BLOB_DAMAGED', what, { hash: expected.hash, size: expected.size });
      }
      await this.#inTurn(async () => {
        const folder = `${directory}/${blobFolder(id.hash)}`;
        await makeDurableDirectory(fileSystem, folder);
        // The same bytes under the same name: what is there already, perhaps damaged, makes way.
        await fileSystem.rename(writer.path, `${directory}/${blobPath(id)}`);
        await fileSystem.syncDirectory(folder);
        this.#note(id);
        kept(id);
      });
      return id;
    });
  }

  #note({ hash, size }: BlobId): void {
    this.#byteCount += size - (this.#sizes.get(hash) ?? 0);
    this.#sizes.set(hash, size);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    // The caller gets the error; the next in turn only has to know that this one is over.
    this.#last = done.catch(() => undefined);
    return done;
  }

  #tracked<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#running.add(running);
    const forget = (): void => void this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }

  /** Settles as `work` does, or rejects when the database is closed. */
  #orClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(closed());
      if (signal.aborted) refuse();
      signal.addEventListener('abort', refuse, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', refuse));
    });
  }

  #requireOpen(): BlobPlace {
    if (this.#closing.signal.aborted) throw closed();
    return this.#place;
  }
}

function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'the database was closed: its blobs can be neither put nor read', {});
}
