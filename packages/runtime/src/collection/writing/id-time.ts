/** The time inside of an id that sorts by it: 48 bits of epoch milliseconds, in ULIDs and in UUIDs of version 7. */

/** In the year 10889. */
export const LAST_ID_MS = 2 ** 48 - 1;

/** What the clock says as an id can hold it: whole, not before 1970, not after `LAST_ID_MS`; 0 of a clock without a time. */
export function idTimeOf(clockMs: number): number {
  return clockMs >= LAST_ID_MS ? LAST_ID_MS : clockMs > 0 ? Math.floor(clockMs) : 0;
}
