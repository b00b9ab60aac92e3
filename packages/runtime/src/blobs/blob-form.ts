/**
 * The bytes of a blob's file: a header and frames like a page's, each frame with 1 MiB of the blob as its body, the last
 * one with the rest. Form: docs/journal-format.md, "Blobs".
 *
 * So a frame has checksum, chain and cipher as all that is stored; and the place of every byte can be computed.
 */
import type { FileSystem } from '../file-system/file-system.js';
import { firstChain, frameCrcSeed, fromHex, isSameChain } from '../journal/chain.js';
import { CIPHER_OVERHEAD_BYTES } from '../journal/frame-cipher.js';
import type { FramePlace } from '../journal/frame-header.js';
import { BLOB_MAGIC, CHAIN_BYTES, FRAME_HEADER_BYTES } from '../journal/journal-format.js';
import type { PageCodec } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { encodePageHeader, type PageEncryption } from '../journal/page-header.js';

/** Bytes of the blob in each frame but the last. Never change: files hold it. */
export const CHUNK_BYTES: number = 2 ** 20;

/** Where blobs are kept, and how their files are written. */
export interface BlobPlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Of the database. */
  readonly uuid: string;
  readonly codecs: PageCodecs;
}

/** The header of a blob's file. @param mark `blobMark` of its hash; until that is known, `firstChain` of the database. */
export function encodeBlobHeader(uuid: Uint8Array, { codecId, encryption }: PageCodec, mark: Uint8Array): Uint8Array {
  const nothing = { incarnation: 0, epoch: 0, pageNumber: 0, firstSeq: 0, createdMs: 0, frameId: 0, models: [] };
  return encodePageHeader({ ...nothing, uuid, codecId, encryption, chain: mark }, BLOB_MAGIC);
}

/**
 * What a file says in its header of whose bytes it holds: so the file of another blob under this name is found before any
 * byte of it is given out, also when only a part is read.
 */
export function blobMark(hash: string): Uint8Array {
  return fromHex(hash).subarray(0, CHAIN_BYTES);
}

/** Files of before such marks have the database's first chain value. */
export function isMarkOf(mark: Uint8Array, hash: string, uuid: Uint8Array): boolean {
  return isSameChain(mark, blobMark(hash)) || isSameChain(mark, firstChain(uuid));
}

/** The header of the frame with the chunk of this index. */
export function chunkPlace(uuid: Uint8Array, index: number, previousChain: Uint8Array): FramePlace {
  return {
    ...{ pageNumber: 0, firstSeq: 0, transactionCount: 0, syncedSeq: 0, epoch: 0, timeMs: 0 },
    frameId: index + 1,
    previousChain,
    crcSeed: frameCrcSeed(uuid),
  };
}

/** How the chunks lie in a file. */
export interface ChunkLayout {
  readonly headerBytes: number;
  /** Of each frame, beside its body. */
  readonly overheadBytes: number;
}

export function chunkLayout(
  headerBytes: number,
  { encryption }: { readonly encryption?: PageEncryption | undefined },
): ChunkLayout {
  return { headerBytes, overheadBytes: FRAME_HEADER_BYTES + (encryption === undefined ? 0 : CIPHER_OVERHEAD_BYTES) };
}

/** Where the frame of a chunk begins. */
export function chunkOffset({ headerBytes, overheadBytes }: ChunkLayout, index: number): number {
  return headerBytes + index * (overheadBytes + CHUNK_BYTES);
}

/** How many chunks a blob of this size has. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Length of the whole file. */
export function fileBytes(layout: ChunkLayout, size: number): number {
  return layout.headerBytes + chunkCount(size) * layout.overheadBytes + size;
}

export function uuidBytes({ uuid }: BlobPlace): Uint8Array {
  return fromHex(uuid);
}
