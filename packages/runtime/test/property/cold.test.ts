/**
 * Cold collections beside brute force: random histories with images, openings, kills and undo in between, every kind of key
 * and index, a cache of a few documents.
 */
import fc from 'fast-check';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { Checked, KEYS, steps } from '../support/checked-images.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { IS_NIGHTLY } from '../support/long-run.js';

/** Of about two documents. */
const CACHE_BYTES = 2_000;

describe.each(Object.keys(KEYS))('a cold collection with %s for keys', (name) => {
  it('answers every query as brute force does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(undefined, 0, CACHE_BYTES), async (history, cacheBytes) => {
        const checked = new Checked(KEYS[name]!, { ...(cacheBytes !== undefined && { cacheBytes }) }, 'cold');
        await checked.open();
        for (const step of history) {
          await checked.run(step);
          if (step.kind === 'reopen' || step.kind === 'compact') checked.check();
        }
        await checked.run({ kind: 'compact' });
        checked.check();
        await checked.run({ kind: 'reopen' });
        const { coldCount, documentCount } = checked.database.stats().collections['player']!;
        expect(coldCount).toBe(documentCount);
        checked.check();
        await checked.close();
      }),
      { numRuns: IS_NIGHTLY ? 300 : 12 },
    );
  });
});

describe.each<[string, Partial<DatabaseOptions>]>([
  ['followed by deltas', { compaction: BY_DELTAS }],
  ['compressed', { pageCodec: 'compressed' }],
  ['encrypted', { encryption: { keyId: 'k', key: new Uint8Array(32).fill(7) } }],
  [
    'compressed and encrypted',
    { pageCodec: 'compressed', encryption: { keyId: 'k', key: new Uint8Array(32).fill(7) } },
  ],
])('a cold collection in images that are %s', (_, options) => {
  it('answers every query as brute force does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...Object.keys(KEYS)), async (history, name) => {
        const checked = new Checked(KEYS[name]!, { ...options, cacheBytes: CACHE_BYTES }, 'cold');
        await checked.open();
        for (const step of history) await checked.run(step);
        await checked.run({ kind: 'compact' });
        await checked.run({ kind: 'reopen' });
        checked.check();
        await checked.close();
      }),
      { numRuns: 8 },
    );
  });
});
