/**
 * The one file that says what is alive: pages, snapshot, history, clean shutdown. Grammar: docs/journal-format.md.
 *
 * Replaced as a whole by a temp file and a rename; a crash leaves the old or the new one, and perhaps the temp file.
 */
import { crc32 } from 'node:zlib';
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { MANIFEST_NAME } from './journal-format.js';
import { manifestFault } from './manifest-form.js';

/** A live page, in the manifest. */
export interface PageEntry {
  readonly number: number;
  readonly firstSeq: number;
  readonly codecId: number;
  /** Present once nothing more is appended to it. */
  readonly sealed?: SealedPage;
}

export interface SealedPage {
  readonly byteCount: number;
  readonly lastSeq: number;
  /** Chain value of its last frame, in hexadecimal. */
  readonly chain: string;
}

/** A snapshot, in the manifest. */
export interface SnapshotEntry {
  readonly number: number;
  /** The state after this transaction, and no other. */
  readonly seq: number;
  readonly byteCount: number;
  readonly frameCount: number;
  /** Chain value of its last frame, in hexadecimal. */
  readonly chain: string;
  /** Where in the file tables or documents begin, rising: how its reader should lay out memory. */
  readonly parts?: readonly number[];
}

/**
 * A delta, in the manifest: the last state of every document that changed after `afterSeq` and up to `seq`. It stands in for the
 * transactions between, from any state in which all up to `afterSeq` are in.
 */
export interface DeltaEntry extends Omit<SnapshotEntry, 'parts'> {
  readonly afterSeq: number;
  /** Wall clock of the oldest change in it, in milliseconds. */
  readonly fromMs: number;
}

/** A stretch of a page that salvage has given up. */
export interface Hole {
  readonly page: number;
  readonly offset: number;
  readonly endOffset: number;
}

/** Where the journal ended at a proper close. */
export interface CleanMark {
  readonly page: number;
  readonly byteCount: number;
  readonly lastSeq: number;
  readonly chain: string;
}

export interface Manifest {
  /** 32 hexadecimal digits. */
  readonly uuid: string;
  readonly incarnation: number;
  readonly epoch: number;
  readonly pages: readonly PageEntry[];
  /** The image recovery begins with; null: it begins with the first page. */
  readonly snapshot: SnapshotEntry | null;
  /** The fallback of recovery; the pages after it are kept. */
  readonly previousSnapshot: SnapshotEntry | null;
  /** In the order of their seqs; absent: none. Pages whose transactions they hold may be gone. */
  readonly deltas?: readonly DeltaEntry[];
  readonly salvaged: readonly Hole[];
  /** Numbers of models up to here are taken, also those in pages that are no longer read. */
  readonly lastModelId: number;
  readonly clean?: CleanMark;
  /** Ids of the migrations that have run over this database, or that it was made after. */
  readonly migrations?: readonly string[];
}

const FIRST_LINE = /^nuthatch-manifest (\d+) ([0-9a-f]{8}) (\d+)$/;
/** Without deltas, and with them: who does not know these would miss the transactions that they alone hold. */
const MANIFEST_VERSION = { plain: 1, withDeltas: 2 } as const;
const LAST_MANIFEST_VERSION = 2;
/** More than a manifest of a million pages; nothing longer is read. */
const LONGEST_MANIFEST_BYTES = 256 * 1024 * 1024;

/**
 * Reads the manifest; undefined when there is none.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`; Node's own errors.
 */
export async function readManifest(fileSystem: FileSystem, directory: string): Promise<Manifest | undefined> {
  const file = `${directory}/${MANIFEST_NAME}`;
  if ((await fileSystem.stat(file)) === undefined) return undefined;
  const handle = await fileSystem.open(file, 'read');
  try {
    const byteCount = await handle.size();
    if (byteCount > LONGEST_MANIFEST_BYTES) throw damaged(file, `${byteCount} bytes long`);
    const data = Buffer.alloc(byteCount);
    let done = 0;
    while (done < byteCount) {
      const count = await handle.read(data.subarray(done), done);
      if (count === 0) throw damaged(file, `expected ${byteCount} bytes, found ${done}`);
      done += count;
    }
    return decodeManifest(data, file);
  } finally {
    await handle.close();
  }
}

/** The manifest's bytes. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const body = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`, 'utf8');
  const checksum = crc32(body).toString(16).padStart(8, '0');
  const hasDeltas = manifest.deltas !== undefined && manifest.deltas.length > 0;
  const version = hasDeltas ? MANIFEST_VERSION.withDeltas : MANIFEST_VERSION.plain;
  return Buffer.concat([Buffer.from(`nuthatch-manifest ${version} ${checksum} ${body.length}\n`), body]);
}

/** Reads and checks a manifest's bytes. */
export function decodeManifest(data: Buffer, file: string): Manifest {
  const lineEnd = data.indexOf(10);
  const match = FIRST_LINE.exec(data.toString('latin1', 0, Math.max(0, lineEnd)));
  if (!match) throw damaged(file, 'has no manifest line');
  const body = data.subarray(lineEnd + 1);
  if (body.length !== Number(match[3])) throw damaged(file, `has ${body.length} of ${match[3]} bytes`);
  if (crc32(body).toString(16).padStart(8, '0') !== match[2]) throw damaged(file, 'has a wrong checksum');
  if (!(Number(match[1]) >= 1 && Number(match[1]) <= LAST_MANIFEST_VERSION)) {
    const what = `manifest has format ${match[1]}; this version reads formats up to ${LAST_MANIFEST_VERSION}`;
    throw new DatabaseError('FORMAT_UNSUPPORTED', what, { file, formatVersion: Number(match[1]) });
  }
  const value = parsed(body, file);
  const fault = manifestFault(value);
  if (fault !== undefined) throw damaged(file, fault);
  return value as Manifest;
}

function parsed(body: Buffer, file: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new DatabaseError('JOURNAL_DAMAGED', `manifest ${file} is not JSON`, { file, offset: 0 }, { cause });
  }
}

function damaged(file: string, what: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `manifest ${file} ${what}`, { file, offset: 0 });
}

/**
 * Replaces the manifest durably: temp file, sync, rename, sync of the directory.
 *
 * After an error it is not known which manifest is on disk: the caller must write nothing more.
 */
export async function writeManifest(fileSystem: FileSystem, directory: string, manifest: Manifest): Promise<void> {
  await stageManifest(fileSystem, directory, manifest);
  await commitManifest(fileSystem, directory);
}

/** First half: the temp file, synced. An error leaves the old manifest in force. */
export async function stageManifest(fileSystem: FileSystem, directory: string, manifest: Manifest): Promise<void> {
  const temporary = `${directory}/${MANIFEST_NAME}.tmp`;
  if ((await fileSystem.stat(temporary)) !== undefined) await fileSystem.remove(temporary);
  const handle = await fileSystem.open(temporary, 'create-exclusive');
  try {
    await handle.write(encodeManifest(manifest), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Second half: puts the staged manifest in force. After an error nothing more may be written. */
export async function commitManifest(fileSystem: FileSystem, directory: string): Promise<void> {
  const file = `${directory}/${MANIFEST_NAME}`;
  await fileSystem.rename(`${file}.tmp`, file);
  await fileSystem.syncDirectory(directory);
}
