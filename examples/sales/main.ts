/** Sells, corrects and refunds, and prints what the views make of it. */
import { openDatabase, type SaleInput } from './generated/index.js';

const SALES: readonly SaleInput[] = [
  { country: 'CH', channel: 'web', labels: ['gift'], amount: 120.5, micros: 120_500_000n, soldAt: day('2026-01-05') },
  { country: 'CH', channel: 'shop', labels: [], amount: 30.25, micros: 30_250_000n, soldAt: day('2026-01-31') },
  {
    country: 'DE',
    channel: 'web',
    labels: ['gift', 'new'],
    amount: 80,
    micros: 80_000_000n,
    soldAt: day('2026-02-01'),
  },
  { country: 'DE', channel: 'web', labels: ['new'], amount: 250, micros: 250_000_000n, soldAt: day('2026-02-02') },
  { country: 'FR', channel: 'phone', labels: [], amount: 0.3, micros: 300_000n, soldAt: day('2026-02-03') },
];

async function main(): Promise<void> {
  await using db = await openDatabase({ memory: true });

  db.countrySales
    .all()
    .orderBy('total', 'desc')
    .limit(2)
    .watch((rows) => {
      console.log('best:', rows.map(({ country, total }) => `${country} ${total}`).join(', ') || 'none yet');
    });
  await db.sale.insertMany(SALES);
  await db.sale.update(4, { refunded: true });

  console.log('\nBy country:');
  for (const { country, sales, total, average, best } of db.countrySales.all().orderBy('country'))
    console.log(
      `  ${country}: ${sales} sold for ${total}, ${average} each, best ${best.map(({ id }) => id).join(' ')}`,
    );
  console.log('By month and channel:');
  for (const { month, channel, sales } of db.monthlyChannel.all().orderBy('channel_month'))
    console.log(`  ${channel} ${month}: ${sales}`);
  console.log('By label:', db.labelSales.all().orderBy('sales', 'desc').keys().join(', '));
  console.log('Large:', db.largeSale.all().keys().join(', '));

  await db
    .transaction((tx) => {
      tx.sale.deleteMany({ month: '2026-01' });
      console.log('\nInside of a transaction:', tx.countrySales.has('CH') ? 'CH is there' : 'CH is gone');
      throw new RangeError('on second thoughts');
    })
    .catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
    });
  console.log('Taken back:', db.countrySales.get('CH')?.sales, 'sales in CH');
}

function day(text: string): Date {
  return new Date(text);
}

void main();
