/**
 * How often a test repeats itself: `usual` in `npm test`, `long` in `npm run test:nightly`. NUTHATCH_NIGHTLY_SHARE (from
 * 0 to 1) shortens the long runs, to try them out.
 */
export function repeats(usual: number, long: number): number {
  if (!process.env['NUTHATCH_NIGHTLY']) return usual;
  return Math.max(usual, Math.round(long * Number(process.env['NUTHATCH_NIGHTLY_SHARE'] ?? 1)));
}
