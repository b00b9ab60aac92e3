/**
 * Reads a snapshot file frame by frame; each frame is checked before anything of it is used.
 *
 * Used by recovery to load it and by compaction to verify it before anything older is dropped.
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { firstChain, frameCrcSeed, fromHex, toHex } from '../journal/chain.js';
import { type FrameHeader, misplacement } from '../journal/frame-reader.js';
import {
  DELTA_MAGIC,
  deltaName,
  IMAGE_FORMAT_VERSION,
  SNAPSHOT_FRAME,
  SNAPSHOT_MAGIC,
  snapshotName,
} from '../journal/journal-format.js';
import type { DeltaEntry, SnapshotEntry } from '../journal/manifest.js';
import type { StoredModel } from '../journal/model-table.js';
import { type PageCodec, PLAIN_CODEC } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import type { PageHeader } from '../journal/page-header.js';
import { turn } from '../time/real-time.js';
import { type FoundFrame, PageScanner } from './page-scanner.js';
import { readableCodec } from './readable-codec.js';

export interface SnapshotVisitor {
  /** Told first of the format. */
  begin?(formatVersion: number): void;
  model(model: StoredModel): void;
  /** Whether a frame of documents that comes now is passed over: its header is checked and its body not read. Left out: none is. */
  isPassing?(): boolean;
  /** A frame that was passed over. */
  passed?(offset: number, header: FrameHeader): void;
  /** Frames are kept: their bytes are good for ever. */
  readonly keepsFrames?: boolean;
  /** A good frame; its bytes are good until the promise settles, unless frames are kept. Without a codec its key is not there. */
  frame(frame: FoundFrame, codec: PageCodec | undefined): Promise<void>;
}

/** Frames that are passed over take some microseconds each. */
const PASSED_IN_A_TURN = 512;

/** For reading a snapshot to see whether it can be read: every body is decoded, no document. */
export const DECODE_ONLY: SnapshotVisitor = {
  model: () => undefined,
  frame: async ({ bytes }, codec) => void codec?.decode(bytes),
};

/** The header of a snapshot, or with the magic of one of a delta; undefined when it cannot be read. I/O: the header. */
export async function imageHeader(
  fileSystem: FileSystem,
  file: string,
  magic: number,
): Promise<PageHeader | undefined> {
  if ((await fileSystem.stat(file)) === undefined) return undefined;
  const scanner = await PageScanner.open(fileSystem, file, 0);
  try {
    const start = await scanner.pageHeader(magic);
    return typeof start === 'string' ? undefined : start.header;
  } finally {
    await scanner.close();
  }
}

/**
 * Reads a snapshot from front to back. I/O: the file, once.
 *
 * @throws DatabaseError `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`; `JOURNAL_DAMAGED` with file and offset at the first thing that is wrong; frames before it were
 *   good and have been visited. `FORMAT_UNSUPPORTED`. Node's own errors.
 */
export async function readSnapshot(
  fileSystem: FileSystem,
  directory: string,
  uuid: string,
  entry: SnapshotEntry & { readonly afterSeq?: number },
  keys: { readonly codecs: PageCodecs; readonly mayLackKeys?: boolean | undefined },
  visitor: SnapshotVisitor,
  fileName: string = snapshotName(entry.number),
  magic: number = SNAPSHOT_MAGIC,
): Promise<void> {
  const file = `${directory}/${fileName}`;
  if ((await fileSystem.stat(file))?.kind !== 'file') throw damaged(file, 0, 'snapshot is missing');
  const scanner = await PageScanner.open(fileSystem, file, frameCrcSeed(fromHex(uuid)));
  try {
    if (scanner.byteCount !== entry.byteCount) {
      const reason = `snapshot: expected ${entry.byteCount} bytes, found ${scanner.byteCount}`;
      throw damaged(file, Math.min(scanner.byteCount, entry.byteCount), reason);
    }
    const start = await scanner.pageHeader(magic);
    if (typeof start === 'string') throw damaged(file, 0, start);
    const { header } = start;
    if (toHex(header.uuid) !== uuid || header.pageNumber !== entry.number || header.firstSeq !== entry.seq) {
      throw damaged(file, 0, 'file holds another snapshot');
    }
    const codec = await readableCodec(keys, header, file, magic);
    // Bodies that are stored otherwise have memory of their own in any case: then windows are better short.
    if (visitor.keepsFrames === true) scanner.keepWindows(codec === PLAIN_CODEC ? entry.parts : undefined);
    visitor.begin?.(header.formatVersion ?? 1);
    for (const model of header.models) visitor.model(model);
    const chain = await readFrames(scanner, file, start.headerBytes, uuid, entry, visitor, codec);
    if (toHex(chain) !== entry.chain) throw damaged(file, scanner.byteCount, 'snapshot belongs to another history');
  } finally {
    await scanner.close();
  }
}

/**
 * The entry a manifest would hold for this file: for a database whose manifest is lost. I/O: the file, once.
 *
 * @returns undefined when the file is not a whole snapshot of this database.
 */
export function describeSnapshot(
  fileSystem: FileSystem,
  directory: string,
  uuid: string,
  snapshotNumber: number,
): Promise<SnapshotEntry | undefined> {
  const file = `${directory}/${snapshotName(snapshotNumber)}`;
  return describe(fileSystem, file, uuid, snapshotNumber, SNAPSHOT_MAGIC);
}

/** As `describeSnapshot`, of a delta. */
export async function describeDelta(
  fileSystem: FileSystem,
  directory: string,
  uuid: string,
  deltaNumber: number,
): Promise<DeltaEntry | undefined> {
  const file = `${directory}/${deltaName(deltaNumber)}`;
  let afterSeq = 0;
  let fromMs = 0;
  const found = await describe(fileSystem, file, uuid, deltaNumber, DELTA_MAGIC, (header) => {
    afterSeq = header.syncedSeq;
    fromMs = header.timeMs;
  });
  return found && { ...found, afterSeq, fromMs };
}

async function describe(
  fileSystem: FileSystem,
  file: string,
  uuid: string,
  number: number,
  magic: number,
  onFrame?: (header: FrameHeader) => void,
): Promise<SnapshotEntry | undefined> {
  const scanner = await PageScanner.open(fileSystem, file, frameCrcSeed(fromHex(uuid)));
  try {
    const start = await scanner.pageHeader(magic);
    if (typeof start === 'string' || toHex(start.header.uuid) !== uuid) return undefined;
    const seq = start.header.firstSeq;
    let offset = start.headerBytes;
    let frameCount = 0;
    let chain = start.header.chain;
    let isEnd = false;
    while (offset < scanner.byteCount) {
      const found = await scanner.frameAt(offset);
      if (typeof found === 'string') return undefined;
      const expected = { pageNumber: number, frameId: ++frameCount, firstSeq: seq, previousChain: chain };
      if (misplacement(found.header, expected) !== undefined) return undefined;
      onFrame?.(found.header);
      chain = found.header.chain;
      isEnd = isEndOf(found.header, start.header.formatVersion);
      offset += found.header.frameBytes;
    }
    return isEnd ? { number, seq, byteCount: scanner.byteCount, frameCount, chain: toHex(chain) } : undefined;
  } finally {
    await scanner.close();
  }
}

/** Whether the frame is the last one: of a file that was cut between two, another is. */
function isEndOf({ flags, transactionCount }: FrameHeader, formatVersion: number = 1): boolean {
  return formatVersion >= IMAGE_FORMAT_VERSION ? flags === SNAPSHOT_FRAME.end : transactionCount === 0;
}

async function readFrames(
  scanner: PageScanner,
  file: string,
  start: number,
  uuid: string,
  entry: SnapshotEntry & { readonly afterSeq?: number },
  visitor: SnapshotVisitor,
  codec: PageCodec | undefined,
): Promise<Uint8Array> {
  let chain = firstChain(fromHex(uuid));
  let offset = start;
  for (let frameId = 1; frameId <= entry.frameCount; frameId++) {
    const expected = { pageNumber: entry.number, frameId, firstSeq: entry.seq, previousChain: chain };
    if (visitor.isPassing?.() === true) {
      const header = await scanner.headerAt(offset);
      const reason = typeof header === 'string' ? header : misplacement(header, expected);
      if (typeof header === 'string' || reason !== undefined) throw damaged(file, offset, reason ?? '');
      if (header.flags === SNAPSHOT_FRAME.documents) {
        visitor.passed?.(offset, header);
        chain = header.chain;
        offset += header.frameBytes;
        if (frameId % PASSED_IN_A_TURN === 0) await turn();
        continue;
      }
    }
    const found = await scanner.frameAt(offset);
    const reason = typeof found === 'string' ? found : misplacement(found.header, expected);
    if (typeof found === 'string' || reason !== undefined) throw damaged(file, offset, reason ?? '');
    if (entry.afterSeq !== undefined && found.header.syncedSeq !== entry.afterSeq)
      throw damaged(file, offset, `frame after seq ${found.header.syncedSeq}, expected after seq ${entry.afterSeq}`);
    await visitor.frame(found, codec);
    chain = found.header.chain;
    offset += found.header.frameBytes;
  }
  if (offset !== scanner.byteCount)
    throw damaged(file, offset, `${scanner.byteCount - offset} bytes follow the last frame`);
  return chain;
}

function damaged(file: string, offset: number, reason: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, { file, offset, reason });
}
