/**
 * Refuses writes that add documents when the memory in use is near `maxMemoryBytes`, before the process dies of it.
 *
 *   in use := objects of the heap + buffers beside it
 *
 * What V8 counts as used includes what it has not collected yet, often as much again. So there are two counts of the heap, and
 * the lower one holds: what is used now, and what was left after the last full collection plus the documents that were
 * written since, as estimated. Buffers are counted as they are. It is the memory of this thread, for the whole program.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { DatabaseError } from '@nuthatch/model';
import { nowMs, soon } from '../time/real-time.js';

export interface MemoryInUse {
  readonly heapBytes: number;
  /** Buffers beside the heap. */
  readonly bufferBytes: number;
}

/** What the event `memoryPressure` says. */
export interface MemoryPressure {
  /** About how much memory is in use. */
  readonly usedBytes: number;
  /** Option `maxMemoryBytes`. */
  readonly maxBytes: number;
}

/** The event comes from this share on, and comes again when use was below the second one meanwhile. */
const PRESSURE_SHARE = 0.8;
const RELIEF_SHARE = 0.7;
/** Memory is measured again after so many estimated bytes, or so long. A measurement takes some microseconds. */
const BYTES_BETWEEN_MEASUREMENTS = 1024 * 1024;
const MS_BETWEEN_MEASUREMENTS = 100;

/** Asks V8. Some microseconds. */
export function memoryInUse(): MemoryInUse {
  const { used_heap_size: heapBytes, external_memory: bufferBytes } = getHeapStatistics();
  return { heapBytes, bufferBytes };
}

export class MemoryLimit {
  readonly maxBytes: number;
  readonly #onPressure: (pressure: MemoryPressure) => void;
  readonly #measure: () => MemoryInUse;
  readonly #observer: PerformanceObserver | undefined;
  /** As measured last, and the estimated bytes that were added since. */
  #measured: MemoryInUse;
  #measuredMs = 0;
  #addedBytes = 0;
  /** The heap after the last full collection, and the estimated bytes that were added since. */
  #collectedBytes = Number.POSITIVE_INFINITY;
  #addedSinceCollection = 0;
  #isTold = false;

  /**
   * @param onPressure told in a turn of its own.
   * @param measure left out: V8 is asked, and its collections are observed.
   */
  constructor(maxBytes: number, onPressure: (pressure: MemoryPressure) => void, measure?: () => MemoryInUse) {
    this.maxBytes = maxBytes;
    this.#onPressure = onPressure;
    this.#measure = measure ?? memoryInUse;
    this.#measured = this.#measure();
    if (measure === undefined) this.#observer = observeCollections(() => this.collected());
  }

  /** About how much memory is in use. O(1). */
  get usedBytes(): number {
    const { heapBytes, bufferBytes } = this.#measured;
    const heap = Math.min(heapBytes + this.#addedBytes, this.#collectedBytes + this.#addedSinceCollection);
    return Math.max(0, heap) + bufferBytes;
  }

  /**
   * Before a write that adds so many bytes. O(1), and now and then a measurement.
   *
   * @throws DatabaseError `MEMORY_LIMIT`.
   */
  require(addedBytes: number): void {
    this.#measureInTime();
    if (this.usedBytes + addedBytes <= this.maxBytes) return;
    this.#measureNow();
    const { usedBytes, maxBytes } = this;
    if (usedBytes + addedBytes <= maxBytes) return;
    const what = `the write adds about ${addedBytes} bytes to about ${usedBytes} bytes of memory in use, and \`maxMemoryBytes\` is ${maxBytes}`;
    throw new DatabaseError('MEMORY_LIMIT', what, { usedBytes, addedBytes, maxBytes });
  }

  /** Documents of so many bytes came; negative: they went. O(1). */
  note(addedBytes: number): void {
    this.#addedBytes += addedBytes;
    this.#addedSinceCollection += addedBytes;
  }

  /** The heap was collected: what is used now is used by somebody. */
  collected(): void {
    this.#measureNow();
    this.#collectedBytes = this.#measured.heapBytes;
    this.#addedSinceCollection = 0;
    this.#tell();
  }

  close(): void {
    this.#observer?.disconnect();
  }

  #measureInTime(): void {
    const isDue =
      this.#addedBytes >= BYTES_BETWEEN_MEASUREMENTS || nowMs() - this.#measuredMs >= MS_BETWEEN_MEASUREMENTS;
    if (isDue) this.#measureNow();
  }

  #measureNow(): void {
    this.#measured = this.#measure();
    this.#measuredMs = nowMs();
    this.#addedBytes = 0;
    this.#tell();
  }

  #tell(): void {
    const { usedBytes, maxBytes } = this;
    if (usedBytes < maxBytes * RELIEF_SHARE) this.#isTold = false;
    if (this.#isTold || usedBytes < maxBytes * PRESSURE_SHARE) return;
    this.#isTold = true;
    soon(() => this.#onPressure({ usedBytes, maxBytes }));
  }
}

/** Calls back after each full collection. Does not keep the process going. */
function observeCollections(onCollected: () => void): PerformanceObserver {
  const observer = new PerformanceObserver((list) => {
    const isFull = list.getEntries().some((entry) => {
      const { detail } = entry as { readonly detail?: { readonly kind?: number } };
      return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    });
    if (isFull) onCollected();
  });
  observer.observe({ entryTypes: ['gc'] });
  return observer;
}
