/** Conditions of many parts: which of them are listed, and that the answer is their union all the same. */
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Condition } from './collection-index.js';
import { OneOf } from './compound-condition.js';

const SIZE = 1_000;
const store = { size: SIZE, end: SIZE } as ShardedStore;

/** A part that has the slots for which `has` holds, and counts how often they were listed. */
function partOf(has: (slot: number) => boolean, listed: { count: number }): Condition {
  const slots = Array.from({ length: SIZE }, (_, slot) => slot).filter(has);
  return {
    isExact: true,
    estimate: slots.length,
    slots: () => {
      listed.count++;
      return slots;
    },
    slotsNow: () => {
      listed.count++;
      return Uint32Array.from(slots);
    },
    matches: () => false,
  };
}

function oneOf(count: number, has: (part: number, slot: number) => boolean): { listed: number; slots: unknown } {
  const listed = { count: 0 };
  const parts = Array.from({ length: count }, (_, part) => partOf((slot) => has(part, slot), listed));
  const slots = new OneOf(parts, store).slots();
  return { listed: listed.count, slots };
}

describe('one of many conditions', () => {
  it('lists no more parts once every document is found', () => {
    const { listed, slots } = oneOf(1_000, (part, slot) => slot !== part);
    expect(listed).toBe(3);
    expect(slots).toHaveLength(SIZE);
  });

  it('leaves the listing where the few documents that are missing are sooner looked at', () => {
    const { listed, slots } = oneOf(1_000, (_, slot) => slot >= 5);
    expect(listed).toBe(3);
    expect(slots).toBeUndefined();
  });

  it('lists all parts where many documents are missing, each found once', () => {
    const { listed, slots } = oneOf(200, (part, slot) => slot < 20 || slot % 200 === part);
    expect(listed).toBe(200);
    expect(slots).toEqual(Array.from({ length: SIZE }, (_, slot) => slot));
    const overlapping = oneOf(100, (part, slot) => slot >= 900 || slot === part);
    expect(overlapping.listed).toBe(100);
    expect(overlapping.slots).toEqual(
      Array.from({ length: SIZE }, (_, slot) => slot).filter((slot) => slot < 100 || slot >= 900),
    );
  });
});
