/** Bodies of frames under AES-256-GCM, one key per file. Rules and reasons: docs/journal-format.md, "Codecs". */
import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { FRAME_FIELD, FRAME_HEADER_BYTES } from './journal-format.js';

export const KEY_BYTES = 32;
export const SALT_BYTES = 32;
export const KEY_CHECK_BYTES = 16;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** How much longer a body is once encrypted. */
export const CIPHER_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

const ALGORITHM = 'aes-256-gcm';
const KEY_TEXT = Buffer.from('nuthatch page key', 'latin1');

/** Which file a key is for. */
export interface CipherPlace {
  readonly magic: number;
  readonly uuid: Uint8Array;
  /** Of the page or snapshot. */
  readonly fileNumber: number;
}

export class FrameCipher {
  readonly #key: Uint8Array;
  /** Tells a wrong key at once; says nothing about the right one. */
  readonly keyCheck: Uint8Array;

  /** Makes the file's own key of the user's. 10 µs. */
  constructor(userKey: Uint8Array, salt: Uint8Array, { magic, uuid, fileNumber }: CipherPlace) {
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32LE(magic, 0);
    numbers.writeUInt32LE(fileNumber, 4);
    const info = Buffer.concat([KEY_TEXT, numbers.subarray(0, 4), uuid, numbers.subarray(4)]);
    const bytes = new Uint8Array(hkdfSync('sha256', userKey, salt, info, KEY_BYTES + KEY_CHECK_BYTES));
    this.#key = bytes.subarray(0, KEY_BYTES);
    this.keyCheck = bytes.slice(KEY_BYTES);
  }

  /**
   * Encrypts a body into a frame whose header is filled in up to checksum and chain. 0.5 ns per byte and 5 µs.
   *
   * @param at where the ciphertext begins; the nonce goes before it, the tag after it.
   */
  encrypt(body: Uint8Array, frame: Uint8Array, at: number): void {
    const nonce = randomFillSync(frame.subarray(at - NONCE_BYTES, at));
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(frame));
    frame.set(cipher.update(body), at);
    cipher.final();
    frame.set(cipher.getAuthTag(), at + body.length);
  }

  /** The body of a frame. @throws DatabaseError `JOURNAL_DAMAGED` when header or body are not what was encrypted. */
  decrypt(frame: Uint8Array): Uint8Array {
    const start = FRAME_HEADER_BYTES + NONCE_BYTES;
    const end = frame.length - TAG_BYTES;
    if (end < start) throw new DatabaseError('JOURNAL_DAMAGED', 'frame too short for an encrypted body');
    const nonce = frame.subarray(FRAME_HEADER_BYTES, start);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(frame));
    decipher.setAuthTag(frame.subarray(end));
    const body = decipher.update(frame.subarray(start, end));
    try {
      decipher.final();
    } catch (cause) {
      throw new DatabaseError('JOURNAL_DAMAGED', 'frame was not encrypted with this key', {}, { cause });
    }
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
}

/** The header behind checksum and own chain value, both of which are made of the ciphertext. */
function associatedData(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_FIELD.previousChain, FRAME_HEADER_BYTES);
}
