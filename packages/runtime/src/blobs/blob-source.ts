/** What bytes of a blob can come from, and how they are taken one piece after the other. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../definition/show-value.js';
import { isBytesValue } from '../document/brands.js';

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

/** The pieces of a source, not looked at yet. @throws DatabaseError `INVALID_OPTION` for what holds no bytes. */
export function piecesOf(source: unknown): Pieces {
  if (isBytesValue(source)) return [source].values();
  if (source instanceof ArrayBuffer) return [new Uint8Array(source)].values();
  if (typeof source === 'object' && source !== null) {
    const { stream } = source as { readonly stream?: unknown };
    const inside: unknown = typeof stream === 'function' ? (source as Blob).stream() : source;
    const asynchronous = (inside as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    if (typeof asynchronous === 'function') return asynchronous.call(inside);
    const synchronous = (inside as Partial<Iterable<unknown>>)[Symbol.iterator];
    // Any other view of a buffer is an iterable of numbers.
    if (typeof synchronous === 'function' && !ArrayBuffer.isView(inside)) return synchronous.call(inside);
  }
  const what = `a blob is made of bytes or of a stream of bytes, found ${showValue(source)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'source' });
}

/** A piece as bytes. @throws DatabaseError `INVALID_OPTION`: of a text nobody knows the encoding. */
export function bytesOfPiece(piece: unknown): Uint8Array {
  if (isBytesValue(piece)) return piece;
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  const what = `a stream of a blob must give Uint8Arrays, found ${showValue(piece)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'source' });
}
