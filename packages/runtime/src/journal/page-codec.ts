/**
 * How a page stores the bodies of its frames. Rules: docs/journal-format.md, "Codecs".
 *
 *   sealed plain frame ─▶ deflate-body.ts ─▶ frame-cipher.ts ─▶ frame as stored
 *
 * Plain costs nothing: the frame is sealed where it stands.
 */
import { DatabaseError } from '@nuthatch/model';
import { deflated, deflatedHere, inflated } from './deflate-body.js';
import { CIPHER_OVERHEAD_BYTES, type FrameCipher, NONCE_BYTES } from './frame-cipher.js';
import { type FramePlace, finishFrame, sealFrame, writeFrameHeader } from './frame-header.js';
import { FRAME_FIELD, FRAME_HEADER_BYTES, PAGE_CODEC } from './journal-format.js';
import { JsonLines } from './json-lines.js';
import type { StoredModel } from './model-table.js';
import type { PageEncryption } from './page-header.js';

export interface PageCodec {
  readonly codecId: number;
  /** The part of the header of an encrypted file; undefined for others. */
  readonly encryption: PageEncryption | undefined;
  /**
   * Seals a frame whose body is complete. A long body is deflated off the main thread.
   *
   * @param frame room for the header, then the body; not to be changed before the result is there.
   */
  encode(frame: Uint8Array, place: FramePlace): Uint8Array | Promise<Uint8Array>;
  /** As `encode`, all on this thread: for a frame that is so short that another would not save time. */
  encodeShort(frame: Uint8Array, place: FramePlace): Uint8Array;
  /**
   * The body of a frame whose checksum and chain are good.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` when it was forged or is no DEFLATE of `bodyBytes`.
   */
  decode(frame: Uint8Array): Uint8Array;
}

/** The codec of a file without one. */
export const PLAIN_CODEC: PageCodec = {
  codecId: PAGE_CODEC.plain,
  encryption: undefined,
  encode: sealed,
  encodeShort: sealed,
  decode: (frame) => inflated(frame.subarray(FRAME_HEADER_BYTES), bodyBytesOf(frame), false),
};

function sealed(frame: Uint8Array, place: FramePlace): Uint8Array {
  sealFrame(frame, place);
  return frame;
}

/** Deflates, encrypts, or both. */
export class StoringCodec implements PageCodec {
  readonly codecId: number;
  readonly encryption: PageEncryption | undefined;
  readonly #cipher: FrameCipher | undefined;
  readonly #isCompressed: boolean;

  constructor(codecId: number, cipher?: FrameCipher, encryption?: PageEncryption) {
    this.codecId = codecId;
    this.encryption = encryption;
    this.#cipher = cipher;
    this.#isCompressed = codecId === PAGE_CODEC.compressed || codecId === PAGE_CODEC.compressedEncrypted;
  }

  encode(frame: Uint8Array, place: FramePlace): Uint8Array | Promise<Uint8Array> {
    const body = frame.subarray(FRAME_HEADER_BYTES);
    if (!this.#isCompressed) return this.#seal(body, body.length, place);
    const stored = deflated(body);
    if (stored instanceof Promise) return stored.then((bytes) => this.#seal(bytes, body.length, place));
    return this.#seal(stored, body.length, place);
  }

  encodeShort(frame: Uint8Array, place: FramePlace): Uint8Array {
    const body = frame.subarray(FRAME_HEADER_BYTES);
    return this.#seal(this.#isCompressed ? deflatedHere(body) : body, body.length, place);
  }

  decode(frame: Uint8Array): Uint8Array {
    const stored = this.#cipher?.decrypt(frame) ?? frame.subarray(FRAME_HEADER_BYTES);
    return inflated(stored, bodyBytesOf(frame), this.#isCompressed);
  }

  #seal(stored: Uint8Array, bodyBytes: number, place: FramePlace): Uint8Array {
    const overheadBytes = this.#cipher ? CIPHER_OVERHEAD_BYTES : 0;
    const frame = new Uint8Array(FRAME_HEADER_BYTES + overheadBytes + stored.length);
    writeFrameHeader(frame, place, bodyBytes);
    if (this.#cipher) this.#cipher.encrypt(stored, frame, FRAME_HEADER_BYTES + NONCE_BYTES);
    else frame.set(stored, FRAME_HEADER_BYTES);
    finishFrame(frame, place.crcSeed, place.snapshotFrame !== undefined);
    return frame;
  }
}

/** Puts lines of JSON for people before each body: ten times as slow to write, and several times as long. */
export class JsonCodec implements PageCodec {
  readonly codecId = PAGE_CODEC.json;
  readonly encryption = undefined;
  readonly #lines = new JsonLines();

  /** @param models of the page's header. */
  constructor(models: readonly StoredModel[] = []) {
    this.#lines.learn(models);
  }

  encode(frame: Uint8Array, place: FramePlace): Uint8Array {
    const body = frame.subarray(FRAME_HEADER_BYTES);
    const text = Buffer.from(this.#textOf(body, place.firstSeq), 'utf8');
    const stored = new Uint8Array(FRAME_HEADER_BYTES + text.length + body.length);
    writeFrameHeader(stored, place, body.length);
    stored.set(text, FRAME_HEADER_BYTES);
    stored.set(body, FRAME_HEADER_BYTES + text.length);
    finishFrame(stored, place.crcSeed, place.snapshotFrame !== undefined);
    return stored;
  }

  encodeShort(frame: Uint8Array, place: FramePlace): Uint8Array {
    return this.encode(frame, place);
  }

  /** Whatever cannot be shown: it is no reason not to write. */
  #textOf(body: Uint8Array, firstSeq: number): string {
    try {
      return this.#lines.textOf(body, firstSeq);
    } catch (error) {
      return `\n${JSON.stringify({ notShown: String(error) })}\n`;
    }
  }

  decode(frame: Uint8Array): Uint8Array {
    const bodyBytes = bodyBytesOf(frame);
    const textBytes = frame.length - FRAME_HEADER_BYTES - bodyBytes;
    if (textBytes < 0) {
      const what = `frame with a damaged body: expected ${bodyBytes} bytes, found ${frame.length - FRAME_HEADER_BYTES} stored`;
      throw new DatabaseError('JOURNAL_DAMAGED', what);
    }
    const body = frame.subarray(FRAME_HEADER_BYTES + textBytes);
    // Who goes on writing in the page shows documents of these models.
    this.#lines.learnFrom(body);
    return body;
  }
}

function bodyBytesOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(FRAME_FIELD.bodyBytes, true);
}
