/** References that are added to data, targets that are lost, and directories that are opened again after a kill. */
import type { DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { Query } from '../../src/repository/query.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { type AnyDatabase, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';

const club = modelWith([], { name: 'Club', collection: 'club' });
const bare = modelWith([field('club', STRING, { optional: true }), field('friends', { kind: 'set', element: STRING })]);
const bound: DocumentModel = {
  ...bare,
  indexes: [{ name: 'club', kind: 'tag', fields: ['club'] }],
  references: [
    { field: 'club', to: 'club', onDelete: 'setAbsent' },
    { field: 'friends', to: 'player', onDelete: 'restrict' },
  ],
};

async function filled(fileSystem: MemoryFileSystem): Promise<void> {
  const db = await openModels(fileSystem, [club, bare]);
  await db['club']!.insert({ id: 'fcb' });
  await db['player']!.insertMany([
    { id: 'a', club: 'fcb', friends: new Set(['b']) },
    { id: 'b', club: 'gone', friends: new Set(['a', 'zoe']) },
    { id: 'c', club: undefined, friends: new Set() },
  ]);
  await db.close();
}

it.each(['as it is', 'compacted'])(
  'refuses dangling keys by key and value when a reference is added to data %s',
  async (how) => {
    const fileSystem = new MemoryFileSystem();
    await filled(fileSystem);
    if (how === 'compacted') {
      const db = await openModels(fileSystem, [club, bare]);
      await db.compact();
      await db.close();
    }
    await expect(openModels(fileSystem, [club, bound])).rejects.toMatchObject({
      code: 'REFERENCE_MISSING',
      message: expect.stringContaining(
        '2 references lead to documents that are not there; open with `references: \'report\'` to list and mend them: player "b" refers in club to club "gone"; player',
      ),
      facts: {
        count: 2,
        missing: [
          { collection: 'player', key: 'b', field: 'club', to: 'club', value: 'gone' },
          { collection: 'player', key: 'b', field: 'friends', to: 'player', value: 'zoe' },
        ],
      },
    });
    // The lock is free, and nothing was changed.
    const db = await openModels(fileSystem, [club, bound], { references: 'report' });
    expect(db.recovery?.danglingReferences?.count).toBe(2);
    // What was there before may stay while other keys are checked.
    await db['player']!.update('b', { friends: new Set(['zoe', 'c']) });
    await expect(db['player']!.update('b', { friends: new Set(['zoe', 'max']) })).rejects.toMatchObject({
      facts: { value: 'max' },
    });
    await db['player']!.update('b', { club: undefined, friends: new Set(['c']) });
    await db.close();
    const mended = await openModels(fileSystem, [club, bound]);
    expect(mended.recovery?.danglingReferences).toBeUndefined();
    await mended.close();
  },
);

it('lists 20 keys in the error and 1,000 in the report, and counts all', async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await openModels(fileSystem, [club, bare]);
  const players = Array.from({ length: 1_500 }, (_, index) => ({ id: `p${index}`, club: 'gone', friends: new Set() }));
  await db['player']!.insertMany(players);
  await db.close();
  const error: unknown = await openModels(fileSystem, [club, bound]).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ facts: { count: 1_500 }, message: expect.stringContaining('and 1480 more') });
  expect((error as { facts: { missing: unknown[] } }).facts.missing).toHaveLength(20);
  const reported = await openModels(fileSystem, [club, bound], { references: 'report' });
  expect(reported.recovery?.danglingReferences).toMatchObject({ count: 1_500, missing: { length: 1_000 } });
  await reported.close();
  const off = await openModels(fileSystem, [club, bound], { references: 'off' });
  await off['player']!.insert({ id: 'x', club: 'nowhere', friends: new Set() });
  await off.close();
});

describe('a database that was closed with all references in order', () => {
  const fileSystem = new FaultFileSystem();
  const models = [club, bound];
  beforeAll(async () => {
    const db = await openModels(fileSystem, models);
    await db['club']!.insertMany([{ id: 'x' }, { id: 'y' }]);
    await db['player']!.insert({ id: 'a', club: 'x', friends: new Set(['a']) });
    await db.close();
  });

  it('is marked by its last transaction, once', async () => {
    const seqs: bigint[] = [];
    for (let round = 0; round < 3; round++) {
      const db = await openModels(fileSystem, models);
      seqs.push(db.seq);
      await db.close();
    }
    expect(seqs).toEqual([3n, 3n, 3n]);
  });

  it('is looked through again after a program without references wrote to it', async () => {
    const old = await openModels(fileSystem.fork(), [club, bare]);
    await old.close();
    const disk = fileSystem.fork();
    const other = await openModels(disk, [club, { ...bare, references: [] }], { references: 'off' });
    await other['club']!.delete('x');
    await other.close();
    await expect(openModels(disk, models)).rejects.toMatchObject({ code: 'REFERENCE_MISSING', facts: { count: 1 } });
  });

  it.each(['closed', 'killed'])('is looked through again after it was open without checks, and %s', async (how) => {
    const disk = fileSystem.fork();
    const off = await openModels(disk, models, { references: 'off' });
    await off['club']!.delete('x');
    if (how === 'closed') await off.close();
    disk.kill();
    await expect(openModels(disk, models)).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
    const reporting = await openModels(disk, models, { references: 'report' });
    await reporting['club']!.insert({ id: 'z' });
    await reporting.close();
    await expect(openModels(disk, models)).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
  });

  it('is marked again after it was compacted, and looked through when other classes are there', async () => {
    const disk = fileSystem.fork();
    const db = await openModels(disk, models);
    await db['club']!.delete('y');
    await db.compact();
    await db.close();
    const again = await openModels(disk, models);
    expect(again.seq).toBe(5n);
    await again.close();
    const stricter = {
      ...bound,
      references: [...bound.references!, { field: 'id', to: 'club', onDelete: 'cascade' as const }],
    };
    await expect(openModels(disk, [club, stricter])).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
  });
});

it('keeps what a cascade did over a kill, and after compaction', async () => {
  const owned: DocumentModel = {
    ...bound,
    references: [{ field: 'club', to: 'club', onDelete: 'cascade' }],
  };
  const fileSystem = new FaultFileSystem();
  const db: AnyDatabase = await openModels(fileSystem, [club, owned]);
  await db['club']!.insertMany([{ id: 'x' }, { id: 'y' }]);
  await db['player']!.insertMany([
    { id: 'a', club: 'x', friends: new Set() },
    { id: 'b', club: 'y', friends: new Set() },
  ]);
  await db['club']!.delete('x');
  fileSystem.kill();
  for (const isCompacted of [false, true]) {
    const again = await openModels(fileSystem, [club, owned]);
    expect(again['player']!.all().keys()).toEqual(['b']);
    if (isCompacted) await again.compact();
    await again['club']!.insertMany([{ id: `z${isCompacted}` }]);
    await again.close();
  }
});

it('finds referrers by a range, a unique index and none, for keys of several parts, numbers and dates', async () => {
  const key = { kind: 'object', fields: [field('day', { kind: 'date' }), field('no', NUMBER)] } as const;
  const slot: DocumentModel = {
    ...modelWith([], { name: 'Slot', collection: 'slot', key: { fields: ['day', 'no'] } }),
    fields: [field('day', { kind: 'date' }), field('no', NUMBER)],
    indexes: [{ name: 'no', kind: 'range', fields: ['no'] }],
  };
  const day: DocumentModel = {
    ...modelWith([], { name: 'Day', collection: 'day', key: { fields: ['at'] } }),
    fields: [field('at', { kind: 'date' })],
  };
  const seat: DocumentModel = { ...modelWith([]), name: 'Seat', collection: 'seat', fields: [field('id', NUMBER)] };
  const booking: DocumentModel = {
    ...modelWith([
      field('slots', { kind: 'array', element: key }),
      field('day', { kind: 'date' }, { optional: true }),
      field('seat', NUMBER, { optional: true }),
      field('spare', { kind: 'nullable', of: NUMBER }),
    ]),
    name: 'Booking',
    collection: 'booking',
    indexes: [
      { name: 'seat', kind: 'unique', fields: ['seat'] },
      { name: 'spare', kind: 'range', fields: ['spare'] },
    ],
    references: [
      { field: 'slots', to: 'slot', onDelete: 'setAbsent' },
      { field: 'day', to: 'day', onDelete: 'setAbsent' },
      { field: 'seat', to: 'seat', onDelete: 'restrict' },
      { field: 'spare', to: 'seat', onDelete: 'setAbsent' },
    ],
  };
  const models = [slot, day, seat, booking];
  const fileSystem = new MemoryFileSystem();
  const at = (number: number): Date => new Date(Date.UTC(2026, 0, number));
  const first = await openModels(fileSystem, models);
  await first.transaction((tx) => {
    const { booking: bookings, slot: slots, day: days, seat: seats } = tx as never as AnyDatabase;
    void bookings!.insert({
      ...{
        id: 'b',
        slots: [
          { day: at(1), no: 1 },
          { no: 2, day: at(1) },
        ],
        day: at(1),
        seat: 1,
        spare: 2,
      },
    });
    void bookings!.insert({ id: 'c', slots: [{ day: at(1), no: 1 }], spare: null });
    void slots!.insertMany([
      { day: at(1), no: 1 },
      { day: at(1), no: 2 },
    ]);
    void days!.insert({ at: at(1) });
    void seats!.insertMany([{ id: 1 }, { id: 2 }]);
  });
  await expect(
    first['booking']!.insert({ id: 'd', slots: [{ day: at(2), no: 1 }], spare: null }),
  ).rejects.toMatchObject({ facts: { value: { day: at(2), no: 1 } } });
  await first.close();
  // Documents are bytes again.
  const db = await openModels(fileSystem, models);
  expect(
    db['booking']!.find({ slots: { no: 1 } })
      .keys()
      .sort(),
  ).toEqual(['b', 'c']);
  expect(db['booking']!.find({ slots: { not: { no: 2 } } }).keys()).toEqual(['c']);
  for (const [where, keys] of [
    [{ slots: { no: 1, day: at(1) } }, ['b', 'c']],
    [{ slots: { in: [] } }, []],
    [
      {
        slots: {
          in: [
            { day: at(1), no: 2 },
            { day: at(3), no: 2 },
          ],
        },
      },
      ['b'],
    ],
    [
      {
        slots: {
          all: [
            { day: at(1), no: 2 },
            { day: at(1), no: 1 },
          ],
        },
      },
      ['b'],
    ],
    [{ slots: { none: [{ day: at(1), no: 2 }] } }, ['c']],
    [{ slots: { not: { day: at(1), no: 2 } }, id: { not: 'b' } }, ['c']],
    [{ slots: { not: { in: [{ day: at(1), no: 2 }] } } }, ['c']],
    [{ day: at(1) }, ['b']],
    [{ day: { not: at(1) } }, ['c']],
    [{ day: { absent: true } }, ['c']],
    [{ day: { in: [at(1), at(2)] }, seat: 1 }, ['b']],
    [{ or: [{ day: at(2) }, { spare: null }] }, ['c']],
  ] as const)
    expect([where, db['booking']!.find(where).keys().sort()]).toEqual([where, keys]);
  expect(db['booking']!.find({ slots: { day: at(1), no: 2 } }).explain().conditions).toMatchObject([
    { index: 'slots', estimated: 1 },
  ]);
  for (const [where, code] of [
    [{ slots: { no: 1, day: 'today' } }, 'INVALID_KEY'],
    [{ slots: {} }, 'INVALID_KEY'],
    [{ slots: undefined }, 'INVALID_QUERY'],
    [{ slots: { any: [] } }, 'INVALID_QUERY'],
    [{ slots: { any: [{ no: 1 }] } }, 'INVALID_KEY'],
    [{ slots: 7 }, 'INVALID_KEY'],
    [{ day: { gte: at(1) } }, 'INVALID_QUERY'],
    [{ day: new Date(Number.NaN) }, 'INVALID_KEY'],
  ] as const)
    expect(() => db['booking']!.find(where as never)).toThrow(code);
  expect(db['booking']!.find({ seat: { id: 1 } }).keys()).toEqual(['b']);
  expect(db['booking']!.find({ spare: { id: { in: [1, 2] } } }).keys()).toEqual(['b']);
  const { slotsBookingsOf } = db['slot'] as never as { slotsBookingsOf(key: object): Query<never> };
  const { bookingsOf } = db['slot'] as never as { bookingsOf(key: object): Query<never> };
  expect(slotsBookingsOf).toBeUndefined();
  expect(bookingsOf({ day: at(1), no: 2 }).keys()).toEqual(['b']);
  const { related } = db['booking'] as never as { related(document: object, field: string): unknown };
  expect(related(db['booking']!.require('b'), 'slots')).toEqual([
    { day: at(1), no: 1 },
    { day: at(1), no: 2 },
  ]);
  expect(related(db['booking']!.require('c'), 'day')).toBeUndefined();
  await db['slot']!.delete({ no: 1, day: at(1) } as never);
  expect(db['booking']!.require('b')['slots']).toEqual([{ no: 2, day: at(1) }]);
  expect(db['booking']!.require('c')['slots']).toEqual([]);
  await db['day']!.delete(at(1) as never);
  expect(db['booking']!.require('b')['day']).toBeUndefined();
  await db['seat']!.delete(2 as never);
  expect(db['booking']!.require('b')['spare']).toBeNull();
  await expect(db['seat']!.delete(1 as never)).rejects.toMatchObject({ code: 'REFERENCED' });
  await db.close();
});
