import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type NuthatchDatabase, openDatabase, type PlayerInput } from '../../../../generated/index.js';
import type { Change } from '../index.js';
import { clockOf, createTestDatabase, fork, type TestDatabase } from '../testing.js';

const START = new Date('2025-01-01T00:00:00Z');

function player(number: number, values: Partial<PlayerInput> = {}): PlayerInput {
  const id = `p${number}`;
  return { id, email: `${id}@x.io`, age: number % 90, name: `Player ${number}`, clubs: [`c${number % 5}`], ...values };
}

function players(count: number): PlayerInput[] {
  return Array.from({ length: count }, (_, number) => player(number));
}

/** Everything that queries show of the players. */
function shown(db: NuthatchDatabase): unknown {
  const keys = (items: Iterable<{ readonly id: string }>): string[] => Array.from(items, ({ id }) => id);
  return {
    size: db.player.size,
    all: [...db.player.all()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    revisions: keys(db.player.all()).map((id) => [id, db.player.revision(id), db.player.expiresAt(id)]),
    byAge: keys(db.player.all().orderBy('age')),
    byTime: keys(db.player.all().orderBy('joinedAt', 'desc')),
    tags: [...db.player.tags('clubs')].sort(),
    clubs: [...db.player.tags('clubs').keys()].sort().map((club) => keys(db.player.findByClubs(club)).sort()),
    emails: keys(db.player.all()).map((id) => db.player.findByEmail(`${id}@x.io`)?.id),
  };
}

describe('createTestDatabase', () => {
  it('seeds documents by collection, in one transaction', async () => {
    using db = await createTestDatabase(openDatabase, {
      seed: { player: players(3), club: [{ id: 'fcb', name: 'Basel', size: 23 }] },
    });
    expect(db.player.size).toBe(3);
    expect(db.club.require('fcb').name).toBe('Basel');
    expect(db.seq).toBe(1n);
  });

  it('seeds by a function, which may be async', async () => {
    using db = await createTestDatabase(openDatabase, {
      seed: async (empty) => {
        await empty.player.insert(player(1));
        await empty.player.update('p1', { age: 50 });
      },
    });
    expect(db.player.revision('p1')).toBe(2);
  });

  it('refuses a seed that is wrong, with the reason, and leaves nothing open', async () => {
    const seeded = (seed: unknown): Promise<unknown> => createTestDatabase(openDatabase, { seed: seed as never });
    await expect(seeded({ plyer: [] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { collection: 'plyer' },
    });
    await expect(seeded({ player: [player(1), player(1)] })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(seeded({ player: [{ id: 'p1' }] })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(seeded({ player: 5 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    for (const wrong of [5, 'x', null, [player(1)], new Map(), Promise.resolve({ player: [player(1)] })])
      await expect(seeded(wrong)).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'seed' } });
    const failure = new Error('no');
    await expect(seeded(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  it('opens with options of the program, for forks and their stores of keys, too', async () => {
    const base = await createTestDatabase((options) => openDatabase({ ...options, keyValues: ['tokens'] }));
    await base.keyValue('tokens').set('t1', 'p1', { ttlMs: 60_000 });
    using db = base.fork();
    await db.keyValue('tokens').set('t2', 'p2');
    db.clock.advance(60_000);
    expect([...db.keyValue('tokens').keys()]).toEqual(['t2']);
    expect([...base.keyValue('tokens').keys()]).toEqual(['t1']);
    await base.close();
  });

  it('refuses other options, and what is no openDatabase', async () => {
    const created = (open: unknown, options?: object): Promise<unknown> =>
      createTestDatabase(open as typeof openDatabase, options as never);
    await expect(created(openDatabase, { sead: {} })).rejects.toMatchObject({ facts: { nearest: 'seed' } });
    await expect(created(openDatabase, { keyValues: ['tokens'] })).rejects.toThrow(
      /`keyValues` is an option of openDatabase: give createTestDatabase \(options\) => openDatabase/,
    );
    await expect(created(openDatabase, { now: 'x' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(created(openDatabase, { now: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(created(openDatabase, { randomSeed: 0.5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    for (const open of [undefined, {}, 5, async () => ({ [Symbol.asyncDispose]: async () => undefined })])
      await expect(created(open)).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'open' } });
  });

  it('keeps the options of the function that opens', async () => {
    const dropping = (options: { readonly memory: true }): Promise<NuthatchDatabase> =>
      openDatabase({ ...options, unknownFields: 'drop' });
    using db = await createTestDatabase(dropping);
    using copy = db.fork();
    await expect(copy.player.insert({ ...player(1), nothing: 1 } as PlayerInput)).resolves.toBeDefined();
  });

  it('gives the same ids, random numbers and times in every run', async () => {
    const run = async (randomSeed: number): Promise<unknown> => {
      using db = await createTestDatabase(openDatabase, { randomSeed });
      const ids: unknown[] = [];
      for (let count = 0; count < 3; count++)
        ids.push(
          (
            await db.sessions.insert({
              player: `p${count}`,
              token: `t${count}`,
              expiresAt: new Date('2030-01-01'),
            } as never)
          ).id,
        );
      await db.commit({ execute: (_tx, context) => void ids.push(context.uuid(), context.random(), context.now) });
      return ids;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
    expect(first).toContainEqual(START);
    const [a, b, c] = first as string[];
    expect([c, a, b].sort()).toEqual([a, b, c]);
    expect(a).toMatch(/^01941f29-7c00-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('holds no handle: a test that forgets to close it ends', async () => {
    const before = process.getActiveResourcesInfo();
    const db = await createTestDatabase(openDatabase, { seed: { player: players(2) } });
    const copy = db.fork();
    await copy.player.insert(player(5), { ttlMs: 1000 });
    copy.player.all().watch(() => undefined);
    expect(
      process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate/.test(kind)).length,
    ).toBeLessThanOrEqual(before.filter((kind) => /Timeout|Immediate/.test(kind)).length);
  });
});

describe('fork', () => {
  let base: TestDatabase<NuthatchDatabase>;
  beforeEach(async () => {
    base = await createTestDatabase(openDatabase, { seed: { player: players(30) } });
  });
  afterEach(() => base.close());

  it('shows the documents of the first, the very same', () => {
    using copy = base.fork();
    expect(shown(copy)).toEqual(shown(base));
    expect(copy.player.get('p1')).toBe(base.player.get('p1'));
    expect(copy.seq).toBe(base.seq);
  });

  it('keeps writes of each from the others, in both directions', async () => {
    using first = base.fork();
    using second = fork(base);
    const before = shown(base);
    await first.player.delete('p3');
    await first.player.update('p4', { age: 99, clubs: ['new'] });
    expect(shown(base)).toEqual(before);
    expect(shown(second)).toEqual(before);
    await base.player.insert(player(100));
    expect(second.player.has('p100')).toBe(false);
    expect(first.player.has('p100')).toBe(false);
    expect(base.player.has('p3')).toBe(true);
  });

  it('answers a query that was made before the first write', async () => {
    using copy = base.fork();
    const query = copy.player.findByClubs('c1').orderBy('age');
    const count = query.count();
    await copy.player.insert(player(1000, { clubs: ['c1'] }));
    await base.player.insert(player(2000, { clubs: ['c1'] }));
    expect(query.count()).toBe(count + 1);
    expect([...query].some(({ id }) => id === 'p2000')).toBe(false);
  });

  it('goes on with a loop that was begun before the first write', async () => {
    using copy = base.fork();
    const seen: string[] = [];
    for await (const { id } of copy.player.all()) {
      seen.push(id);
      if (id === 'p0') await base.player.clear();
      if (id === 'p1') await copy.player.delete('p29');
    }
    expect(seen.length).toBeGreaterThanOrEqual(29);
  });

  it('refuses what the first holds: unique values and keys', async () => {
    using copy = base.fork();
    await expect(copy.player.insert(player(1))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(copy.player.insert(player(50, { email: 'p1@x.io' }))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(shown(copy)).toEqual(shown(base));
  });

  it('takes back a transaction that fails, the first write of all', async () => {
    using copy = base.fork();
    await expect(
      copy.transaction((tx) => {
        tx.player.insert(player(50));
        tx.player.delete('p1');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    // A document that was deleted and comes back may stand in another slot.
    expect((shown(copy) as { all: unknown }).all).toEqual((shown(base) as { all: unknown }).all);
    expect(shown(copy)).toMatchObject({ size: 30, byAge: (shown(base) as { byAge: unknown }).byAge });
  });

  it('goes on with revisions, sequences, seqs and ids', async () => {
    await base.match.insert({ home: 'a', away: 'b' } as never).catch(() => undefined);
    await base.player.update('p1', { age: 3 });
    using first = base.fork();
    using second = base.fork();
    const revise = async (db: NuthatchDatabase): Promise<unknown> => {
      const written = await db.player.update('p1', { age: 4 }, { returning: 'entry' });
      return [written.revision, db.seq];
    };
    expect(await revise(first)).toEqual([3, base.seq + 1n]);
    expect(await revise(second)).toEqual([3, base.seq + 1n]);
    expect(base.player.revision('p1')).toBe(2);
  });

  it('tells its own subscribers and watchers alone', async () => {
    using copy = base.fork();
    const heard: string[] = [];
    base.on('change', (change: Change) => void heard.push(`base ${String(change.key)}`));
    copy.on('change', (change: Change) => void heard.push(`copy ${String(change.key)}`));
    let watched = 0;
    using _live = copy.player.findByClubs('c1').watch((rows) => {
      watched = rows.length;
    });
    await copy.player.insert(player(77, { clubs: ['c1'] }));
    await new Promise(setImmediate);
    expect(heard).toEqual(['copy p77']);
    expect(watched).toBe(7);
    await expect(
      (async () => {
        for await (const _ of copy.changes({ since: 0n })) return;
      })(),
    ).rejects.toMatchObject({
      code: 'CHANGES_GONE',
    });
  });

  it('is refused inside a transaction, of a closed database, and of another', async () => {
    await base.transaction(() => expect(() => base.fork()).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' })));
    await using other = await openDatabase({ memory: true });
    expect(() => fork(other as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => clockOf(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    const closed = base.fork();
    await closed.close();
    expect(() => closed.fork()).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
  });

  it('leaves live indexes with the first', async () => {
    await base.player.addIndex({ kind: 'range', field: 'name' });
    using copy = base.fork();
    await base.player.insert(player(60));
    await copy.player.insert(player(61));
    expect(() => copy.player.find({ name: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'UNINDEXED_FIELD' }),
    );
  });

  it('holds for any writes to any forks of forks', async () => {
    const write = fc.record({
      to: fc.nat(5),
      number: fc.nat(40),
      kind: fc.constantFrom('upsert', 'delete', 'update', 'fork', 'clear'),
      age: fc.nat(90),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 40 }), async (writes) => {
        using first = base.fork();
        const all = [{ db: first, model: new Map(players(30).map((input) => [input.id, { ...input }])) }];
        for (const { to, number, kind, age } of writes) {
          const at = all[to % all.length]!;
          const id = `p${number}`;
          if (kind === 'fork') all.push({ db: at.db.fork(), model: new Map(at.model) });
          else if (kind === 'delete') expect(await at.db.player.delete(id)).toBe(at.model.delete(id));
          else if (kind === 'clear' && number === 0) {
            await at.db.player.clear();
            at.model.clear();
          } else if (kind === 'update' && at.model.has(id)) {
            await at.db.player.update(id, { age });
            at.model.set(id, { ...at.model.get(id)!, age });
          } else if (kind === 'upsert') {
            const input = player(number, { age, clubs: [`c${age % 7}`, 'all'] });
            await at.db.player.upsert(input);
            at.model.set(id, { ...input });
          }
        }
        for (const { db, model } of all) {
          using fresh = await createTestDatabase(openDatabase, { seed: { player: model.values() } });
          const { revisions: _a, emails: _b, ...held } = shown(db) as Record<string, unknown>;
          const { revisions: _c, emails: _d, ...due } = shown(fresh) as Record<string, unknown>;
          expect(held).toEqual(due);
          for (const id of model.keys()) expect(db.player.findByEmail(`${id}@x.io`)?.id).toBe(id);
          await db.close();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('goes on with releases and states', async () => {
    await base.part.insert({ id: 'a', number: '1', weight: 2 });
    await base.part.release('a');
    using copy = base.fork();
    copy.clock.advance(1000);
    await copy.part.revise('a');
    await copy.part.update('a', { weight: 3 });
    const { releasedAt } = await copy.part.release('a').then(() => [...copy.part.history('a')].at(-1)!);
    expect(releasedAt).toEqual(new Date(START.getTime() + 1000));
    expect([[...base.part.history('a')].length, [...copy.part.history('a')].length]).toEqual([1, 2]);
    await expect(base.part.update('a', { weight: 4 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
  });

  it('copies trees of tags and values when it has to', async () => {
    const many = players(6_000).map((input) => ({ ...input, clubs: ['all', ...(input.clubs ?? [])] }));
    using large = await createTestDatabase(openDatabase, { seed: { player: many } });
    using copy = large.fork();
    await copy.player.insert(player(200_000, { clubs: ['all'] }));
    await large.player.delete('p7');
    expect([copy.player.size, large.player.size]).toEqual([6_001, 5_999]);
    expect(copy.player.findByEmail('p7@x.io')?.id).toBe('p7');
    expect(large.player.findByEmail('p7@x.io')).toBeUndefined();
    expect([copy.player.findByClubs('all').count(), large.player.findByClubs('all').count()]).toEqual([6_001, 5_999]);
    expect(copy.player.findByAge({ gte: 0 }).count()).toBe(6_001);
    await copy.player.update('p3', { age: 77, clubs: ['c9'] });
    expect(copy.player.findByClubs('c9').keys()).toEqual(['p3']);
    expect(large.player.require('p3').age).toBe(3);
  });
});

describe('the clock of a test', () => {
  it('stands still, and gives times to defaults, changes and commands', async () => {
    using db = await createTestDatabase(openDatabase, { now: new Date(1_000_000) });
    const times: number[] = [];
    db.player.on('change', (change) => void times.push(change.timeMs));
    expect((await db.player.insert(player(1))).joinedAt).toEqual(new Date(1_000_000));
    db.clock.advance(500);
    expect((await db.player.insert(player(2))).joinedAt).toEqual(new Date(1_000_500));
    expect((await db.player.insert(player(3, { joinedAt: new Date(5) }))).joinedAt).toEqual(new Date(5));
    await new Promise(setImmediate);
    expect(times).toEqual([1_000_000, 1_000_500, 1_000_500]);
    expect(db.clock.date).toEqual(new Date(1_000_500));
  });

  it('deletes what expires before `advance` returns, each at its time', async () => {
    using db = await createTestDatabase(openDatabase);
    const gone: unknown[] = [];
    db.player.on('delete', ({ key, timeMs, origin }) => void gone.push([key, timeMs - START.getTime(), origin]));
    await db.player.insert(player(1), { ttlMs: 1000 });
    await db.player.insert(player(2), { ttlMs: 3_600_000 * 24 * 365 });
    await db.player.insert(player(3), { ttlMs: 2000 });
    expect(db.player.expiresAt('p1')).toEqual(new Date(START.getTime() + 1000));
    db.clock.advance(999);
    expect(db.player.size).toBe(3);
    db.clock.advance(1);
    expect(db.player.has('p1')).toBe(false);
    db.clock.advance(5000);
    expect(db.player.size).toBe(1);
    db.clock.setTime(new Date('2027-01-01'));
    expect(db.player.size).toBe(0);
    await new Promise(setImmediate);
    expect(gone.slice(0, 2)).toEqual([
      ['p1', 1000, 'expiry'],
      ['p3', 2000, 'expiry'],
    ]);
  });

  it('is one for each fork, from the same time on', async () => {
    using db = await createTestDatabase(openDatabase);
    await db.player.insert(player(1), { ttlMs: 1000 });
    using copy = db.fork();
    copy.clock.advance(5000);
    expect(copy.player.has('p1')).toBe(false);
    expect(db.player.has('p1')).toBe(true);
    expect(db.clock.now()).toBe(START.getTime());
    db.clock.advance(1000);
    expect(db.player.has('p1')).toBe(false);
  });

  it('deletes thousands at once, in one call', async () => {
    using db = await createTestDatabase(openDatabase);
    await db.transaction((tx) => void tx.player.insertMany(players(2_000), { ttlMs: 10 }));
    db.clock.advance(10);
    expect(db.player.size).toBe(0);
  });

  it('refuses what is no time', async () => {
    using db = await createTestDatabase(openDatabase);
    for (const wrong of [-1, Number.NaN, '5', undefined, 1e300])
      expect(() => db.clock.advance(wrong as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    for (const wrong of [new Date('x'), '5', undefined])
      expect(() => db.clock.setTime(wrong as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(db.clock.now()).toBe(START.getTime());
    // A date of another realm is a date.
    db.clock.setTime(runInNewContext(`new Date(${START.getTime() + 7})`) as Date);
    expect(db.clock.now()).toBe(START.getTime() + 7);
    db.clock.setTime(START.getTime() - 5);
    expect(clockOf(db).now()).toBe(START.getTime() - 5);
  });
});
