/** Positions by ascending pattern; those of one pattern stay in order. O(n). */
export function countingOrder(patterns: Uint32Array, patternCount: number): Uint32Array {
  const next = new Uint32Array(patternCount + 1);
  for (const pattern of patterns) next[pattern + 1] = (next[pattern + 1] as number) + 1;
  for (let pattern = 0; pattern < patternCount; pattern++)
    next[pattern + 1] = (next[pattern + 1] as number) + (next[pattern] as number);
  const order = new Uint32Array(patterns.length);
  for (let position = 0; position < patterns.length; position++) {
    const pattern = patterns[position] as number;
    const place = next[pattern] as number;
    order[place] = position;
    next[pattern] = place + 1;
  }
  return order;
}
