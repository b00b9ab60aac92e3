/** After every transaction, taken back or not, and after every opening, each view shows what its documents say. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type NuthatchDatabase, openDatabase, type SaleInput } from '../../../../examples/sales/generated/index.js';
import type { Change } from '../../src/feed/change.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { expectedRows, keyText, rowsOf, VIEWS, type Views } from './reference-views.js';

const RUNS = repeats('NUTHATCH_VIEWS', 200);

const amount = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 0.2, 0.3, 99.99, 100, 250, -5, 1e15, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
  fc.double({ min: -1_000, max: 1_000, noNaN: true }),
);
const fields = {
  country: fc.constantFrom('CH', 'DE', 'FR', ''),
  channel: fc.constantFrom('web' as const, 'shop' as const, 'phone' as const),
  labels: fc.array(fc.constantFrom('new', 'sale', 'gift'), { maxLength: 4 }),
  amount,
  micros: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  soldAt: fc.constantFrom('2026-01-05', '2026-01-31', '2026-02-01', '2025-12-31').map((text) => new Date(text)),
  discount: fc.option(fc.constantFrom(0, 0.1, 0.5, 1), { nil: undefined }),
  note: fc.option(fc.constantFrom('a', 'b', ''), { nil: null }),
  refunded: fc.boolean(),
};
const id = fc.integer({ min: 1, max: 12 });
const write = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('upsert' as const), id, input: fc.record(fields) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('update' as const), id, patch: fc.record(fields, { requiredKeys: [] }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), id }) },
);
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      writes: fc.array(write, { maxLength: 8 }),
      isTakenBack: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);

function expectViews(db: NuthatchDatabase): void {
  const expected = expectedRows([...db.sale] as never);
  for (const view of VIEWS) {
    const rows = rowsOf(db, view);
    comparedCount++;
    // Told in full only where they differ: that takes much longer.
    if (!isDeepStrictEqual(rows, expected[view])) expect([view, rows]).toEqual([view, expected[view]]);
  }
}

let comparedCount = 0;

/** What those who watch and listen have been told, as rows by key. */
class Told {
  readonly watched = new Map<Views, ReadonlyMap<string, object>>();
  readonly heard = new Map<Views, Map<string, object>>();

  constructor(db: NuthatchDatabase) {
    for (const view of VIEWS) {
      const heard = new Map(([...db[view]] as object[]).map((row) => [keyText(view, row), row] as const));
      this.heard.set(view, heard);
      (db[view] as { watch(listener: (rows: readonly object[]) => void): unknown }).watch((rows) => {
        this.watched.set(view, new Map(rows.map((row) => [keyText(view, row), row])));
      });
      (db[view] as { subscribe(listener: (change: Change) => void): unknown }).subscribe(({ before, after }) => {
        const key = keyText(view, (before ?? after)!);
        // Each change goes on from the row that the one before it left.
        expect(heard.get(key)).toBe(before);
        if (after === undefined) heard.delete(key);
        else heard.set(key, after);
      });
    }
  }

  expect(db: NuthatchDatabase): void {
    for (const view of VIEWS) {
      const rows = new Map(([...db[view]] as object[]).map((row) => [keyText(view, row), row] as const));
      for (const told of [this.watched.get(view), this.heard.get(view)])
        if (!isDeepStrictEqual(told, rows)) expect([view, told]).toEqual([view, rows]);
    }
  }
}

it('shows in every view what its documents say, whatever is written, taken back and opened again', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, isCached) => {
    const fileSystem = new MemoryFileSystem();
    const open = (): Promise<NuthatchDatabase> =>
      openDatabase({
        directory: '/sales',
        fileSystem,
        // Documents become bytes again between two looks at them.
        ...(isCached && { cacheBytes: 1_000 }),
      });
    let db = await open();
    let told = new Told(db);
    for (const each of steps) {
      if (each.kind === 'reopen') {
        await db.close();
        db = await open();
        told = new Told(db);
      } else if (each.kind === 'clear') await db.sale.clear();
      else {
        const { writes, isTakenBack } = each;
        const error = new Error('taken back');
        const done = db.transaction((tx) => {
          for (const one of writes) {
            if (one.kind === 'upsert') tx.sale.upsert({ id: one.id, ...one.input } as SaleInput);
            else if (one.kind === 'delete') tx.sale.delete(one.id);
            else if (one.kind === 'update') {
              if (tx.sale.has(one.id)) tx.sale.update(one.id, one.patch as object);
            } else {
              // Takes back its own writes, and the transaction goes on.
              expect(() => tx.sale.insertMany([{ ...sale(100) }, { ...sale(101) }, { ...sale(100) }])).toThrow();
            }
            expectViews(db);
          }
          if (isTakenBack) throw error;
        });
        await done.catch((cause: unknown) => expect(cause).toBe(error));
      }
      expectViews(db);
      told.expect(db);
    }
    await db.close();
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  expect(comparedCount).toBeGreaterThan(RUNS * 50);
});

function sale(key: number): SaleInput {
  return { id: key, country: 'CH', channel: 'web', labels: ['new'], amount: 500, micros: 5n, soldAt: new Date(0) };
}
