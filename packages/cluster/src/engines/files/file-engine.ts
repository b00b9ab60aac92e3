/**
 * A journal in a directory of one host, which several processes share without a server: a frame is a file, and it lands
 * by getting its name, which the file system gives to one of several processes (`link`).
 *
 * Each call looks at the disk anew: processes share nothing but the directory. A word of new frames comes from the file
 * system's own events, and a look now and then finds what such a word has missed.
 */
import { type FSWatcher, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import { withDirectoryErrors } from '@nuthatch/runtime/cluster';
import { unfinished, unknownFormat, unsafe } from '../../engine/engine-errors.js';
import type {
  FoundJournal,
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from '../../engine/journal-engine.js';
import { News } from '../../engine/news.js';
import { FrameFiles } from './frame-files.js';
import { ImageFiles } from './image-files.js';
import { damaged, JournalFiles, readFile, readJson } from './journal-files.js';
import { TurnRequests } from './turn-requests.js';

export interface FileEngineOptions {
  /** Absolute. */
  readonly directory: string;
  readonly isUnsafe: boolean;
  /** Longest time between two looks, in milliseconds. */
  readonly pollMs: number;
}

const FORMAT = 1;
const MAX_FRAME_BYTES = 1024 * 1024;
/** What Linux calls file systems that keep no name over a restart, or show other hosts' names late (statfs(2)). */
const UNSAFE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x0102_1994, 'tmpfs'],
  [0x8584_58f6, 'ramfs'],
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xfe53_4d42, 'smb2'],
  [0xff53_4d42, 'cifs'],
  [0x0102_1997, '9p'],
]);

interface Identity {
  readonly format: number;
  readonly uuid: string;
  readonly isUnfinished: boolean;
}

export class FileEngine implements JournalEngine {
  readonly description: string;
  readonly maxFrameBytes = MAX_FRAME_BYTES;
  readonly #options: FileEngineOptions;
  readonly #files: JournalFiles;
  readonly #frames: FrameFiles;
  readonly #images: ImageFiles;
  readonly #news: News;
  readonly #turns: TurnRequests;
  #watcher: { readonly folder: string; readonly inner: FSWatcher } | undefined;
  /** Appends go one after the other: each looks for the frame before it. */
  #appending: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: FileEngineOptions) {
    this.#options = options;
    this.description = `the journal in ${options.directory}`;
    this.#files = new JournalFiles(options.directory);
    this.#frames = new FrameFiles(this.#files);
    this.#images = new ImageFiles(this.#files);
    this.#news = new News(options.pollMs);
    this.#turns = new TurnRequests(this.#files);
  }

  async open(proposedUuid: string): Promise<JournalPlace> {
    const { uuid, head, isUnfinished } = await this.#make(proposedUuid, false);
    if (isUnfinished) throw unfinished(this.description);
    this.#turns.begin();
    return { uuid, head };
  }

  async find(): Promise<FoundJournal | undefined> {
    this.#requireOpen();
    const identity = await this.#identity();
    return identity && { uuid: identity.uuid, head: await this.#frames.head(), isUnfinished: identity.isUnfinished };
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#make(proposedUuid, true);
  }

  async finish(): Promise<void> {
    this.#requireOpen();
    const identity = await this.#identity();
    if (identity?.isUnfinished)
      await this.#files.replace(this.#files.identity, textOf({ ...identity, isUnfinished: false }));
  }

  async #make(uuid: string, isUnfinished: boolean): Promise<FoundJournal> {
    this.#requireOpen();
    // What the disk refuses at once is not the silence of an engine.
    return withDirectoryErrors(this.#options.directory, async () => {
      await this.#files.make();
      await this.#requireSafe();
      if ((await this.#identity()) === undefined)
        await this.#files.putOnce(this.#files.identity, textOf({ format: FORMAT, uuid, isUnfinished }));
      return (await this.find())!;
    });
  }

  async #identity(): Promise<Identity | undefined> {
    const { identity: path } = this.#files;
    const read = (): Promise<Identity | undefined> => readJson<Identity>(path, isIdentity);
    // Whatever there is of a journal came behind its identity: another one would make strangers of all copies.
    const identity = (await read()) ?? ((await this.#files.hasParts()) ? await read() : undefined);
    if (identity === undefined && (await this.#files.hasParts()))
      throw damaged(path, 'is missing: frames or images are there');
    if (identity !== undefined && identity.format !== FORMAT) throw unknownFormat(this.description, identity.format);
    return identity;
  }

  async #requireSafe(): Promise<void> {
    if (this.#options.isUnsafe || process.platform !== 'linux') return;
    const { type } = await fs.statfs(this.#options.directory);
    const name = UNSAFE_FILE_SYSTEMS.get(type);
    if (name === undefined) return;
    const why = `${name} keeps no files over a restart, or shows them late to others`;
    throw unsafe(this.description, 'file system', name, why);
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const done = this.#appending.then(() => {
      this.#requireOpen();
      return this.#frames.append(position, bytes);
    });
    this.#appending = done.catch(() => undefined);
    return done;
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    this.#requireOpen();
    this.#news.look();
    return this.#frames.read(after, limitBytes);
  }

  async head(): Promise<number> {
    this.#requireOpen();
    return this.#frames.head();
  }

  async wait(after: number, signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    const folder = this.#files.folderOf(after + 1);
    if (this.#watch(folder) || this.#watch(this.#files.frames)) {
      // What came before the watch began.
      const found = await fs.stat(this.#files.frameOf(after + 1)).catch(() => undefined);
      if (found !== undefined) return;
    }
    await this.#news.wait(signal);
  }

  requestTurn(): void {
    this.#turns.request();
  }

  get onTurnRequest(): (() => void) | undefined {
    return this.#turns.onRequest;
  }

  set onTurnRequest(heard: (() => void) | undefined) {
    this.#turns.onRequest = heard;
  }

  async usage(): Promise<JournalUsage> {
    this.#requireOpen();
    const since = (await this.#images.newest())?.position ?? 0;
    const frames = await this.#frames.list();
    let [frameBytes, bytesSinceImage] = [0, 0];
    for (const { position, byteCount } of frames) {
      frameBytes += byteCount;
      if (position > since) bytesSinceImage += byteCount;
    }
    const oldest = frames[0]?.position ?? (await this.#frames.floor()) + 1;
    return { oldest, frameCount: frames.length, frameBytes, bytesSinceImage };
  }

  async newestImage(): Promise<ImageEntry | undefined> {
    this.#requireOpen();
    return this.#images.newest();
  }

  imageParts(entry: ImageEntry): AsyncIterable<Uint8Array> {
    return this.#images.parts(entry);
  }

  async storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    this.#requireOpen();
    return this.#images.store(place, parts);
  }

  async storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    await this.#files.putOnce(this.#files.blobPartOf(id, part), bytes);
  }

  async blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    this.#requireOpen();
    const bytes = await readFile(this.#files.blobPartOf(id, part));
    return bytes && new Uint8Array(bytes);
  }

  async dropBlob(id: string): Promise<void> {
    this.#requireOpen();
    await fs.rm(this.#files.blobOf(id), { recursive: true, force: true });
  }

  async truncate(truncation: Truncation): Promise<void> {
    this.#requireOpen();
    const image = await this.#images.newest();
    if (image !== undefined) await this.#frames.truncate(truncation, image.position);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.inner.close();
    this.#watcher = undefined;
    this.#news.tell();
    await Promise.all([this.#appending, this.#turns.end()]);
  }

  /**
   * Hears of new names in a folder from now on.
   *
   * @returns whether it hears of them; where the folder is not there, or the system has no more watches, looking has to do.
   */
  #watch(folder: string): boolean {
    if (this.#watcher?.folder === folder) return true;
    try {
      const inner = watch(folder, { persistent: false }, () => this.#news.tell());
      inner.on('error', () => inner.close());
      this.#watcher?.inner.close();
      this.#watcher = { folder, inner };
      return true;
    } catch {
      return false;
    }
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new Error('the engine is closed');
  }
}

function textOf(identity: Identity): string {
  return `${JSON.stringify(identity)}\n`;
}

/** A later format may have other parts. */
function isIdentity({ format, uuid, isUnfinished }: Partial<Identity>): boolean {
  if (format !== FORMAT) return typeof format === 'number';
  return /^[0-9a-f]{32}$/.test(String(uuid)) && typeof isUnfinished === 'boolean';
}
