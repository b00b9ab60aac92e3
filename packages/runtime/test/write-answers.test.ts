/** What writes answer, and when there is nothing to write. */
import { type NuthatchDatabase, openDatabase } from '../../../generated/index.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { measureBy } from '../src/time/real-time.js';

const DAY = new Date('2026-01-01T00:00:00Z');
const player = (id: string, fields: object = {}) => ({
  id,
  email: `${id}@x.io`,
  age: 20,
  name: id,
  clubs: ['fcb'],
  joinedAt: DAY,
  ...fields,
});

let db: NuthatchDatabase;
beforeEach(async () => {
  db = await openDatabase({ directory: '/db', fileSystem: new MemoryFileSystem() });
});
afterEach(() => db.close());

describe("{ returning: 'entry' }", () => {
  const returning = 'entry';

  it('answers the document, its revision and whether it is new', async () => {
    const first = await db.player.insert(player('p1'), { returning });
    expect(first).toEqual({ document: db.player.get('p1'), revision: 1, inserted: true });
    expect(await db.player.upsert(player('p1', { age: 30 }), { returning })).toMatchObject({
      revision: 2,
      inserted: false,
    });
    expect(await db.player.upsert(player('p2'), { returning })).toMatchObject({ revision: 1, inserted: true });
    expect(await db.player.update('p1', { age: 31 }, { returning, ifRevision: 2 })).toMatchObject({
      document: { age: 31 },
      revision: 3,
      inserted: false,
    });
    expect(await db.player.insertIfAbsent(player('p1', { age: 1 }), { returning })).toMatchObject({
      document: { age: 31 },
      revision: 3,
      inserted: false,
    });
    expect(await db.player.insertIfAbsent(player('p3'), { returning })).toMatchObject({ revision: 1, inserted: true });
    const { email, ...changed } = player('', { age: 40, name: 'x' });
    expect(await db.player.upsertBy('email', { ...changed, id: 'p3', email: 'p3@x.io' }, { returning })).toMatchObject({
      document: { id: 'p3', age: 40 },
      revision: 2,
      inserted: false,
    });
    expect(email).toBe('@x.io');
    expect(await db.player.insertMany([player('p4'), player('p5')], { returning })).toMatchObject([
      { document: { id: 'p4' }, revision: 1, inserted: true },
      { document: { id: 'p5' }, revision: 1, inserted: true },
    ]);
  });

  it('returns the revision of its own write, whatever follows before it is durable', async () => {
    const writes = [
      db.player.insert(player('p1'), { returning }),
      db.player.update('p1', { age: 1 }, { returning }),
      db.player.update('p1', { age: 2 }, { returning }),
    ];
    expect((await Promise.all(writes)).map(({ revision }) => revision)).toEqual([1, 2, 3]);
  });

  it('answers the same inside a transaction, at once', async () => {
    await db.transaction((tx) => {
      expect(tx.player.insert(player('p1'), { returning })).toMatchObject({ revision: 1, inserted: true });
      expect(tx.player.update('p1', { age: 5 }, { returning })).toMatchObject({ revision: 2, document: { age: 5 } });
      expect(tx.player.update('p1', { age: 5 }, { returning })).toMatchObject({ revision: 2, inserted: false });
    });
  });

  it("is the document with 'document', and refused for another word and for writes that answer no document", async () => {
    expect(await db.player.insert(player('p1'), { returning: 'document' })).toBe(db.player.get('p1'));
    const code = 'INVALID_OPTION';
    await expect(db.player.insert(player('p2'), { returning: 'both' } as never)).rejects.toMatchObject({ code });
    await expect(db.player.delete('p1', { returning } as never)).rejects.toMatchObject({ code });
    await expect(db.player.updateMany({}, {}, { returning } as never)).rejects.toMatchObject({ code });
    expect(db.player.size).toBe(1);
  });
});

describe('a patch that changes nothing', () => {
  it.each([
    ['an empty one', {}],
    ['the same values', { age: 20, name: 'p1' }],
    ['a list of the same elements', { clubs: ['fcb'] }],
    ['a date of the same time', { joinedAt: new Date(DAY) }],
    ['an absent field taken away', { nick: undefined }],
    ['a function that gives the same', () => ({ clubs: ['fcb'], age: 20 })],
    ['a function that gives all of the document', (held: object) => ({ ...held })],
  ])('changes no revision and publishes nothing: %s', async (_, patch) => {
    const inserted = await db.player.insert(player('p1'));
    const { seq } = db;
    const changes: unknown[] = [];
    db.subscribe((change) => changes.push(change));
    expect(await db.player.update('p1', patch as never)).toBe(inserted);
    expect(db.player.revision('p1')).toBe(1);
    expect(db.seq).toBe(seq);
    await db.player.insert(player('p2'));
    expect(changes).toHaveLength(1);
  });

  it('is still refused when it is wrong', async () => {
    await db.player.insert(player('p1'));
    await expect(db.player.update('p1', { strange: undefined } as never)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await expect(db.player.update('p1', {}, { ifRevision: 7 })).rejects.toMatchObject({ code: 'REVISION_MISMATCH' });
    await expect(db.player.update('nobody', {})).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
  });

  it('differs from one that changes -0, the order of a list, or the expiry', async () => {
    await db.match.insert({ home: 'a', away: 'b', playedAt: DAY, goals: [0, 1] });
    const revisions: (number | undefined)[] = [];
    for (const [patch, options] of [
      [{ goals: [-0, 1] }],
      [{ goals: [1, -0] }],
      [{ goals: [1, -0] }, { ttlMs: 60_000 }],
      [{ goals: [1, -0] }],
    ] as const) {
      await db.match.update(1, patch, options);
      revisions.push(db.match.revision(1));
    }
    expect(revisions).toEqual([2, 3, 4, 4]);
  });

  it('counts in updateMany as one that meets the conditions', async () => {
    await db.player.insertMany([player('p1'), player('p2', { age: 30 })]);
    expect(await db.player.updateMany({ clubs: 'fcb' }, { age: 30 })).toBe(2);
    expect([db.player.revision('p1'), db.player.revision('p2')]).toEqual([2, 1]);
    await db.player.increment('p1', 'age', 0);
    expect(db.player.revision('p1')).toBe(2);
  });
});

describe('deleting many', () => {
  const fill = (count: number): Promise<unknown> =>
    db.match.insertMany(
      Array.from({ length: count }, (_, index) => ({ home: 'a', away: index % 2 ? 'b' : 'c', playedAt: DAY })),
      { durability: 'memory' },
    );

  it('gives other work its turn, and counts what was deleted', async () => {
    await fill(6_000);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    let nowMs = 0;
    const giveBack = measureBy(() => (nowMs += 1));
    const deleted = db.match.deleteMany({ away: 'b' });
    // The first slice is done before the call returns.
    expect(db.match.size).toBeLessThan(6_000);
    expect(db.match.size).toBeGreaterThan(3_000);
    expect(await deleted).toBe(3_000);
    giveBack();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    expect(db.match.size).toBe(3_000);
    expect(db.match.tags('away')).toEqual(new Map([['c', 3_000]]));
    expect(await db.match.clear()).toBe(3_000);
    expect(db.match.size).toBe(0);
  });

  it('leaves a document that no longer meets the conditions when its turn comes', async () => {
    await fill(2_000);
    let nowMs = 0;
    const giveBack = measureBy(() => (nowMs += 1));
    const deleted = db.match.deleteMany({ home: 'a' });
    await db.match.update(2_000, { home: 'z' });
    expect(await deleted).toBe(1_999);
    giveBack();
    expect(db.match.all().keys()).toEqual([2_000]);
  });

  it('is one step inside a transaction, all or nothing', async () => {
    await fill(500);
    await expect(
      db.transaction((tx) => {
        expect(tx.match.clear()).toBe(500);
        expect(tx.match.size).toBe(0);
        throw new RangeError('mine');
      }),
    ).rejects.toThrow('mine');
    expect(db.match.size).toBe(500);
    await db.transaction(() => void db.match.deleteMany({}));
    expect(db.match.size).toBe(0);
  });

  it('is the same after reopening, and a sequence continues', async () => {
    await fill(100);
    await db.match.clear();
    const { id } = await db.match.insert({ home: 'a', away: 'b', playedAt: DAY });
    expect(id).toBe(101);
  });

  it('refuses wrong arguments before anything is deleted', async () => {
    await fill(10);
    for (const wrong of [undefined, null, 5, 'x', [], { strange: 1 }, { home: undefined }, { home: {} }])
      await expect(db.match.deleteMany(wrong as never)).rejects.toMatchObject({ code: expect.any(String) });
    await expect(db.match.clear({ ttlMs: 5 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(db.match.clear(5 as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(db.match.size).toBe(10);
  });
});

it('a transaction that is too large is refused when it passes the limit, and leaves nothing', async () => {
  const small = await openDatabase({ directory: '/db', fileSystem: new MemoryFileSystem(), maxFrameBytes: 2 ** 20 });
  let written = 0;
  const refused = small.transaction((tx) => {
    for (; written < 200_000; written++)
      tx.match.insert({ home: 'a', away: 'b', playedAt: DAY, report: 'x'.repeat(100) });
  });
  await expect(refused).rejects.toMatchObject({ code: 'TRANSACTION_TOO_LARGE' });
  expect(written).toBeLessThan(12_000);
  expect(small.match.size).toBe(0);
  // What just fits is not refused by the look ahead.
  await small.transaction((tx) => {
    for (let index = 0; index < 7_000; index++)
      tx.match.insert({ home: 'a', away: 'b', playedAt: DAY, report: 'x'.repeat(100) });
  });
  expect(small.match.size).toBe(7_000);
  await small.close();
});
