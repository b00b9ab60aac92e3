/**
 * Unions and differences of entries. Few slots are sorted; many are noted as bits, one for each entry of the collection:
 * whichever takes less memory.
 */
import type { Slot } from '../../structures/slot.js';

const BITS = 32;

/** Every slot that one of the lists has, once, rising. O(slots · log slots), or O(slots + end / 32). */
export function unionOf(lists: readonly ArrayLike<Slot>[], end: Slot): readonly Slot[] {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  return isFew(count, end) ? sortedUnion(lists, count) : slotsOf(bitsOf(lists, end), end);
}

/** Those of `all` that the list does not have, in their order; the first `limit` of them. O(list + all). */
export function differenceOf(all: Iterable<Slot>, list: ArrayLike<Slot>, end: Slot, limit: number): readonly Slot[] {
  const has = membership(list, end);
  const answer: Slot[] = [];
  if (limit <= 0) return answer;
  for (const slot of all) {
    if (has(slot)) continue;
    answer.push(slot);
    if (answer.length >= limit) break;
  }
  return answer;
}

/** Whether the list has a slot. O(list), or O(list + end / 32); then O(1) for each. */
export function membership(list: ArrayLike<Slot>, end: Slot): (slot: Slot) => boolean {
  if (isFew(list.length, end)) {
    const set = new Set(Array.from(list));
    return (slot) => set.has(slot);
  }
  const bits = bitsOf([list], end);
  return (slot) => (bits[slot >>> 5]! & (1 << (slot & 31))) !== 0;
}

/** Whether so many slots take less memory as a list than as bits. */
export function isFew(count: number, end: Slot): boolean {
  return count * BITS < end;
}

function sortedUnion(lists: readonly ArrayLike<Slot>[], count: number): readonly Slot[] {
  const all = new Uint32Array(count);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  const answer: Slot[] = [];
  for (const slot of all) if (answer.at(-1) !== slot) answer.push(slot);
  return answer;
}

function bitsOf(lists: readonly ArrayLike<Slot>[], end: Slot): Int32Array {
  const bits = new Int32Array(Math.ceil(end / BITS));
  for (const list of lists)
    for (let at = 0; at < list.length; at++) {
      const slot = list[at]!;
      bits[slot >>> 5]! |= 1 << (slot & 31);
    }
  return bits;
}

/** The slots whose bits are set, rising. O(end / 32 + slots). */
export function slotsOf(bits: Int32Array, end: Slot): readonly Slot[] {
  const answer: Slot[] = [];
  for (let word = 0; word < bits.length; word++) {
    let left = bits[word]!;
    while (left !== 0) {
      const bit = 31 - Math.clz32(left & -left);
      const slot = word * BITS + bit;
      if (slot < end) answer.push(slot);
      left &= left - 1;
    }
  }
  return answer;
}
