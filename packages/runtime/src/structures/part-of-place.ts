/**
 * Which of several parts in a row holds a place. O(1) for that of the last time, else O(log parts).
 *
 * @param starts where each part begins, rising; the first at or below `place`.
 * @param last the answer of the last time: neighbours are read in turn.
 */
export function partOfPlace(starts: readonly number[], place: number, last: number): number {
  const next = starts[last + 1];
  if (place >= starts[last]! && (next === undefined || place < next)) return last;
  let low = 0;
  for (let high = starts.length; high - low > 1; ) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= place) low = middle;
    else high = middle;
  }
  return low;
}
