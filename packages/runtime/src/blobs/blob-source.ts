/** What bytes of a blob can come from, and how they are taken one piece after the other. */
import { Readable } from 'node:stream';
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../definition/show-value.js';
import { isBufferValue, isBytesValue, memoryOf } from '../document/brands.js';

/**
 * Bytes; or a stream of them: a Node `Readable`, a web `ReadableStream`, an (async) iterable of byte arrays; or a `Blob`
 * or `File`.
 */
export type BlobSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** What a source gives, one after the other, not looked at yet. */
export type Pieces = AsyncIterator<unknown> | Iterator<unknown>;

/** The pieces of one source, each looked at when it is taken. */
export class BlobPieces {
  readonly #pieces: Pieces;
  /** Somebody has taken from the stream before: when nothing is left of it, its bytes went elsewhere. */
  readonly #wasRead: boolean;
  #isEmpty = true;

  /** Nothing is taken yet. @throws DatabaseError `INVALID_OPTION` for what holds no bytes; what the source throws. */
  constructor(source: unknown) {
    this.#pieces = piecesOf(source);
    this.#wasRead = typeof source === 'object' && Readable.isDisturbed(source as Readable);
  }

  /**
   * The next bytes; undefined: that was all.
   *
   * Rejects with `INVALID_OPTION` for a piece that is no bytes (of a text nobody knows the encoding) and for a stream that
   * was read to its end before; with what the source throws.
   */
  async next(): Promise<Uint8Array | undefined> {
    const step: unknown = await this.#pieces.next();
    if (typeof step !== 'object' || step === null) throw invalid(`the stream of a blob gave ${showValue(step)}`);
    const { done, value } = step as IteratorResult<unknown>;
    if (!done) {
      const bytes = bytesOfPiece(value);
      if (bytes.length > 0) this.#isEmpty = false;
      return bytes;
    }
    if (this.#isEmpty && this.#wasRead) throw invalid('the stream of a blob was read to its end before');
    return undefined;
  }

  /** Tells the source that no more is taken. Never waits and never throws: a source may wait for ever. */
  end(): void {
    const ended = async (): Promise<void> => void (await this.#pieces.return?.());
    ended().catch(() => undefined);
  }
}

function piecesOf(source: unknown): Pieces {
  if (isBytesValue(source) || isBufferValue(source)) return [source].values();
  if (typeof source === 'object' && source !== null) {
    const { stream } = source as { readonly stream?: unknown };
    const inside: unknown = typeof stream === 'function' ? (source as Blob).stream() : source;
    const asynchronous = (Object(inside) as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    if (typeof asynchronous === 'function') return checkedPieces(asynchronous.call(inside), source);
    const synchronous = (Object(inside) as Partial<Iterable<unknown>>)[Symbol.iterator];
    // Any other view of a buffer is an iterable of numbers.
    if (typeof synchronous === 'function' && !ArrayBuffer.isView(inside))
      return checkedPieces(synchronous.call(inside), source);
  }
  throw noBytes(source);
}

function checkedPieces(pieces: Pieces, source: unknown): Pieces {
  if (typeof (Object(pieces) as Partial<Pieces>).next === 'function') return pieces;
  throw noBytes(source);
}

function bytesOfPiece(piece: unknown): Uint8Array {
  if (!isBytesValue(piece) && !isBufferValue(piece))
    throw invalid(`a stream of a blob must give Uint8Arrays, found ${showValue(piece)}`);
  const bytes = memoryOf(piece);
  if (bytes === undefined) throw invalid('the bytes of a blob were transferred to another thread or buffer');
  return bytes;
}

function noBytes(source: unknown): DatabaseError {
  return invalid(`a blob is made of bytes or of a stream of bytes, found ${showValue(source)}`);
}

function invalid(what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option: 'source' });
}
