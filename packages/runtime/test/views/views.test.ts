/** Views in all that a database does besides writing: failures, forks, snapshots, reflection, and what nobody may do. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readViewMetadata } from '@nuthatch/model';
import {
  definitions,
  LargeSale,
  type NuthatchDatabase,
  openDatabase,
  Sale,
  type SaleInput,
  views,
} from '../../../../examples/sales/generated/index.js';
import { openDatabase as openPlayers, playerKey } from '../../../../generated/index.js';
import { openDatabase as openParts } from '../../src/database/open-database.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { createTestDatabase } from '../../src/testing.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { expectedRows, rowsOf, VIEWS } from './reference-views.js';

function sale(id: number, more: Partial<SaleInput> = {}): SaleInput {
  const soldAt = new Date(Date.UTC(2026, id % 12, 1));
  return { id, country: 'CH', channel: 'web', labels: ['new'], amount: 10 * id, micros: BigInt(id), soldAt, ...more };
}

function expectViews(db: NuthatchDatabase): void {
  const expected = expectedRows([...db.sale] as never);
  for (const view of VIEWS) expect([view, rowsOf(db, view)]).toEqual([view, expected[view]]);
}

const opened = (): Promise<NuthatchDatabase> => openDatabase({ memory: true });

const where = readViewMetadata(LargeSale)!.where as (document: Sale) => boolean;
afterEach(() => setCondition(where));

function setCondition(condition: (document: Sale) => boolean): void {
  (readViewMetadata(LargeSale) as { where: unknown }).where = condition;
}

/** The condition of `LargeSale` in databases that are opened from now on; `with` takes its place while it is set. */
function conditionThatFails(): { with: ((document: Sale) => boolean) | undefined } {
  const failing: ReturnType<typeof conditionThatFails> = { with: undefined };
  setCondition((document) => (failing.with ?? where)(document));
  return failing;
}

describe('a view', () => {
  it('is asked like a collection: by key, conditions, orders, pages and counts', async () => {
    await using db = await opened();
    const countries = ['CH', 'DE', 'FR', 'IT'];
    await db.sale.insertMany(
      Array.from({ length: 40 }, (_, index) => sale(index + 1, { country: countries[index % 4]! })),
    );
    expect(db.countrySales.get('CH')).toMatchObject({ country: 'CH', sales: 10, largest: 370 });
    expect(db.countrySales.require('DE').best.map(({ id }) => id)).toEqual([38, 34, 30]);
    expect(db.countrySales.size).toBe(4);
    expect(
      db.countrySales
        .find({ total: { gte: 2_050 } })
        .orderBy('total', 'desc')
        .keys(),
    ).toEqual(['IT', 'FR']);
    expect(db.countrySales.find({ country: { in: ['CH', 'XX'] } }).count()).toBe(1);
    const { items, next } = db.countrySales.all().orderBy('country').limit(3).page();
    expect(items.map(({ country }) => country)).toEqual(['CH', 'DE', 'FR']);
    expect(db.countrySales.all().orderBy('country').after(next!).keys()).toEqual(['IT']);
    expect(db.countrySales.findBySales({ between: [10, 10] }).count()).toBe(4);
    expect(db.countrySales.sum('sales')).toBe(40);
    expect(db.monthlyChannel.get({ month: '2026-02', channel: 'web' })).toMatchObject({ sales: 4 });
    expect(db.monthlyChannel.find({ channel_month: { channel: 'web', month: { gte: '2026-11' } } }).count()).toBe(2);
    expect(db.largeSale.find({ labels: 'new', country: 'CH' }).orderBy('amount', 'desc').limit(1).keys()).toEqual([37]);
    expect(db.largeSale.get(1)).toBeUndefined();
    expect(db.countrySales.all().orderBy('country').limit(1).select('country', 'sales').all()).toEqual([
      { country: 'CH', sales: 10 },
    ]);
    expect(db.countrySales.all().aggregate({ sum: 'sales', max: 'largest' })).toEqual({ sum: 40, max: 400 });
    expect(() => db.countrySales.find({ best: 1 } as never).all()).toThrow(
      expect.objectContaining({ code: 'UNINDEXED_FIELD' }),
    );
    expect(() => db.countrySales.get(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
  });

  it('has frozen rows of its class, shared until they change', async () => {
    await using db = await opened();
    await db.sale.insert(sale(20));
    const row = db.countrySales.require('CH');
    expect(row.constructor.name).toBe('CountrySales');
    expect([Object.isFrozen(row), Object.isFrozen(row.best), Object.isFrozen(row.best[0])]).toEqual([true, true, true]);
    // Nothing that the view shows: the row stays.
    await db.sale.update(20, { labels: ['old'] });
    expect(db.countrySales.get('CH')).toBe(row);
    // One of the fields that are shown of the best, and nothing else.
    await db.sale.update(20, { channel: 'shop' });
    expect(db.countrySales.get('CH')?.best[0]?.channel).toBe('shop');
    expect(row.best[0]!.channel).toBe('web');
  });

  it('shows inside of a transaction what it wrote, and is as before when that is taken back', async () => {
    await using db = await opened();
    await db.sale.insert(sale(1));
    const row = db.countrySales.get('CH');
    const heard: string[] = [];
    db.countrySales.on('change', ({ kind, key }) => void heard.push(`${kind} ${String(key)}`));
    await expect(
      db.transaction((tx) => {
        tx.sale.insert(sale(2));
        expect([tx.countrySales.get('CH')?.sales, db.countrySales.get('CH')?.sales]).toEqual([2, 2]);
        tx.sale.update(1, { country: 'DE' });
        expect(tx.countrySales.get('DE')?.sales).toBe(1);
        throw new RangeError('taken back');
      }),
    ).rejects.toThrow(RangeError);
    expect(db.countrySales.get('CH')).toBe(row);
    expect(db.countrySales.has('DE')).toBe(false);
    await db.transaction((tx) => {
      for (let id = 2; id <= 50; id++) tx.sale.insert(sale(id));
      tx.sale.insert(sale(99, { country: 'FR' }));
      tx.sale.delete(99);
    });
    // One change for each row that a transaction changed.
    expect(heard).toEqual(['update CH']);
    expectViews(db);
  });

  it('is told of to those alone who ask for it', async () => {
    await using db = await opened();
    const heard: string[] = [];
    db.subscribe(({ collection }) => void heard.push(collection));
    const changes = db.changes();
    await db.sale.insertMany([sale(1), sale(2)]);
    await nextTurn();
    expect(heard).toEqual(['sale', 'sale']);
    const { value } = await changes[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ collection: 'sale' });
    expect(db.stats().pendingTransactionCount).toBe(0);
  });

  it('calls who watches a query of it when that changes, and not else', async () => {
    await using db = await opened();
    const shown: (readonly string[])[] = [];
    db.countrySales
      .find({ sales: { gte: 2 } })
      .orderBy('sales', 'desc')
      .limit(2)
      .watch((rows) => void shown.push(rows.map(({ country, sales }) => `${country} ${sales}`)));
    await db.sale.insertMany([sale(1), sale(2), sale(3, { country: 'DE' })]);
    await db.sale.insert(sale(4, { country: 'FR' }));
    await db.sale.insertMany([sale(5, { country: 'DE' }), sale(6, { country: 'DE' })]);
    expect(shown).toEqual([[], ['CH 2'], ['DE 3', 'CH 2']]);
  });

  it('refuses every write with a code, outside and inside of transactions', async () => {
    await using db = await opened();
    await db.sale.insert(sale(1));
    const rows = db.countrySales as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const write of ['insert', 'upsertMany', 'update', 'updateMany', 'delete', 'clear', 'addTag', 'addIndex'])
      await expect(rows[write]!('CH', {})).rejects.toMatchObject({
        code: 'READ_ONLY_VIEW',
        facts: { collection: 'countrySales', method: write },
      });
    await expect(
      db.transaction((tx) => {
        tx.sale.insert(sale(2));
        (tx.countrySales as unknown as { delete(key: string): void }).delete('CH');
      }),
    ).rejects.toMatchObject({ code: 'READ_ONLY_VIEW' });
    expect([db.sale.size, db.countrySales.get('CH')?.sales]).toEqual([1, 1]);
    await expect(db.setStorage('countrySales', 'disk')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('counts nothing of a write that is refused, or whose condition throws', async () => {
    const failing = conditionThatFails();
    await using db = await opened();
    await db.sale.insertMany([sale(1), sale(20)]);
    const before = VIEWS.map((view) => [...rowsOf(db, view)]);
    await expect(db.sale.insertMany([sale(3), sale(1)])).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    failing.with = () => {
      throw new RangeError('condition');
    };
    await expect(db.sale.insertMany([sale(3), sale(4)])).rejects.toMatchObject({
      code: 'VIEW_FAILED',
      facts: { view: 'largeSale' },
      cause: expect.any(RangeError),
    });
    await expect(db.sale.delete(1)).rejects.toMatchObject({ code: 'VIEW_FAILED' });
    failing.with = () => Promise.resolve(true) as never;
    await expect(db.sale.insert(sale(3))).rejects.toMatchObject({ code: 'ASYNC_RULE' });
    failing.with = () => {
      void db.sale.delete(1);
      return true;
    };
    await expect(db.sale.insert(sale(3))).rejects.toMatchObject({ code: 'INVALID_INDEX_VALUE' });
    failing.with = undefined;
    expect(VIEWS.map((view) => [...rowsOf(db, view)])).toEqual(before);
    expectViews(db);
  });

  it('begins anew when its condition throws while a write is taken back', async () => {
    const failing = conditionThatFails();
    await using db = await opened();
    await db.sale.insertMany([sale(1), sale(20), sale(30, { channel: 'shop' })]);
    await expect(
      db.transaction((tx) => {
        tx.sale.update(20, { amount: 7 });
        tx.sale.insert(sale(40));
        tx.sale.delete(30);
        failing.with = () => {
          throw new RangeError('condition');
        };
        throw new RangeError('taken back');
      }),
    ).rejects.toThrow('taken back');
    // As long as it fails, no write is let through.
    await expect(db.sale.update(1, { note: 'x' })).rejects.toMatchObject({ code: 'VIEW_FAILED' });
    failing.with = undefined;
    await db.sale.update(1, { amount: 9 });
    expectViews(db);
    await db.transaction((tx) => void tx.sale.delete(20));
    expectViews(db);
  });

  it('does not open while its condition throws, and lets go of the directory then', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openDatabase({ directory: '/data', fileSystem });
    await db.sale.insert(sale(20));
    await db.close();
    const failing = conditionThatFails();
    failing.with = () => {
      throw new RangeError('condition');
    };
    const open = (): Promise<NuthatchDatabase> => openDatabase({ directory: '/data', fileSystem });
    await expect(open()).rejects.toMatchObject({ code: 'VIEW_FAILED' });
    failing.with = undefined;
    await using again = await open();
    expectViews(again);
  });

  it('stays as it was where the journal fails, for what is taken back then', async () => {
    const fileSystem = new FaultFileSystem();
    await using db = await openDatabase({ directory: '/data', fileSystem, durability: 'fsync' });
    await db.sale.insertMany([sale(1), sale(2)]);
    let shown = 0;
    db.countrySales.all().watch((rows) => {
      shown = rows[0]?.sales ?? 0;
    });
    fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true };
    const done = await Promise.allSettled([db.sale.insert(sale(3)), db.sale.update(1, { country: 'DE' })]);
    expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([db.countrySales.get('CH')?.sales, db.countrySales.has('DE'), shown]).toEqual([2, false, 2]);
    expectViews(db);
  });

  it('does not count as a write in memory, which a lost transaction would take along', async () => {
    const fileSystem = new FaultFileSystem();
    await using db = await openPlayers({ directory: '/data', fileSystem, durability: 'fsync' });
    const input = { id: 'p1', email: 'ann@example.org', age: 31, name: 'Ann', clubs: ['fcb'] };
    await db.player.insert(input);
    fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true };
    const lost = db.player.insert({ ...input, id: 'p2', email: 'bea@example.org' });
    const kept = db.sessions.insert({
      player: playerKey('p1'),
      token: 'own',
      expiresAt: new Date(Date.now() + 60_000),
    });
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    // It rests on nothing that was lost: the rows that came before it are not of its collection.
    await kept;
    expect([db.sessions.size, db.clubMembers.get('fcb')?.members]).toEqual([1, 1]);
  });

  it('follows expiry, clear, bulk writes, and is there after compaction, backup and a switch of storage', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openDatabase({ directory: '/data', fileSystem });
    await db.sale.insertMany(Array.from({ length: 200 }, (_, index) => sale(index + 1)));
    await db.sale.updateMany({ labels: 'new' }, ({ id }) => ({ country: id % 2 === 0 ? 'DE' : 'CH' }));
    expectViews(db);
    const inserted = db.sale.insert(sale(300, { country: 'IT' }), { ttlMs: 5 });
    expect(db.countrySales.has('IT')).toBe(true);
    await inserted;
    while (db.sale.has(300)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(db.countrySales.has('IT')).toBe(false);
    await db.compact();
    await db.backup('/backup');
    await db.setStorage('sale', 'memory');
    await db.sale.delete(2);
    await db.setStorage('sale', 'disk');
    expectViews(db);
    await db.close();
    for (const [directory, count] of [
      ['/data', 199],
      ['/backup', 200],
    ] as const) {
      await using again = await openDatabase({ directory, fileSystem });
      expect(again.sale.size).toBe(count);
      expectViews(again);
      await again.sale.clear();
      expect(VIEWS.map((view) => again[view].size)).toEqual([0, 0, 0, 0]);
    }
  });

  it('goes on by itself in each fork of a test’s database', async () => {
    using db = await createTestDatabase(openDatabase, {
      seed: { sale: [sale(1), sale(20), sale(3, { country: 'DE' })] },
    });
    expectViews(db);
    using other = db.fork();
    expectViews(other);
    await other.sale.update(20, { country: 'DE' });
    await db.sale.delete(1);
    expectViews(db);
    expectViews(other);
    expect([db.countrySales.get('DE')?.sales, other.countrySales.get('DE')?.sales]).toEqual([1, 2]);
    using third = other.fork();
    await third.sale.insert(sale(40));
    expectViews(third);
    expectViews(other);
  });

  it('is in snapshots, statistics and reflection, and is no collection of the files', async () => {
    const fileSystem = new MemoryFileSystem();
    await using db = await openDatabase({ directory: '/data', fileSystem });
    await db.sale.insert(sale(20));
    using snapshot = db.snapshot();
    await db.sale.insert(sale(2));
    expect([snapshot.countrySales.get('CH')?.sales, db.countrySales.get('CH')?.sales]).toEqual([1, 2]);
    expect(Object.keys(db.stats().collections)).toEqual(['sale']);
    expect(db.stats().views.countrySales).toMatchObject({ documentCount: 1, storage: 'memory', viewCount: 1 });
    const reflection = db.reflect();
    expect(reflection.collections().map(({ name }) => name)).toEqual(['sale']);
    expect(reflection.views().map(({ name, count }) => `${name} ${count}`)).toContain('countrySales 1');
    expect(reflection.collection('countrySales').get('CH')).toMatchObject({ sales: 2, micros: '22' });
    await expect(reflection.collection('countrySales').delete('CH')).rejects.toMatchObject({ code: 'READ_ONLY_VIEW' });
  });

  it('opens as quickly as before where there is none, and refuses what does not fit its classes', async () => {
    await using db = (await openParts(definitions, { memory: true })) as unknown as NuthatchDatabase;
    await db.sale.insert(sale(1));
    expect('countrySales' in db).toBe(false);
    const [view] = views as readonly [(typeof views)[number]];
    for (const [wrong, code] of [
      [[{ ...view, declarationFingerprint: '' }], 'MODEL_MISMATCH'],
      [[{ ...view, view: { ...view.view, of: 'other' } }], 'MODEL_MISMATCH'],
      [[{ ...view, documentClass: Sale }], 'MODEL_MISMATCH'],
      [[view, view], 'INVALID_MODEL'],
      [[{ ...view, model: { ...view.model, collection: 'sale' } }], 'INVALID_MODEL'],
      [[{ ...view, model: { ...view.model, collection: 'snapshot' } }], 'INVALID_MODEL'],
      [[{}], 'INVALID_OPTION'],
      ['views', 'INVALID_OPTION'],
    ] as const)
      await expect(openParts(definitions, { memory: true }, [], wrong as never)).rejects.toMatchObject({ code });
  });
});
