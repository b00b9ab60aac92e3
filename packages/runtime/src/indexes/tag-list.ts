/** The tags of one document, as an index holds them. */
import { isSetValue } from '../document/brands.js';
import { type ScalarValue, scalarValue } from './index-value.js';

/** The tags of one document, each once. */
export type TagList = readonly ScalarValue[];

/** Up to here a scan of the array beats a Set. */
const FEW_TAGS = 16;

/**
 * The tags in a field of a document, each once: of an array, a Set or a single value. May be the document's own array. O(tags).
 *
 * @param name of the index.
 * @throws DatabaseError `INVALID_INDEX_VALUE`.
 */
export function tagsIn(raw: unknown, name: string): TagList {
  if (Array.isArray(raw)) return tagsOf(raw, name);
  return tagsOf(isSetValue(raw) ? [...raw] : [raw], name);
}

/** The same array when it is good as it is: plain values, none twice. */
function tagsOf(raw: readonly unknown[], name: string): TagList {
  if (raw.length > FEW_TAGS) return normalised(raw, name);
  for (let index = 0; index < raw.length; index++) {
    const tag = raw[index];
    if (typeof tag !== 'string' || raw.indexOf(tag) !== index) return normalised(raw, name);
  }
  return raw as TagList;
}

/** Raw tags as the index holds them, each once; null and undefined are none. @throws DatabaseError `INVALID_INDEX_VALUE`. */
export function normalised(raw: readonly unknown[], name: string): TagList {
  const tags = new Set<ScalarValue>();
  for (const item of raw) {
    const tag = scalarValue(item, name);
    if (tag !== undefined) tags.add(tag);
  }
  return [...tags];
}

/** Tags of `wanted` that `held` lacks. */
export function missingFrom(held: TagList, wanted: TagList): TagList {
  if (held.length <= FEW_TAGS) return wanted.filter((tag) => !held.includes(tag));
  const set = new Set(held);
  return wanted.filter((tag) => !set.has(tag));
}
