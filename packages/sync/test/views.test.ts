/** Views in a replica: over the documents that it holds, its own edits among them, and of no interest to the server. */
import {
  definitions,
  type NuthatchDatabase,
  openDatabase,
  type Repositories,
  type Sale,
  type SaleInput,
  type TransactionRepositories,
  views,
} from '../../../examples/sales/generated/index.js';
import { openReplica, type Replica } from '../src/replica/open-replica.js';
import type { Policy } from '../src/server/policy.js';
import { type SyncServer, serve } from '../src/server/serve.js';
import { DirectTransport } from './support/direct-transport.js';
import { until } from './support/sync-players.js';

type SalesReplica = Replica<Repositories, TransactionRepositories>;

let policy: Policy;
let db: NuthatchDatabase;
let sync: SyncServer;
let isCut = false;

beforeEach(async () => {
  isCut = false;
  policy = { sale: { read: true, write: ({ after }) => (after as Sale | undefined)?.country !== 'IT' } };
  db = await openDatabase({ memory: true });
  sync = await serve(db, { authenticate: (token) => ({ id: token }), policy: () => policy, onError: () => undefined });
  await db.sale.insertMany([sale(1), sale(2), sale(3, { country: 'DE', labels: ['new'] })]);
});
afterEach(async () => {
  await sync.close();
  await db.close();
});

function sale(id: number, more: Partial<SaleInput> = {}): SaleInput {
  return { id, country: 'CH', channel: 'web', labels: ['old'], amount: 10, micros: 1n, soldAt: new Date(0), ...more };
}

function replica(subscribe: object): Promise<SalesReplica> {
  const connect = (): DirectTransport => {
    if (isCut) throw new Error('no way to the server');
    const [own, other] = DirectTransport.pair();
    sync.serveTransport(other);
    return own;
  };
  const options = { memory: true, connect, token: 'ann', subscribe, maxRetryMs: 20 };
  return openReplica<Repositories, TransactionRepositories>(definitions, options as never, [], views);
}

it('counts the documents that the replica holds, as they come and go', async () => {
  await using ann = await replica({ sale: { labels: 'old' } });
  await ann.connection.synced();
  expect([db.countrySales.size, ann.countrySales.all().keys()]).toEqual([2, ['CH']]);
  const shown: number[] = [];
  ann.countrySales.all().watch((rows) => void shown.push(rows.reduce((sum, { sales }) => sum + sales, 0)));
  await db.sale.update(3, { labels: ['new', 'old'] });
  await until(() => ann.countrySales.has('DE'));
  await db.sale.update(1, { labels: ['new'] });
  await until(() => ann.countrySales.get('CH')?.sales === 1);
  expect(shown).toEqual([2, 3, 2]);
});

it('shows edits made offline at once, and not those that the server refuses', async () => {
  await using ann = await replica({ sale: true });
  await ann.connection.synced();
  await ann.sale.update(1, { country: 'FR' });
  expect(ann.countrySales.get('FR')?.sales).toBe(1);
  await ann.connection.synced();
  expect(db.countrySales.get('FR')?.sales).toBe(1);
  await ann.sale.update(2, { country: 'IT' });
  expect([ann.countrySales.has('IT'), ann.countrySales.has('CH')]).toEqual([true, false]);
  await until(() => ann.countrySales.has('CH'));
  expect([ann.countrySales.has('IT'), db.countrySales.has('IT')]).toEqual([false, false]);
});

it('is nothing that a replica can subscribe to', async () => {
  await expect(replica({ countrySales: true })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
