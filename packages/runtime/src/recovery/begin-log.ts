/**
 * Where the journal begins to append: in a new database, in the page that was read last, or in a page of its own.
 *
 * Each function ends with the manifest in force that names the page it returns; an error before that leaves the
 * directory as it was, but for a page that nobody names or a torn tail that is cut off.
 */
import { randomBytes } from 'node:crypto';
import type { FileSystem } from '../file-system/file-system.js';
import type { HeldDirectory } from '../file-system/held-directory.js';
import { firstChain, fromHex, toHex } from '../journal/chain.js';
import { type CreatedPage, createPage } from '../journal/create-page.js';
import { pageName, UUID_BYTES } from '../journal/journal-format.js';
import { type Manifest, type PageEntry, writeManifest } from '../journal/manifest.js';
import type { ModelTable } from '../journal/model-table.js';
import type { PageCodec } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { type LogEnd, PageLog } from '../journal/page-log.js';
import { ReplayBacklog } from '../journal/replay-backlog.js';
import { END_OF_PAGE } from './damage-ledger.js';
import type { RecoveryResult } from './recovery-input.js';

/** Where the log lies, and how its new files are written. */
export interface LogPlace {
  readonly fileSystem: HeldDirectory;
  readonly directory: string;
  readonly codecs: PageCodecs;
  readonly models: ModelTable;
}

/** Recovery's findings about an existing database. */
export interface FoundLog {
  readonly manifest: Manifest;
  readonly result: RecoveryResult;
  /** Something was given up: the listing of pages had to be made again, or damage was read over. */
  readonly isSalvaged: boolean;
}

/**
 * A new database: page 1, then the manifest that names it.
 *
 * @param given identity of a database that it is to be a copy of, 32 hexadecimal digits; left out: one drawn at random.
 */
export async function beginNewLog(
  place: LogPlace,
  migrations: readonly string[] = [],
  given?: string,
): Promise<PageLog> {
  const { fileSystem, directory, codecs } = place;
  const uuid = given === undefined ? randomBytes(UUID_BYTES) : fromHex(given);
  const identity = { uuid: toHex(uuid), incarnation: 1, epoch: 1 };
  const chain = firstChain(uuid);
  const first = { pageNumber: 1, firstSeq: 1, frameId: 0, chain, models: [] };
  const page = await createPage(fileSystem, directory, identity, codecs, first);
  const manifest: Manifest = {
    ...identity,
    pages: [page.entry],
    snapshot: null,
    previousSnapshot: null,
    salvaged: [],
    lastModelId: 0,
    ...(migrations.length > 0 && { migrations }),
  };
  const { byteCount } = page;
  return finishLog(place, page, {
    manifest,
    byteCount,
    chain,
    frameId: 0,
    lastSeq: 0,
    lastMs: 0,
    pageCreatedMs: Date.now(),
    diskBytes: byteCount,
  });
}

/** Goes on in the last page where that can be; in a new one after salvage, or when codec or key have changed. */
export function goOnWithLog(place: LogPlace, found: FoundLog): Promise<PageLog> {
  const last = found.manifest.pages.at(-1);
  const { codec } = found.result;
  if (found.isSalvaged || last === undefined || last.sealed || codec === undefined || !place.codecs.isCurrent(codec))
    return goOnInNewPage(place, found);
  return goOnInLastPage(place, found, last, codec);
}

/** Cuts the torn tail off the last page and appends behind what is left. */
async function goOnInLastPage(place: LogPlace, found: FoundLog, last: PageEntry, codec: PageCodec): Promise<PageLog> {
  const { manifest, result } = found;
  const handle = await place.fileSystem.open(`${place.directory}/${pageName(last.number)}`, 'read-write');
  try {
    if (result.tailBytes > 0) await handle.truncate(result.endOffset);
    // The writes of a dead process may still be only in the memory of the operating system: from here on it counts as
    // being on the disk.
    if (!manifest.clean) await handle.sync();
  } catch (error) {
    await handle.close();
    throw error;
  }
  const end = endOf(result, nextEpoch(found), result.endOffset, result.diskBytes - result.tailBytes);
  return finishLog(place, { handle, codec }, end);
}

/** Leaves the last page as a sealed one would be, and appends to a new page. */
async function goOnInNewPage(place: LogPlace, found: FoundLog): Promise<PageLog> {
  const { fileSystem, directory, codecs } = place;
  const { result, isSalvaged } = found;
  const { chain, frameId, lastSeq } = result;
  const last = found.manifest.pages.at(-1);
  const number = last?.number ?? 0;
  if (last && !last.sealed)
    await syncPage(fileSystem, `${directory}/${pageName(number)}`, isSalvaged ? undefined : result.endOffset);
  // The torn tail of a page that is not gone on with stays where it is, as a hole: salvage removes nothing.
  const tail = { page: number, offset: result.endOffset, endOffset: END_OF_PAGE };
  const salvaged = isSalvaged && result.tailBytes > 0 ? [...result.holes, tail] : result.holes;
  const pages =
    isSalvaged || last?.sealed ? result.pages : result.pages.map((page) => cutTo(page, number, result.endOffset));
  const base = nextEpoch(found);
  const manifest: Manifest = { ...base, incarnation: base.incarnation + (isSalvaged ? 1 : 0), salvaged, pages };
  const next = {
    pageNumber: number + 1,
    firstSeq: lastSeq + 1,
    frameId,
    chain,
    models: [],
    createdMs: Math.max(Date.now(), result.lastMs),
  };
  const page = await createPage(fileSystem, directory, manifest, codecs, next);
  const diskBytes = result.diskBytes - (isSalvaged ? 0 : result.tailBytes) + page.byteCount;
  const named: Manifest = { ...manifest, pages: [...pages, page.entry] };
  return finishLog(place, page, { ...endOf(result, named, page.byteCount, diskBytes), pageCreatedMs: next.createdMs });
}

/** The manifest of the opening that begins now: it is not closed, and older writers' frames are of an older epoch. */
function nextEpoch({ manifest, result }: FoundLog): Manifest {
  const { clean: _, deltas: __, ...kept } = manifest;
  const { snapshot, damagedSnapshots, holes, deltas } = result;
  // A snapshot that could not be read is given up: its number and its models are never looked at again.
  const previousSnapshot = damagedSnapshots.length > 0 ? null : manifest.previousSnapshot;
  const next = { ...kept, epoch: manifest.epoch + 1, snapshot, previousSnapshot, salvaged: holes };
  return deltas.length > 0 ? { ...next, deltas } : next;
}

function endOf(result: RecoveryResult, manifest: Manifest, byteCount: number, diskBytes: number): LogEnd {
  const { chain, frameId, lastSeq, lastMs, pageCreatedMs, replayBytes, replayFromMs, tally } = result;
  const backlog = new ReplayBacklog(replayBytes, replayFromMs, tally);
  backlog.untabledBytes = result.untabledBytes;
  backlog.deltaBytes = result.deltaBytes;
  return { manifest, byteCount, chain, frameId, lastSeq, lastMs, pageCreatedMs, diskBytes, backlog };
}

/** The entry of the last page, `number`, once its torn tail is cut off. */
function cutTo(page: PageEntry, number: number, byteCount: number): PageEntry {
  return page.number === number && page.sealed ? { ...page, sealed: { ...page.sealed, byteCount } } : page;
}

/**
 * From here on the manifest vouches for the page: it must be on the disk. It may be missing.
 *
 * @param endOffset where it is cut off before; undefined: it is left as it is.
 */
async function syncPage(fileSystem: FileSystem, file: string, endOffset: number | undefined): Promise<void> {
  if (!(await fileSystem.stat(file))) return;
  const handle = await fileSystem.open(file, 'read-write');
  try {
    if (endOffset !== undefined && (await handle.size()) > endOffset) await handle.truncate(endOffset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function finishLog(
  { fileSystem, directory, codecs, models }: LogPlace,
  page: Pick<CreatedPage, 'handle' | 'codec'>,
  end: LogEnd,
): Promise<PageLog> {
  try {
    await writeManifest(fileSystem, directory, { ...end.manifest, lastModelId: models.lastId });
  } catch (error) {
    await page.handle.close();
    throw error;
  }
  return new PageLog(fileSystem, directory, page, models, end, codecs);
}
