/** Progress of a copy or load: one line written over at a terminal, else a plain line every few seconds. */
import type { Output } from './output.js';

interface Progress {
  readonly collection: string;
  readonly doneCount: number;
  readonly totalCount: number;
  readonly rowsPerSecond: number;
  readonly remainingMs: number | undefined;
}

const PLAIN_LINE_EVERY_MS = 5_000;

/** @returns what to call with each report. Costs a line at most every 100 ms. */
export function progressPrinter(output: Output, verb: (progress: Progress) => string): (progress: Progress) => void {
  const everyMs = output.rewrite === undefined ? PLAIN_LINE_EVERY_MS : 100;
  let lastMs = performance.now();
  return (progress) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < everyMs) return;
    lastMs = nowMs;
    const { doneCount, totalCount, rowsPerSecond, remainingMs, collection } = progress;
    const counts = `${doneCount.toLocaleString('en')} of ${totalCount.toLocaleString('en')}`;
    const left = remainingMs === undefined ? '' : `, ${Math.ceil(remainingMs / 1000)} s left`;
    const line = `${verb(progress)} ${collection}: ${counts}, ${rowsPerSecond.toLocaleString('en')} per second${left}`;
    (output.rewrite ?? output.err)(line);
  };
}
