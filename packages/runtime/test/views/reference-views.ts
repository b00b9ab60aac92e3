/** The rows of the views of examples/sales, worked out anew from all documents and in another way. */
import type { NuthatchDatabase, Sale } from '../../../../examples/sales/generated/index.js';
import { ExactSum } from '../../src/structures/exact-sum.js';

type Row = Readonly<Record<string, unknown>>;
export type Views = 'countrySales' | 'labelSales' | 'largeSale' | 'monthlyChannel';

export const VIEWS: readonly Views[] = ['countrySales', 'labelSales', 'largeSale', 'monthlyChannel'];

/** Rows by the text of their key. */
export type Rows = ReadonlyMap<string, Row>;

export function expectedRows(documents: readonly Sale[]): Record<Views, Rows> {
  const sales = [...documents].sort((a, b) => a.id - b.id);
  return {
    countrySales: grouped(
      sales.filter(({ refunded }) => !refunded),
      ({ country }) => [country],
      (group, [country]) => ({
        country,
        sales: group.length,
        total: sumOf(group.map(({ amount }) => amount)),
        micros: group.reduce((sum, { micros }) => sum + micros, 0n),
        average: sumOf(group.map(({ amount }) => amount)) / group.length,
        averageDiscount: averageOf(group.map(({ discount }) => discount)),
        first: least(group.map(({ soldAt }) => soldAt)),
        // -0 is 0 there.
        largest: least(
          group.map(({ amount }) => amount + 0).filter((amount) => !Number.isNaN(amount)),
          -1,
        ),
        firstNote: least(group.map(({ note }) => note).filter((note) => note !== null)),
        best: group
          .filter(({ amount }) => !Number.isNaN(amount))
          .sort((a, b) => b.amount - a.amount || b.id - a.id)
          .slice(0, 3)
          .map(({ id, amount, channel }) => ({ id, amount, channel })),
      }),
    ),
    labelSales: grouped(
      sales.filter(({ channel, amount }) => channel === 'web' || amount >= 100),
      ({ labels }) => [...new Set(labels)],
      (group, [labels]) => ({
        labels,
        sales: group.length,
        largestDiscount: least(
          group.map(({ discount }) => discount).filter((discount) => discount !== undefined),
          -1,
        ),
        first: group
          .sort((a, b) => a.soldAt.getTime() - b.soldAt.getTime() || a.id - b.id)
          .slice(0, 2)
          .map(({ id, soldAt }) => ({ id, soldAt })),
      }),
    ),
    largeSale: new Map(
      sales
        .filter(({ refunded, amount, discount = 0 }) => !refunded && amount * (1 - discount) >= 100)
        .map(({ id, country, labels, amount, discount }) => [String(id), { id, country, labels, amount, discount }]),
    ),
    monthlyChannel: grouped(
      sales,
      ({ soldAt, channel }) => [[soldAt.toISOString().slice(0, 7), channel]],
      (group, [[month, channel]]) => ({
        month,
        channel,
        sales: group.length,
        total: sumOf(group.map(({ amount }) => amount)),
      }),
    ),
  };
}

/** Rows of the database as they are read. */
export function rowsOf(db: NuthatchDatabase, view: Views): Rows {
  return new Map([...db[view]].map((row) => [keyText(view, row), { ...row }]));
}

export function keyText(view: Views, row: object): string {
  const { country, labels, id, month, channel } = row as Row;
  return view === 'countrySales'
    ? String(country)
    : view === 'labelSales'
      ? String(labels)
      : view === 'largeSale'
        ? String(id)
        : `${String(month)} ${String(channel)}`;
}

function grouped<K>(sales: readonly Sale[], keys: (sale: Sale) => K[], row: (group: Sale[], key: [K]) => Row): Rows {
  const groups = new Map<string, { key: K; group: Sale[] }>();
  for (const sale of sales)
    for (const key of keys(sale)) {
      const text = Array.isArray(key) ? key.join(' ') : String(key);
      const known = groups.get(text);
      if (known === undefined) groups.set(text, { key, group: [sale] });
      else known.group.push(sale);
    }
  return new Map([...groups].map(([text, { key, group }]) => [text, row([...group], [key])]));
}

function sumOf(values: readonly number[]): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value;
}

function averageOf(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : sumOf(present) / present.length;
}

function least<V extends number | string | Date>(values: readonly V[], sign: 1 | -1 = 1): V | undefined {
  return [...values].sort((a, b) => (a < b ? -sign : a > b ? sign : 0))[0];
}
