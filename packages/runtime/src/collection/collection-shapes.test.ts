import type { DocumentModel, FieldType } from '@nuthatch/model';
import { definitionOf } from '../../test/support/definition-of-model.js';
import { letPass, stopClock } from '../../test/support/test-clock.js';
import type { Database } from '../database/database.js';
import type { DatabaseOptions } from '../database/database-options.js';
import { openDatabase } from '../database/open-database.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { Query } from '../repository/query.js';
import type { Repository } from '../repository/repository.js';
import type { CollectionTypes } from '../repository/repository-types.js';
import type { TransactionRepository } from '../repository/transaction-repository.js';

interface AnyTypes extends CollectionTypes {
  readonly document: Readonly<Record<string, unknown>>;
  readonly key: unknown;
  readonly input: object;
  readonly patch: Record<string, unknown>;
  readonly where: object;
  readonly order: string;
  readonly tags: Record<string, unknown>;
  readonly ranges: Record<string, unknown>;
  readonly sums: string;
  readonly fixed: never;
  readonly unique: string;
  readonly numbers: string;
}
type AnyRepository = Repository<AnyTypes>;
type Found = Readonly<Record<string, unknown>> | undefined;

const field = (
  name: string,
  kind: FieldType | 'string' | 'number' | 'bigint' | 'date' | 'boolean',
  optional = false,
) => ({
  name,
  type: typeof kind === 'string' ? { kind } : kind,
  optional,
  rules: [],
});

const base = { storage: 'disk', computed: [], indexes: [] } as const;

const membership: DocumentModel = {
  ...base,
  name: 'Membership',
  collection: 'membership',
  key: { fields: ['club', 'since'] },
  fields: [
    field('club', 'string'),
    field('since', 'date'),
    field('role', 'string', true),
    field('rank', 'number', true),
  ],
  indexes: [
    { name: 'club_rank', kind: 'range', fields: ['club', 'rank'] },
    { name: 'club_role', kind: 'unique', fields: ['club', 'role'], caseInsensitive: true },
  ],
};
const match: DocumentModel = {
  ...base,
  name: 'Match',
  collection: 'match',
  key: { fields: ['id'], generate: 'sequence' },
  fields: [field('id', 'number'), field('home', 'string')],
};
const session: DocumentModel = {
  ...base,
  name: 'Session',
  collection: 'sessions',
  storage: 'memory',
  key: { fields: ['id'], generate: 'uuidv7' },
  fields: [
    field('id', 'string'),
    field('flags', { kind: 'set', element: { kind: 'number' } }),
    field('sum', 'bigint', true),
    field('on', 'date', true),
  ],
  indexes: [
    { name: 'flags', kind: 'tag', fields: ['flags'] },
    { name: 'sum', kind: 'range', fields: ['sum'] },
    { name: 'on', kind: 'unique', fields: ['on'] },
  ],
};

type Shapes = Database<Record<string, TransactionRepository<AnyTypes>>> & {
  readonly membership: AnyRepository;
  readonly match: AnyRepository;
  readonly sessions: AnyRepository;
};

function open(options: DatabaseOptions = { memory: true }): Promise<Shapes> {
  return openDatabase(
    [membership, match, session].map((model) => definitionOf(model)) as never,
    options,
  ) as unknown as Promise<Shapes>;
}

const DAY = new Date(86_400_000);
const LATER = new Date(2 * 86_400_000);

describe('collections of other shapes', () => {
  it('keeps composite keys apart and gives them back', async () => {
    const db = await open();
    await db.membership.insertMany([
      { club: 'a', since: DAY },
      { club: 'a', since: LATER },
      { club: 'b', since: DAY },
    ]);
    expect(db.membership.get({ club: 'a', since: DAY })).toMatchObject({ club: 'a' });
    expect(db.membership.get(['b', DAY])).toMatchObject({ club: 'b' });
    expect(db.membership.get({ club: 'b', since: LATER })).toBeUndefined();
    expect(db.membership.all().keys()).toEqual([
      { club: 'a', since: DAY },
      { club: 'a', since: LATER },
      { club: 'b', since: DAY },
    ]);
    await expect(db.membership.insert({ club: 'a', since: DAY })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      facts: { holderKey: { club: 'a', since: DAY } },
    });
    await expect(db.membership.update({ club: 'a', since: DAY }, { club: 'c' })).rejects.toMatchObject({
      code: 'KEY_CHANGED',
    });
    await db.membership.update({ club: 'a', since: DAY }, { club: 'a', since: new Date(DAY), rank: 1 });
    expect(() => db.membership.get({ club: 'a' })).toThrow('INVALID_KEY');
    expect(() => db.membership.get('a')).toThrow('INVALID_KEY');
    expect(await db.membership.delete({ club: 'a', since: DAY })).toBe(true);
    await db.close();
  });

  it('queries composite indexes by leading fields and a range after them', async () => {
    const db = await open();
    const rows = [1, 2, 3].flatMap((rank) =>
      ['a', 'b'].map((club) => ({ club, since: new Date(rank * 1000), rank, role: `r${rank}` })),
    );
    await db.membership.insertMany([...rows, { club: 'a', since: new Date(9000) }]);
    const finders = db.membership as unknown as {
      findByClubAndRank(bounds: object): Query<AnyTypes>;
      findByClubAndRole(key: object): Found;
    };
    const ranks = (bounds: object): unknown[] =>
      finders
        .findByClubAndRank(bounds)
        .orderBy('club_rank')
        .all()
        .map(({ club, rank }) => `${String(club)}${String(rank)}`);
    expect(ranks({ club: 'a' })).toEqual(['a1', 'a2', 'a3']);
    expect(ranks({ club: 'b', rank: 2 })).toEqual(['b2']);
    expect(ranks({ club: 'a', rank: { gt: 1 } })).toEqual(['a2', 'a3']);
    expect(ranks({ club: 'a', rank: { lt: 3 } })).toEqual(['a1', 'a2']);
    expect(ranks({ club: { gte: 'b' } })).toEqual(['b1', 'b2', 'b3']);
    expect(ranks({ club: { prefix: 'a' } })).toEqual(['a1', 'a2', 'a3']);
    expect(() => finders.findByClubAndRank({ rank: 2 })).toThrow('INVALID_QUERY');
    expect(() => finders.findByClubAndRank({ klub: 2 })).toThrow('INVALID_QUERY');
    expect(finders.findByClubAndRole({ club: 'A', role: 'R2' })).toMatchObject({ club: 'a', rank: 2 });
    expect(() => finders.findByClubAndRole({ club: 'a' })).toThrow('INVALID_QUERY');
    await expect(db.membership.insert({ club: 'B', since: DAY, role: 'r1' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      facts: { value: ['B', 'r1'] },
    });
    // Documents without a rank are not in the index; an order by it puts them last.
    expect(db.membership.all().orderBy('club_rank', 'desc').all().at(-1)).toMatchObject({
      since: new Date(9000),
    });
    await db.close();
  });

  it('gives out sequence numbers once, over deletion and reopening too', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await open({ directory: '/data', fileSystem });
    const made = await first.match.insertMany([{ home: 'a' }, { home: 'b' }]);
    expect(made.map(({ id }) => id)).toEqual([1, 2]);
    await first.match.delete(2);
    await first.match.insert({ id: 10, home: 'c' });
    expect((await first.match.insert({ home: 'd' })).id).toBe(11);
    await first.match.delete(11);
    await first.close();
    const second = await open({ directory: '/data', fileSystem });
    expect((await second.match.insert({ home: 'e' })).id).toBe(12);
    await second.close();
  });

  it('makes ids that sort by time, and keeps given ones', async () => {
    const db = await open();
    const ids = (await db.sessions.insertMany(Array.from({ length: 500 }, () => ({ flags: new Set([1]) })))).map(
      ({ id }) => id as string,
    );
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect((await db.sessions.insert({ id: 'mine', flags: new Set() })).id).toBe('mine');
    await db.close();
  });

  it('loses memory-only collections with the process, and nothing else', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await open({ directory: '/data', fileSystem });
    await first.sessions.insert({ flags: new Set([1, 2]) });
    await first.transaction((tx) => {
      tx['match']?.insert({ home: 'a' });
      tx['sessions']?.insert({ flags: new Set([3]) });
    });
    expect(first.sessions.size).toBe(2);
    await first.close();
    const second = await open({ directory: '/data', fileSystem });
    expect(second.sessions.size).toBe(0);
    expect(second.match.size).toBe(1);
    expect(second.seq).toBe(1n);
    await second.close();
  });

  it('has tags in sets, ranges of bigints, unique dates', async () => {
    const db = await open();
    const finders = db.sessions as unknown as {
      findByFlags(tag: unknown): Query<AnyTypes>;
      findBySum(bounds: unknown): Query<AnyTypes>;
      findByOn(date: Date): Found;
    };
    const { id } = await db.sessions.insert({ flags: new Set([1, 2]), sum: 5n, on: DAY });
    await db.sessions.insert({ flags: new Set([2]), sum: 2n ** 70n });
    expect(finders.findByFlags({ all: [1, 2] }).keys()).toEqual([id]);
    expect(finders.findBySum({ gt: 5n }).count()).toBe(1);
    expect(db.sessions.sum('sum')).toBe(2n ** 70n + 5n);
    expect(db.sessions.max('sum')).toBe(2n ** 70n);
    expect(finders.findByOn(new Date(DAY))?.['id']).toBe(id);
    await expect(db.sessions.insert({ flags: new Set(), on: new Date(DAY) })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    });
    expect([...((await db.sessions.addTag(id, 'flags', 9))['flags'] as Set<number>)]).toEqual([1, 2, 9]);
    expect([...((await db.sessions.removeTag(id, 'flags', 1))['flags'] as Set<number>)]).toEqual([2, 9]);
    await db.close();
  });
});

describe('a time to live', () => {
  afterEach(() => void jest.useRealTimers());

  it('deletes the document in its time, says so, and keeps it over reopening', async () => {
    stopClock();
    const fileSystem = new MemoryFileSystem();
    const first = await open({ directory: '/data', fileSystem });
    const heard: unknown[] = [];
    first.match.subscribe(({ kind, origin, key }) => heard.push([kind, origin, key]));
    await first.match.insert({ home: 'short' }, { ttlMs: 20 });
    await first.match.insert({ home: 'middle' }, { ttlMs: 150 });
    await first.match.insert({ home: 'long' }, { ttlMs: 60_000 });
    expect(first.match.expiresAt(3)).toEqual(new Date(Date.now() + 60_000));
    await letPass(20);
    await first.flush();
    expect(heard.at(-1)).toEqual(['delete', 'expiry', 1]);
    expect([first.match.has(1), first.match.has(2)]).toEqual([false, true]);
    await first.close();
    await letPass(130);
    const second = await open({ directory: '/data', fileSystem });
    expect(second.match.all().keys()).toEqual([3]);
    expect(second.match.expiresAt(3)).toBeDefined();
    await second.close();
  });
});
