/** What the types of views accept and refuse; checked by the compiler, never run. */
import { Avg, Count, Max, Min, Sum, Top, View } from '@nuthatch/decorators';
import type { Frozen } from '@nuthatch/runtime';
import { expectTypeOf } from 'expect-type';
import {
  type CountrySales,
  countrySalesKey,
  type LabelSales,
  labelSalesKey,
  type MonthlyChannel,
  type NuthatchDatabase,
  Sale,
} from '../../../examples/sales/generated/index.js';

declare const db: NuthatchDatabase;

export function reads(): void {
  expectTypeOf(db.countrySales.get('CH')).toEqualTypeOf<Frozen<CountrySales> | undefined>();
  expectTypeOf(db.countrySales.require('CH').micros).toEqualTypeOf<bigint>();
  expectTypeOf(db.countrySales.require('CH').averageDiscount).toEqualTypeOf<number | undefined>();
  expectTypeOf(db.countrySales.require('CH').best[0]).toEqualTypeOf<
    Frozen<Pick<Sale, 'id' | 'amount' | 'channel'>> | undefined
  >();
  expectTypeOf(db.monthlyChannel.get({ month: '2026-01', channel: 'web' })).toEqualTypeOf<
    Readonly<MonthlyChannel> | undefined
  >();
  db.countrySales.get(countrySalesKey('CH'));
  // @ts-expect-error the key of another view
  db.countrySales.get(labelSalesKey('new'));
  // @ts-expect-error a part of the key is missing
  db.monthlyChannel.get({ month: '2026-01' });
  db.countrySales.find({ sales: { gte: 3 }, or: [{ country: 'CH' }, { total: { lt: 5 } }] });
  // @ts-expect-error a field without an index
  db.countrySales.find({ micros: 5n });
  // @ts-expect-error a text where a number is due
  db.countrySales.findBySales('3');
  db.countrySales.all().orderBy('total', 'desc').orderBy('country').limit(3).page();
  // @ts-expect-error a field without an order
  db.countrySales.all().orderBy('best');
  db.largeSale.find({ labels: { any: ['new'] } }).count();
  expectTypeOf(db.countrySales.sum('sales')).toEqualTypeOf<number>();
  // @ts-expect-error rows cannot be changed
  db.countrySales.require('CH').sales = 1;
  // @ts-expect-error and nothing in them
  db.countrySales.require('CH').best.push({ id: 1, amount: 2, channel: 'web' });
}

export function watched(): void {
  db.labelSales.watch((rows, { changed }) => {
    expectTypeOf(rows).toEqualTypeOf<readonly Frozen<LabelSales>[]>();
    expectTypeOf(changed[0]!.before).toEqualTypeOf<Frozen<LabelSales>>();
  });
  db.countrySales.subscribe(({ key, after }) => {
    expectTypeOf(after).toEqualTypeOf<Frozen<CountrySales> | undefined>();
    db.countrySales.get(key);
  });
  using snapshot = db.snapshot();
  expectTypeOf(snapshot.countrySales.get('CH')).toEqualTypeOf<Frozen<CountrySales> | undefined>();
}

export async function writes(): Promise<void> {
  // @ts-expect-error nobody writes rows
  await db.countrySales.insert({ country: 'CH' });
  // @ts-expect-error nor changes them
  await db.countrySales.update('CH', { sales: 1 });
  // @ts-expect-error nor deletes them
  await db.countrySales.delete('CH');
  // @ts-expect-error changes of rows are not kept
  db.countrySales.changes({ since: 1n });
  await db.transaction((tx) => {
    tx.countrySales.require('CH').sales;
    // @ts-expect-error nor in a transaction
    tx.countrySales.clear();
  });
}

export function declarations(): void {
  View(() => Sale, { where: { country: { in: ['CH'] }, note: null, labels: 'new', amount: { gte: 1, lt: 5 } } });
  View(() => Sale, { where: { or: [{ channel: 'web' }, { not: { discount: { absent: true } } }] } });
  View(() => Sale, { where: ({ amount }) => amount > 5, groupBy: ['country', 'channel'], collection: 'both' });
  // @ts-expect-error a field that the documents have not
  View(() => Sale, { where: { land: 'CH' } });
  // @ts-expect-error a value of another type
  View(() => Sale, { where: { amount: 'much' } });
  // @ts-expect-error a channel that there is not
  View(() => Sale, { where: { channel: 'mail' } });
  // @ts-expect-error null where the field is never null
  View(() => Sale, { where: { country: null } });
  // @ts-expect-error a group by no field
  View(() => Sale, { groupBy: 'land' });
  // @ts-expect-error the class itself, which may not be declared yet
  View(Sale);
  // @ts-expect-error an option that there is not
  View(() => Sale, { having: {} });

  class Wrong {
    // @ts-expect-error a count is a number
    @Count() a!: string;
    // @ts-expect-error a sum is a number or bigint
    @Sum('amount') b!: string;
    // @ts-expect-error an average is a number
    @Avg('amount') c!: bigint;
    // @ts-expect-error an object has no order
    @Min('amount') d!: { e: number };
    // @ts-expect-error first documents are a list
    @Top(3, 'amount') f!: Sale;
    // @ts-expect-error an order that there is not
    @Top(3, 'amount', { order: 'down' }) g!: Sale[];
    // @ts-expect-error as of class-validator
    @Max(3) h!: number;
  }
  void Wrong;
}
