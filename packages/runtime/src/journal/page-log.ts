/**
 * The end of the journal, where frames are written: one page file at a time. A frame that finds the page full begins
 * the next page.
 *
 *   append ─▶ OpenPage       roll, snapshot, restart, close ─▶ LiveManifest        what opening would replay: ReplayBacklog
 *
 * One call at a time; the caller (group-commit.ts) never overlaps them. What a crash leaves behind at each step is in
 * docs/journal-format.md, "What a crash leaves behind".
 */
import { resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { HeldDirectory } from '../file-system/held-directory.js';
import { frameCrcSeed, fromHex, toHex } from './chain.js';
import { type CreatedPage, createPage } from './create-page.js';
import { deltaBehind, imageNames } from './deltas.js';
import type { FrameLog } from './frame-log.js';
import type { FrameWriter, PlaceInChain } from './frame-writer.js';
import { JournalClock } from './journal-clock.js';
import { CHAIN_BYTES, FRAME_FIELD, pageName } from './journal-format.js';
import { LiveManifest } from './live-manifest.js';
import type { CleanMark, Manifest, PageEntry, SnapshotEntry } from './manifest.js';
import type { ModelTable, StoredModel } from './model-table.js';
import { OpenPage } from './open-page.js';
import type { PageCodecs } from './page-codecs.js';
import { PlaceWatch } from './place-watch.js';
import { type Covered, ReplayBacklog } from './replay-backlog.js';

/** Where the journal ends: what recovery found, what the log goes on from. */
export interface LogEnd {
  readonly manifest: Manifest;
  /** Length of the last page, tail cut off. */
  readonly byteCount: number;
  /** Chain value, id and last seq of the last frame. */
  readonly chain: Uint8Array;
  readonly frameId: number;
  readonly lastSeq: number;
  /** The latest time in pages and snapshots, in epoch milliseconds; 0: none. */
  readonly lastMs: number;
  /** When the last page began, in epoch milliseconds. */
  readonly pageCreatedMs: number;
  /** Bytes of all pages together. */
  readonly diskBytes: number;
  /** The frames that the snapshot does not cover; absent: none. */
  readonly backlog?: ReplayBacklog;
}

export class PageLog implements FrameLog {
  readonly #fileSystem: HeldDirectory;
  readonly #directory: string;
  readonly #models: ModelTable;
  readonly #crcSeed: number;
  /** For files made from now on. */
  readonly codecs: PageCodecs;
  /** Of all times that are written from now on. */
  readonly clock: JournalClock;
  readonly manifest: LiveManifest;
  /** The frames that opening would replay. */
  readonly backlog: ReplayBacklog;
  /** When the page began that was the last one at the opening. */
  readonly pageCreatedMs: number;
  #page: OpenPage;
  #pageBytes = 0;
  #chain: Uint8Array;
  #frameId: number;
  #lastSeq: number;
  #syncedSeq: number;
  #writtenBytes = 0;
  /** Length of all files but the page being written. */
  #sealedBytes: number;
  readonly #place: PlaceWatch;
  /** Absolute: the process may go elsewhere. */
  readonly #namedDirectory: string;

  /**
   * @param page the last page, open for writing and synced up to the end, and its codec.
   * @param codecs for the pages after it.
   */
  constructor(
    fileSystem: HeldDirectory,
    directory: string,
    page: Pick<CreatedPage, 'handle' | 'codec'>,
    models: ModelTable,
    end: LogEnd,
    codecs: PageCodecs,
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#models = models;
    this.#namedDirectory = resolve(directory);
    this.#place = new PlaceWatch(fileSystem, directory);
    this.codecs = codecs;
    this.clock = new JournalClock(end.lastMs);
    this.manifest = new LiveManifest(fileSystem, directory, models, end.manifest);
    this.backlog = end.backlog ?? new ReplayBacklog();
    this.pageCreatedMs = end.pageCreatedMs;
    this.#page = new OpenPage(page, end.byteCount, 0);
    this.#crcSeed = frameCrcSeed(fromHex(end.manifest.uuid));
    this.#chain = end.chain;
    this.#frameId = end.frameId;
    this.#lastSeq = end.lastSeq;
    this.#syncedSeq = end.lastSeq;
    this.#sealedBytes = end.diskBytes - end.byteCount;
  }

  /** Which database this is, for the headers of files made beside the pages. */
  get identity(): Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'> {
    return this.manifest.current;
  }

  get pageNumber(): number {
    return this.manifest.lastPage.number;
  }

  /** Length of the page being written. */
  get byteCount(): number {
    return this.#page.endOffset;
  }

  /** Length of all files, zeros ahead of the frames included. */
  get diskBytes(): number {
    return this.#sealedBytes + this.#page.diskBytes;
  }

  /** Bytes of all frames written since the opening. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get syncedSeq(): number {
    return this.#syncedSeq;
  }

  /** Every transaction after this seq stands in a page, with no hole in between. O(pages). */
  get oldestSince(): number {
    return this.manifest.oldestSince(this.#lastSeq);
  }

  /** Path of the page being written. */
  get file(): string {
    return `${this.#directory}/${pageName(this.pageNumber)}`;
  }

  /** From now on a page file may grow ahead of its frames, up to `pageBytes`. */
  prepareUpTo(pageBytes: number): void {
    this.#pageBytes = pageBytes;
    this.#page.allowRoomUpTo(pageBytes);
  }

  /**
   * One write call; the page is begun first when the frame is the first of one.
   *
   * @param isAlone it is all that the next `sync` is for: into room made ahead it is written durably at once, which
   *   spares a trip to the thread pool, an eighth of the time and a fifth of the processor's.
   */
  async append(frame: FrameWriter, isAlone: boolean): Promise<void> {
    this.#requireNext(frame);
    if (frame.pageNumber !== this.pageNumber) await this.#roll(frame.pageNumber, frame.newPageModels ?? []);
    const page = this.#page;
    const sealed = frame.seal(this.#nextPlace(), page.codec);
    const data = sealed instanceof Promise ? await sealed : sealed;
    const isDurable = isAlone && this.#syncedSeq === this.#lastSeq && page.hasRoomFor(data.length);
    if (isDurable) await page.writeDurably(data);
    else await page.write(data);
    this.#noteWritten(frame, data);
    if (isDurable) this.#syncedSeq = frame.lastSeq;
  }

  /** Of at most SHORT_FRAME_BYTES. */
  appendShort(frame: FrameWriter): void {
    this.#requireNext(frame);
    const data = frame.sealShort(this.#nextPlace(), this.#page.codec);
    this.#page.writeSync(data);
    this.#noteWritten(frame, data);
  }

  /** A frame of another place would never be read again, or hide one that was acknowledged. */
  #requireNext({ firstSeq }: FrameWriter): void {
    const expectedSeq = this.#lastSeq + 1;
    if (firstSeq === expectedSeq) return;
    const what = `a frame for ${this.file} begins with seq ${firstSeq}, expected ${expectedSeq}`;
    throw new DatabaseError('JOURNAL_WRITE_FAILED', what, {
      file: this.file,
      operation: 'append',
      firstSeq,
      expectedSeq,
    });
  }

  #nextPlace(): PlaceInChain {
    return {
      frameId: this.#frameId + 1,
      previousChain: this.#chain,
      syncedSeq: this.#syncedSeq,
      epoch: this.manifest.current.epoch,
      timeMs: this.clock.now(),
      crcSeed: this.#crcSeed,
    };
  }

  #noteWritten(frame: FrameWriter, data: Uint8Array): void {
    this.backlog.add(data.length);
    this.#writtenBytes += data.length;
    this.#chain = data.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
    this.#frameId++;
    this.#lastSeq = frame.lastSeq;
  }

  /** Makes everything written durable, and may let the file grow ahead of the frames. */
  async sync(): Promise<void> {
    if (this.#syncedSeq === this.#lastSeq) return;
    await this.#page.makeRoom();
    await this.#syncFrames();
  }

  async #syncFrames(): Promise<void> {
    if (this.#syncedSeq === this.#lastSeq) return;
    const lastSeq = this.#lastSeq;
    await this.#page.sync();
    this.#syncedSeq = lastSeq;
  }

  /**
   * Asked after each write and before it is acknowledged: what was written is where an opener looks for it. See PlaceWatch.
   *
   * @throws DatabaseError `DIRECTORY_GONE`.
   */
  requireInPlace(isHurried: boolean = false): void {
    const path = (): string => `${this.#namedDirectory}/${pageName(this.pageNumber)}`;
    this.#place.requireInPlace(this.#page, path, isHurried);
  }

  /** The frames written so far have been acknowledged and are never cut off. */
  accept(): void {
    this.#page.accept();
  }

  /** After a failure: takes what was not acknowledged off the page again. */
  async cutBack(): Promise<void> {
    await this.#page.cutBack();
  }

  /**
   * Puts the staged manifest of a snapshot in force. An error must end the journal. Only between two batches.
   *
   * @param covered what its snapshot covers of the backlog.
   */
  async commitSnapshot(manifest: Manifest, covered: Covered): Promise<void> {
    const { pages, imageBytes } = this.manifest;
    await this.manifest.commit(manifest);
    for (const page of pages) if (!manifest.pages.includes(page)) this.#sealedBytes -= page.sealed?.byteCount ?? 0;
    this.#sealedBytes += this.manifest.imageBytes - imageBytes;
    this.backlog.subtract(covered, deltaBehind(manifest));
  }

  /** The manifest as a proper close would leave it now; true only of what is synced. */
  cleanManifest(): Manifest & { readonly clean: CleanMark } {
    const clean = {
      page: this.pageNumber,
      byteCount: this.byteCount,
      lastSeq: this.#lastSeq,
      chain: toHex(this.#chain),
    };
    return { ...this.manifest.closedAt(clean), clean };
  }

  /** Syncs, leaves the clean mark and closes the page. */
  async closeClean(): Promise<void> {
    try {
      await this.#syncFrames();
      await this.#page.cutRoom();
      await this.manifest.replace(this.cleanManifest());
    } finally {
      await this.#page.close();
    }
  }

  /** Closes the page as it is. */
  async closeFailed(): Promise<void> {
    await this.#page.close();
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
    this.backlog.clear();
    const before = this.manifest.current;
    const { deltas: _, ...kept } = before;
    const identity = { ...kept, incarnation: before.incarnation + 1 };
    const page = await this.#createPage(identity, this.pageNumber + 1, []);
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
    return [...before.pages.map(({ number }) => pageName(number)), ...imageNames(before)];
  }

  async #roll(pageNumber: number, models: readonly StoredModel[]): Promise<void> {
    // Sealed means on the disk whole: the manifest vouches for its length and chain.
    await this.#syncFrames();
    this.accept();
    await this.#page.cutRoom();
    const { current, lastPage } = this.manifest;
    const sealed: PageEntry = {
      ...lastPage,
      sealed: { byteCount: this.byteCount, lastSeq: this.#lastSeq, chain: toHex(this.#chain) },
    };
    const page = await this.#createPage(current, pageNumber, models);
    const pages = [...current.pages.slice(0, -1), sealed, page.entry];
    await this.#goOnIn(
      page,
      { ...current, lastModelId: this.#models.lastId, pages },
      this.#sealedBytes + this.byteCount,
    );
  }

  #createPage(identity: Manifest, pageNumber: number, models: readonly StoredModel[]): Promise<CreatedPage> {
    const firstSeq = this.#lastSeq + 1;
    const place = {
      pageNumber,
      firstSeq,
      frameId: this.#frameId,
      chain: this.#chain,
      models,
      createdMs: this.clock.now(),
    };
    return createPage(this.#fileSystem, this.#directory, identity, this.codecs, place);
  }

  /**
   * Puts the manifest that names the page in force and goes on in that page. A crash before its rename leaves a page
   * that nobody names and that holds no frame.
   */
  async #goOnIn(page: CreatedPage, manifest: Manifest, sealedBytes: number): Promise<void> {
    try {
      await this.manifest.replace(manifest);
    } catch (error) {
      await page.handle.close();
      throw error;
    }
    const previous = this.#page;
    this.#sealedBytes = sealedBytes;
    this.#page = new OpenPage(page, page.byteCount, this.#pageBytes);
    await previous.close();
  }
}
