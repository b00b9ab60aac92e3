/** Values of every type at every argument of every write: a coded error, or a write that is right; never a raw one. */
import { DatabaseError } from '@nuthatch/model';
import { type NuthatchDatabase, openDatabase } from '../../../generated/index.js';

const DAY = new Date('2026-01-01T00:00:00Z');
const circle: Record<string, unknown> = {};
circle['self'] = circle;

const VALUES: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  Number.NaN,
  5n,
  '',
  'text',
  true,
  Symbol('s'),
  () => undefined,
  () => 5,
  async () => ({}),
  [],
  [[]],
  [null],
  {},
  Object.create(null),
  circle,
  new Date(Number.NaN),
  Object.create(Date.prototype),
  new Map(),
  new Set([1]),
  new Uint8Array(2),
  /x/,
  Promise.resolve(5),
  new Proxy({}, {}),
  Number,
];

type Call = (db: NuthatchDatabase, value: never) => unknown;

const WRITES: Readonly<Record<string, Call>> = {
  'insert(x)': (db, x) => db.player.insert(x),
  'insert(_, x)': (db, x) => db.player.insert(valid('p2'), x),
  'insertMany(x)': (db, x) => db.player.insertMany(x),
  'insertMany([x])': (db, x) => db.player.insertMany([x]),
  'insertMany(_, x)': (db, x) => db.player.insertMany([valid('p2')], x),
  'upsert(x)': (db, x) => db.player.upsert(x),
  'upsert(_, x)': (db, x) => db.player.upsert(valid('p2'), x),
  'upsertBy(x, _)': (db, x) => db.player.upsertBy(x, valid('p2')),
  'upsertBy(_, x)': (db, x) => db.player.upsertBy('email', x),
  'upsertBy(_, _, x)': (db, x) => db.player.upsertBy('email', valid('p2'), x),
  'insertIfAbsent(x)': (db, x) => db.player.insertIfAbsent(x),
  'insertIfAbsent(_, x)': (db, x) => db.player.insertIfAbsent(valid('p2'), x),
  'update(x, _)': (db, x) => db.player.update(x, { age: 1 }),
  'update(_, x)': (db, x) => db.player.update('p1', x),
  'update(_, _, x)': (db, x) => db.player.update('p1', { age: 1 }, x),
  'update(_, { field: x })': (db, x) => db.player.update('p1', { clubs: x }),
  'update(_, _, { ttlMs: x })': (db, x) => db.player.update('p1', { age: 1 }, { ttlMs: x }),
  'update(_, _, { ifRevision: x })': (db, x) => db.player.update('p1', { age: 1 }, { ifRevision: x }),
  'update(_, _, { durability: x })': (db, x) => db.player.update('p1', { age: 1 }, { durability: x }),
  'update(_, _, { signal: x })': (db, x) => db.player.update('p1', { age: 1 }, { signal: x }),
  'update(_, _, { origin: x })': (db, x) => db.player.update('p1', { age: 1 }, { origin: x }),
  'update(_, _, { returning: x })': (db, x) => db.player.update('p1', { age: 1 }, { returning: x }),
  'updateMany(x, _)': (db, x) => db.player.updateMany(x, { age: 1 }),
  'updateMany(_, x)': (db, x) => db.player.updateMany({}, x),
  'updateMany(none, x)': (db, x) => db.player.updateMany({ clubs: 'none' }, x),
  'updateMany(_, _, x)': (db, x) => db.player.updateMany({}, { age: 1 }, x),
  'delete(x)': (db, x) => db.player.delete(x),
  'delete(_, x)': (db, x) => db.player.delete('p1', x),
  'deleteMany(x)': (db, x) => db.player.deleteMany(x),
  'deleteMany(_, x)': (db, x) => db.player.deleteMany({}, x),
  'clear(x)': (db, x) => db.player.clear(x),
  'increment(x, _)': (db, x) => db.player.increment(x, 'age'),
  'increment(_, x)': (db, x) => db.player.increment('p1', x),
  'increment(_, _, x)': (db, x) => db.player.increment('p1', 'age', x),
  'increment(_, _, _, x)': (db, x) => db.player.increment('p1', 'age', 1, x),
  'addTag(x, _, _)': (db, x) => db.player.addTag(x, 'clubs', 'a'),
  'addTag(_, x, _)': (db, x) => db.player.addTag('p1', x, 'a' as never),
  'addTag(_, _, x)': (db, x) => db.player.addTag('p1', 'clubs', x),
  'addTag(_, _, _, x)': (db, x) => db.player.addTag('p1', 'clubs', 'a', x),
  'removeTag(_, x, _)': (db, x) => db.player.removeTag('p1', x, 'a' as never),
  'removeTag(_, _, x)': (db, x) => db.player.removeTag('p1', 'clubs', x),
  'removeTag(_, _, _, x)': (db, x) => db.player.removeTag('p1', 'clubs', 'a', x),
  'renameTag(x, _, _)': (db, x) => db.player.renameTag(x, 'a' as never, 'b' as never),
  'renameTag(_, x, _)': (db, x) => db.player.renameTag('clubs', x, 'b'),
  'renameTag(_, _, x)': (db, x) => db.player.renameTag('clubs', 'a', x),
  'renameTag(_, _, _, x)': (db, x) => db.player.renameTag('clubs', 'a', 'b', x),
  'transaction(x)': (db, x) => db.transaction(x),
  'transaction(_, x)': (db, x) => db.transaction(() => undefined, x),
  'commit(x)': (db, x) => db.commit(x),
  'commit({ execute: x })': (db, x) => db.commit(Object.assign(Object.create(null), { execute: x }) as never),
  'commit(_, x)': (db, x) => db.commit({ execute: () => undefined }, x),
  'setStorage(x, _)': (db, x) => db.setStorage(x, 'memory'),
  'setStorage(_, x)': (db, x) => db.setStorage('player', x),
  'addIndex(x)': (db, x) => db.player.addIndex(x),
  'dropIndex(x)': (db, x) => db.player.dropIndex(x),
};

function valid(id: string): { id: string; email: string; age: number; name: string } {
  return { id, email: `${id}@x.io`, age: 20, name: id };
}

/** True for what an error of the caller's own functions may be. */
function isCoded(error: unknown): boolean {
  return error instanceof DatabaseError;
}

describe.each(Object.keys(WRITES))('%s', (name) => {
  it.each(VALUES.map((value, index) => [`${typeof value} ${index}`, value] as const))(
    'gives a coded error or a right answer for %s',
    async (_, value) => {
      const db = await openDatabase({ memory: true });
      await db.player.insert({ ...valid('p1'), clubs: ['fcb'], joinedAt: DAY });
      const before = JSON.stringify(db.player.all().all());
      let error: unknown;
      try {
        const answer = WRITES[name]?.(db, value as never);
        // Writes of repositories never throw: whatever is wrong rejects.
        if (name !== 'dropIndex(x)') expect(answer).toBeInstanceOf(Promise);
        await answer;
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) {
        expect([isCoded(error), error]).toEqual([true, error]);
        expect(JSON.stringify(db.player.all().all())).toBe(before);
      }
      await db.close();
    },
  );
});
