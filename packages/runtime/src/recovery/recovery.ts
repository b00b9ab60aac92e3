/**
 * What happens when a directory is opened after a crash: reads the pages in order and rebuilds memory from them. It
 * finds the torn tail, and it refuses damage or skips it. A directory that was closed properly goes the same way.
 *
 * Changes nothing on disk. The result says what is to be done there (cut the tail, note the holes);
 * open-file-journal.ts does it once everything has been read. Rules: docs/journal-format.md, "What holds".
 */
import { DatabaseError } from '@nuthatch/model';
import { isStorableTime } from '../codec/storable.js';
import { frameCrcSeed, toHex } from '../journal/chain.js';
import { deltaBehind, imageBytes } from '../journal/deltas.js';
import { pageName } from '../journal/journal-format.js';
import type { Hole, PageEntry, SnapshotEntry } from '../journal/manifest.js';
import type { PageCodec } from '../journal/page-codec.js';
import { DamageLedger, END_OF_PAGE } from './damage-ledger.js';
import { DeltaReplay } from './delta-replay.js';
import { HistoryPlace } from './history-place.js';
import { loadSnapshot } from './load-snapshot.js';
import { uuidOf } from './page-list.js';
import { type FoundFrame, PageScanner } from './page-scanner.js';
import { codecWithoutHeader, readableCodec } from './readable-codec.js';
import type { RecoveryInput, RecoveryResult } from './recovery-input.js';

/** All of the page is in a state after this seq. */
function isCoveredBy(seq: number, page: PageEntry): boolean {
  return page.sealed !== undefined && page.sealed.lastSeq <= seq;
}

export class Recovery {
  readonly #input: RecoveryInput;
  readonly #crcSeed: number;
  readonly #ledger: DamageLedger;
  readonly #pages: PageEntry[] = [];
  readonly #place: HistoryPlace;
  #lastMs = 0;
  #pageCreatedMs = 0;
  #transactionCount = 0;
  /** Of the page being read. */
  #codec: PageCodec | undefined;
  #isKeyMissing = false;
  #undecodedFrameCount = 0;
  #endOffset = 0;
  #tailBytes = 0;
  #cutBytes = 0;
  #totalBytes = 0;
  #diskBytes = 0;
  #snapshot: SnapshotEntry | null = null;
  /** All transactions up to here are in the snapshot, or in a delta behind it. */
  #imageSeq = 0;
  readonly #deltas: DeltaReplay;
  #readBytes = 0;
  #replayBytes = 0;
  #replayFromMs: number | undefined;

  constructor(input: RecoveryInput) {
    this.#input = input;
    this.#deltas = new DeltaReplay(input);
    const uuid = uuidOf(input.manifest);
    this.#crcSeed = frameCrcSeed(uuid);
    this.#place = new HistoryPlace(uuid);
    this.#ledger = new DamageLedger(input.directory, input.mode, input.manifest.salvaged);
  }

  /**
   * Reads everything. I/O: every byte once, all pages.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` with `file` and `offset`, `FORMAT_UNSUPPORTED`, `MODEL_MISMATCH`; Node's own errors.
   */
  async run(): Promise<RecoveryResult> {
    const { manifest, fileSystem, directory } = this.#input;
    const delta = deltaBehind(manifest);
    const coveredSeq = delta?.seq ?? manifest.snapshot?.seq ?? 0;
    for (const page of manifest.pages) {
      const stat = await fileSystem.stat(`${directory}/${pageName(page.number)}`);
      this.#diskBytes += stat?.byteCount ?? 0;
      if (!isCoveredBy(coveredSeq, page)) this.#totalBytes += stat?.byteCount ?? 0;
    }
    this.#totalBytes += (manifest.snapshot?.byteCount ?? 0) + (delta?.byteCount ?? 0);
    this.#diskBytes += imageBytes(manifest);
    const loaded = await loadSnapshot(this.#input, (byteCount) => this.#tellProgress(byteCount));
    this.#snapshot = loaded.snapshot;
    this.#imageSeq = loaded.snapshot?.seq ?? 0;
    this.#readBytes = loaded.snapshot?.byteCount ?? 0;
    this.#noteTime(loaded.timeMs);
    this.#undecodedFrameCount = loaded.undecodedFrameCount;
    const isHeadless = this.#isHeadless(loaded.isLosing);
    if (loaded.snapshot || isHeadless) this.#place.loseChain();
    for (const page of manifest.pages) {
      // Kept for a damaged snapshot only: what it says is in the snapshot.
      if (this.#input.applier.isFull) break;
      await this.#goOnWithDelta();
      this.#checkGap(page);
      if (isCoveredBy(this.#imageSeq, page)) this.#pages.push(page);
      else await this.#readPage(page, page === manifest.pages.at(-1));
    }
    if (!this.#input.applier.isFull) this.#checkSnapshotReached();
    this.#tellProgress(0);
    return {
      chain: this.#place.chain,
      frameId: this.#place.frameId,
      lastSeq: this.#place.lastSeq,
      lastMs: this.#lastMs,
      pageCreatedMs: this.#pageCreatedMs,
      transactionCount: this.#transactionCount,
      codec: this.#codec,
      undecodedFrameCount: this.#undecodedFrameCount + this.#deltas.undecodedFrameCount,
      endOffset: this.#endOffset,
      tailBytes: this.#tailBytes,
      cutBytes: this.#cutBytes,
      replayBytes: this.#replayBytes,
      untabledBytes: loaded.untabledBytes,
      replayFromMs: this.#replayFromMs,
      tally: this.#input.applier.tally,
      diskBytes: this.#diskBytes,
      snapshot: this.#snapshot,
      imageSeq: this.#imageSeq,
      deltaBytes: this.#deltas.appliedBytes,
      deltas: this.#deltas.good,
      damagedSnapshots: [...loaded.damaged, ...this.#deltas.damaged],
      lost: [...(loaded.isLosing ? loaded.damaged : []), ...this.#ledger.lost],
      holes: this.#ledger.holes,
      pages: this.#pages,
    };
  }

  /** The seq that everything up to here is known by, whether a snapshot, a delta or pages say it. */
  get #reachedSeq(): number {
    return Math.max(this.#imageSeq, this.#place.lastSeq);
  }

  /** As far as a delta leads from here: pages that it stands in for need not be read, and may be gone. */
  async #goOnWithDelta(): Promise<void> {
    const seq = this.#reachedSeq;
    const reached = await this.#deltas.goOnFrom(seq);
    if (reached === seq) return;
    this.#imageSeq = reached;
    this.#noteTime(this.#deltas.timeMs);
    this.#place.loseChain();
    this.#replayBytes = 0;
    this.#replayFromMs = this.#deltas.fromMs;
    this.#input.applier.tally.clear();
    this.#tellProgress(0);
  }

  /** Pages that a delta stood in for may be gone: then a good one, or a snapshot, leads over the gap. */
  #checkGap(page: PageEntry): void {
    const before = this.#pages.at(-1);
    if (before === undefined ? this.#imageSeq === 0 : page.number === before.number + 1) return;
    this.#place.loseChain();
    const missing = page.number - 1;
    if (page.firstSeq <= this.#reachedSeq + 1 || this.#ledger.holeAt(missing, 0) !== undefined) return;
    const reason = `pages go on with seq ${page.firstSeq}, and what comes after seq ${this.#reachedSeq} is missing`;
    this.#ledger.note({ page: missing, offset: 0, endOffset: END_OF_PAGE, lostBytes: 0, reason });
    this.#place.skipTo(page.firstSeq - 1);
  }

  /**
   * Whether the pages begin in the middle of the history, with no snapshot of what came before: salvage has given it up,
   * now or at an earlier opening. A hole over the page before the first one says so.
   */
  #isHeadless(isLosing: boolean): boolean {
    const page = (this.#input.manifest.pages[0]?.number ?? 0) - 1;
    if (isLosing) this.#ledger.accept({ page, offset: 0, endOffset: END_OF_PAGE });
    return this.#ledger.holeAt(page, 0) !== undefined;
  }

  /** The pages go at least as far as the snapshot: it was made only when they were on the disk. */
  #checkSnapshotReached(): void {
    const last = this.#input.manifest.pages.at(-1);
    const seq = this.#imageSeq;
    if (!last || this.#place.lastSeq >= seq) return;
    const reason = `pages end with seq ${this.#place.lastSeq}, expected seq ${seq} of the snapshot or a later one`;
    this.#damage(last, this.#endOffset, END_OF_PAGE, 0, reason);
    this.#place.skipTo(seq);
  }

  async #readPage(page: PageEntry, isLast: boolean): Promise<void> {
    const { fileSystem, directory, manifest } = this.#input;
    const file = `${directory}/${pageName(page.number)}`;
    const knownHole = this.#ledger.holeAt(page.number, 0);
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
    const reason = `page: expected ${dueBytes} bytes, found ${byteCount}`;
    const lostBytes = Math.max(0, dueBytes - byteCount);
    if (this.#ledger.holesOf(page.number).some((hole) => hole.endOffset >= dueBytes)) return;
    this.#damage(page, Math.min(byteCount, dueBytes), END_OF_PAGE, lostBytes, reason);
  }

  /** Checks the header and returns where the frames begin. */
  async #readHeader(page: PageEntry, scanner: PageScanner): Promise<number> {
    this.#isKeyMissing = false;
    this.#codec = codecWithoutHeader(page.codecId);
    const hole = this.#ledger.holeAt(page.number, 0);
    if (hole) return this.#passHole(hole, scanner);
    const start = await scanner.pageHeader();
    const reason =
      typeof start === 'string'
        ? start
        : this.#place.pageMismatch(start.header, this.#input.manifest.uuid, page.number);
    if (typeof start === 'string' || reason !== undefined) return this.#passDamage(page, scanner, 0, reason ?? '');
    this.#codec = await readableCodec(this.#input, start.header, `${this.#input.directory}/${pageName(page.number)}`);
    this.#isKeyMissing = this.#codec === undefined;
    this.#noteTime(start.header.createdMs);
    this.#pageCreatedMs = start.header.createdMs;
    for (const model of start.header.models) {
      this.#input.models.add(model);
      this.#input.documents.add(model);
    }
    this.#place.beginPage(start.header);
    return start.headerBytes;
  }

  async #readFrames(page: PageEntry, scanner: PageScanner, start: number, mayBeTorn: boolean): Promise<void> {
    let offset = start;
    this.#endOffset = start;
    while (offset < scanner.byteCount && !this.#input.applier.isFull) {
      const hole = this.#ledger.holeAt(page.number, offset);
      if (hole) {
        offset = this.#passHole(hole, scanner);
        this.#endOffset = offset;
        continue;
      }
      const found = await scanner.frameAt(offset);
      const reason = typeof found === 'string' ? found : this.#place.frameMismatch(found.header, page.number);
      if (typeof found === 'string' || reason !== undefined) {
        if (mayBeTorn && !(await this.#wasSynced(page, scanner, offset))) {
          this.#tailBytes = scanner.byteCount - offset;
          this.#cutBytes = (await scanner.contentEnd(offset)) - offset;
          return;
        }
        offset = await this.#passDamage(page, scanner, offset, reason ?? '');
        this.#endOffset = offset;
        continue;
      }
      const { frameBytes } = found.header;
      if (!(await this.#applyFrame(page, found))) {
        this.#damage(page, offset, offset + frameBytes, frameBytes, 'a frame whose models or documents cannot be read');
      }
      offset += frameBytes;
      this.#endOffset = offset;
      this.#tellProgress(offset);
    }
  }

  #noteTime(timeMs: number): void {
    if (isStorableTime(timeMs) && timeMs > this.#lastMs) this.#lastMs = timeMs;
  }

  /** Applies a good frame. With salvage, false when its contents cannot be read (its model is in a hole). */
  async #applyFrame(page: PageEntry, found: FoundFrame): Promise<boolean> {
    const { header } = found;
    this.#noteTime(header.timeMs);
    this.#input.onFrame?.(found, page);
    if (header.firstSeq + header.transactionCount - 1 > this.#imageSeq) {
      this.#replayBytes += header.frameBytes;
      this.#replayFromMs ??= header.timeMs;
    }
    try {
      if (this.#codec) {
        this.#transactionCount += await this.#input.applier.apply(found, this.#imageSeq, this.#codec);
      } else this.#passUndecoded(page, found);
    } catch (error) {
      if (!DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
      this.#ledger.refuse(page.number, found.offset, error.message, error);
      return false;
    } finally {
      this.#place.pass(header);
    }
    return true;
  }

  /** A frame that cannot be decoded: of a page without a header, or without its key. */
  #passUndecoded(page: PageEntry, { header }: FoundFrame): void {
    if (!this.#isKeyMissing)
      throw new DatabaseError('JOURNAL_DAMAGED', 'frame cannot be read because the header of its page is lost', {
        page: page.number,
      });
    this.#undecodedFrameCount++;
    this.#transactionCount += header.transactionCount;
  }

  /** A good frame after `offset` shows that the frame at `offset` had been on the disk. */
  async #wasSynced(page: PageEntry, scanner: PageScanner, offset: number): Promise<boolean> {
    let from = offset + 1;
    for (;;) {
      const later = await scanner.findFrame(from, page.number);
      if (!later) return false;
      if (this.#place.isSyncedBy(later.header)) return true;
      from = later.offset + later.bytes.length;
    }
  }

  /** Refuses, or notes a hole up to the next good frame and returns where that is. */
  async #passDamage(page: PageEntry, scanner: PageScanner, offset: number, reason: string): Promise<number> {
    this.#ledger.refuse(page.number, offset, reason);
    let from = offset + 1;
    for (;;) {
      const next = await scanner.findFrame(from, page.number);
      if (!next || this.#place.isBefore(next.header)) {
        const endOffset = next?.offset ?? scanner.byteCount;
        const contentEnd = next ? endOffset : await scanner.contentEnd(offset);
        this.#damage(page, offset, next ? endOffset : END_OF_PAGE, contentEnd - offset, reason);
        return endOffset;
      }
      from = next.offset + next.bytes.length;
    }
  }

  #checkEnd(page: PageEntry, byteCount: number, due: { lastSeq: number; chain: string } | undefined): void {
    if (!due || !this.#place.isChainKnown || this.#input.applier.isFull) return;
    if (this.#ledger.holesOf(page.number).length > 0) return;
    if (due.lastSeq === this.#place.lastSeq && due.chain === toHex(this.#place.chain)) return;
    const reason = `page: expected last seq ${due.lastSeq}, found ${this.#place.lastSeq}`;
    this.#damage(page, byteCount, END_OF_PAGE, 0, reason);
  }

  #endPage(page: PageEntry, byteCount: number): void {
    const holes = this.#ledger.holesOf(page.number);
    const place = this.#place;
    if (holes.some((hole) => hole.endOffset >= byteCount)) place.loseChain();
    if (holes.length > 0 && page.sealed) place.skipTo(Math.max(place.lastSeq, page.sealed.lastSeq));
    const sealed = { byteCount, lastSeq: place.lastSeq, chain: toHex(place.chain) };
    this.#pages.push({ ...page, sealed: page.sealed ?? sealed });
  }

  #passHole(hole: Hole, scanner: PageScanner): number {
    this.#place.loseChain();
    return Math.min(hole.endOffset, scanner.byteCount);
  }

  /** Refuses, or notes a hole. */
  #damage(page: PageEntry, offset: number, endOffset: number, lostBytes: number, reason: string): void {
    this.#ledger.note({ page: page.number, offset, endOffset, lostBytes, reason });
    this.#place.loseChain();
  }

  #tellProgress(offset: number): void {
    this.#input.onProgress?.({
      readBytes: this.#readBytes + this.#deltas.appliedBytes + offset,
      totalBytes: this.#totalBytes,
      transactionCount: this.#transactionCount,
    });
  }
}
