/**
 * Databases that open from an image, beside brute force: random histories with compactions and openings in between,
 * every kind of key and index, documents that were touched and that were not.
 */
import fc from 'fast-check';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { Checked, INDEXES, KEYS, steps } from '../support/checked-images.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { IS_NIGHTLY } from '../support/long-run.js';

describe.each(Object.keys(KEYS))('images of documents with %s for keys', (name) => {
  it('answer every query as brute force does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const checked = new Checked(KEYS[name]!);
        await checked.open();
        for (const step of history) {
          await checked.run(step);
          if (step.kind === 'reopen') checked.check();
        }
        await checked.run({ kind: 'compact' });
        await checked.run({ kind: 'reopen' });
        expect(checked.imageCounts()[0]).toBe(checked.things.size);
        checked.check();
        await checked.close();
      }),
      { numRuns: IS_NIGHTLY ? 300 : 12 },
    );
  });

  it('serve a class that has other indexes by now', async () => {
    const checked = new Checked(KEYS[name]!);
    await checked.open(INDEXES.filter((_, position) => position % 3 !== 0));
    await checked.run({ kind: 'put', numbers: Array.from({ length: 50 }, (_, number) => number) });
    await checked.run({ kind: 'compact' });
    await checked.run({ kind: 'reopen' });
    const [documentCount, ...entryCounts] = checked.imageCounts();
    expect(documentCount).toBe(50);
    expect(entryCounts.map((entryCount) => entryCount > 0)).toEqual(INDEXES.map((_, position) => position % 3 !== 0));
    checked.check();
    await checked.run({ kind: 'put', numbers: [1, 2, 3, 55] });
    await checked.run({ kind: 'delete', numbers: [4, 5] });
    await checked.run({ kind: 'reopen' });
    // Two went, and three have a next version, which is found elsewhere.
    expect(checked.imageCounts()[0]).toBe(45);
    checked.check();
    await checked.close();
  });
});

describe.each<[string, Partial<DatabaseOptions>]>([
  ['of documents that become bytes again', { cacheBytes: 2_000 }],
  ['followed by deltas', { compaction: BY_DELTAS }],
  ['followed by deltas, of documents that become bytes again', { compaction: BY_DELTAS, cacheBytes: 2_000 }],
  ['written as JSON too', { pageCodec: 'json' }],
  ['compressed', { pageCodec: 'compressed' }],
  ['encrypted', { encryption: { keyId: 'k', key: new Uint8Array(32).fill(7) } }],
  [
    'compressed and encrypted',
    { pageCodec: 'compressed', encryption: { keyId: 'k', key: new Uint8Array(32).fill(7) } },
  ],
])('images that are %s', (_, options) => {
  it('answer every query as brute force does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...Object.keys(KEYS)), async (history, name) => {
        const checked = new Checked(KEYS[name]!, options);
        await checked.open();
        for (const step of history) {
          await checked.run(step);
          if (step.kind === 'reopen') checked.check();
        }
        await checked.database.compact({ whole: true });
        await checked.run({ kind: 'reopen' });
        expect(checked.imageCounts()[0]).toBe(checked.things.size);
        checked.check();
        await checked.close();
      }),
      { numRuns: 8 },
    );
  });
});
