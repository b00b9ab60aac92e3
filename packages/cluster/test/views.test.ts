/** Views of two nodes: each is made of the documents of its node, which are those of the journal. */
import { type NuthatchDatabase, openDatabase, type SaleInput } from '../../../examples/sales/generated/index.js';
import { memoryJournal } from '../src/index.js';

const sale = (id: number, country: string): SaleInput => {
  return { id, country, channel: 'web', amount: id, micros: 1n, soldAt: new Date(id) };
};
const rowsOf = (db: NuthatchDatabase): readonly string[] =>
  [...db.countrySales.all().orderBy('country')].map(({ country, sales, total }) => `${country} ${sales} ${total}`);

it('are the same once both have all, after writes of either and writes that were taken back', async () => {
  const journal = memoryJournal();
  await using a = await openDatabase({ memory: true, journal } as never);
  await using b = await openDatabase({ memory: true, journal } as never);
  const shown: number[] = [];
  b.countrySales.all().watch((rows) => void shown.push(rows.length));
  await a.sale.insertMany([sale(1, 'CH'), sale(2, 'CH'), sale(3, 'DE')]);
  await b.barrier();
  expect(rowsOf(b)).toEqual(['CH 2 3', 'DE 1 3']);
  for (let round = 0; round < 20; round++) {
    // Of two writes to one document at a time one comes first; the other is written again on top of it.
    await Promise.allSettled([
      a.sale.update(1, { country: `a${round}` }),
      b.sale.update(1, { country: `b${round}` }),
      b.sale.update(2, ({ amount }) => ({ amount: amount + 1 })),
      a.sale.update(2, ({ amount }) => ({ amount: amount + 1 })),
    ]);
    await a.barrier();
    await b.barrier();
    expect(rowsOf(a)).toEqual(rowsOf(b));
    expect(rowsOf(a)).toHaveLength(3);
  }
  expect([shown.at(-1), b.countrySales.get('CH')?.total]).toEqual([3, b.sale.require(2).amount]);
});
