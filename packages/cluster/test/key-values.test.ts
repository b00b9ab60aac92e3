/** Stores of keys and values on several nodes: one order, atomic counters and locks, expiry, nodes that do not know a store. */
import { openDatabase } from '../../../generated/index.js';
import { memoryJournal } from '../src/index.js';

type Db = Awaited<ReturnType<typeof openDatabase>>;
const open: Db[] = [];
let journal: ReturnType<typeof memoryJournal>;
const node = async (keyValues: readonly string[] = ['tokens']): Promise<Db> => {
  const db = await openDatabase({ memory: true, journal, keyValues });
  open.push(db);
  return db;
};

beforeEach(() => {
  journal = memoryJournal();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.close()));
});

async function inStep(...nodes: readonly Db[]): Promise<void> {
  for (const one of nodes) for (const other of nodes) await one.caughtUp(other.seq);
}

it('count and lock once for all nodes, and expire on each', async () => {
  const [one, two] = [await node(), await node()];
  await one.keyValue('tokens').set('a', { at: new Date(5), bytes: Buffer.from('x') });
  await two.transaction((tx) => {
    tx.club.insert({ id: 'fcb', name: 'Barcelona' });
    tx.keyValue('tokens').set('b', 1n, { ttlMs: 30 });
  });
  await Promise.all(
    Array.from({ length: 40 }, (_, number) => (number % 2 ? one : two).keyValue('tokens').increment('n')),
  );
  const locks = await Promise.all([one, two].map((db, number) => db.keyValue('tokens').setIfAbsent('lock', number)));
  await inStep(one, two);
  expect(locks.filter(Boolean)).toHaveLength(1);
  for (const db of [one, two]) {
    expect(db.keyValue('tokens').get('a')).toEqual({ at: new Date(5), bytes: Buffer.from('x') });
    expect(db.keyValue('tokens').get('n')).toBe(40);
    expect(db.keyValue('tokens').get('lock')).toBe(locks[0] ? 0 : 1);
    expect(db.club.has('fcb')).toBe(true);
    while (db.keyValue('tokens').has('b')) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

it('stay in the journal while a node does not name them', async () => {
  const [one, other] = [await node(), await node([])];
  await one.keyValue('tokens').set('a', 1);
  await other.caughtUp(one.seq);
  expect(() => other.keyValue('tokens')).toThrow('INVALID_OPTION');
  await other.club.insert({ id: 'fcb', name: 'Barcelona' });
  const late = await node();
  await late.caughtUp(other.seq);
  expect([late.keyValue('tokens').get('a'), late.club.size]).toEqual([1, 1]);
});
