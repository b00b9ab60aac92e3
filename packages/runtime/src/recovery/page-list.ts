/**
 * Which pages make up the journal: what the manifest says, checked against what is in the directory.
 *
 * With salvage, a manifest that is missing, damaged or older than the pages is made again from the pages' headers.
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { frameCrcSeed, fromHex, toHex } from '../journal/chain.js';
import { imageNames } from '../journal/deltas.js';
import {
  deltaName,
  deltaNumberOf,
  isOwnName,
  isUnfinishedBackup,
  MANIFEST_NAME,
  pageName,
  pageNumberOf,
  snapshotName,
  snapshotNumberOf,
  TEMPORARY_SUFFIX,
} from '../journal/journal-format.js';
import {
  type DeltaEntry,
  type Manifest,
  type PageEntry,
  readManifest,
  type SnapshotEntry,
} from '../journal/manifest.js';
import type { PageHeader } from '../journal/page-header.js';
import { PageScanner } from './page-scanner.js';
import type { LostRange } from './recovery-target.js';
import { describeDelta, describeSnapshot } from './snapshot-reader.js';

export type RecoveryMode = 'refuse' | 'salvage';

/** The pages to read; no manifest means that the directory holds no database yet. */
export interface PageList {
  readonly manifest: Manifest | undefined;
  /** The losses of salvage for this list. */
  readonly lost: readonly LostRange[];
  /** Files that a crash left behind and that hold nothing: to be removed once recovery has succeeded. */
  readonly leftOver: readonly string[];
  /** Files that compaction had dropped but not yet removed, and unfinished snapshots: removed unless anything is lost. */
  readonly dropped: readonly string[];
  /** Marks of a backup, import or repair that was interrupted: opening refuses, unless it salvages. */
  readonly unfinished: readonly string[];
}

/** @throws DatabaseError `BACKUP_UNFINISHED`, `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`; Node's own errors. */
export async function listPages(fileSystem: FileSystem, directory: string, mode: RecoveryMode): Promise<PageList> {
  const all = await fileSystem.list(directory);
  const strange = await strangeFiles(fileSystem, directory, all);
  if (strange.length > 0 && mode === 'refuse') {
    const file = `${directory}/${strange[0]}`;
    throw new DatabaseError('DIRECTORY_UNUSABLE', `${file} is not a regular file`, { directory, file });
  }
  const strangeLost = strange.map((name) => ({
    ...NOTHING_LOST,
    file: `${directory}/${name}`,
    reason: 'not a regular file',
  }));
  const names = all.filter((name) => !strange.includes(name));
  const leftOver = names.filter((name) => name.endsWith(TEMPORARY_SUFFIX) && !name.startsWith('lock-'));
  const marks = names.filter(isUnfinishedBackup);
  if (marks.length > 0 && mode === 'refuse') {
    const what = `${directory} holds a backup that was interrupted`;
    throw new DatabaseError('BACKUP_UNFINISHED', what, { directory, file: `${directory}/${marks[0]}` });
  }
  leftOver.push(...marks);
  const unfinished = marks.map((name) => `${directory}/${name}`);
  const pageNumbers = names.map(pageNumberOf).filter((number) => number !== undefined);

  let manifest: Manifest | undefined;
  let reason = 'manifest is missing';
  try {
    manifest = await readManifest(fileSystem, directory);
  } catch (error) {
    if (mode === 'refuse' || !DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
    reason = error.message;
  }
  const lastListed = manifest?.pages.at(-1)?.number ?? 0;
  const snapshotNumbers = names.map(snapshotNumberOf).filter((number) => number !== undefined);
  const deltaNumbers = names.map(deltaNumberOf).filter((number) => number !== undefined);
  const dropped: string[] = [];
  if (manifest) {
    // Unfinished snapshots, and what a compaction had dropped but not yet removed.
    const live = imageNames(manifest);
    const images = [...snapshotNumbers.map(snapshotName), ...deltaNumbers.map(deltaName)];
    dropped.push(...images.filter((name) => !live.includes(name)));
    const listed = new Set(manifest.pages.map(({ number }) => number));
    dropped.push(...pageNumbers.filter((number) => number < lastListed && !listed.has(number)).map(pageName));
  }
  const unlisted = pageNumbers.filter((number) => number > lastListed);
  const found = await readUnlisted(fileSystem, directory, unlisted, manifest);
  for (const page of found) if (!page.hasFrames) leftOver.push(pageName(page.number));
  const first = found.find((page) => page.hasFrames);
  // Without salvage, recovery refuses a page that is longer than at closing.
  const outgrown = mode === 'refuse' ? undefined : await outgrownPage(fileSystem, directory, manifest);
  if (first === undefined && outgrown === undefined) {
    requireNoImage(directory, manifest, snapshotNumbers.length + deltaNumbers.length);
    return { manifest, lost: strangeLost, leftOver, dropped, unfinished };
  }

  const file = `${directory}/${MANIFEST_NAME}`;
  if (outgrown !== undefined) reason = `manifest is older than the end of ${pageName(outgrown)}`;
  else if (manifest) reason = `manifest is older than ${pageName(first!.number)}, which it does not name`;
  if (mode === 'refuse') throw new DatabaseError('JOURNAL_DAMAGED', `${file}: ${reason}`, { file, offset: 0, reason });
  const lost: LostRange[] = [...strangeLost, { ...NOTHING_LOST, file, reason }];
  const rebuilt = rebuildManifest(manifest, found);
  const named = await withImages(fileSystem, directory, rebuilt, snapshotNumbers, deltaNumbers);
  return {
    manifest: { ...named, pages: withoutReplaced(named, new Set(pageNumbers)) },
    lost,
    leftOver,
    // An older manifest does not know what is left over: images that it does not name may be all that holds a document.
    dropped: [],
    unfinished,
  };
}

/** The page in which frames go on behind the end that closing has noted: the mark of closing is gone before anything is appended. */
async function outgrownPage(
  fileSystem: FileSystem,
  directory: string,
  manifest: Manifest | undefined,
): Promise<number | undefined> {
  if (manifest?.clean === undefined) return undefined;
  const { page, byteCount } = manifest.clean;
  const file = `${directory}/${pageName(page)}`;
  if ((await fileSystem.stat(file))?.kind !== 'file') return undefined;
  const scanner = await PageScanner.open(fileSystem, file, frameCrcSeed(uuidOf(manifest)));
  try {
    return scanner.byteCount > byteCount && typeof (await scanner.frameAt(byteCount)) !== 'string' ? page : undefined;
  } finally {
    await scanner.close();
  }
}

const NOTHING_LOST = { offset: 0, byteCount: 0 };

/**
 * Entries with a name of ours that are not regular files: a FIFO, a device, a socket, a directory, a link. Lock files:
 * see the lock.
 */
async function strangeFiles(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const strange: string[] = [];
  for (const name of names) {
    if (!isOwnName(name)) continue;
    const stat = await fileSystem.stat(`${directory}/${name}`);
    if (stat !== undefined && stat.kind !== 'file') strange.push(name);
  }
  return strange;
}

/** The first snapshot comes after the manifest and long after the first frame: what has one is no new directory. */
function requireNoImage(directory: string, manifest: Manifest | undefined, imageCount: number): void {
  if (manifest || imageCount === 0) return;
  const file = `${directory}/${MANIFEST_NAME}`;
  const reason = 'manifest and pages are missing although there is a snapshot';
  throw new DatabaseError('JOURNAL_DAMAGED', `${file}: ${reason}`, { file, offset: 0, reason });
}

interface UnlistedPage {
  readonly number: number;
  readonly header: PageHeader | undefined;
  readonly hasFrames: boolean;
}

async function readUnlisted(
  fileSystem: FileSystem,
  directory: string,
  numbers: readonly number[],
  manifest: Manifest | undefined,
): Promise<UnlistedPage[]> {
  const pages: UnlistedPage[] = [];
  for (const number of numbers) {
    const file = `${directory}/${pageName(number)}`;
    const { header, byteCount } = await readHeader(fileSystem, file);
    const uuid = manifest ? uuidOf(manifest) : header?.uuid;
    // With neither manifest nor header the checksums cannot be told; a torn first header is short.
    const hasFrames = uuid ? await hasFrame(fileSystem, file, uuid, number) : byteCount > LONGEST_TORN_HEADER_BYTES;
    pages.push({ number, header, hasFrames });
  }
  return pages;
}

const LONGEST_TORN_HEADER_BYTES = 4096;

async function readHeader(
  fileSystem: FileSystem,
  file: string,
): Promise<{ header: PageHeader | undefined; byteCount: number }> {
  const scanner = await PageScanner.open(fileSystem, file, 0);
  try {
    const start = await scanner.pageHeader();
    return { header: typeof start === 'string' ? undefined : start.header, byteCount: scanner.byteCount };
  } finally {
    await scanner.close();
  }
}

async function hasFrame(fileSystem: FileSystem, file: string, uuid: Uint8Array, pageNumber: number): Promise<boolean> {
  const scanner = await PageScanner.open(fileSystem, file, frameCrcSeed(uuid));
  try {
    return (await scanner.findFrame(0, pageNumber)) !== undefined;
  } finally {
    await scanner.close();
  }
}

function rebuildManifest(manifest: Manifest | undefined, found: readonly UnlistedPage[]): Manifest {
  const readable = found.filter((page) => page.header !== undefined);
  const newest = readable.at(-1)?.header;
  const uuid = manifest?.uuid ?? (newest ? toHex(newest.uuid) : undefined);
  if (uuid === undefined)
    throw new DatabaseError('JOURNAL_DAMAGED', 'neither the manifest nor any page header can be read');
  const pages: PageEntry[] = [...(manifest?.pages ?? [])];
  let next = (pages.at(-1)?.number ?? found[0]!.number - 1) + 1;
  for (const page of found.filter((candidate) => candidate.hasFrames)) {
    // Numbers have no gap: a page between two others is known to be missing.
    for (; next < page.number; next++) pages.push({ number: next, firstSeq: 0, codecId: 0 });
    pages.push({ number: page.number, firstSeq: page.header?.firstSeq ?? 0, codecId: page.header?.codecId ?? 0 });
    next = page.number + 1;
  }
  const { clean: _clean, ...rest } = manifest ?? EMPTY_MANIFEST;
  return {
    ...rest,
    uuid,
    incarnation: Math.max(rest.incarnation, newest?.incarnation ?? 1),
    epoch: Math.max(rest.epoch, newest?.epoch ?? 1),
    pages,
  };
}

const EMPTY_MANIFEST: Manifest = {
  uuid: '',
  incarnation: 0,
  epoch: 0,
  pages: [],
  snapshot: null,
  previousSnapshot: null,
  salvaged: [],
  lastModelId: 0,
};

/** With the newest two snapshots that are whole, and all deltas: for a manifest made again. I/O: all of them, once. */
async function withImages(
  fileSystem: FileSystem,
  directory: string,
  manifest: Manifest,
  snapshotNumbers: readonly number[],
  deltaNumbers: readonly number[],
): Promise<Manifest> {
  const whole: SnapshotEntry[] = [];
  for (const number of snapshotNumbers.toReversed()) {
    const entry = await describeSnapshot(fileSystem, directory, manifest.uuid, number);
    if (entry && whole.length < 2) whole.push(entry);
  }
  const deltas: DeltaEntry[] = [];
  for (const number of deltaNumbers) {
    const entry = await describeDelta(fileSystem, directory, manifest.uuid, number);
    if (entry && !deltas.some(({ seq }) => seq === entry.seq)) deltas.push(entry);
  }
  deltas.sort((one, other) => one.seq - other.seq);
  // Where none is whole, the one that an older manifest names says that its documents are lost.
  const [snapshot = manifest.snapshot, previousSnapshot = whole.length === 0 ? manifest.previousSnapshot : null] =
    whole;
  const named = { ...manifest, snapshot, previousSnapshot };
  return deltas.length === 0 ? named : { ...named, deltas };
}

/**
 * Without pages that are not there, before one whose history an image leads to: a delta stands in for them, or an older manifest
 * names what a compaction has taken away since.
 */
function withoutReplaced({ pages, snapshot, deltas = [] }: Manifest, found: ReadonlySet<number>): readonly PageEntry[] {
  const reached = Math.max(snapshot?.seq ?? 0, ...deltas.map(({ seq }) => seq));
  const isThere = ({ number }: PageEntry): boolean => found.has(number);
  return pages.filter((page, index) => {
    if (isThere(page)) return true;
    const next = pages.slice(index).find(isThere);
    return next === undefined || next.firstSeq === 0 || next.firstSeq > reached + 1;
  });
}

/** The UUID of a manifest as bytes. */
export function uuidOf(manifest: Manifest): Uint8Array {
  return fromHex(manifest.uuid);
}
