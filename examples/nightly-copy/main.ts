/** Three nights of a shop in a few seconds, then a mirror that follows at once; asked with SQL after each. */
import { type CopyReport, mirror, sql } from '@nuthatch/copy';
import type { Knex } from 'knex';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { type NuthatchDatabase, openDatabase } from './generated/index.js';
import { copyToPostgres } from './nightly.js';
import { openPostgres, type Postgres } from './postgres.js';

const SCHEMA = 'nuthatch_nightly_copy';
const PRODUCTS = ['apples', 'bread', 'cheese'];

async function main(directory: string): Promise<void> {
  const postgres = await openPostgres();
  if (postgres === undefined) {
    console.error(
      'No PostgreSQL was found: set DATABASE_URL, or install the server (its programs are looked for in PATH).',
    );
    process.exitCode = 1;
    return;
  }
  try {
    const db = await openDatabase({ directory });
    try {
      await threeNights(db, postgres);
    } finally {
      await db.close();
    }
  } finally {
    await postgres.stop();
  }
}

async function threeNights(db: NuthatchDatabase, { knex }: Postgres): Promise<void> {
  await knex.raw(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await knex.raw(`CREATE SCHEMA ${SCHEMA}`);

  await sell(db, 5_000);
  const selling = sell(db, 500);
  report('first night, while sales go on', await copyToPostgres(db, knex, SCHEMA));
  await selling;

  await db.sale.delete(1);
  await db.sale.update(2, { cents: 1, campaigns: ['corrected'] });
  report('second night, what changed', await copyToPostgres(db, knex, SCHEMA));
  report('asked again, nothing changed', await copyToPostgres(db, knex, SCHEMA));

  console.log('turnover by product, by SQL:');
  const { rows } = await knex.raw(
    `SELECT product, count(*)::int AS sales, sum(cents)::int AS cents FROM ${SCHEMA}.sale GROUP BY product ORDER BY product`,
  );
  for (const { product, sales, cents } of rows as readonly { product: string; sales: number; cents: number }[]) {
    const own = db.sale.findByProduct(product).all();
    const isSame = sales === own.length && cents === own.reduce((sum, sale) => sum + sale.cents, 0);
    console.log(`  ${product.padEnd(7)} ${sales} sales, ${isSame ? 'as in the database' : 'NOT as in the database'}`);
  }
  const corrected = await knex(`${SCHEMA}.sale_campaigns`).where({ tag: 'corrected' }).select();
  console.log('tags are a table of their own:', corrected);

  await knex(`${SCHEMA}.sale`).where({ id: 3 }).update({ cents: 999_999 });
  await db.sale.update(4, { cents: 2 });
  report('third night, a change here and one that somebody made there', await copyToPostgres(db, knex, SCHEMA));
  console.log('PostgreSQL has our value again:', (await centsOf(knex, 3)) === db.sale.require(3).cents);

  const following = mirror(db, sql(knex, { schema: SCHEMA }));
  const sale = await db.sale.insert({ product: 'figs', cents: 300 });
  await following.caughtUp();
  console.log(
    'a mirror follows at once:',
    await knex(`${SCHEMA}.sale`).where({ id: sale.id }).select('product', 'cents'),
  );
  await following.stop();
  await knex.raw(`DROP SCHEMA ${SCHEMA} CASCADE`);
}

async function centsOf(knex: Knex, id: number): Promise<number> {
  const [row] = await knex(`${SCHEMA}.sale`).where({ id }).select('cents');
  // A bigint column, which the driver hands over as a text.
  return Number(row?.cents);
}

function report(title: string, { collections }: CopyReport): void {
  for (const { count, writtenCount, deletedCount } of collections)
    console.log(`${title}: ${count} documents, ${writtenCount} written, ${deletedCount} deleted`);
}

/** Sales in transactions of a hundred. */
async function sell(db: NuthatchDatabase, count: number): Promise<void> {
  for (let start = 0; start < count; start += 100)
    await db.sale.insertMany(
      Array.from({ length: 100 }, (_, index) => ({
        product: PRODUCTS[(start + index) % PRODUCTS.length] as string,
        cents: 100 + ((start + index) % 900),
      })),
    );
}

inTemporaryDirectory(main);
