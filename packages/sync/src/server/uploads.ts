/**
 * The blobs that users are uploading, and those that they have uploaded and no document refers to yet.
 *
 * A file is gathered under a temporary name and is a blob only when its hash is right: what a user sends is never more than
 * bytes of his own until then. Kept by user, not by connection, so that an upload goes on after a cut. All of it is memory: a
 * restart of the server forgets it, and the next opening of the database removes the temporary files.
 */
import { DatabaseError } from '@nuthatch/model';
import { type BlobId, type BlobStore, type BlobWriter, every, nowMs, type Timer } from '@nuthatch/runtime/sync';
import { protocolViolation } from '../protocol/protocol-violation.js';

export interface UploadLimits {
  readonly maxBlobBytes: number;
  readonly maxUploadBytes: number;
}

interface Upload {
  readonly blob: BlobId;
  /** Undefined before the file is made, and once it is whole. */
  writer: BlobWriter | undefined;
  isWhole: boolean;
  touchedMs: number;
  /** Parts are taken one after the other, from whatever connection of the user. */
  last: Promise<unknown>;
}

/** How long what a cut has left is kept. */
const IDLE_MS = 600_000;
/** Files of one user at a time: each that is not whole holds a file open. */
const MOST_UPLOADS = 64;

export class Uploads {
  readonly #store: BlobStore;
  readonly #limits: UploadLimits;
  readonly #isReferred: (hash: string) => boolean;
  readonly #byUser = new Map<string, Map<string, Upload>>();
  readonly #sweeps: Timer;

  /** @param isReferred whether a document refers to a blob: it then no longer counts as waiting. */
  constructor(store: BlobStore, limits: UploadLimits, isReferred: (hash: string) => boolean) {
    this.#store = store;
    this.#limits = limits;
    this.#isReferred = isReferred;
    this.#sweeps = every(() => this.#sweep(), IDLE_MS / 10);
  }

  /** Whether the user has sent every byte of it. O(1). */
  has(user: string, { hash, size }: BlobId): boolean {
    const upload = this.#byUser.get(user)?.get(hash);
    return upload?.isWhole === true && upload.blob.size === size && this.#store.has(upload.blob);
  }

  /**
   * Begins or goes on. @returns how many bytes are there.
   *
   * @throws DatabaseError `BLOB_TOO_LARGE`, `BLOB_DAMAGED`; an error of the disk.
   */
  async begin(user: string, blob: BlobId): Promise<number> {
    const known = this.#byUser.get(user)?.get(blob.hash);
    if (known?.blob.size === blob.size && (!known.isWhole || this.#store.has(blob)))
      return this.#inTurn(known, async () => known.writer?.size ?? blob.size);
    // Said to be of another size before: one of the two is wrong, and only the bytes can tell.
    if (known !== undefined) await this.#letGo(user, known);
    this.#requireRoom(user, blob);
    const upload: Upload = { blob, writer: undefined, isWhole: false, touchedMs: nowMs(), last: Promise.resolve() };
    this.#of(user).set(blob.hash, upload);
    return this.#inTurn(upload, async () => {
      try {
        upload.writer = await this.#store.begin();
      } catch (error) {
        this.#forget(user, upload);
        throw error;
      }
      if (blob.size === 0) await this.#complete(user, upload);
      return 0;
    });
  }

  /**
   * Takes a part. One that does not begin where the upload is changes nothing. @returns how many bytes are there.
   *
   * @throws DatabaseError `BLOB_DAMAGED` when all bytes are there and are not the blob; `BLOB_MISSING` for one that is
   *   not announced; `PROTOCOL_VIOLATION` for a part beyond what was announced; an error of the disk.
   */
  append(user: string, hash: string, offset: number, part: Uint8Array): Promise<number> {
    const upload = this.#byUser.get(user)?.get(hash);
    // It may have been let go meanwhile: the replica announces it again.
    if (upload === undefined)
      throw new DatabaseError('BLOB_MISSING', 'a part of a blob that is not announced', { hash });
    if (offset + part.length > upload.blob.size) throw protocolViolation('a part of a blob beyond what was announced');
    return this.#inTurn(upload, async () => {
      const { writer, blob } = upload;
      if (writer === undefined) return blob.size;
      if (offset !== writer.size) return writer.size;
      await writer.append(part);
      if (writer.size < blob.size) return writer.size;
      await this.#complete(user, upload);
      return blob.size;
    });
  }

  /** Lets go of what is not whole. Never rejects. */
  async close(): Promise<void> {
    this.#sweeps.cancel();
    for (const [user, uploads] of [...this.#byUser])
      for (const upload of [...uploads.values()]) await this.#letGo(user, upload);
  }

  async #complete(user: string, upload: Upload): Promise<void> {
    const writer = upload.writer as BlobWriter;
    try {
      await this.#store.keep(writer, upload.blob);
      upload.writer = undefined;
      upload.isWhole = true;
    } catch (error) {
      this.#forget(user, upload);
      await writer.abandon();
      throw error;
    }
  }

  #inTurn<T>(upload: Upload, work: () => Promise<T>): Promise<T> {
    upload.touchedMs = nowMs();
    const done = upload.last.then(work);
    upload.last = done.catch(() => undefined);
    return done;
  }

  /** @throws DatabaseError `BLOB_TOO_LARGE`. */
  #requireRoom(user: string, { size }: BlobId): void {
    const { maxBlobBytes, maxUploadBytes } = this.#limits;
    if (size > maxBlobBytes) {
      const what = `a blob of ${size} bytes is larger than the server takes: ${maxBlobBytes}`;
      throw new DatabaseError('BLOB_TOO_LARGE', what, { size, maxBlobBytes });
    }
    let waitingBytes = 0;
    let count = 0;
    for (const upload of [...(this.#byUser.get(user)?.values() ?? [])]) {
      if (this.#isDone(upload)) this.#forget(user, upload);
      else {
        waitingBytes += upload.blob.size;
        count++;
      }
    }
    if (waitingBytes + size <= maxUploadBytes && count < MOST_UPLOADS) return;
    const what = `${count} blobs of the user with ${waitingBytes} bytes wait for their documents`;
    throw new DatabaseError('BLOB_TOO_LARGE', what, { size, waitingBytes, maxUploadBytes });
  }

  /** A document refers to it, so that it is not waiting; or none ever did, and compaction has removed it. */
  #isDone({ isWhole, blob }: Upload): boolean {
    return isWhole && (this.#isReferred(blob.hash) || !this.#store.has(blob));
  }

  #of(user: string): Map<string, Upload> {
    let uploads = this.#byUser.get(user);
    if (uploads === undefined) {
      uploads = new Map();
      this.#byUser.set(user, uploads);
    }
    return uploads;
  }

  #forget(user: string, upload: Upload): void {
    const uploads = this.#byUser.get(user);
    if (uploads?.get(upload.blob.hash) === upload) uploads.delete(upload.blob.hash);
    if (uploads?.size === 0) this.#byUser.delete(user);
  }

  /** A part that is still on its way finds nothing. */
  async #letGo(user: string, upload: Upload): Promise<void> {
    this.#forget(user, upload);
    await upload.last;
    await upload.writer?.abandon();
  }

  /** Lets go of uploads that were not gone on with, and of those that are documents' by now. */
  #sweep(): void {
    const before = nowMs() - IDLE_MS;
    for (const [user, uploads] of [...this.#byUser])
      for (const upload of [...uploads.values()])
        if (upload.isWhole ? this.#isDone(upload) : upload.touchedMs < before) void this.#letGo(user, upload);
  }
}
