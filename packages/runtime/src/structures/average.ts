/** A sum by how many values it is of, at least one. Of bigints the whole part and the rest by themselves: a sum may be far above what a number holds exactly. */
export function averageOf(sum: number | bigint, count: number): number {
  if (typeof sum === 'number') return sum / count;
  const divisor = BigInt(count);
  return Number(sum / divisor) + Number(sum % divisor) / count;
}
