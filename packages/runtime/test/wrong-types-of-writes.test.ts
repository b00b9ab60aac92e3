/** Values of every type as every argument of a write, and of the database's own methods: refused with a code, or done. */
import { DatabaseError } from '@nuthatch/model';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const circle: Record<string, unknown> = {};
circle['self'] = circle;
const VALUES: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['NaN', Number.NaN],
  ['a number', 5],
  ['a bigint', 5n],
  ['true', true],
  ['an empty text', ''],
  ['a text', 'x'],
  ['a date', new Date(1)],
  ['an invalid date', new Date(Number.NaN)],
  ['a symbol', Symbol('s')],
  ['a function', () => true],
  ['an empty list', []],
  ['a list', ['b', 2]],
  ['an empty object', {}],
  ['an object without a prototype', Object.create(null)],
  ['an object of other names', { above: 1 }],
  ['a map', new Map([['name', 'b']])],
  ['a set', new Set(['b'])],
  ['a promise', Promise.resolve(1)],
  ['a regular expression', /b/],
  ['bytes', new Uint8Array(3)],
  ['a boxed text', new String('')],
  ['a proxy', new Proxy({}, { get: () => undefined })],
  ['a circle', circle],
];

/** Every call with the value in the place of one argument. */
function calls(db: PlayerDatabase, value: unknown): Readonly<Record<string, () => unknown>> {
  const given = value as never;
  const index = (fields: object): never => ({ kind: 'range', field: 'age', ...fields }) as never;
  const { player: players } = db;
  return {
    insert: () => players.insert(given),
    'insert, options': () => players.insert(player('p2'), given),
    'insert, ttlMs': () => players.insert(player('p3'), { ttlMs: given }),
    'insert, durability': () => players.insert(player('p4'), { durability: given }),
    'insert, signal': () => players.insert(player('p5'), { signal: given }),
    'insert, origin': () => players.insert(player('p6'), { origin: given }),
    insertMany: () => players.insertMany(given),
    upsert: () => players.upsert(given),
    'upsertBy, field': () => players.upsertBy(given, player('p7')),
    upsertBy: () => players.upsertBy('email', given),
    insertIfAbsent: () => players.insertIfAbsent(given),
    'update, key': () => players.update(given, {}),
    'update, patch': () => players.update('p1', given),
    'update, options': () => players.update('p1', {}, given),
    'update, ifRevision': () => players.update('p1', {}, { ifRevision: given }),
    'updateMany, patch': () => players.updateMany({ age: 30 }, given),
    'updateMany, options': () => players.updateMany({ age: 30 }, {}, given),
    'delete, key': () => players.delete(given),
    'delete, options': () => players.delete('p9', given),
    'deleteMany, options': () => players.deleteMany({ age: 1 }, given),
    'increment, key': () => players.increment(given, 'age'),
    'increment, field': () => players.increment('p1', given),
    'increment, by': () => players.increment('p1', 'age', given),
    'addTag, key': () => players.addTag(given, 'clubs', 'x'),
    'addTag, field': () => players.addTag('p1', value as 'clubs', 'x'),
    'removeTag, field': () => players.removeTag('p1', value as 'clubs', 'x'),
    'renameTag, field': () => players.renameTag(value as 'clubs', 'a', 'b'),
    'renameTag, options': () => players.renameTag('clubs', 'none', 'b', given),
    addIndex: () => players.addIndex(given),
    'addIndex, kind': () => players.addIndex(index({ name: 'n1', kind: given })),
    'addIndex, field': () => players.addIndex(index({ name: 'n2', field: given })),
    'addIndex, fields': () => players.addIndex(index({ name: 'n3', fields: given })),
    'addIndex, name': () => players.addIndex(index({ name: given })),
    'addIndex, where': () => players.addIndex(index({ name: 'n4', where: given })),
    'addIndex, plug-in': () =>
      players.addIndex({ name: 'n5', insert: given, update: given, remove: given, rebuild: given } as never),
    dropIndex: () => players.dropIndex(given),
    transaction: () => db.transaction(given),
    'transaction, options': () => db.transaction(() => 1, given),
    commit: () => db.commit(given),
    'commit, options': () => db.commit({ execute: () => 1 } as never, given),
    on: () => db.on(given, () => undefined),
    subscribe: () => (typeof value === 'function' ? undefined : db.subscribe(given)),
    changes: () => db.changes(given)[Symbol.dispose](),
    'changes, since': () => db.changes({ since: given })[Symbol.dispose](),
    'changes, bufferCount': () => db.changes({ bufferCount: given })[Symbol.dispose](),
    'setStorage, collection': () => db.setStorage(given, 'memory'),
    setStorage: () => db.setStorage('player', given),
    backup: () => db.backup(given),
  };
}

it.each(VALUES)('%s as any argument is refused with a code, or does what it says', async (_, value) => {
  const db = await openPlayers();
  await db.player.insert(player('p1', { clubs: ['a'] }));
  for (const [name, call] of Object.entries(calls(db, value))) {
    const failure = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (error: unknown) => (DatabaseError.is(error) ? undefined : String(error)),
      );
    expect([name, failure]).toEqual([name, undefined]);
  }
  await db.close();
});
