/** What generated repositories of classes with `@Vector` take and give, as the compiler sees it. */
import type { NearestQuery } from '@nuthatch/runtime/generated';
import { expectTypeOf } from 'expect-type';
import type { NuthatchDatabase, PassageTypes } from '../../../generated/index.js';
import type { Passage } from '../../../schemas/passage.js';

declare const db: NuthatchDatabase;
declare const vector: Float32Array;

export function asked(): void {
  expectTypeOf(db.passage.nearest(vector)).toEqualTypeOf<NearestQuery<PassageTypes>>();
  expectTypeOf(db.passage.nearest([1, 2, 3], { field: 'embedding' }).limit(3)).toEqualTypeOf<
    NearestQuery<PassageTypes>
  >();
  const [hit] = db.passage.nearest(Float64Array.of(1), { where: { language: 'en' }, limit: 3 }).hits();
  expectTypeOf(hit!.document).toEqualTypeOf<Readonly<Passage>>();
  expectTypeOf(hit!.distance).toEqualTypeOf<number>();
  const [row] = db.passage.nearest(vector).select('text').hits();
  expectTypeOf(row!.document.text).toEqualTypeOf<string>();
  // @ts-expect-error it was not selected
  row!.document.id;
  // @ts-expect-error a text is no vector
  db.passage.nearest('cat');
  // @ts-expect-error another field
  db.passage.nearest(vector, { field: 'text' });
  // @ts-expect-error a field without an index
  db.passage.nearest(vector, { where: { text: 'cat' } });
  // @ts-expect-error there is no such option
  db.passage.nearest(vector, { k: 3 });
  // @ts-expect-error the order is the distance
  db.passage.nearest(vector).orderBy('writtenAt');
  // @ts-expect-error a class without vectors
  db.player.nearest(vector);
}

export async function inTransactionsAndLibraries(): Promise<void> {
  await db.transaction((tx) => {
    expectTypeOf(tx.passage.nearest(vector).first()).toEqualTypeOf<Readonly<Passage> | undefined>();
  });
  const library = { set(): void {}, remove(): void {}, clear(): void {}, search: (): number[] => [] };
  await db.passage.approximate('embedding', library);
  // @ts-expect-error another field
  await db.passage.approximate('text', library);
  // @ts-expect-error it cannot be asked
  await db.passage.approximate('embedding', { set() {}, remove() {}, clear() {} });
}
