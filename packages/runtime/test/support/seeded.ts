/** Random tests that can be replayed: the seed is new each time, or NUTHATCH_SEED, and stands in the message of a failure. */

/** Numbers from 0 to 1, the same for the same seed. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs `work` with random numbers of one seed; whatever it throws says how to replay it. */
export async function seeded(work: (random: () => number, seed: number) => Promise<void>): Promise<void> {
  const given = process.env['NUTHATCH_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  try {
    await work(randomFrom(seed), seed);
  } catch (error) {
    if (error instanceof Error) error.message = `replay with NUTHATCH_SEED=${seed}\n${error.message}`;
    throw error;
  }
}
