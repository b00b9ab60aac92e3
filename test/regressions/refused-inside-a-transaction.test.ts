/**
 * Writes through the database (or the store) inside of a transaction's function: nobody can await them there, so what is
 * refused fails the whole, and no promise is left to reject by itself, which would end the process.
 */
import { type KeyValueStore, openKeyValue } from '../../packages/runtime/src/index.js';

const WRITES: Readonly<Record<string, (store: KeyValueStore) => unknown>> = {
  'set, of no value': (store) => store.set('b', undefined),
  'set, of a function': (store) => store.set('b', () => 1),
  'set, of no key': (store) => store.set(5 as never, 1),
  'set, option': (store) => store.set('b', 1, { ttl: 5 } as never),
  setIfAbsent: (store) => store.setIfAbsent('b', undefined),
  increment: (store) => store.increment('a'),
  'increment, by': (store) => store.increment('b', Number.NaN),
  delete: (store) => store.delete(5 as never),
  transaction: (store) => store.transaction(5 as never),
  'transaction that throws': (store) =>
    store.transaction(() => {
      throw new Error('inner');
    }),
};

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

it.each(Object.entries(WRITES))('refuses the whole transaction of a key-value store for %s', async (_, write) => {
  await using store = await openKeyValue();
  const whole = store.transaction((own) => {
    own.set('a', 'text');
    void write(store);
  });
  await expect(whole).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([store.size, unhandled]).toEqual([0, []]);
});

it('leaves no promise behind when the transaction around it throws', async () => {
  await using store = await openKeyValue();
  const whole = store.transaction(() => {
    void store.set('a', 1);
    void store.clear();
    throw new Error('taken back');
  });
  await expect(whole).rejects.toThrow('taken back');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([store.size, unhandled]).toEqual([0, []]);
});

it('clears a store inside of a transaction in one piece, with what the transaction wrote', async () => {
  await using store = await openKeyValue<number>();
  await store.set('a', 1);
  const count = await store.transaction((own) => {
    own.set('b', 2);
    const cleared = own.clear();
    own.set('c', 3);
    return cleared;
  });
  expect([count, [...store]]).toEqual([2, [['c', 3]]]);
});
