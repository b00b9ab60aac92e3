/** What generated repositories of classes with `@Released()` and `@Lifetime` take and give, as the compiler sees it. */
import type { Frozen } from '@nuthatch/runtime';
import { expectTypeOf } from 'expect-type';
import type { NuthatchDatabase } from '../../../generated/index.js';
import type { Part } from '../../../schemas/part.js';

declare const db: NuthatchDatabase;

export async function releases(): Promise<void> {
  const { release, document, releasedAt } = await db.part.release('p1', { ifRevision: 2, durability: 'os' });
  expectTypeOf(release).toEqualTypeOf<number>();
  expectTypeOf(document).toEqualTypeOf<Frozen<Part>>();
  expectTypeOf(releasedAt).toEqualTypeOf<Date>();
  expectTypeOf(await db.part.revise('p1')).toEqualTypeOf<Frozen<Part>>();
  expectTypeOf(db.part.getReleased('p1', 1)).toEqualTypeOf<Frozen<Part> | undefined>();
  expectTypeOf(db.part.getReleased({ key: 'p1', release: 1 })).toEqualTypeOf<Frozen<Part> | undefined>();
  // @ts-expect-error a release is a number
  db.part.getReleased('p1', '1');
  // @ts-expect-error no time to live of what stays
  await db.part.release('p1', { ttlMs: 5 });
  // @ts-expect-error not a released class
  await db.player.release('p1');
  // @ts-expect-error nor one with states
  await db.player.setLifetime('p1', 'active');
}

export async function lifetimes(): Promise<void> {
  await db.part.setLifetime('p1', 'active');
  await db.part.setLifetime('p1', 'active', { from: 'draft' });
  await db.part.setLifetime('p1', 'obsolete', { from: 'active', release: 1, ifRevision: 3 });
  // @ts-expect-error no such state
  await db.part.setLifetime('p1', 'gone');
  // @ts-expect-error `obsolete` does not follow `draft`
  await db.part.setLifetime('p1', 'obsolete', { from: 'draft' });
  // @ts-expect-error nothing follows `obsolete`
  await db.part.setLifetime('p1', 'active', { from: 'obsolete' });
}

export async function transactions(): Promise<void> {
  await db.transaction((tx) => {
    expectTypeOf(tx.part.release('p1').release).toEqualTypeOf<number>();
    expectTypeOf(tx.part.revise('p1')).toEqualTypeOf<Frozen<Part>>();
    expectTypeOf(tx.part.setLifetime('p1', 'active', { from: 'draft' })).toEqualTypeOf<Frozen<Part>>();
    // @ts-expect-error the whole transaction has one durability
    tx.part.release('p1', { durability: 'os' });
  });
}
