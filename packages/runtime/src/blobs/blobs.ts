/** The blobs of a database as its users see them: `db.blobs`. Always asynchronous: blobs are files, not memory. */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import { showValue } from '../definition/show-value.js';
import { optionsObject } from '../definition/unknown-option.js';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import { isBlobHash } from './blob-name.js';
import type { ReadableBlob } from './blob-reader.js';
import type { BlobSource } from './blob-source.js';
import type { BlobStore } from './blob-store.js';
import { isMediaType } from './media-type.js';

export interface PutBlobOptions {
  /** What the bytes are, as `image/jpeg`. Default: that of a `Blob` or `File` where it has one, else `application/octet-stream`. */
  readonly mediaType?: string;
}

/** Which bytes to read: from `start` up to and without `end`, as in `slice`. */
export interface ReadBlobOptions {
  /** Default 0. */
  readonly start?: number;
  /** Default: the size. */
  readonly end?: number;
}

/** A web stream that `for await` takes too, whatever a project's `lib` says of web streams. */
export type BlobStream = ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;

/** Brings a blob that a document refers to and that is elsewhere: at the server of a replica. */
export type BlobFetcher = (ref: BlobRef) => Promise<void>;

export class Blobs {
  readonly #store: BlobStore;
  readonly #directory: string;
  /** Set in a replica. */
  #fetch: BlobFetcher | undefined;

  /** Set where nothing is ever compacted: in memory. */
  beforePut: (() => Promise<void>) | undefined;

  /** @param directory for messages. */
  constructor(store: BlobStore, directory: string) {
    this.#store = store;
    this.#directory = directory;
  }

  /**
   * Keeps the bytes of a source and gives the reference that a document keeps of them. The same bytes are kept once,
   * however often they are put. Resolves when they are on the disk: a document written afterwards never lacks its blob.
   * A blob that no document refers to is kept for `blobGraceMs`, and until compaction has dropped the states that did.
   *
   * I/O: every byte once. Memory: 1 MiB beside the source's own.
   *
   * Rejects with `INVALID_OPTION`, `DIRECTORY_UNUSABLE`, `DIRECTORY_GONE`, `DATABASE_CLOSED`, and what the source throws;
   * nothing is kept then.
   */
  async put(source: BlobSource, options?: PutBlobOptions): Promise<BlobRef> {
    const { mediaType = typeOf(source) } = optionsObject(options, 'blobs.put', ['mediaType']);
    if (!isMediaType(mediaType)) {
      const what = `\`mediaType\` must be a media type such as 'image/jpeg', found ${showValue(mediaType)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'mediaType' });
    }
    await this.beforePut?.();
    const { hash, size } = await this.#store.put(source);
    return Object.freeze({ hash, size, mediaType });
  }

  /**
   * The bytes of a blob as a stream, read as fast as they are taken: `for await (const piece of db.blobs.read(ref))`,
   * `new Response(db.blobs.read(ref))`, `Readable.fromWeb(db.blobs.read(ref))`. Every piece is checked before it is given;
   * the hash of all is checked at the end, unless only a part was asked for.
   *
   * The stream errors with `BLOB_MISSING`, `BLOB_DAMAGED`, `DATABASE_CLOSED`, `ENCRYPTION_KEY_REQUIRED`,
   * `ENCRYPTION_KEY_WRONG`, `DIRECTORY_UNUSABLE`.
   *
   * @throws DatabaseError `INVALID_OPTION` for what is no reference or no range of it.
   */
  read(ref: BlobRef, options?: ReadBlobOptions): BlobStream {
    requireRef(ref);
    const { start = 0, end = ref.size } = optionsObject(options, 'blobs.read', ['start', 'end']);
    for (const [option, value] of Object.entries({ start, end }))
      if (!Number.isSafeInteger(value) || value < 0 || value > ref.size || start > end) {
        const what = `\`start\` and \`end\` must be whole numbers from 0 to ${ref.size} in order, found ${showValue(start)} and ${showValue(end)}`;
        throw new DatabaseError('INVALID_OPTION', what, { option, start, end, size: ref.size });
      }
    const pieces = this.#pieces(ref, start, end);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => {
          await pieces.return(undefined);
        },
      },
      // Nothing is read before it is asked for.
      { highWaterMark: 0 },
    ) as BlobStream;
  }

  /** All bytes of a blob, in memory. Rejects as the stream of `read`. */
  async bytes(ref: BlobRef): Promise<Uint8Array> {
    requireRef(ref);
    const bytes = new Uint8Array(await this.#sizeToRead(ref));
    let done = 0;
    for await (const piece of this.#pieces(ref, 0, ref.size)) {
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  /** Whether the blob is here. In a replica one that is not may still be at the server. */
  async has(ref: BlobRef): Promise<boolean> {
    requireRef(ref);
    this.#store.requireOpen();
    return this.#store.has(ref);
  }

  /** For the sync package. */
  set fetcher(fetch: BlobFetcher | undefined) {
    this.#fetch = fetch;
  }

  /** Refuses a wrong size before memory of that size is asked for. */
  async #sizeToRead(ref: BlobRef): Promise<number> {
    await this.#reader(ref);
    return ref.size;
  }

  async #reader(ref: BlobRef): Promise<ReadableBlob> {
    this.#store.requireOpen();
    if (this.#fetch !== undefined && !this.#store.has(ref)) await this.#fetch(ref);
    return this.#store.reader(ref);
  }

  async *#pieces(ref: BlobRef, start: number, end: number): AsyncGenerator<Uint8Array, void> {
    const pieces = (await this.#reader(ref)).chunks({ start, end });
    for (;;) {
      const { done, value } = await withDirectoryErrors(this.#directory, () => pieces.next());
      if (done === true) return;
      yield value;
      // It may have been closed while the reader took its time.
      this.#store.requireOpen();
    }
  }
}

function typeOf(source: unknown): string {
  const { type, stream } = Object(source) as { readonly type?: unknown; readonly stream?: unknown };
  // A `File` may be of any text as its type, or of none.
  return typeof stream === 'function' && isMediaType(type) ? type : 'application/octet-stream';
}

function requireRef(ref: unknown): asserts ref is BlobRef {
  const { hash, size } = Object(ref) as Partial<BlobRef>;
  if (isBlobHash(hash) && Number.isSafeInteger(size) && (size as number) >= 0) return;
  throw new DatabaseError('INVALID_OPTION', `expected a BlobRef, found ${showValue(ref)}`, { option: 'ref' });
}
