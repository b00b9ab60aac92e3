/**
 * How far apart two vectors are, by metric. The least is the nearest.
 *
 *   cosine      1 − a·b ÷ (|a| |b|)     0 to 2
 *   dot         − a·b                   any number
 *   euclidean   |a − b|                 0 or more
 *
 * Sums are of double precision, eight at a time: one after the other each addition would wait for the one before it.
 * 100,000 rows of 384 numbers take about 30 ms of one core. For the same numbers the answer is the same to the last bit,
 * wherever they lie: cursors and watched queries compare distances that were found at different times.
 */
import type { VectorMetric } from '@nuthatch/model';

/** The inner product of the row that begins at `at` and the vector. */
export function dotAt(rows: Float32Array, at: number, vector: Float32Array): number {
  const { length } = vector;
  const whole = length - (length % 8);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  let from = at;
  for (let index = 0; index < whole; index += 8) {
    a += rows[from]! * vector[index]!;
    b += rows[from + 1]! * vector[index + 1]!;
    c += rows[from + 2]! * vector[index + 2]!;
    d += rows[from + 3]! * vector[index + 3]!;
    e += rows[from + 4]! * vector[index + 4]!;
    f += rows[from + 5]! * vector[index + 5]!;
    g += rows[from + 6]! * vector[index + 6]!;
    h += rows[from + 7]! * vector[index + 7]!;
    from += 8;
  }
  for (let index = whole; index < length; index++) a += rows[from++]! * vector[index]!;
  return a + b + (c + d) + (e + f + (g + h));
}

/** The square of the straight distance. */
export function squareAt(rows: Float32Array, at: number, vector: Float32Array): number {
  const { length } = vector;
  const whole = length - (length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let from = at;
  for (let index = 0; index < whole; index += 4) {
    const x = rows[from]! - vector[index]!;
    const y = rows[from + 1]! - vector[index + 1]!;
    const z = rows[from + 2]! - vector[index + 2]!;
    const w = rows[from + 3]! - vector[index + 3]!;
    a += x * x;
    b += y * y;
    c += z * z;
    d += w * w;
    from += 4;
  }
  for (let index = whole; index < length; index++) {
    const x = rows[from++]! - vector[index]!;
    a += x * x;
  }
  return a + b + (c + d);
}

/** The length of a vector. NaN or infinite unless all its numbers are finite. */
export function normOf(vector: Float32Array): number {
  return Math.sqrt(dotAt(vector, 0, vector));
}

/** The distance of a row from the vector; both lengths are known. O(dimensions). */
export function distanceAt(
  metric: VectorMetric,
  rows: Float32Array,
  at: number,
  rowNorm: number,
  vector: Float32Array,
  norm: number,
): number {
  if (metric === 'euclidean') return Math.sqrt(squareAt(rows, at, vector));
  const dot = dotAt(rows, at, vector);
  // Not −0, which no cursor keeps.
  if (metric === 'dot') return 0 - dot;
  // Rounding would give less than 0 for a vector and itself.
  return Math.min(2, Math.max(0, 1 - dot / (rowNorm * norm)));
}
