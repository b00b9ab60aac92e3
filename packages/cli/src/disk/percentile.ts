/** The value that this share of the times is not above. @param sorted smallest first. @param share from 0 to 1. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}
