/** Identity of a document in the store, and the one order of keys: what breaks ties between equal index values. */

/** The id itself, or the encoded text of a composite id. `1`, `'1'` and `1n` are three keys. */
export type StoreKey = string | number | bigint;

/**
 * Total order of keys: numbers, then bigints, then strings by UTF-16 code unit. O(length of the common prefix).
 *
 * @returns negative, 0 (the same key) or positive.
 */
export function compareStoreKeys(a: StoreKey, b: StoreKey): number {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return rank(a) - rank(b);
}

function rank(key: StoreKey): number {
  return typeof key === 'number' ? 0 : typeof key === 'bigint' ? 1 : 2;
}
