/** A program of today opens the data of yesterday's class, and serves while the documents become new ones. */
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { openDatabase as openOld } from './v1/generated/index.js';
import { type NuthatchDatabase, openDatabase as openNew } from './v2/generated/index.js';

const ORDER_COUNT = 20_000;
const CITIES = ['Basel', 'Bern', 'Chur', 'Genf'];

async function main(directory: string): Promise<void> {
  const oldTotal = await sellWithTheOldProgram(directory);

  let db = await openNew({ directory });
  for (const { collection, documentCount, changes } of db.recovery?.evolvedModels ?? [])
    console.log(
      `the new program opens ${documentCount} documents of an older ${collection}: ${changes.length} changes`,
    );
  console.log('order 1 as the new program reads it:', db.order.require(1));
  console.log('orders to Basel, by an index that the old class did not have:', db.order.findByCity('Basel').count());
  console.log('the totals are the same:', db.order.sum('cents') === oldTotal);

  const { duringCompaction } = await serveWhileCompacting(db);
  console.log('orders were placed and shipped while all documents were written anew:', duringCompaction > 0);
  const shipped = db.order.findByStatus('shipped').count();
  await db.close();

  db = await openNew({ directory });
  console.log('documents of an older class in the files now:', db.recovery?.evolvedModels.length);
  console.log(
    'nothing was lost:',
    db.order.size === ORDER_COUNT + shipped,
    db.order.findByStatus('shipped').count() === shipped,
  );
  await db.close();
}

/** @returns the total in cents. */
async function sellWithTheOldProgram(directory: string): Promise<number> {
  const db = await openOld({ directory });
  let total = 0;
  for (let start = 0; start < ORDER_COUNT; start += 1_000)
    await db.order.insertMany(
      Array.from({ length: 1_000 }, (_, index) => {
        const number = start + index;
        const price = 9.99 + (number % 500);
        total += Math.round(price * 100);
        return {
          customer: `customer ${number % 700}`,
          price,
          address: `Main street ${number % 90}, ${CITIES[number % 4]}`,
        };
      }),
    );
  console.log(`the old program wrote ${db.order.size} orders`);
  await db.close();
  return total;
}

/** Places an order and ships an old one, again and again, until every document is in the files as a new one. */
async function serveWhileCompacting(db: NuthatchDatabase): Promise<{ readonly duringCompaction: number }> {
  let isCompacting = true;
  const compaction = db.compact().finally(() => {
    isCompacting = false;
  });
  let duringCompaction = 0;
  for (; isCompacting; duringCompaction++)
    await db.transaction((tx) => {
      tx.order.update(duringCompaction + 1, { status: 'shipped' });
      tx.order.insert({ customerName: 'new customer', cents: 500, address: { street: 'Lane 1', city: 'Chur' } });
    });
  await compaction;
  return { duringCompaction };
}

inTemporaryDirectory(main);
