/** How the example prints headings, times and sizes. */

export function heading(text: string): void {
  console.log(`\n== ${text}`);
}

/** `0.8 µs`, `12.3 ms`, `1.42 s`. */
export function formatMs(ms: number): string {
  if (ms < 0.1) return `${(ms * 1000).toFixed(1)} µs`;
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function formatBytes(byteCount: number): string {
  return `${(byteCount / 2 ** 20).toFixed(1)} MiB`;
}

export function memoryLine(): void {
  const { rss, heapUsed } = process.memoryUsage();
  console.log(`Memory: ${formatBytes(rss)} resident, ${formatBytes(heapUsed)} heap in use.`);
}

/** Runs `ask` once, returns its answer and how long it took. */
export function timed<T>(ask: () => T): { readonly answer: T; readonly ms: number } {
  const startMs = performance.now();
  const answer = ask();
  return { answer, ms: performance.now() - startMs };
}
