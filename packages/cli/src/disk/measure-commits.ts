/** What the engine commits per second in a directory: by the real runtime, with small transactions. */
import { runtime } from '../packages.js';
import { percentile } from './percentile.js';

export interface CommitSpeed {
  /** Transactions acknowledged. */
  readonly count: number;
  readonly perSecond: number;
  /** From the call to the acknowledgement. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Written over and over, so that memory stays as it is. */
const KEY_COUNT = 10_000;
const VALUE = {
  name: 'a document of about a hundred bytes',
  tags: ['as', 'most', 'are'],
  age: 31,
  since: 1_700_000_000,
};
/** Of so many the latencies are kept. */
const MOST_TIMED = 1_000_000;

/**
 * @param directory of a new store. @param writerCount how many writers wait for their commits at once.
 * @param flushIntervalMs a commit then does not wait for an fsync.
 */
export async function measureCommits(
  directory: string,
  forMs: number,
  writerCount: number,
  flushIntervalMs?: number,
): Promise<CommitSpeed> {
  const { openKeyValue } = runtime();
  const store = await openKeyValue({ file: directory, ...(flushIntervalMs !== undefined && { flushIntervalMs }) });
  try {
    const tookMs: number[] = [];
    let count = 0;
    const startMs = performance.now();
    const endMs = startMs + forMs;
    const write = async (): Promise<void> => {
      for (let nowMs = performance.now(); nowMs < endMs; ) {
        await store.set(`key-${count % KEY_COUNT}`, VALUE);
        const afterMs = performance.now();
        if (tookMs.length < MOST_TIMED) tookMs.push(afterMs - nowMs);
        count++;
        nowMs = afterMs;
      }
    };
    await Promise.all(Array.from({ length: writerCount }, write));
    const seconds = (performance.now() - startMs) / 1000;
    tookMs.sort((a, b) => a - b);
    const at = (share: number): number => Number(percentile(tookMs, share).toFixed(3));
    return { count, perSecond: Math.round(count / seconds), p50Ms: at(0.5), p99Ms: at(0.99) };
  } finally {
    await store.close();
  }
}
