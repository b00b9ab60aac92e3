/**
 * The end of the journal that is written to: one page file at a time, rolled to the next by the frames themselves.
 *
 * One call at a time; the caller (group-commit.ts) never overlaps them. What a crash leaves behind at each step is in
 * docs/journal-format.md, "What a crash leaves behind".
 */
import type { FileHandle, FileSystem } from '../file-system/file-system.js';
import { frameCrcSeed, fromHex, toHex } from './chain.js';
import { type CreatedPage, createPage } from './create-page.js';
import type { FrameWriter } from './frame-writer.js';
import { CHAIN_BYTES, FRAME_FIELD, pageName, snapshotName } from './journal-format.js';
import {
  commitManifest,
  type Manifest,
  type PageEntry,
  type SnapshotEntry,
  stageManifest,
  writeManifest,
} from './manifest.js';
import type { ModelTable, StoredModel } from './model-table.js';
import type { PageCodec } from './page-codec.js';
import type { PageCodecs } from './page-codecs.js';
import { PageRoom } from './page-room.js';
import { ReplayTally } from './replay-tally.js';
import { planSnapshot, type SnapshotPlan } from './snapshot-plan.js';

/** Where the journal ends: what recovery found, what the log goes on from. */
export interface LogEnd {
  readonly manifest: Manifest;
  /** Length of the last page, tail cut off. */
  readonly byteCount: number;
  /** Chain value, id and last seq of the last frame. */
  readonly chain: Uint8Array;
  readonly frameId: number;
  readonly lastSeq: number;
  /** Bytes of all pages together. */
  readonly diskBytes: number;
  /** Length of the frames that the snapshot does not cover, and the wall clock of the first; absent: none. */
  readonly replayBytes?: number;
  readonly replayFromMs?: number | undefined;
  /** What they hold; absent: nothing. */
  readonly tally?: ReplayTally;
}

/** What of the frames a snapshot covers. */
export interface Covered {
  readonly byteCount: number;
  readonly tally: ReplayTally;
}

export class PageLog {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #models: ModelTable;
  readonly #crcSeed: number;
  /** For files made from now on. */
  readonly codecs: PageCodecs;
  #codec: PageCodec;
  #manifest: Manifest;
  #handle: FileHandle;
  #offset: number;
  #chain: Uint8Array;
  #frameId: number;
  #lastSeq: number;
  #syncedSeq: number;
  #sealedBytes: number;
  #replayBytes: number;
  #replayFromMs: number | undefined;
  /** What those frames hold and what is on its way to them. */
  readonly tally: ReplayTally;
  /** End of what was reported as written; a failed write is cut back to here. */
  #acceptedOffset: number;
  readonly #room = new PageRoom();
  /** Where the last sync of this page found its end. */
  #syncedOffset: number;

  /**
   * @param page the last page, open for writing and synced up to the end, and its codec.
   * @param codecs for the pages after it.
   */
  constructor(
    fileSystem: FileSystem,
    directory: string,
    page: Pick<CreatedPage, 'handle' | 'codec'>,
    models: ModelTable,
    end: LogEnd,
    codecs: PageCodecs,
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#handle = page.handle;
    this.#codec = page.codec;
    this.codecs = codecs;
    this.#models = models;
    this.#manifest = end.manifest;
    this.#crcSeed = frameCrcSeed(fromHex(end.manifest.uuid));
    this.#offset = end.byteCount;
    this.#acceptedOffset = end.byteCount;
    this.#syncedOffset = end.byteCount;
    this.#chain = end.chain;
    this.#frameId = end.frameId;
    this.#lastSeq = end.lastSeq;
    this.#syncedSeq = end.lastSeq;
    this.#sealedBytes = end.diskBytes - end.byteCount;
    this.#replayBytes = end.replayBytes ?? 0;
    this.#replayFromMs = end.replayFromMs;
    this.tally = end.tally ?? new ReplayTally();
  }

  get pageNumber(): number {
    return lastPage(this.#manifest).number;
  }

  get pageCount(): number {
    return this.#manifest.pages.length;
  }

  /** Length of the page being written. */
  get byteCount(): number {
    return this.#offset;
  }

  /** Length of all files, zeros ahead of the frames included. */
  get diskBytes(): number {
    return this.#sealedBytes + Math.max(this.#offset, this.#room.endBytes);
  }

  get syncedSeq(): number {
    return this.#syncedSeq;
  }

  /** Path of the page being written. */
  get file(): string {
    return `${this.#directory}/${pageName(this.pageNumber)}`;
  }

  /**
   * Writes one frame behind the last one; begins its page first when it is the first of one. One write call.
   *
   * @param isAlone it is all that the next `sync` is for: into room made ahead it is written durably at once, which
   *   spares a trip to the thread pool, an eighth of the time and a fifth of the processor's.
   */
  async write(frame: FrameWriter, isAlone: boolean): Promise<void> {
    if (frame.pageNumber !== this.pageNumber) await this.#roll(frame.pageNumber, frame.newPageModels ?? []);
    const place = {
      frameId: this.#frameId + 1,
      previousChain: this.#chain,
      syncedSeq: this.#syncedSeq,
      epoch: this.#manifest.epoch,
      timeMs: Date.now(),
      crcSeed: this.#crcSeed,
    };
    const sealed = frame.seal(place, this.#codec);
    const data = sealed instanceof Promise ? await sealed : sealed;
    // Only if nothing older waits for a sync: of that this call says nothing.
    const isDurable = isAlone && this.#syncedSeq === this.#lastSeq && this.#offset + data.length <= this.#room.endBytes;
    if (isDurable) await this.#handle.writeDurably(data, this.#offset);
    else await this.#handle.write(data, this.#offset);
    this.#offset += data.length;
    this.#replayBytes += data.length;
    this.#replayFromMs ??= Date.now();
    this.#chain = data.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
    this.#frameId++;
    this.#lastSeq = frame.lastSeq;
    if (!isDurable) return;
    this.#syncedSeq = frame.lastSeq;
    this.#syncedOffset = this.#offset;
  }

  /** Makes everything written durable, and may let the file grow ahead of the frames. */
  async sync(): Promise<void> {
    if (this.#syncedSeq === this.#lastSeq) return;
    await this.#room.make(this.#handle, this.#offset, this.#syncedOffset);
    await this.#syncFrames();
  }

  /** From now on the file may grow ahead of the frames, up to `pageBytes`. */
  prepareUpTo(pageBytes: number): void {
    this.#room.allowUpTo(pageBytes);
  }

  async #syncFrames(): Promise<void> {
    if (this.#syncedSeq === this.#lastSeq) return;
    const lastSeq = this.#lastSeq;
    await this.#handle.sync();
    this.#syncedSeq = lastSeq;
    this.#syncedOffset = this.#offset;
  }

  /** What was written so far has been acknowledged and is never cut back. */
  accept(): void {
    this.#acceptedOffset = this.#offset;
  }

  /** After a failure: takes what was not acknowledged off the page again. */
  async cutBack(): Promise<void> {
    await this.#handle.truncate(this.#acceptedOffset);
    this.#offset = this.#acceptedOffset;
    this.#room.forget();
  }

  /** Which database this is, for the headers of files made beside the pages. */
  get identity(): Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'> {
    return this.#manifest;
  }

  /** Live pages in order. */
  get pages(): readonly PageEntry[] {
    return this.#manifest.pages;
  }

  /** Every transaction after this seq stands in a page, with no hole in between. O(pages). */
  get oldestSince(): number {
    const { pages, salvaged } = this.#manifest;
    let since = this.#lastSeq;
    for (let index = pages.length - 1; index >= 0; index--) {
      const page = pages[index] as PageEntry;
      if (salvaged.some((hole) => hole.page === page.number)) break;
      since = page.firstSeq - 1;
    }
    return since;
  }

  /** Migrations that have run over this database. */
  get migrations(): readonly string[] {
    return this.#manifest.migrations ?? [];
  }

  get snapshot(): SnapshotEntry | null {
    return this.#manifest.snapshot;
  }

  /** Number for the next snapshot's file; never one that is in use. */
  get nextSnapshotNumber(): number {
    return Math.max(this.#manifest.snapshot?.number ?? 0, this.#manifest.previousSnapshot?.number ?? 0) + 1;
  }

  /** Length of the frames that recovery has to replay after the snapshot. */
  get replayBytes(): number {
    return this.#replayBytes;
  }

  /** By how much a new snapshot would be shorter than snapshot and frames together; an estimate. */
  get freedBytes(): number {
    return this.tally.freedBytes(this.#replayBytes);
  }

  /** Wall clock of the oldest of them, in milliseconds; undefined when there is none. */
  get replayFromMs(): number | undefined {
    return this.#replayFromMs;
  }

  /** What the manifest will be with this snapshot, and which files it then no longer names. O(pages). */
  planSnapshot(entry: SnapshotEntry): SnapshotPlan {
    return planSnapshot(this.#manifest, entry, this.#models.lastId);
  }

  /** Stages the manifest of `planSnapshot`. An error changes nothing. Only between two batches. */
  async stage(manifest: Manifest): Promise<void> {
    await stageManifest(this.#fileSystem, this.#directory, manifest);
  }

  /**
   * Puts the staged manifest in force. An error must end the journal. Only between two batches.
   *
   * @param covered what its snapshot covers of `replayBytes` and `tally`.
   */
  async commit(manifest: Manifest, covered: Covered): Promise<void> {
    await commitManifest(this.#fileSystem, this.#directory);
    const droppedPages = this.#manifest.pages.filter((page) => !manifest.pages.includes(page));
    for (const { sealed } of droppedPages) this.#sealedBytes -= sealed?.byteCount ?? 0;
    this.#sealedBytes += snapshotBytes(manifest) - snapshotBytes(this.#manifest);
    this.#manifest = manifest;
    this.#replayBytes = Math.max(0, this.#replayBytes - covered.byteCount);
    this.tally.subtract(covered.tally);
    this.#replayFromMs = this.#replayBytes > 0 ? Date.now() : undefined;
  }

  /** The manifest as a proper close would leave it now; true only of what is synced. */
  cleanManifest(): Manifest {
    const clean = { page: this.pageNumber, byteCount: this.#offset, lastSeq: this.#lastSeq, chain: toHex(this.#chain) };
    return { ...this.#manifest, lastModelId: this.#models.lastId, clean };
  }

  /** Syncs, leaves the clean mark and closes the page. */
  async closeClean(): Promise<void> {
    try {
      await this.#syncFrames();
      await this.#room.cut(this.#handle, this.#offset);
      await writeManifest(this.#fileSystem, this.#directory, this.cleanManifest());
    } finally {
      await this.#handle.close();
    }
  }

  /** Closes the page as it is. */
  async closeFailed(): Promise<void> {
    await this.#handle.close();
  }

  /**
   * Gives up all pages for a snapshot that says everything, and goes on in a new page as another incarnation. Only
   * between two batches. An error must end the journal; until the manifest is replaced, a crash leaves all as it was.
   *
   * @param entry of a snapshot at exactly the last seq, read back.
   * @returns the files that are no longer named.
   */
  async restart(entry: SnapshotEntry, changes: Partial<Manifest>): Promise<readonly string[]> {
    await this.#syncFrames();
    this.accept();
    this.tally.clear();
    this.#replayBytes = 0;
    this.#replayFromMs = undefined;
    const before = this.#manifest;
    const identity = { ...before, incarnation: before.incarnation + 1 };
    const page = await createPage(this.#fileSystem, this.#directory, identity, this.codecs, {
      pageNumber: this.pageNumber + 1,
      firstSeq: this.#lastSeq + 1,
      frameId: this.#frameId,
      chain: this.#chain,
      models: [],
    });
    const manifest: Manifest = {
      ...identity,
      ...changes,
      lastModelId: this.#models.lastId,
      pages: [page.entry],
      snapshot: entry,
      previousSnapshot: null,
      salvaged: [],
    };
    await this.#goOnIn(page, manifest, entry.byteCount);
    const snapshots = [before.snapshot, before.previousSnapshot].filter((snapshot) => snapshot !== null);
    return [
      ...before.pages.map(({ number }) => pageName(number)),
      ...snapshots.map(({ number }) => snapshotName(number)),
    ];
  }

  async #roll(pageNumber: number, models: readonly StoredModel[]): Promise<void> {
    // Sealed means on the disk whole: the manifest vouches for its length and chain.
    await this.#syncFrames();
    this.accept();
    await this.#room.cut(this.#handle, this.#offset);
    const last = lastPage(this.#manifest);
    const sealed: PageEntry = {
      ...last,
      sealed: { byteCount: this.#offset, lastSeq: this.#lastSeq, chain: toHex(this.#chain) },
    };
    const page = await createPage(this.#fileSystem, this.#directory, this.#manifest, this.codecs, {
      pageNumber,
      firstSeq: this.#lastSeq + 1,
      frameId: this.#frameId,
      chain: this.#chain,
      models,
    });
    const manifest: Manifest = {
      ...this.#manifest,
      lastModelId: this.#models.lastId,
      pages: [...this.#manifest.pages.slice(0, -1), sealed, page.entry],
    };
    await this.#goOnIn(page, manifest, this.#sealedBytes + this.#offset);
  }

  /**
   * Puts the manifest that names the page in force and goes on in that page. A crash before its rename leaves a page
   * that nobody names and that holds no frame.
   */
  async #goOnIn(page: CreatedPage, manifest: Manifest, sealedBytes: number): Promise<void> {
    try {
      await writeManifest(this.#fileSystem, this.#directory, manifest);
    } catch (error) {
      await page.handle.close();
      throw error;
    }
    const previous = this.#handle;
    this.#sealedBytes = sealedBytes;
    this.#manifest = manifest;
    this.#handle = page.handle;
    this.#codec = page.codec;
    this.#offset = page.byteCount;
    this.#acceptedOffset = page.byteCount;
    this.#syncedOffset = page.byteCount;
    this.#room.forget();
    await previous.close();
  }
}

function snapshotBytes(manifest: Manifest): number {
  return (manifest.snapshot?.byteCount ?? 0) + (manifest.previousSnapshot?.byteCount ?? 0);
}

function lastPage(manifest: Manifest): PageEntry {
  return manifest.pages[manifest.pages.length - 1] as PageEntry;
}
