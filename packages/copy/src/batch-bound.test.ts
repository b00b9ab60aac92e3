import type { DocumentModel } from '@nuthatch/model';
import { BATCH_BYTES, BatchBound, PageBound } from './batch-bound.js';

const model = {
  fields: [
    { name: 'id', type: { kind: 'number' } },
    { name: 'text', type: { kind: 'string' } },
  ],
} as unknown as DocumentModel;
const row = (length: number) => ({ id: 1, text: 'x'.repeat(length) });

it('ends a batch by count, or by bytes', () => {
  const bound = new BatchBound({ model }, 3);
  expect([1, 2, 3].map(() => bound.add(row(1)))).toEqual([false, false, true]);
  bound.begin();
  expect([bound.add(row(BATCH_BYTES / 4)), bound.add(row(BATCH_BYTES / 4))]).toEqual([false, true]);
});

it('reads pages of as many rows as are as large as a batch, beginning with few', () => {
  const bound = new PageBound({ model }, 2_000);
  expect(bound.rowCount).toBe(64);
  bound.learn(Array.from({ length: 64 }, () => row(10)));
  expect(bound.rowCount).toBe(256);
  for (let page = 0; page < 3; page++) bound.learn(Array.from({ length: 10 }, () => row(10)));
  expect(bound.rowCount).toBe(2_000);
  bound.learn([row(BATCH_BYTES), row(1)]);
  expect(bound.rowCount).toBe(1);
  bound.learn([]);
  expect([bound.rowCount, new PageBound({ model }, 5).rowCount]).toEqual([1, 5]);
});
