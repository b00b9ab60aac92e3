/** Questions of one replica about blobs: answered one after the other, apart from documents and transactions. */
import { DatabaseError } from '@nuthatch/model';
import type { BlobId, ReadableBlob } from '@nuthatch/runtime/sync';
import { LIMITS } from '../protocol/limits.js';
import type { Message, MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { type BlobRights, mayReadBlob } from './blob-rights.js';
import type { Uploads } from './uploads.js';

export type BlobQuestion = MessageOf<'blobHave' | 'blobPart' | 'blobGet'>;

export interface BlobDeskParts extends BlobRights {
  readonly uploads: Uploads;
  readonly user: () => string;
  send(message: Message): void;
  fail(error: unknown): void;
}

/** Refusals that the replica is told; any other error is a fault of the server. */
const TOLD: ReadonlySet<string> = new Set(['BLOB_MISSING', 'BLOB_DAMAGED', 'BLOB_TOO_LARGE', 'FORBIDDEN']);
const MISSING = 'there is no such blob, or the user may not read it';

export class BlobDesk {
  readonly #parts: BlobDeskParts;
  #waitingCount = 0;
  #last: Promise<void> = Promise.resolve();
  #isEnded = false;
  /** The blob that is being read: its header is not read again for each part. */
  #reading: { readonly blob: BlobId; readonly reader: ReadableBlob } | undefined;

  constructor(parts: BlobDeskParts) {
    this.#parts = parts;
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` over the limit. */
  add(question: BlobQuestion): void {
    if (++this.#waitingCount > LIMITS.blobQuestionCount)
      throw protocolViolation(`more than ${LIMITS.blobQuestionCount} questions about blobs wait`);
    this.#last = this.#last.then(() => this.#take(question)).catch((error: unknown) => this.#parts.fail(error));
  }

  end(): void {
    this.#isEnded = true;
  }

  async #take(question: BlobQuestion): Promise<void> {
    if (this.#isEnded) return;
    let answer: Message;
    try {
      answer = await this.#answer(question);
    } catch (error) {
      if (!DatabaseError.is(error) || !TOLD.has(error.code)) throw error;
      answer = { kind: 'blobAt', request: question.request, offset: 0, code: error.code, message: error.message };
    }
    this.#waitingCount--;
    if (!this.#isEnded) this.#parts.send(answer);
  }

  async #answer(question: BlobQuestion): Promise<Message> {
    const { request } = question;
    if (question.kind === 'blobGet') return this.#part(question);
    const offset = await (question.kind === 'blobHave' ? this.#begin(question) : this.#append(question));
    return { kind: 'blobAt', request, offset, code: '', message: '' };
  }

  async #begin({ hash, byteCount }: MessageOf<'blobHave'>): Promise<number> {
    const { uploads, user, port, grantOf } = this.#parts;
    const mayWrite = [...port.collections.values()].some(
      ({ name, indexes }) => indexes.blobs !== undefined && grantOf(name).write !== false,
    );
    if (!mayWrite) throw new DatabaseError('FORBIDDEN', 'the user may write no document with blobs', {});
    const blob = { hash: hexOf(hash), size: byteCount };
    // What he may read he need not send.
    if (port.blobs.has(blob) && mayReadBlob(this.#parts, blob)) return byteCount;
    return uploads.begin(user(), blob);
  }

  #append({ hash, offset, part }: MessageOf<'blobPart'>): Promise<number> {
    const { uploads, user } = this.#parts;
    return uploads.append(user(), hexOf(hash), offset, part);
  }

  async #part({ request, hash, offset, byteCount }: MessageOf<'blobGet'>): Promise<Message> {
    const { port } = this.#parts;
    const size = port.blobs.sizeOf(hexOf(hash));
    const blob = { hash: hexOf(hash), size: size ?? 0 };
    // In the same words for both: whether there is such a blob is nobody's business who may not read it.
    if (!mayReadBlob(this.#parts, blob) || size === undefined) throw new DatabaseError('BLOB_MISSING', MISSING, {});
    if (offset > size || byteCount === 0)
      throw protocolViolation(`a part of a blob from ${offset} of ${size} bytes on`);
    const end = Math.min(size, offset + Math.min(byteCount, LIMITS.blobPartBytes));
    const part = new Uint8Array(end - offset);
    let done = 0;
    for await (const piece of (await this.#readerOf(blob)).chunks({ start: offset, end })) {
      part.set(piece, done);
      done += piece.length;
    }
    // Rights and documents may have changed while the disk was read.
    if (!mayReadBlob(this.#parts, blob)) throw new DatabaseError('BLOB_MISSING', MISSING, {});
    return { kind: 'blobPart', request, hash, offset, isLast: end === size, part };
  }

  async #readerOf(blob: BlobId): Promise<ReadableBlob> {
    if (this.#reading?.blob.hash !== blob.hash)
      this.#reading = { blob, reader: await this.#parts.port.blobs.reader(blob) };
    return this.#reading.reader;
  }
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
