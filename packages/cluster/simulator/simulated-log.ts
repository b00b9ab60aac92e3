/**
 * The fake engine: frames by position, images, and what an engine must never do, on request. It keeps every frame that
 * ever landed, also those that were truncated or lost: the checks read them.
 */
import { isBehind } from '../src/engine/frame-links.js';
import type { FoundJournal, ImageEntry, JournalUsage, StoredFrame, Truncation } from '../src/engine/journal-engine.js';

export interface LandedFrame extends StoredFrame {
  readonly landedMs: number;
}

export interface KeptImage {
  readonly entry: ImageEntry;
  readonly parts: readonly Uint8Array[];
}

/** Bugs that a test puts in, to see them found. */
export interface EngineBugs {
  /** An append lands wherever it says, whatever stands there. */
  readonly isUnconditional?: boolean;
  /** The head is what it was some frames ago. */
  readonly isHeadStale?: boolean;
}

export class SimulatedLog {
  readonly bugs: EngineBugs;
  /** The history as it is now, from position 1 on. */
  readonly frames: LandedFrame[] = [];
  /** Frames that the engine had taken and no longer has, by the time it lost them. */
  readonly lost: { readonly atMs: number; readonly frames: readonly LandedFrame[] }[] = [];
  images: KeptImage[] = [];
  /** Parts of blobs, by id and number. */
  readonly blobs = new Map<string, Uint8Array>();
  uuid: string | undefined;
  isUnfinished = false;
  /** Position of the oldest frame that is kept. */
  oldest = 1;
  /** Told of each frame. */
  readonly onFrame = new Set<() => void>();
  /** All that are open. */
  readonly engines = new Set<{ hearRequest(): void }>();

  constructor(bugs: EngineBugs = {}) {
    this.bugs = bugs;
  }

  get found(): FoundJournal | undefined {
    const { uuid, head, isUnfinished } = this;
    return uuid === undefined ? undefined : { uuid, head, isUnfinished };
  }

  get head(): number {
    return this.frames.length;
  }

  /** What a question for the head is answered with. */
  get shownHead(): number {
    return this.bugs.isHeadStale === true ? Math.max(0, this.head - 3) : this.head;
  }

  append(position: number, bytes: Uint8Array, nowMs: number): 'won' | 'lost' {
    const isWild = this.bugs.isUnconditional === true && position >= 1 && position <= this.head;
    if (position !== this.head + 1 && !isWild) return 'lost';
    const before = this.frames[position - 2];
    if (!isWild && before !== undefined && !isBehind(before.bytes, bytes)) return 'lost';
    // A copy, as every engine keeps one.
    this.frames[position - 1] = { position, bytes: bytes.slice(), landedMs: nowMs };
    for (const tell of this.onFrame) tell();
    return 'won';
  }

  read(after: number, limitBytes: number): readonly StoredFrame[] {
    const found: StoredFrame[] = [];
    let byteCount = 0;
    for (let position = Math.max(after + 1, this.oldest); position <= this.head; position++) {
      const frame = this.frames[position - 1]!;
      byteCount += frame.bytes.length;
      if (found.length > 0 && byteCount > limitBytes) break;
      found.push(frame);
    }
    return found;
  }

  usage(): JournalUsage {
    const since = this.images.at(-1)?.entry.position ?? 0;
    const bytesFrom = (oldest: number): number =>
      this.frames.slice(oldest - 1).reduce((sum, { bytes }) => sum + bytes.length, 0);
    return {
      oldest: this.oldest,
      frameCount: this.head - this.oldest + 1,
      frameBytes: bytesFrom(this.oldest),
      bytesSinceImage: bytesFrom(Math.max(this.oldest, since + 1)),
    };
  }

  store(image: KeptImage): boolean {
    if ((this.images.at(-1)?.entry.position ?? -1) >= image.entry.position) return false;
    this.images = [...this.images.slice(-1), image];
    return true;
  }

  truncate({ upTo, retentionMs, retentionBytes }: Truncation, nowMs: number): void {
    const end = Math.min(upTo, this.images.at(-1)?.entry.position ?? 0);
    let keptBytes = 0;
    for (let position = this.head; position >= this.oldest; position--) {
      const { bytes, landedMs } = this.frames[position - 1]!;
      keptBytes += bytes.length;
      if (position > end || (nowMs - landedMs <= retentionMs && keptBytes <= retentionBytes)) continue;
      this.oldest = position + 1;
      return;
    }
  }

  /** What no safe engine does, and a wrong failover or an old backup does: acknowledged frames are gone. */
  loseSuffix(count: number, nowMs: number): void {
    const lost = this.frames.splice(Math.max(0, this.head - count), count);
    this.lost.push({ atMs: nowMs, frames: lost });
  }
}
