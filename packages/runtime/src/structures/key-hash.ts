/**
 * A cheap 32-bit hash of map keys, good in its low bits: it chooses the shard, the shard's own Map does the rest.
 *
 * Strings: FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3. Up to 128 units every unit counts, so
 * keys that share a prefix or a suffix spread; of longer ones the first 64, the last 64, 64 in between and the length.
 * Long keys that differ elsewhere only share a shard, which costs speed of growth, never correctness.
 *
 * `tailHash` and `headHash` look at six units. Hashing every unit of 15 made a look-up among 1,000,000 take 750 ns where
 * a plain Map took 330, and six units take 430: not for the 16 ns of the loop itself, but since a processor busy with it
 * does not begin with the next look-up while this one waits for memory. Whether six units tell a collection's keys apart
 * depends on the keys: `hashFor` tries.
 * The hashes live in memory only: they may change between releases.
 */
const WHOLE_UNITS = 128;
const SAMPLED_UNITS = 64;
/** Units of the quick hashes. */
const FEW_UNITS = 6;

/** The types of a hashed key. Values equal under Map's own rule (SameValueZero) hash equally. */
export type HashableKey = string | number | bigint | boolean;

/** A signed 32-bit hash. O(length), at most 192 units; no allocation but for bigints. */
export function hashKey(key: HashableKey): number {
  switch (typeof key) {
    case 'string':
      return hashString(key);
    case 'number':
      return hashNumber(key);
    case 'bigint':
      return hashBigint(key);
    default:
      return key ? 0x2c1b3c6d : 0x297a2d39;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashString(text: string): number {
  const { length } = text;
  let hash = FNV_OFFSET | 0;
  if (length <= WHOLE_UNITS) {
    for (let index = 0; index < length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
    return finalise(hash);
  }
  const tail = length - SAMPLED_UNITS;
  const step = (tail - SAMPLED_UNITS) / SAMPLED_UNITS;
  for (let index = 0; index < SAMPLED_UNITS; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
    hash = Math.imul(hash ^ text.charCodeAt(SAMPLED_UNITS + Math.floor(index * step)), FNV_PRIME);
    hash = Math.imul(hash ^ text.charCodeAt(tail + index), FNV_PRIME);
  }
  return finalise(hash ^ length);
}

const doubles = new Float64Array(1);
const halves = new Uint32Array(doubles.buffer);

function hashNumber(value: number): number {
  const integer = value | 0;
  if (integer === value) return finalise(integer);
  if (Number.isNaN(value)) return 0;
  doubles[0] = value;
  return finalise(Math.imul(halves[0]!, FNV_PRIME) ^ halves[1]!);
}

function hashBigint(value: bigint): number {
  if (value !== BigInt.asIntN(64, value)) return hashString(value.toString(36));
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return finalise(Math.imul(low, FNV_PRIME) ^ high);
}

/** A hash of keys, and by which units it tells strings apart. */
export type KeyHash = (key: HashableKey) => number;

/** As `hashKey`, by the last six units of a string: numbers after a prefix, UUIDs, ULIDs. O(1). */
export function tailHash(key: HashableKey): number {
  if (typeof key !== 'string') return hashKey(key);
  return key.length <= FEW_UNITS ? hashString(key) : hashSixUnits(key, key.length - FEW_UNITS);
}

/** As `hashKey`, by the first six units of a string: names before a suffix, addresses. O(1). */
export function headHash(key: HashableKey): number {
  if (typeof key !== 'string') return hashKey(key);
  return key.length <= FEW_UNITS ? hashString(key) : hashSixUnits(key, 0);
}

/** The hash of a key by the chosen function: by name, so that the compiler can put each in place. */
export function hashWith(hash: KeyHash, key: HashableKey): number {
  return hash === tailHash ? tailHash(key) : hash === headHash ? headHash(key) : hashKey(key);
}

/** The quickest hash that parts the keys about evenly, by its low eight bits. O(keys). */
export function hashFor(keys: readonly HashableKey[]): KeyHash {
  return spreads(tailHash, keys) ? tailHash : spreads(headHash, keys) ? headHash : hashKey;
}

/** Keys a hash is chosen by. */
const TRIED_KEYS = 2_048;

/** The first keys of a map, for `hashFor`: to look further took 20 ms at the first split. */
export function firstKeys<K extends HashableKey>(keys: Iterable<K>): K[] {
  const first: K[] = [];
  for (const key of keys) if (first.push(key) === TRIED_KEYS) break;
  return first;
}

/** Keys from all over a list, for `hashFor`. */
export function someKeys<K extends HashableKey>(keys: readonly K[]): K[] {
  const step = Math.ceil(keys.length / TRIED_KEYS);
  return Array.from({ length: Math.ceil(keys.length / step) }, (_, index) => keys[index * step]!);
}

function spreads(hash: KeyHash, keys: readonly HashableKey[]): boolean {
  const counts = new Uint32Array(256);
  for (const key of keys) {
    const place = hash(key) & 255;
    counts[place] = counts[place]! + 1;
  }
  return counts.every((count) => count <= 4 * (keys.length / counts.length) + 8);
}

/** Products that do not wait for one another, with odd constants of SHA-256. */
function hashSixUnits(text: string, from: number): number {
  return finalise(
    (Math.imul(text.charCodeAt(from), 0x428a2f99) + Math.imul(text.charCodeAt(from + 1), 0x71374491)) ^
      (Math.imul(text.charCodeAt(from + 2), 0xb5c0fbcf) + Math.imul(text.charCodeAt(from + 3), 0xe9b5dba5)) ^
      (Math.imul(text.charCodeAt(from + 4), 0x3956c25b) + Math.imul(text.charCodeAt(from + 5), 0x59f111f1)),
  );
}

/** Finaliser of MurmurHash3: every input bit reaches the low bits. */
function finalise(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
