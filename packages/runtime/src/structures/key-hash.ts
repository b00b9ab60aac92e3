/**
 * A cheap 32-bit hash of map keys, good in its low bits: it chooses the shard, the shard's own Map does the rest.
 *
 * Strings: FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3. Up to 128 units every unit counts, so
 * keys that share a prefix or a suffix spread; of longer ones the first 64, the last 64, 64 in between and the length.
 * Long keys that differ elsewhere only share a shard, which costs speed of growth, never correctness.
 * The hash lives in memory only: it may change between releases.
 */
const WHOLE_UNITS = 128;
const SAMPLED_UNITS = 64;

/** What a hashed key may be. Values equal under Map's own rule (SameValueZero) hash equally. */
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
  return finalise(Math.imul(halves[0] as number, FNV_PRIME) ^ (halves[1] as number));
}

function hashBigint(value: bigint): number {
  if (value !== BigInt.asIntN(64, value)) return hashString(value.toString(36));
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return finalise(Math.imul(low, FNV_PRIME) ^ high);
}

/** Finaliser of MurmurHash3: every input bit reaches the low bits. */
function finalise(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
