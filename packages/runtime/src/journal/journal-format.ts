/** Constants of the on-disk formats 1 to 4, see docs/journal-format.md. Never change one: files hold them. */

export const FORMAT_VERSION = 1;
/** Of snapshots that are written now: pages are still of format 1. */
export const SNAPSHOT_FORMAT_VERSION = 3;
/** From this one on snapshots have tables, and frames whose flags say what they are. */
export const IMAGE_FORMAT_VERSION = 2;

/** Of deltas, and of the manifests that name one. */
export const DELTA_FORMAT_VERSION = 4;

/** "NUTP", "NUTS", "NUTD", "NUTB" and "NUTF", read as little-endian numbers. */
export const PAGE_MAGIC = 0x5054554e;
export const SNAPSHOT_MAGIC = 0x5354554e;
export const DELTA_MAGIC = 0x4454554e;
export const BLOB_MAGIC = 0x4254554e;
export const FRAME_MAGIC = 0x4654554e;

export const UUID_BYTES = 16;
export const CHAIN_BYTES = 16;

/** Offsets in a frame's header. */
export const FRAME_FIELD = {
  crc32: 0,
  magic: 4,
  frameBytes: 8,
  pageNumber: 12,
  chain: 16,
  previousChain: 32,
  frameId: 48,
  firstSeq: 56,
  syncedSeq: 64,
  timeMs: 72,
  epoch: 80,
  transactionCount: 84,
  bodyBytes: 88,
  flags: 92,
} as const;
export const FRAME_HEADER_BYTES = 96;
/** Flags of a frame in a delta, and in a snapshot of format 2 or 3: what its records are. In every other file they are 0. */
export const SNAPSHOT_FRAME = { documents: 0, tables: 1, end: 2 } as const;

/** Offsets in a page's header up to the models. */
export const PAGE_FIELD = {
  crc32: 0,
  magic: 4,
  headerBytes: 8,
  formatVersion: 12,
  uuid: 16,
  incarnation: 32,
  epoch: 36,
  pageNumber: 40,
  codecId: 44,
  firstSeq: 48,
  createdMs: 56,
  frameId: 64,
  chain: 72,
} as const;
/** The header without its models. */
export const PAGE_HEADER_FIXED_BYTES = 88;

/** How a page stores the bodies of its frames. */
export const PAGE_CODEC = { plain: 0, compressed: 1, encrypted: 2, compressedEncrypted: 3, json: 6 } as const;

/** Numbers of models are given out one by one: a higher one is damage, and the next one could not be written. */
export const LAST_MODEL_ID = 2 ** 31 - 1;

export const RECORD = {
  transaction: 1,
  model: 2,
  snapshotEnd: 128,
  tableBytes: 129,
  collectionTables: 130,
  coldDocuments: 131,
  indexState: 140,
  claim: 141,
} as const;
/** A reader skips records it does not know from here on, and refuses those below. */
export const FIRST_SKIPPABLE_RECORD = 128;

export const EFFECT = { put: 1, delete: 2, sequence: 3 } as const;
export const TRANSACTION_FLAG = { hasCommand: 1, originMask: 6, originShift: 1 } as const;
/** A transaction's origin is stored as the index into this list. */
export const ORIGINS = ['live', 'expiry', 'load', 'migration'] as const;
export const PUT_FLAG = { hasExpiry: 1, hasUnknownFields: 2 } as const;
export const KEY_TAG = { string: 0, number: 1, bigint: 2 } as const;

export const MANIFEST_NAME = 'manifest.nut';
export const TEMPORARY_SUFFIX = '.nut.tmp';
/** Parts of an unfinished migration, and the note of them: any other opening removes them like all temporary files. */
const MIGRATION_NAME = /^migration-[0-9a-z]+\.nut\.tmp$/;
export const MIGRATION_NOTE_NAME: string = `migration-note${TEMPORARY_SUFFIX}`;
const SNAPSHOT_NAME = /^snapshot-(\d{10})\.nut$/;
const DELTA_NAME = /^delta-(\d{10})\.nut$/;
const PAGE_NAME = /^page-(\d{10})\.nut$/;

/** File name of a page. */
export function pageName(pageNumber: number): string {
  return `page-${String(pageNumber).padStart(10, '0')}.nut`;
}

/** File name of a snapshot. */
export function snapshotName(snapshotNumber: number): string {
  return `snapshot-${String(snapshotNumber).padStart(10, '0')}.nut`;
}

/** File name of a delta. */
export function deltaName(deltaNumber: number): string {
  return `delta-${String(deltaNumber).padStart(10, '0')}.nut`;
}

/** Number of the delta in a file of this name; undefined for any other file. */
export function deltaNumberOf(name: string): number | undefined {
  const digits = DELTA_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** File name of a finished part of a migration that is under way; built as a snapshot. */
export function migrationPartName(partNumber: number): string {
  return `migration-${String(partNumber).padStart(10, '0')}${TEMPORARY_SUFFIX}`;
}

/** Whether a file of this name belongs to an unfinished migration. */
export function isOfMigration(name: string): boolean {
  return MIGRATION_NAME.test(name);
}

/** Number of the snapshot in a file of this name; undefined for any other file. */
export function snapshotNumberOf(name: string): number | undefined {
  const digits = SNAPSHOT_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Number of the page in a file of this name; undefined for any other file. */
export function pageNumberOf(name: string): number | undefined {
  const digits = PAGE_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const UNFINISHED_BACKUP_NAME = /^unfinished-backup-[0-9a-f]{32}\.nut$/;

/** Name of the empty file that stands in a backup's directory until it is whole. Never change. */
export function unfinishedBackupName(uuid: string): string {
  return `unfinished-backup-${uuid}.nut`;
}

/** Whether a file of this name marks an unfinished backup, of whatever database. */
export function isUnfinishedBackup(name: string): boolean {
  return UNFINISHED_BACKUP_NAME.test(name);
}

/** Whether a file of this name is one that manifests name: a page, a snapshot or a delta. */
export function isNumberedName(name: string): boolean {
  return pageNumberOf(name) !== undefined || snapshotNumberOf(name) !== undefined || deltaNumberOf(name) !== undefined;
}

/** Whether a file of this name is the database's, or was made on the way to one; lock files are not asked for here. */
export function isOwnName(name: string): boolean {
  if (name.startsWith('lock')) return false;
  return name === MANIFEST_NAME || name.endsWith(TEMPORARY_SUFFIX) || isUnfinishedBackup(name) || isNumberedName(name);
}
