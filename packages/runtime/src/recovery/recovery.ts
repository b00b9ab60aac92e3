/**
 * Reads the pages in order and rebuilds memory from them: the torn tail is found, damage refused or read over.
 *
 * Changes nothing on disk; what is to be done there (cut the tail, note the holes) is in the result and done by
 * open-file-journal.ts once everything has been read. Rules: docs/journal-format.md, "What holds".
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { firstChain, frameCrcSeed, isSameChain, toHex } from '../journal/chain.js';
import { misplacement } from '../journal/frame-reader.js';
import { PAGE_CODEC, pageName, snapshotName } from '../journal/journal-format.js';
import type { Hole, Manifest, PageEntry, SnapshotEntry } from '../journal/manifest.js';
import type { PageHeader } from '../journal/page-header.js';
import type { ModelTable } from '../journal/model-table.js';
import type { FrameApplier } from './frame-applier.js';
import { type RecoveryMode, uuidOf } from './page-list.js';
import { type FoundFrame, PageScanner } from './page-scanner.js';
import type { LostRange, RecoveryProgress } from './recovery-target.js';
import { readSnapshot } from './snapshot-reader.js';
import type { StoredDocuments } from './stored-documents.js';

/** Where a hole ends that reaches to the end of its page, whatever that is. */
const END_OF_PAGE = Number.MAX_SAFE_INTEGER;

export interface RecoveryInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly manifest: Manifest;
  readonly mode: RecoveryMode;
  readonly models: ModelTable;
  readonly documents: StoredDocuments;
  readonly applier: FrameApplier;
  /** Told of every good frame of the pages, before it is applied. */
  readonly onFrame?: ((frame: FoundFrame, page: PageEntry) => void) | undefined;
  readonly onProgress?: ((progress: RecoveryProgress) => void) | undefined;
}

/** What the pages held. */
export interface RecoveryResult {
  /** Chain value, id and last seq of the last good frame. */
  readonly chain: Uint8Array;
  readonly frameId: number;
  readonly lastSeq: number;
  readonly transactionCount: number;
  /** Where the last page ends once the torn tail is cut off. */
  readonly endOffset: number;
  readonly cutBytes: number;
  /** Length of all pages and snapshots. */
  readonly diskBytes: number;
  /** The snapshot it began with. */
  readonly snapshot: SnapshotEntry | null;
  readonly damagedSnapshots: readonly LostRange[];
  readonly lost: readonly LostRange[];
  /** Old and new holes, for the manifest. */
  readonly holes: readonly Hole[];
  /** Every page as it was found, sealed ones with their true end. */
  readonly pages: readonly PageEntry[];
}

/** All of the page is in the snapshot. */
function isCoveredBy(snapshot: SnapshotEntry | null, page: PageEntry): boolean {
  return snapshot !== null && page.sealed !== undefined && page.sealed.lastSeq <= snapshot.seq;
}

export class Recovery {
  readonly #input: RecoveryInput;
  readonly #crcSeed: number;
  readonly #holes: Hole[];
  readonly #lost: LostRange[] = [];
  readonly #pages: PageEntry[] = [];
  /** Chain value of the last frame; of no use right after a hole. */
  #chain: Uint8Array;
  #isChainKnown = true;
  #frameId = 0;
  #lastSeq = 0;
  #transactionCount = 0;
  #endOffset = 0;
  #cutBytes = 0;
  #totalBytes = 0;
  #diskBytes = 0;
  #snapshot: SnapshotEntry | null = null;
  readonly #damagedSnapshots: LostRange[] = [];
  #readBytes = 0;

  constructor(input: RecoveryInput) {
    this.#input = input;
    const uuid = uuidOf(input.manifest);
    this.#crcSeed = frameCrcSeed(uuid);
    this.#chain = firstChain(uuid);
    this.#holes = [...input.manifest.salvaged];
  }

  /**
   * Reads everything. I/O: every byte once, all pages.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` with `file` and `offset`, `FORMAT_UNSUPPORTED`, `MODEL_MISMATCH`; Node's own errors.
   */
  async run(): Promise<RecoveryResult> {
    const { manifest, fileSystem, directory } = this.#input;
    for (const page of manifest.pages) {
      const stat = await fileSystem.stat(`${directory}/${pageName(page.number)}`);
      this.#diskBytes += stat?.byteCount ?? 0;
      if (!isCoveredBy(manifest.snapshot, page)) this.#totalBytes += stat?.byteCount ?? 0;
    }
    const { snapshot, previousSnapshot } = manifest;
    this.#totalBytes += snapshot?.byteCount ?? 0;
    this.#diskBytes += (snapshot?.byteCount ?? 0) + (previousSnapshot?.byteCount ?? 0);
    await this.#loadSnapshot();
    for (const page of manifest.pages) {
      // Kept for a damaged snapshot only: what it says is in the snapshot.
      if (isCoveredBy(this.#snapshot, page)) this.#pages.push(page);
      else await this.#readPage(page, page === manifest.pages.at(-1));
    }
    this.#checkSnapshotReached();
    this.#tellProgress(0);
    return {
      chain: this.#chain,
      frameId: this.#frameId,
      lastSeq: this.#lastSeq,
      transactionCount: this.#transactionCount,
      endOffset: this.#endOffset,
      cutBytes: this.#cutBytes,
      diskBytes: this.#diskBytes,
      snapshot: this.#snapshot,
      damagedSnapshots: this.#damagedSnapshots,
      lost: this.#lost,
      holes: this.#holes,
      pages: this.#pages,
    };
  }

  /**
   * Loads the newest snapshot that can be read. What a damaged one had put in before is overtaken: every document that
   * changed since the older state has its put or delete in the pages that are replayed after it.
   */
  async #loadSnapshot(): Promise<void> {
    const { manifest, fileSystem, directory, applier, models, documents } = this.#input;
    for (const entry of [manifest.snapshot, manifest.previousSnapshot]) {
      if (!entry) continue;
      try {
        await readSnapshot(fileSystem, directory, manifest.uuid, entry, {
          model: (model) => {
            models.add(model);
            documents.add(model);
          },
          frame: async (frame) => {
            await applier.apply(frame, -1);
            this.#tellProgress(frame.offset);
          },
        });
      } catch (error) {
        if (!DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
        this.#noteDamagedSnapshot(entry, error);
        continue;
      }
      this.#snapshot = entry;
      this.#readBytes = entry.byteCount;
      this.#isChainKnown = false;
      return;
    }
    if (this.#damagedSnapshots.length === 0 || manifest.pages[0]?.firstSeq === 1) return;
    // No snapshot is left, and the pages do not go back to the beginning.
    const [damaged] = this.#damagedSnapshots as [LostRange];
    if (this.#input.mode === 'refuse') {
      const { file, offset, reason } = damaged;
      throw new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}; no older one is left`, { file, offset, reason });
    }
    this.#lost.push(...this.#damagedSnapshots);
    this.#isChainKnown = false;
  }

  #noteDamagedSnapshot(entry: SnapshotEntry, error: DatabaseError): void {
    const file = `${this.#input.directory}/${snapshotName(entry.number)}`;
    const offset = typeof error.facts.offset === 'number' ? error.facts.offset : 0;
    const reason = typeof error.facts.reason === 'string' ? error.facts.reason : error.message;
    this.#damagedSnapshots.push({ file, offset, byteCount: Math.max(0, entry.byteCount - offset), reason });
  }

  /** The pages go at least as far as the snapshot: it was made only when they were on the disk. */
  #checkSnapshotReached(): void {
    const last = this.#input.manifest.pages.at(-1);
    const seq = this.#snapshot?.seq ?? 0;
    if (!last || this.#lastSeq >= seq) return;
    this.#damage(last, this.#endOffset, END_OF_PAGE, 0, `pages end with seq ${this.#lastSeq}, the snapshot is of ${seq}`);
    this.#lastSeq = seq;
  }

  async #readPage(page: PageEntry, isLast: boolean): Promise<void> {
    const { fileSystem, directory, manifest } = this.#input;
    const file = `${directory}/${pageName(page.number)}`;
    const knownHole = this.#holeAt(page, 0);
    if ((await fileSystem.stat(file))?.kind !== 'file') {
      if (!knownHole) this.#damage(page, 0, END_OF_PAGE, page.sealed?.byteCount ?? 0, 'page is missing');
      this.#endPage(page, 0);
      return;
    }
    const scanner = await PageScanner.open(fileSystem, file, this.#crcSeed);
    try {
      const clean = manifest.clean?.page === page.number ? manifest.clean : undefined;
      const dueBytes = page.sealed?.byteCount ?? clean?.byteCount;
      if (dueBytes !== undefined && dueBytes !== scanner.byteCount && !knownHole) {
        this.#checkLength(page, scanner.byteCount, dueBytes);
      }
      const offset = await this.#readHeader(page, scanner);
      await this.#readFrames(page, scanner, offset, isLast && clean === undefined);
      this.#readBytes += scanner.byteCount;
      this.#checkEnd(page, scanner.byteCount, page.sealed ?? clean);
      this.#endPage(page, scanner.byteCount);
    } finally {
      await scanner.close();
    }
  }

  #checkLength(page: PageEntry, byteCount: number, dueBytes: number): void {
    const reason = `page has ${byteCount} bytes where ${dueBytes} are due`;
    const lostBytes = Math.max(0, dueBytes - byteCount);
    if (this.#holes.some((hole) => hole.page === page.number && hole.endOffset >= dueBytes)) return;
    this.#damage(page, Math.min(byteCount, dueBytes), END_OF_PAGE, lostBytes, reason);
  }

  /** Checks the header and returns where the frames begin. */
  async #readHeader(page: PageEntry, scanner: PageScanner): Promise<number> {
    const hole = this.#holeAt(page, 0);
    if (hole) return this.#passHole(hole, scanner);
    const start = await scanner.pageHeader();
    const reason = typeof start === 'string' ? start : this.#headerMismatch(page, start.header);
    if (typeof start === 'string' || reason !== undefined) return this.#passDamage(page, scanner, 0, reason ?? '');
    if (start.header.codecId !== PAGE_CODEC.plain) {
      const { codecId } = start.header;
      throw new DatabaseError('FORMAT_UNSUPPORTED', `${pageName(page.number)} has codec ${codecId}`, { codecId });
    }
    for (const model of start.header.models) {
      this.#input.models.add(model);
      this.#input.documents.add(model);
    }
    // After a hole these tell where the history goes on; else they are what is known already.
    this.#chain = start.header.chain;
    this.#frameId = start.header.frameId;
    this.#lastSeq = start.header.firstSeq - 1;
    this.#isChainKnown = true;
    return start.headerBytes;
  }

  #headerMismatch(
    page: PageEntry,
    header: PageHeader,
  ): string | undefined {
    if (toHex(header.uuid) !== this.#input.manifest.uuid) return `page of another database, ${toHex(header.uuid)}`;
    if (header.pageNumber !== page.number) return `page ${header.pageNumber} in the place of ${page.number}`;
    const isLater = header.firstSeq > this.#lastSeq && header.frameId >= this.#frameId;
    if (!this.#isChainKnown) return isLater ? undefined : `page begins again at seq ${header.firstSeq}`;
    if (header.firstSeq !== this.#lastSeq + 1) return `page begins at seq ${header.firstSeq}, ${this.#lastSeq + 1} is due`;
    if (header.frameId !== this.#frameId) return `page begins after frame ${header.frameId}, not ${this.#frameId}`;
    return isSameChain(header.chain, this.#chain) ? undefined : 'page of another history';
  }

  async #readFrames(page: PageEntry, scanner: PageScanner, start: number, mayBeTorn: boolean): Promise<void> {
    let offset = start;
    this.#endOffset = start;
    while (offset < scanner.byteCount) {
      const hole = this.#holeAt(page, offset);
      if (hole) {
        offset = this.#passHole(hole, scanner);
        this.#endOffset = offset;
        continue;
      }
      const found = await scanner.frameAt(offset);
      const reason = typeof found === 'string' ? found : this.#misplaced(page, found);
      if (typeof found === 'string' || reason !== undefined) {
        if (mayBeTorn && !(await this.#wasSynced(page, scanner, offset))) {
          this.#cutBytes = scanner.byteCount - offset;
          return;
        }
        offset = await this.#passDamage(page, scanner, offset, reason ?? '');
        this.#endOffset = offset;
        continue;
      }
      if (!(await this.#applyFrame(page, found))) this.#damage(page, offset, offset + found.bytes.length, found.bytes.length, 'unreadable');
      offset += found.header.frameBytes;
      this.#endOffset = offset;
      this.#tellProgress(offset);
    }
  }

  #misplaced(page: PageEntry, found: FoundFrame): string | undefined {
    return misplacement(found.header, {
      pageNumber: page.number,
      frameId: this.#frameId + 1,
      firstSeq: this.#lastSeq + 1,
      ...(this.#isChainKnown ? { previousChain: this.#chain } : {}),
    });
  }

  /** Applies a good frame. With salvage, false when its contents cannot be read (its model is in a hole). */
  async #applyFrame(page: PageEntry, found: FoundFrame): Promise<boolean> {
    const { header } = found;
    this.#input.onFrame?.(found, page);
    try {
      this.#transactionCount += await this.#input.applier.apply(found, this.#snapshot?.seq ?? 0);
    } catch (error) {
      if (!DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
      if (this.#input.mode === 'refuse') {
        const file = this.#fileOf(page);
        const facts = { ...error.facts, file, offset: found.offset };
        throw new DatabaseError('JOURNAL_DAMAGED', `${file} at ${found.offset}: ${error.message}`, facts, { cause: error });
      }
      return false;
    } finally {
      this.#chain = header.chain;
      this.#isChainKnown = true;
      this.#frameId = header.frameId;
      this.#lastSeq = header.firstSeq + header.transactionCount - 1;
    }
    return true;
  }

  /** A good frame behind `offset` says that what was due at `offset` had been on the disk. */
  async #wasSynced(page: PageEntry, scanner: PageScanner, offset: number): Promise<boolean> {
    let from = offset + 1;
    for (;;) {
      const later = await scanner.findFrame(from, page.number);
      if (!later) return false;
      if (later.header.frameId > this.#frameId && later.header.syncedSeq > this.#lastSeq) return true;
      from = later.offset + later.bytes.length;
    }
  }

  /** Refuses, or notes a hole up to the next good frame and returns where that is. */
  async #passDamage(page: PageEntry, scanner: PageScanner, offset: number, reason: string): Promise<number> {
    this.#refuse(page, offset, reason);
    let from = offset + 1;
    for (;;) {
      const next = await scanner.findFrame(from, page.number);
      const isLater = !next || (next.header.frameId > this.#frameId && next.header.firstSeq > this.#lastSeq);
      if (isLater) {
        const endOffset = next?.offset ?? scanner.byteCount;
        this.#damage(page, offset, next ? endOffset : END_OF_PAGE, endOffset - offset, reason);
        return endOffset;
      }
      from = next.offset + next.bytes.length;
    }
  }

  #checkEnd(page: PageEntry, byteCount: number, due: { lastSeq: number; chain: string } | undefined): void {
    if (!due || !this.#isChainKnown) return;
    if (this.#holes.some((hole) => hole.page === page.number)) return;
    if (due.lastSeq === this.#lastSeq && due.chain === toHex(this.#chain)) return;
    const reason = `page ends with seq ${this.#lastSeq}, ${due.lastSeq} is due`;
    this.#damage(page, byteCount, END_OF_PAGE, 0, reason);
  }

  #endPage(page: PageEntry, byteCount: number): void {
    const holes = this.#holes.filter((hole) => hole.page === page.number);
    if (holes.some((hole) => hole.endOffset >= byteCount)) this.#isChainKnown = false;
    if (holes.length > 0 && page.sealed) this.#lastSeq = Math.max(this.#lastSeq, page.sealed.lastSeq);
    const sealed = { byteCount, lastSeq: this.#lastSeq, chain: toHex(this.#chain) };
    this.#pages.push({ ...page, sealed: page.sealed ?? sealed });
  }

  #holeAt(page: PageEntry, offset: number): Hole | undefined {
    return this.#holes.find((hole) => hole.page === page.number && hole.offset === offset);
  }

  #passHole(hole: Hole, scanner: PageScanner): number {
    this.#isChainKnown = false;
    return Math.min(hole.endOffset, scanner.byteCount);
  }

  /** @throws DatabaseError `JOURNAL_DAMAGED` unless salvage is asked for. */
  #refuse(page: PageEntry, offset: number, reason: string): void {
    if (this.#input.mode === 'salvage') return;
    const file = this.#fileOf(page);
    throw new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, { file, offset, reason });
  }

  #damage(page: PageEntry, offset: number, endOffset: number, lostBytes: number, reason: string): void {
    this.#refuse(page, offset, reason);
    this.#holes.push({ page: page.number, offset, endOffset });
    this.#lost.push({ file: this.#fileOf(page), offset, byteCount: lostBytes, reason });
    this.#isChainKnown = false;
  }

  #fileOf(page: PageEntry): string {
    return `${this.#input.directory}/${pageName(page.number)}`;
  }

  #tellProgress(offset: number): void {
    this.#input.onProgress?.({
      readBytes: this.#readBytes + offset,
      totalBytes: this.#totalBytes,
      transactionCount: this.#transactionCount,
    });
  }
}
