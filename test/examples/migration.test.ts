import { openDatabase as openOld } from '../../examples/migration/v1/generated/index.js';
import { openDatabase as openNew } from '../../examples/migration/v2/generated/index.js';
import {
  down,
  up,
} from '../../examples/migration/v2/schemas/migrations/0001-order-renames-customer-to-customername/migration.js';
import { promisedOutput, runExample, temporaryDirectory } from '../support/example.js';

it('migrates live data, and prints what its README says', async () => {
  expect((await runExample('migration')).trim()).toMatch(promisedOutput('migration'));
});

const placedAt = new Date(0);

it.each([
  ['Main street 5, Basel', { street: 'Main street 5', city: 'Basel' }],
  ['Tower B, Main street 5,  Basel ', { street: 'Tower B, Main street 5', city: 'Basel' }],
  ['somewhere', { street: 'somewhere', city: 'unknown' }],
])('makes an object of the address %s', (text, address) => {
  expect(up({ id: 1, customer: 'Ann', price: 1, address: text, placedAt }).address).toEqual(address);
});

it('keeps every price up to 10,000 euros to the cent, there and back', () => {
  for (let cents = 0; cents <= 1_000_000; cents += 7) {
    const older = { id: 1, customer: 'Ann', price: cents / 100, address: 'Main street 5, Basel', placedAt };
    const newer = up(older);
    if (newer.cents !== cents || down(newer).price !== older.price) throw new TypeError(`lost a cent of ${cents}`);
  }
});

it('opens the data of the old program again after the new one has only read it', async () => {
  const directory = temporaryDirectory();
  const old = await openOld({ directory });
  const { id } = await old.order.insert({ customer: 'Ann', price: 19.99, address: 'Main street 5, Basel' });
  await old.close();
  const current = await openNew({ directory });
  expect(current.order.require(id)).toMatchObject({ customerName: 'Ann', cents: 1999, city: 'Basel' });
  await current.close();
  const again = await openOld({ directory });
  expect(again.order.require(id)).toMatchObject({ customer: 'Ann', price: 19.99 });
  await again.close();
});
