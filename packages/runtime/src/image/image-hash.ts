/**
 * The hash of values in the tables of an image. Files hold what follows from it: never change it.
 *
 * FNV-1a over the UTF-16 units of a text, or over the two halves of a double, begun from the image's own random seed, so
 * that nobody can choose keys that collide; then the finaliser of MurmurHash3. Grammar: docs/journal-format.md, "Tables".
 */

/** A value that a table finds: a key, or a value of an index. */
export type HashedValue = string | number | bigint | boolean;

const FNV_PRIME = 0x01000193;
/** Told apart from the text of the same digits. */
const BIGINT_START = 0x27d4eb2f;
const BOOLEAN_HASH = 0x165667b1;

const doubles = new Float64Array(1);
const halves = new Uint32Array(doubles.buffer);

/** Signed, of 32 bits. O(length of a text). */
export function imageHash(value: HashedValue, seed: number): number {
  switch (typeof value) {
    case 'string':
      return textHash(value, seed);
    case 'number': {
      // -0 and 0 are one value.
      doubles[0] = value === 0 ? 0 : value;
      return finalised(Math.imul(Math.imul(seed ^ halves[0]!, FNV_PRIME) ^ halves[1]!, FNV_PRIME));
    }
    case 'bigint':
      return textHash(value.toString(36), seed ^ BIGINT_START);
    default:
      return finalised(seed ^ (value ? BOOLEAN_HASH : 0));
  }
}

function textHash(text: string, seed: number): number {
  let hash = seed | 0;
  const { length } = text;
  for (let index = 0; index < length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return finalised(hash ^ length);
}

function finalised(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
