/** The engine under the code the generator really writes, for every class of `schemas/`, over a reopened journal. */
import { type NuthatchDatabase, openDatabase, playerKey } from '../../../generated/index.js';
import { Club, Ground, Legal } from '../../../schemas/club.js';
import { Player } from '../../../schemas/player.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';

const DAY = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-02-01T00:00:00Z');

const ground = Object.assign(new Ground(), { street: 'Main 1', city: 'Basel', seats: 9 });

async function fill(db: NuthatchDatabase): Promise<void> {
  await db.player.insertMany([
    { id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann', clubs: ['fcb'], joinedAt: DAY },
    { id: 'p2', email: 'bob@x.io', age: 20, name: 'Bobby', nick: 'bb' },
  ]);
  await db.club.insert({
    id: 'fcb',
    name: 'FC Basel',
    country: 'CH',
    slug: 'fcb',
    size: 24,
    legal: Legal.Company,
    level: 'professional',
    ground,
    income: { kind: 'sponsor', name: 'Acme', perYear: 10n ** 20n },
    colours: new Map([['home', 'red']]),
    sports: new Set(['football', 'chess']),
    crest: new Uint8Array([1, 2, 3]),
    balance: -5n,
    rating: 7,
  });
  await db.membership.insertMany([
    { club: 'fcb', player: 'p1', since: DAY },
    { club: 'fcb', player: 'p2', since: LATER, role: 'coach' },
  ]);
  await db.match.insertMany([
    { home: 'fcb', away: 'bvb', playedAt: DAY },
    { home: 'scp', away: 'fcb', playedAt: LATER, goals: [1, 2], status: 'over', report: 'good' },
  ]);
  await db.sessions.insert({ player: playerKey('p1'), token: 't1', expiresAt: LATER });
}

function check(db: NuthatchDatabase): void {
  expect(db.player.findByEmail('ann@x.io')).toBeInstanceOf(Player);
  expect(db.player.findByClubs('fcb').orderBy('age').all()).toMatchObject([{ id: 'p1', joinedAt: DAY }]);
  expect(db.player.find({ clubs: 'fcb', age: { between: [18, 40] } }).count()).toBe(1);
  expect(db.player.findByNick('bb')?.nameLength).toBe(5);
  expect(db.player.max('joinedAt')).toBeInstanceOf(Date);
  const club = db.club.require('fcb');
  expect(club).toBeInstanceOf(Club);
  expect(club.ground).toBeInstanceOf(Ground);
  expect(club.ground?.address).toBe('Main 1, Basel');
  expect(club).toMatchObject({
    size: 24,
    balance: -5n,
    rating: 7,
    legal: 'company',
    income: { kind: 'sponsor', perYear: 10n ** 20n },
  });
  expect([...club.sports]).toEqual(['football', 'chess']);
  expect([...club.colours]).toEqual([['home', 'red']]);
  expect([...(club.crest as Uint8Array)]).toEqual([1, 2, 3]);
  expect(() => (club.sports as Set<string>).add('x')).toThrow('READ_ONLY_VALUE');
  expect(() => Object.assign(club.ground as Ground, { city: 'x' })).toThrow(TypeError);
  expect(db.club.findByCountryAndSlug({ country: 'CH', slug: 'fcb' })).toBe(club);
  expect(db.club.findByCountryAndSize({ country: 'CH', size: { gte: 20 } }).keys()).toEqual(['fcb']);
  expect(db.club.findBySports('chess').count()).toBe(1);
  expect(db.membership.get({ club: 'fcb', player: 'p2' })).toMatchObject({ role: 'coach' });
  expect(db.membership.findByClubAndSince({ club: 'fcb', since: { gt: DAY } }).keys()).toEqual([
    { club: 'fcb', player: 'p2' },
  ]);
  expect(db.match.all().orderBy('playedAt', 'desc').all()).toMatchObject([
    { id: 2, goals: [1, 2], status: 'over' },
    { id: 1, goals: [], status: 'planned' },
  ]);
}

describe('the engine under generated code', () => {
  it('finds everything again after reopening, but for what lives in memory', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openDatabase({ directory: '/data', fileSystem });
    await fill(first);
    check(first);
    expect(first.sessions.findByToken('t1')?.player).toBe('p1');
    await first.close();
    const second = await openDatabase({ directory: '/data', fileSystem });
    check(second);
    expect(second.sessions.size).toBe(0);
    expect((await second.match.insert({ home: 'a', away: 'b', playedAt: DAY })).id).toBe(3);
    await second.close();
  });

  it('leaves the caller no hold on what it stored', async () => {
    const db = await openDatabase({ memory: true });
    const clubs = ['fcb'];
    const joinedAt = new Date(DAY);
    const kept = await db.player.insert({ id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann', clubs, joinedAt });
    clubs.push('bvb');
    joinedAt.setTime(0);
    expect(kept.clubs).toEqual(['fcb']);
    expect(kept.joinedAt).toEqual(DAY);
    const club = await db.club.insert({ id: 'c', name: 'Club', ground });
    expect(club.ground).not.toBe(ground);
    await db.close();
  });

  it('refuses bad values with every violation, and wrong keys', async () => {
    const db = await openDatabase({ memory: true });
    const bad = db.player.insert({ id: 'p1', email: 'no mail', age: 300, name: 'Ann', extra: 1 } as never);
    await expect(bad).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { violations: [{ path: 'extra', rule: 'unknownField' }, { rule: 'isEmail' }, { rule: 'max' }] },
    });
    const worse = db.player.insert({ id: 'p1', email: 'no mail', age: 300, name: 'Ann' });
    await expect(worse).rejects.toMatchObject({ facts: { violations: [{ rule: 'isEmail' }, { rule: 'max' }] } });
    await expect(db.membership.insert({ club: 'fcb' } as never)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    await expect(db.club.insert({ id: 'c', name: 'x' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(db.player.size + db.club.size + db.membership.size).toBe(0);
    await db.close();
  });
});
