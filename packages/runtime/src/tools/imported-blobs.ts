/** Blobs of a dump on their way into the directory that is being made. */
import { DatabaseError } from '@nuthatch/model';
import type { BlobPlace } from '../blobs/blob-form.js';
import { type BlobId, isBlobHash } from '../blobs/blob-name.js';
import { BlobStore } from '../blobs/blob-store.js';
import type { BlobWriter } from '../blobs/blob-writer.js';
import { refusal } from '../document/json-values.js';

/** A line that begins a blob, or one with the next of its bytes. */
export type BlobLine =
  | { readonly kind: 'blob'; readonly blob: BlobId }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** @throws DatabaseError `DUMP_INVALID`. */
export function blobLineOf(line: Readonly<Record<string, unknown>>): BlobLine {
  const { blob: hash, size, bytes } = line;
  if (typeof bytes === 'string') return { kind: 'bytes', bytes: Buffer.from(bytes, 'base64') };
  if (isBlobHash(hash) && Number.isSafeInteger(size) && (size as number) >= 0)
    return { kind: 'blob', blob: { hash, size: size as number } };
  throw refusal('', 'neither a blob nor bytes of one');
}

/** Puts one blob after the other. */
export class ImportedBlobs {
  readonly #store = new BlobStore();
  readonly #opened: Promise<void>;
  #current: { readonly blob: BlobId; readonly writer: BlobWriter } | undefined;

  constructor(place: BlobPlace) {
    this.#opened = this.#store.open(place);
  }

  /** @throws DatabaseError `DUMP_INVALID` for bytes of no blob, too many, or of another hash; `DIRECTORY_UNUSABLE`. */
  async take(line: BlobLine): Promise<void> {
    await this.#opened;
    if (line.kind === 'blob') {
      this.requireEnd();
      this.#current = { blob: line.blob, writer: await this.#store.begin() };
    } else await this.#append(line.bytes);
    const { blob, writer } = this.#current!;
    if (writer.size < blob.size) return;
    this.#current = undefined;
    try {
      await this.#store.keep(writer, blob);
    } catch (cause) {
      await writer.abandon();
      if (!DatabaseError.is(cause, 'BLOB_DAMAGED')) throw cause;
      throw refusal('bytes', 'not the bytes of their blob');
    }
  }

  /** @throws DatabaseError `DUMP_INVALID` while bytes of a blob are missing. */
  requireEnd(): void {
    if (this.#current !== undefined) throw refusal('', 'where more bytes of a blob must follow');
  }

  /** Lets go of a blob that is not whole. Never rejects. */
  async abandon(): Promise<void> {
    await this.#current?.writer.abandon();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const current = this.#current;
    if (current === undefined) throw refusal('bytes', 'bytes of no blob');
    if (current.writer.size + bytes.length > current.blob.size) throw refusal('bytes', 'more bytes than the blob has');
    await current.writer.append(bytes);
  }
}
