/**
 * Which codec and key new files get, and the codecs of files that are there. Rules: docs/journal-format.md, "Codecs".
 *
 * A key is asked for once per key id and kept as long as the database is open.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { isBytesValue } from '../document/brands.js';
import { FrameCipher, KEY_BYTES, SALT_BYTES } from './frame-cipher.js';
import { PAGE_CODEC, PAGE_MAGIC } from './journal-format.js';
import type { StoredModel } from './model-table.js';
import { JsonCodec, type PageCodec, PLAIN_CODEC, StoringCodec } from './page-codec.js';
import type { PageHeader } from './page-header.js';

/** Gives the key of an id; undefined when there is none. */
export type KeySource = (keyId: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** AES-256-GCM for all that is written from now on. */
export interface EncryptionOptions {
  /** Name of the key that new files get; stands in their headers in the clear. Default `default`. */
  readonly keyId?: string;
  /** 32 bytes; or what gives them for a key id, for keys kept elsewhere and for changing them. */
  readonly key: Uint8Array | KeySource;
}

/** How frames are stored: as they are, deflated, or behind lines of JSON for people. */
export type PageCodecName = 'plain' | 'compressed' | 'json';

export interface PageCodecOptions {
  /** Default `plain`. */
  readonly pageCodec?: PageCodecName | undefined;
  readonly encryption?: EncryptionOptions | undefined;
}

const DEFAULT_KEY_ID = 'default';
const LONGEST_KEY_ID = 200;

export class PageCodecs {
  readonly #isCompressed: boolean;
  /** Of pages: snapshots and blobs are plain then. */
  readonly #isJson: boolean;
  readonly #keyId: string | undefined;
  readonly #source: KeySource;
  readonly #keys = new Map<string, Uint8Array>();

  /** @throws DatabaseError `INVALID_OPTION`. */
  constructor(options: PageCodecOptions = {}) {
    const { pageCodec = 'plain', encryption } = options;
    if (pageCodec !== 'plain' && pageCodec !== 'compressed' && pageCodec !== 'json')
      throw invalid('pageCodec', "`pageCodec` must be 'plain', 'compressed' or 'json'");
    if (pageCodec === 'json' && encryption !== undefined)
      throw invalid('pageCodec', "`pageCodec: 'json'` is there to be read, and excludes `encryption`");
    const unknown = Object.keys(encryption ?? {}).find((name) => name !== 'key' && name !== 'keyId');
    if (unknown !== undefined)
      throw invalid('encryption', `\`encryption\` has the options \`keyId\` and \`key\`, found \`${unknown}\``);
    this.#isCompressed = pageCodec === 'compressed';
    this.#isJson = pageCodec === 'json';
    this.#keyId = encryption && checkedKeyId(encryption);
    this.#source = sourceOf(encryption, this.#keyId);
  }

  /** Of new files; undefined: they are not encrypted. */
  get keyId(): string | undefined {
    return this.#keyId;
  }

  /** Makes sure of the key that new files get. @throws DatabaseError `ENCRYPTION_KEY_REQUIRED`, `INVALID_OPTION`. */
  async requireOwnKey(): Promise<void> {
    if (this.#keyId !== undefined) await this.#keyOf(this.#keyId, undefined);
  }

  /**
   * The codec of a file that is about to be made.
   *
   * @param mayCompress false for bytes that are not to be deflated.
   * @param models of the header of a page.
   */
  async begin(
    uuid: Uint8Array,
    fileNumber: number,
    magic: number = PAGE_MAGIC,
    mayCompress = true,
    models: readonly StoredModel[] = [],
  ): Promise<PageCodec> {
    if (this.#isJson && magic === PAGE_MAGIC) return new JsonCodec(models);
    const keyId = this.#keyId;
    const isCompressed = this.#isCompressed && mayCompress;
    if (keyId === undefined) return isCompressed ? new StoringCodec(PAGE_CODEC.compressed) : PLAIN_CODEC;
    const salt = new Uint8Array(randomBytes(SALT_BYTES));
    const cipher = new FrameCipher(await this.#keyOf(keyId, undefined), salt, { magic, uuid, fileNumber });
    const codecId = isCompressed ? PAGE_CODEC.compressedEncrypted : PAGE_CODEC.encrypted;
    return new StoringCodec(codecId, cipher, { keyId, salt, keyCheck: cipher.keyCheck });
  }

  /**
   * The codec of a file that is there.
   *
   * @throws DatabaseError `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG` with file and key id; `INVALID_OPTION`.
   */
  async codecOf(header: PageHeader, file: string, magic: number = PAGE_MAGIC): Promise<PageCodec> {
    const { codecId, encryption, uuid, pageNumber } = header;
    if (codecId === PAGE_CODEC.plain) return PLAIN_CODEC;
    if (codecId === PAGE_CODEC.json) return new JsonCodec(header.models);
    if (encryption === undefined) return new StoringCodec(codecId);
    const { keyId, salt, keyCheck } = encryption;
    const cipher = new FrameCipher(await this.#keyOf(keyId, file), salt, { magic, uuid, fileNumber: pageNumber });
    if (!cipher.keyCheck.every((byte, index) => byte === keyCheck[index])) {
      throw new DatabaseError('ENCRYPTION_KEY_WRONG', `${file} is encrypted with another key "${keyId}"`, {
        file,
        keyId,
      });
    }
    return new StoringCodec(codecId, cipher, encryption);
  }

  /** Whether a file of this codec may be gone on with. */
  isCurrent(codec: PageCodec): boolean {
    return codec.codecId === this.#codecId && codec.encryption?.keyId === this.#keyId;
  }

  get #codecId(): number {
    if (this.#isJson) return PAGE_CODEC.json;
    if (this.#keyId === undefined) return this.#isCompressed ? PAGE_CODEC.compressed : PAGE_CODEC.plain;
    return this.#isCompressed ? PAGE_CODEC.compressedEncrypted : PAGE_CODEC.encrypted;
  }

  async #keyOf(keyId: string, file: string | undefined): Promise<Uint8Array> {
    const known = this.#keys.get(keyId);
    if (known) return known;
    let key: Uint8Array | undefined;
    try {
      key = await this.#source(keyId);
    } catch (cause) {
      throw keyRequired(keyId, file, cause);
    }
    if (key === undefined) throw keyRequired(keyId, file, undefined);
    // A copy: what the caller does with his bytes afterwards must not change what is written.
    const copy = Uint8Array.from(checkedKey(key));
    this.#keys.set(keyId, copy);
    return copy;
  }
}

/** For files that need no key and tests. */
export const PLAIN_CODECS = new PageCodecs();

function sourceOf(encryption: EncryptionOptions | undefined, ownKeyId: string | undefined): KeySource {
  if (encryption === undefined) return () => undefined;
  const { key } = encryption;
  if (typeof key === 'function') return key;
  const bytes = Uint8Array.from(checkedKey(key));
  return (keyId) => (keyId === ownKeyId ? bytes : undefined);
}

function checkedKeyId({ keyId = DEFAULT_KEY_ID }: EncryptionOptions): string {
  if (typeof keyId === 'string' && keyId.length > 0 && keyId.length <= LONGEST_KEY_ID) return keyId;
  throw invalid('encryption', `\`encryption.keyId\` must be a text of 1 to ${LONGEST_KEY_ID} characters`);
}

function checkedKey(key: unknown): Uint8Array {
  if (isBytesValue(key) && key.length === KEY_BYTES) return key;
  throw invalid('encryption', `an encryption key must be a Uint8Array of ${KEY_BYTES} bytes`);
}

function invalid(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}

function keyRequired(keyId: string, file: string | undefined, cause: unknown): DatabaseError {
  const what = `${file ?? 'the database'} needs the encryption key "${keyId}"`;
  return new DatabaseError('ENCRYPTION_KEY_REQUIRED', what, { keyId, file }, { cause });
}
