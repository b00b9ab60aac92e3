/** The head of a page: which database, which place in it, and the models of its documents. Grammar: docs/journal-format.md. */
import { crc32 } from 'node:zlib';
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { KEY_CHECK_BYTES, SALT_BYTES } from './frame-cipher.js';
import {
  CHAIN_BYTES,
  DELTA_FORMAT_VERSION,
  DELTA_MAGIC,
  FORMAT_VERSION,
  PAGE_CODEC,
  PAGE_FIELD,
  PAGE_HEADER_FIXED_BYTES,
  PAGE_MAGIC,
  SNAPSHOT_FORMAT_VERSION,
  SNAPSHOT_MAGIC,
  UUID_BYTES,
} from './journal-format.js';
import type { StoredModel } from './model-table.js';
import { readModel } from './transaction-reader.js';
import { writeModel } from './transaction-writer.js';

export interface PageHeader {
  /** Left out: 1. */
  readonly formatVersion?: number;
  readonly uuid: Uint8Array;
  readonly incarnation: number;
  readonly epoch: number;
  readonly pageNumber: number;
  readonly codecId: number;
  readonly firstSeq: number;
  readonly createdMs: number;
  /** Id of the last frame before the page; 0 before the first. */
  readonly frameId: number;
  /** Chain value of that frame. */
  readonly chain: Uint8Array;
  /** Encrypted files only. */
  readonly encryption?: PageEncryption | undefined;
  readonly models: readonly StoredModel[];
}

/** How the key of an encrypted file is made from the user's key, and how a wrong key is recognised. */
export interface PageEncryption {
  readonly keyId: string;
  readonly salt: Uint8Array;
  readonly keyCheck: Uint8Array;
}

/**
 * The header's bytes. O(models).
 *
 * @param magic PAGE_MAGIC; SNAPSHOT_MAGIC for the file of a snapshot, DELTA_MAGIC for that of a delta.
 */
export function encodePageHeader(header: PageHeader, magic: number = PAGE_MAGIC): Uint8Array {
  const writer = new ByteWriter();
  writer.uint32(0);
  writer.uint32(magic);
  writer.uint32(0);
  writer.uint32(header.formatVersion ?? FORMAT_VERSION);
  writer.raw(header.uuid);
  writer.uint32(header.incarnation);
  writer.uint32(header.epoch);
  writer.uint32(header.pageNumber);
  writer.uint32(header.codecId);
  writer.uint64(header.firstSeq);
  writer.float64(header.createdMs);
  writer.uint64(header.frameId);
  writer.raw(header.chain);
  if (header.encryption) {
    writer.string(header.encryption.keyId);
    writer.raw(header.encryption.salt);
    writer.raw(header.encryption.keyCheck);
  }
  writer.varint(header.models.length);
  for (const model of header.models) writeModel(writer, model);
  writer.uint32At(PAGE_FIELD.headerBytes, writer.position);
  writer.uint32At(PAGE_FIELD.crc32, crc32(writer.finish().subarray(PAGE_FIELD.magic)));
  return writer.finish();
}

/**
 * Length of a page's header, or why there is none.
 *
 * @param start the page's first bytes, PAGE_HEADER_FIXED_BYTES of them.
 * @throws DatabaseError `FORMAT_UNSUPPORTED` for a page of a later format.
 */
export function pageHeaderBytesOf(
  start: Uint8Array,
  availableBytes: number,
  magic: number = PAGE_MAGIC,
): number | string {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (view.getUint32(PAGE_FIELD.magic, true) !== magic) return 'not a page header';
  const headerBytes = view.getUint32(PAGE_FIELD.headerBytes, true);
  if (headerBytes < PAGE_HEADER_FIXED_BYTES || headerBytes > availableBytes) {
    return `page header has a length of ${headerBytes} bytes, found ${availableBytes}`;
  }
  return headerBytes;
}

const LAST_VERSIONS: ReadonlyMap<number, number> = new Map([
  [SNAPSHOT_MAGIC, SNAPSHOT_FORMAT_VERSION],
  [DELTA_MAGIC, DELTA_FORMAT_VERSION],
]);

/** Checks and reads a whole header; a text says what is wrong. */
export function decodePageHeader(bytes: Uint8Array): PageHeader | string {
  const reader = new ByteReader(bytes);
  if (reader.uint32() !== crc32(bytes.subarray(PAGE_FIELD.magic))) return 'wrong checksum of the page header';
  const supported = LAST_VERSIONS.get(reader.uint32()) ?? FORMAT_VERSION;
  reader.skip(4);
  const formatVersion = reader.uint32();
  if (formatVersion < FORMAT_VERSION || formatVersion > supported) {
    const what = `page has format ${formatVersion}; this version reads formats up to ${supported}`;
    throw new DatabaseError('FORMAT_UNSUPPORTED', what, { formatVersion, supported });
  }
  const uuid = Uint8Array.from(reader.skipped(UUID_BYTES));
  const incarnation = reader.uint32();
  const epoch = reader.uint32();
  const pageNumber = reader.uint32();
  const codecId = reader.uint32();
  const firstSeq = reader.uint64();
  const createdMs = reader.float64();
  const frameId = reader.uint64();
  const chain = Uint8Array.from(reader.skipped(CHAIN_BYTES));
  const encryption = readEncryption(reader, codecId);
  const models = Array.from({ length: reader.count() }, () => readModel(reader));
  const place = { uuid, incarnation, epoch, pageNumber, firstSeq, createdMs, frameId, chain };
  return { formatVersion, ...place, codecId, encryption, models };
}

/** @throws DatabaseError `FORMAT_UNSUPPORTED` for a codec of a later version, whose header may go on otherwise. */
function readEncryption(reader: ByteReader, codecId: number): PageEncryption | undefined {
  const supported: readonly number[] = Object.values(PAGE_CODEC);
  if (!supported.includes(codecId)) {
    const what = `page has codec ${codecId}; this version reads the codecs ${supported.join(', ')}`;
    throw new DatabaseError('FORMAT_UNSUPPORTED', what, { codecId, supported });
  }
  if (codecId !== PAGE_CODEC.encrypted && codecId !== PAGE_CODEC.compressedEncrypted) return undefined;
  const keyId = reader.string();
  const salt = Uint8Array.from(reader.skipped(SALT_BYTES));
  return { keyId, salt, keyCheck: Uint8Array.from(reader.skipped(KEY_CHECK_BYTES)) };
}
