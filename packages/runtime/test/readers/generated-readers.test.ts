/** Readers of all that classes can have, by generated code: every read gives what the database gives. */

import { type NuthatchDatabase, type NuthatchReader, openDatabase, openReader } from '../../../../generated/index.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { until } from './open-player-readers.js';

let db: NuthatchDatabase;
let reader: NuthatchReader;
beforeEach(async () => {
  db = await openDatabase({ directory: '/data', fileSystem: new MemoryFileSystem(), keyValues: ['settings'] });
  await write();
  reader = await openReader(db.readerPort({ coldDocuments: 'memory' }));
});
afterEach(async () => {
  await reader.close();
  await db.close();
});

async function write(): Promise<void> {
  await db.club.insertMany(
    ['CH', 'DE', 'FR'].map((country, at) => ({
      ...{ id: `c${at}`, name: `Club ${at}`, country, slug: `s${at}`, size: at * 10, balance: BigInt(at) ** 40n },
      ...{ colours: new Map([['home', 'red']]), sports: new Set(['chess', `s${at}`]), crest: Uint8Array.of(at, 1) },
    })),
  );
  await db.player.insertMany(
    Array.from({ length: 300 }, (_, at) => ({
      ...{ id: `p${at}`, email: `p${at}@x.io`, age: at % 80, name: `Player ${at}`, clubs: [`c${at % 3}`] },
      ...(at % 7 === 0 ? { nick: `n${at}` } : {}),
    })),
  );
  await db.membership.insertMany([
    { club: 'c0', player: 'p1' },
    { club: 'c1', player: 'p1', role: 'coach' },
  ]);
  await db.sessions.insert({ player: 'p1' as never, token: 't1', expiresAt: new Date(Date.now() + 3_600_000) });
  await db.part.insert({ id: 'a', number: 'n1', weight: 3, materials: ['steel'] });
  await db.part.release('a');
  await db.part.revise('a');
  await db.passage.insertMany([
    { id: 'v1', text: 'one', language: 'en', embedding: Float32Array.of(1, 0, 0) },
    { id: 'v2', text: 'two', language: 'en', embedding: Float32Array.of(0, 1, 0) },
  ]);
  await db.draft.insert({ id: 'd1' as never, slug: 'first', text: 'in work' });
  await db.keyValue('settings').set('theme', { dark: true, sizes: [1, 2n] });
  const photo = await db.blobs.put(Uint8Array.of(1, 2, 3), { mediaType: 'image/png' });
  await db.machine.insert({ id: 'm1', serial: 's1', photo });
}

/** The same questions to both. */
function answers(of: NuthatchDatabase | NuthatchReader): unknown {
  const { player, club, membership, sessions, part, passage, draft, machine, clubMembers } = of;
  const settings = of.keyValue('settings');
  return {
    players: player.all().orderBy('age', 'desc').all(),
    page: player
      .find({ clubs: 'c1', age: { gte: 20 } })
      .orderBy('age')
      .limit(5)
      .page().items,
    nick: player.findByNick('n7'),
    computed: player.findByNameLength({ gt: 9 }).count(),
    tags: [...player.tags('clubs')].sort(),
    sums: [player.sum('age'), player.min('age'), player.max('age'), club.sum('balance')],
    groups: player.all().aggregate({ count: true, avg: 'age' }, { by: 'clubs' }),
    viewed: player.view('p3', ({ age, nameLength }) => [age, nameLength]),
    viewedRow: clubMembers.view('c1', (row) => ({ ...row })),
    viewedValue: settings.view('theme', (value) => value),
    rows: player.find({ age: 3 }).select('id', 'name').all(),
    distinct: player.all().distinct('age'),
    clubs: club
      .all()
      .all()
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    composite: club.find({ country: 'DE' }).keys(),
    memberships: membership.get({ club: 'c1', player: 'p1' })?.role,
    sessions: sessions.all().all(),
    token: sessions.findByToken('t1')?.id,
    expires: sessions
      .all()
      .all()
      .map(({ id }) => sessions.expiresAt(id)),
    part: [part.get('a'), part.isReleased('a'), part.getReleased('a'), part.revision('a')],
    history: part.history('a').map(({ release, document, digest }) => [release, document, digest]),
    nearest: passage.nearest([1, 0.2, 0], { limit: 2 }).keys(),
    draft: draft.findBySlug('first'),
    settings: [settings.size, settings.get('theme'), [...settings.keys()]],
    photo: machine.get('m1')?.photo,
    members: clubMembers
      .all()
      .all()
      .sort((a, b) => (a.clubs < b.clubs ? -1 : 1)),
    most: clubMembers.all().orderBy('members', 'desc').all().length,
    seq: of.seq,
  };
}

it('answer everything as the database does, at once', () => {
  expect(answers(reader)).toEqual(answers(db));
  expect(reader.clubMembers.size).toBe(3);
  expect(reader.sessions.size).toBe(1);
});

it('answer everything as the database does, after writes of every kind', async () => {
  await db.player.updateMany({ clubs: 'c1' }, { clubs: ['c2'] });
  await db.player.delete('p5');
  await db.club.update('c0', { size: 99, sports: new Set(['golf']) });
  await db.membership.delete({ club: 'c0', player: 'p1' });
  await db.part.release('a');
  await db.part.setLifetime('a', 'active');
  await db.passage.update('v1', { embedding: Float32Array.of(0, 0, 1) });
  await db.draft.delete('d1' as never);
  await db.keyValue('settings').delete('theme');
  await db.keyValue('settings').set('size', 3);
  await db.sessions.insert({ player: 'p2' as never, token: 't2', expiresAt: new Date(Date.now() + 3_600_000) });
  await reader.caughtUp(db.seq);
  await until(() => reader.sessions.size === 2, 'a write that has no seq');
  expect(answers(reader)).toEqual(answers(db));
});

it('go on over compactions, switches of storage and releases of memory', async () => {
  await db.compact();
  await db.setStorage('player', 'memory');
  await db.player.update('p1', { age: 77 });
  await db.setStorage('player', 'disk');
  await db.player.update('p2', { age: 78 });
  await db.compact();
  await reader.caughtUp(db.seq);
  expect(answers(reader)).toEqual(answers(db));
  await using later = await openReader(db.readerPort({ coldDocuments: 'memory' }));
  expect(answers(later)).toEqual(answers(db));
});

it('show a database that was opened from an image, and that was never touched', async () => {
  await reader.close();
  const fileSystem = new MemoryFileSystem();
  db = await reopened(db, fileSystem);
  reader = await openReader(db.readerPort({ coldDocuments: 'memory' }), { cacheBytes: 10_000 });
  expect(answers(reader)).toEqual(answers(db));
  await db.player.delete('p9');
  await db.player.insert({ id: 'p9', email: 'p9@x.io', age: 3, name: 'Again' });
  await reader.caughtUp(db.seq);
  expect(answers(reader)).toEqual(answers(db));
});

async function reopened(old: NuthatchDatabase, fileSystem: MemoryFileSystem): Promise<NuthatchDatabase> {
  await old.close();
  db = await openDatabase({ directory: '/data', fileSystem, keyValues: ['settings'] });
  await write();
  await db.compact();
  await db.close();
  return openDatabase({ directory: '/data', fileSystem, keyValues: ['settings'] });
}

it('have no members that write, in their types, and refuse by their code what is called all the same', async () => {
  // @ts-expect-error: a reader has no writes.
  const insert: unknown = reader.player.insert;
  expect(typeof insert).toBe('function');
  const writing = reader as unknown as NuthatchDatabase;
  for (const write of [
    () => writing.part.release('a'),
    () => writing.part.setLifetime('a', 'active'),
    () => writing.keyValue('settings').set('a', 1),
    () => writing.keyValue('settings').increment('n'),
    () => writing.keyValue('settings').transaction(() => undefined),
    () => writing.reflect().collection('player').delete('p1'),
  ])
    await expect((async () => write())()).rejects.toMatchObject({ code: 'READ_ONLY_READER' });
  expect('transaction' in reader || 'blobs' in reader || 'compact' in reader).toBe(false);
});
