/**
 * Finds the blobs that no state of the database needs any more, and removes them.
 *
 * A compaction keeps the snapshot before the newest and the pages after it, so that a damaged snapshot costs no document
 * and earlier states can be restored. A blob that nothing refers to now may be needed by one of these states. So the seq
 * is noted at which a blob was first found to be unreferenced, before a compaction; once the oldest state that is kept is
 * of that seq or later, no state refers to it.
 *
 *   mark (seq, what nothing refers to) ─▶ compaction ─▶ sweep: since a seq that the oldest kept state has reached
 */
import { nowMs } from '../time/real-time.js';
import type { BlobStore } from './blob-store.js';

export interface CollectorParts {
  readonly store: BlobStore;
  /** Whether a document that is in memory refers to the blob. O(1). */
  readonly isReferred: (hash: string) => boolean;
  /** Hashes that something else refers to: documents that no class defines, records of sync. */
  readonly otherReferences: () => Iterable<string>;
  /** How long a blob may wait for the document that refers to it. */
  readonly graceMs: number;
}

export class BlobCollector {
  readonly #parts: CollectorParts;
  /** Hash → seq of the state that first had no reference. */
  readonly #unreferenced = new Map<string, number>();
  #collectedMs = nowMs();

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** Notes what nothing refers to at `seq`, the present one. O(blobs). */
  mark(seq: number): void {
    const { store, isReferred, otherReferences } = this.#parts;
    if (store.count === 0) return;
    const others = new Set(otherReferences());
    for (const hash of store.hashes()) {
      if (isReferred(hash) || others.has(hash)) this.#unreferenced.delete(hash);
      else if (!this.#unreferenced.has(hash)) this.#unreferenced.set(hash, seq);
    }
  }

  /** Of a database in memory, which has no states but the present one. O(blobs), at most once in the grace. */
  async collect(): Promise<void> {
    const { graceMs } = this.#parts;
    if (nowMs() - this.#collectedMs < graceMs) return;
    this.#collectedMs = nowMs();
    this.mark(0);
    await this.sweep(0);
  }

  /** A document refers to the blob from now on. O(1). */
  refer(hash: string): void {
    this.#unreferenced.delete(hash);
  }

  /**
   * Removes what no state from `oldestSeq` on refers to. O(blobs noted). A blob whose file cannot be removed is forgotten
   * until the next opening. A crash in between leaves blobs that nothing refers to.
   *
   * @returns how many were removed.
   */
  async sweep(oldestSeq: number): Promise<number> {
    const { store, isReferred, graceMs } = this.#parts;
    let count = 0;
    for (const [hash, seq] of this.#unreferenced) {
      if (store.sizeOf(hash) === undefined) this.#unreferenced.delete(hash);
      if (seq > oldestSeq || isReferred(hash)) continue;
      try {
        if (!(await store.remove(hash, graceMs))) continue;
      } catch {
        // The compaction is done: a file that stays costs its space, and nothing else.
        continue;
      } finally {
        if (store.sizeOf(hash) === undefined) this.#unreferenced.delete(hash);
      }
      count++;
    }
    // As above: what stays costs its space.
    await store.tidy().catch(() => undefined);
    return count;
  }
}
