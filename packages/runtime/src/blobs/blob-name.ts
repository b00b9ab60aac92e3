/** Names of the files of blobs. Never change one: directories hold them. */
import { TEMPORARY_SUFFIX } from '../journal/journal-format.js';

/** The folder of all blobs, in the directory of the database. */
export const BLOBS_FOLDER = 'blobs';

/** What tells a blob from every other: the SHA-256 of its bytes, and how many they are. */
export interface BlobId {
  readonly hash: string;
  readonly size: number;
}

const BLOB_NAME = /^([0-9a-f]{64})-(0|[1-9]\d{0,15})\.nut$/;
const FOLDER_NAME = /^[0-9a-f]{2}$/;
const BLOB_HASH = /^[0-9a-f]{64}$/;

/** The folder of a blob within the folder of all: the first two digits of its hash, so that no folder grows long. */
export function blobFolder(hash: string): string {
  return `${BLOBS_FOLDER}/${hash.slice(0, 2)}`;
}

/** The path of a blob's file from the directory of the database. At most 94 characters. */
export function blobPath({ hash, size }: BlobId): string {
  return `${blobFolder(hash)}/${hash}-${size}.nut`;
}

/** The blob in a file of this name; undefined for any other file. */
function blobOfName(name: string): BlobId | undefined {
  const match = BLOB_NAME.exec(name);
  const size = Number(match?.[2]);
  return match === null || !Number.isSafeInteger(size) ? undefined : { hash: match[1]!, size };
}

/** The blob of a path from the directory of the database; undefined for any other path. */
export function blobOfPath(path: string): BlobId | undefined {
  const id = blobOfName(path.slice(path.lastIndexOf('/') + 1));
  return id !== undefined && blobPath(id) === path ? id : undefined;
}

export function isBlobFolder(name: string): boolean {
  return FOLDER_NAME.test(name);
}

export function isBlobHash(value: unknown): value is string {
  return typeof value === 'string' && BLOB_HASH.test(value);
}

/** Where a blob is gathered before its hash is known or complete. */
export function temporaryBlobPath(name: string): string {
  return `${BLOBS_FOLDER}/${name}${TEMPORARY_SUFFIX}`;
}
