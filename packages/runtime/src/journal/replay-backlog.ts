import { ReplayTally } from './replay-tally.js';

/** The part of the frames that a snapshot covers. */
export interface Covered {
  readonly byteCount: number;
  readonly tally: ReplayTally;
}

/** The frames that opening has to replay after the snapshot: how long they are, how old, and what they hold. */
export class ReplayBacklog {
  #byteCount: number;
  #fromMs: number | undefined;
  /** Their contents, and the bytes on their way to them. */
  readonly tally: ReplayTally;

  /**
   * Bytes of the snapshot that opening reads document by document, since it has no tables: an older version or a tool
   * without the classes wrote it.
   */
  untabledBytes = 0;

  /** Length of the delta that opening applies behind the snapshot. */
  deltaBytes = 0;

  /** @param fromMs wall clock of the first frame, in milliseconds; undefined when there is none. */
  constructor(byteCount = 0, fromMs: number | undefined = undefined, tally = new ReplayTally()) {
    this.#byteCount = byteCount;
    this.#fromMs = fromMs;
    this.tally = tally;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Wall clock of the oldest change since the snapshot, in milliseconds; undefined when there is none. */
  get fromMs(): number | undefined {
    return this.#fromMs;
  }

  /** By how much a new snapshot would be shorter than snapshot and frames together; an estimate. */
  get freedBytes(): number {
    return this.tally.freedBytes(this.#byteCount);
  }

  /** A frame of this length was written; what it holds was tallied when it was gathered. */
  add(byteCount: number): void {
    this.#byteCount += byteCount;
    this.#fromMs ??= Date.now();
  }

  /**
   * A snapshot covers so much of it now.
   *
   * @param delta it is a delta behind the snapshot, which opening applies; what changed since the snapshot is as old as before.
   */
  subtract(covered: Covered, delta?: { readonly byteCount: number; readonly fromMs: number }): void {
    this.#byteCount = Math.max(0, this.#byteCount - covered.byteCount);
    this.untabledBytes = 0;
    this.deltaBytes = delta?.byteCount ?? 0;
    this.tally.subtract(covered.tally);
    this.#fromMs = delta?.fromMs ?? (this.#byteCount > 0 ? Date.now() : undefined);
  }

  /** A snapshot covers all of it. */
  clear(): void {
    this.#byteCount = 0;
    this.untabledBytes = 0;
    this.deltaBytes = 0;
    this.#fromMs = undefined;
    this.tally.clear();
  }
}
