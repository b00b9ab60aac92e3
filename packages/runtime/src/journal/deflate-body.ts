/** Bodies of frames as raw DEFLATE. Rules: docs/journal-format.md, "Codecs". */
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { DatabaseError } from '@nuthatch/model';

const LEVEL = { level: 1 } as const;
/** Longer bodies are deflated by another thread: this much takes less than a millisecond. */
const INLINE_BYTES = 32 * 1024;
/** Nothing longer is inflated. */
const LONGEST_BODY_BYTES = 2 ** 30;
/** The best ratio of DEFLATE, and the few bytes around it. */
const HIGHEST_RATIO = 1032;
const SLACK_BYTES = 64;

/** The body deflated, or itself when that is not shorter. About 10 ns per byte. */
export function deflated(body: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (body.length > LONGEST_BODY_BYTES) return body;
  if (body.length <= INLINE_BYTES) return deflatedHere(body);
  return new Promise((resolve, reject) => {
    deflateRaw(body, LEVEL, (error, bytes) => (error ? reject(error) : resolve(shorter(bytes, body))));
  });
}

/** As `deflated`, on this thread. */
export function deflatedHere(body: Uint8Array): Uint8Array {
  return shorter(deflateRawSync(body, LEVEL), body);
}

function shorter(bytes: Uint8Array, body: Uint8Array): Uint8Array {
  return bytes.length < body.length && isInflatable(bytes.length, body.length) ? bytes : body;
}

/**
 * The body of `bodyBytes` bytes that `stored` stands for. Allocates no more than that, and nothing before it is plausible.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`.
 */
export function inflated(stored: Uint8Array, bodyBytes: number, isCompressed: boolean): Uint8Array {
  if (stored.length === bodyBytes) return stored;
  if (!isCompressed || stored.length > bodyBytes || !isInflatable(stored.length, bodyBytes)) {
    throw damaged(`body: expected ${bodyBytes} bytes, found ${stored.length} stored`);
  }
  let body: Uint8Array;
  try {
    body = inflateRawSync(stored, { maxOutputLength: bodyBytes });
  } catch (cause) {
    throw damaged(`body: ${bodyBytes} bytes cannot be decompressed`, cause);
  }
  if (body.length !== bodyBytes) throw damaged(`body: expected ${bodyBytes} bytes, found ${body.length}`);
  // A plain Uint8Array, whose `slice` copies.
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
}

function isInflatable(storedBytes: number, bodyBytes: number): boolean {
  return bodyBytes <= LONGEST_BODY_BYTES && bodyBytes <= storedBytes * HIGHEST_RATIO + SLACK_BYTES;
}

function damaged(reason: string, cause?: unknown): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `frame with a damaged ${reason}`, {}, { cause });
}
