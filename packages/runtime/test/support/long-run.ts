/**
 * How often a test repeats itself: what its variable says, else `usual` times. `npm run test:nightly` sets the variables
 * to their long values; scripts/nightly.mjs lists them all.
 */
export function repeats(variable: string, usual: number): number {
  const given = process.env[variable];
  return given === undefined ? usual : Math.max(1, Math.round(Number(given)));
}

/** Whether the long versions run, which are also the more thorough ones. */
export const IS_NIGHTLY = process.env['NUTHATCH_NIGHTLY'] !== undefined;
