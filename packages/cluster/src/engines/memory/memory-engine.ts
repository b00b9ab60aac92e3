/**
 * A journal in the memory of this process: nodes in one process share it, as tests do. Everything ends with the process.
 *
 * Faults can be put between a node and it: an answer that is lost, a call that waits.
 */
import { unfinished } from '../../engine/engine-errors.js';
import { isBehind } from '../../engine/frame-links.js';
import { ImageDigest, partsOf } from '../../engine/image-digest.js';
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

const PART_BYTES = 1024 * 1024;

/** What happens around one call; for tests. */
export interface EngineFaults {
  /** Before the engine is asked: what it throws means that nothing happened. */
  before?(call: EngineCall, position: number): void | Promise<void>;
  /** After the engine has done it: what it throws means that the answer is lost. */
  after?(call: EngineCall, position: number): void | Promise<void>;
}

export type EngineCall = 'open' | 'append' | 'read' | 'head';

interface KeptFrame extends StoredFrame {
  readonly writtenMs: number;
}

interface KeptImage {
  readonly entry: ImageEntry;
  readonly parts: readonly Uint8Array[];
}

/** The frames that all engines over it share. */
export class MemoryLog {
  frames: KeptFrame[] = [];
  head = 0;
  images: KeptImage[] = [];
  /** By id, then by number. */
  readonly blobs = new Map<string, Map<number, Uint8Array>>();
  isStoring = false;
  uuid: string | undefined;
  isUnfinished = false;
  readonly #waiting = new Set<() => void>();
  readonly engines = new Set<MemoryEngine>();

  append(position: number, bytes: Uint8Array): 'won' | 'lost' {
    if (position !== this.head + 1) return 'lost';
    const last = this.frames.at(-1);
    if (last !== undefined && !isBehind(last.bytes, bytes)) return 'lost';
    this.head = position;
    this.frames.push({ position, bytes: bytes.slice(), writtenMs: Date.now() });
    for (const wake of [...this.#waiting]) wake();
    return 'won';
  }

  truncate({ upTo, retentionMs, retentionBytes }: Truncation): void {
    const newest = this.images.at(-1)?.entry.position ?? 0;
    const oldestMs = Date.now() - retentionMs;
    let keptBytes = 0;
    const kept: KeptFrame[] = [];
    for (const frame of [...this.frames].reverse()) {
      keptBytes += frame.bytes.length;
      const isNeeded = frame.position > Math.min(upTo, newest);
      if (!isNeeded && (frame.writtenMs < oldestMs || keptBytes > retentionBytes)) break;
      kept.unshift(frame);
    }
    this.frames = kept;
  }

  /** Resolves at the next append, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

export class MemoryEngine implements JournalEngine {
  readonly description = 'a journal in memory';
  readonly maxFrameBytes = 1024 * 1024;
  readonly #log: MemoryLog;
  readonly #faults: EngineFaults;
  #isClosed = false;
  onTurnRequest: (() => void) | undefined;

  constructor(log: MemoryLog, faults: EngineFaults = {}) {
    this.#log = log;
    this.#faults = faults;
    log.engines.add(this);
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    return this.#call('open', 0, () => {
      if (this.#log.isUnfinished) throw unfinished(this.description);
      this.#log.uuid ??= proposedUuid;
      return { uuid: this.#log.uuid, head: this.#log.head };
    });
  }

  find(): Promise<FoundJournal | undefined> {
    return this.#call('open', 0, () => this.#found());
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#call('open', 0, () => {
      if (this.#log.uuid === undefined) this.#log.isUnfinished = true;
      this.#log.uuid ??= proposedUuid;
      return this.#found()!;
    });
  }

  finish(): Promise<void> {
    return this.#call('open', 0, () => {
      this.#log.isUnfinished = false;
    });
  }

  #found(): FoundJournal | undefined {
    const { uuid, head, isUnfinished } = this.#log;
    return uuid === undefined ? undefined : { uuid, head, isUnfinished };
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    return this.#call('append', position, () => this.#log.append(position, bytes));
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    return this.#call('read', after, () => {
      const found: StoredFrame[] = [];
      let byteCount = 0;
      for (const { position, bytes } of this.#log.frames) {
        if (position <= after) continue;
        byteCount += bytes.length;
        if (found.length > 0 && byteCount > limitBytes) break;
        found.push({ position, bytes: bytes.slice() });
      }
      return found;
    });
  }

  head(): Promise<number> {
    return this.#call('head', 0, () => this.#log.head);
  }

  async wait(after: number, signal: AbortSignal): Promise<void> {
    if (this.#log.head > after || signal.aborted || this.#isClosed) return;
    await this.#log.next(signal);
  }

  requestTurn: (() => void) | undefined = () => {
    for (const engine of this.#log.engines) if (engine !== this) engine.onTurnRequest?.();
  };

  usage(): Promise<JournalUsage> {
    return this.#call('read', 0, () => {
      const { frames, head, images } = this.#log;
      const since = images.at(-1)?.entry.position ?? 0;
      const bytesOf = (list: readonly KeptFrame[]): number => list.reduce((sum, { bytes }) => sum + bytes.length, 0);
      return {
        oldest: frames[0]?.position ?? head + 1,
        frameCount: frames.length,
        frameBytes: bytesOf(frames),
        bytesSinceImage: bytesOf(frames.filter(({ position }) => position > since)),
      };
    });
  }

  newestImage(): Promise<ImageEntry | undefined> {
    return this.#call('read', 0, () => this.#log.images.at(-1)?.entry);
  }

  async *imageParts(entry: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const image = await this.#call('read', entry.position, () =>
      this.#log.images.find((kept) => kept.entry.position === entry.position),
    );
    if (image === undefined) throw new Error('the image is gone');
    yield* image.parts;
  }

  async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const log = this.#log;
    if (log.isStoring || (log.images.at(-1)?.entry.position ?? -1) >= place.position) return undefined;
    log.isStoring = true;
    try {
      const digest = new ImageDigest();
      const parts: Uint8Array[] = [];
      for await (const part of partsOf(chunks, digest, PART_BYTES)) parts.push(part);
      const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
      log.images = [...log.images.slice(-1), { entry, parts }];
      return entry;
    } finally {
      log.isStoring = false;
    }
  }

  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return this.#call('append', part, () => {
      const { blobs } = this.#log;
      const parts = blobs.get(id) ?? new Map<number, Uint8Array>();
      parts.set(part, bytes.slice());
      blobs.set(id, parts);
    });
  }

  blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    return this.#call('read', part, () => this.#log.blobs.get(id)?.get(part)?.slice());
  }

  dropBlob(id: string): Promise<void> {
    return this.#call('append', 0, () => void this.#log.blobs.delete(id));
  }

  truncate(truncation: Truncation): Promise<void> {
    return this.#call('append', 0, () => this.#log.truncate(truncation));
  }

  async close(): Promise<void> {
    this.#log.engines.delete(this);
    this.#isClosed = true;
  }

  async #call<T>(call: EngineCall, position: number, work: () => T): Promise<T> {
    await this.#faults.before?.(call, position);
    if (this.#isClosed) throw new Error('the engine is closed');
    const result = work();
    await this.#faults.after?.(call, position);
    return result;
  }
}
