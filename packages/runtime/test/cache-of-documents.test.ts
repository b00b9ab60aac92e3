/** `cacheBytes`: how many documents stay decoded, which of them stay whatever it says, and that answers do not change. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openModels } from './support/open-models.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const COUNT = 500;
/** Of about 30 players. */
const CACHE_BYTES = 10_000;
/** More than one takes. */
const DOCUMENT_BYTES = 1_000;

function inputs(count = COUNT): ReturnType<typeof player>[] {
  return Array.from({ length: count }, (_, index) =>
    player(`p${index}`, { age: index % 100, clubs: [`c${index % 10}`], name: `Name ${'é'.repeat(index % 7)}` }),
  );
}

type Origin = 'the journal' | 'an image';

async function openedFrom(
  origin: Origin,
  cacheBytes: number,
  fileSystem = new MemoryFileSystem(),
): Promise<PlayerDatabase> {
  const options = { directory: '/data', fileSystem, compaction: 'manual', durability: 'os' } as const;
  const db = await openPlayers(options);
  await db.player.insertMany(inputs());
  if (origin === 'an image') await db.compact();
  await db.close();
  return openPlayers({ ...options, cacheBytes });
}

interface PlainName {
  readonly id: string;
  readonly name: string;
}

function expectWithin(db: PlayerDatabase, cacheBytes = CACHE_BYTES): void {
  const { byteCount, documentCount } = db.stats().cache;
  expect(byteCount).toBeLessThanOrEqual(cacheBytes + DOCUMENT_BYTES);
  expect(documentCount).toBeLessThan(COUNT / 5);
}

/** Through every way to find it. */
function expectAllThere(db: PlayerDatabase): void {
  for (const [index, due] of inputs().entries()) {
    expect(db.player.get(due.id)).toMatchObject(due);
    expect(db.player.findByEmail(due.email)?.id).toBe(due.id);
    if (index < 100) expect(db.player.findByAge(index).count()).toBe(COUNT / 100);
  }
  expect(db.player.findByClubs('c3').all()).toHaveLength(COUNT / 10);
}

describe.each<Origin>(['the journal', 'an image'])('a database with cacheBytes, opened from %s', (origin) => {
  const reopened = (cacheBytes: number, fileSystem?: MemoryFileSystem): Promise<PlayerDatabase> =>
    openedFrom(origin, cacheBytes, fileSystem);

  it('holds no more documents read from the disk, and answers as ever', async () => {
    await using db = await reopened(CACHE_BYTES);
    expect(db.stats().cache).toEqual({ documentCount: 0, byteCount: 0, evictedCount: 0 });
    expectAllThere(db);
    expectWithin(db);
    expect(db.stats().cache.evictedCount).toBeGreaterThan(COUNT);
    expect(db.stats().collections.player?.undecodedCount).toBe(COUNT - db.stats().cache.documentCount);
    expectAllThere(db);
  });

  it('makes bytes of documents that were written since, in memory too', async () => {
    await using db = await openPlayers({ memory: true, cacheBytes: CACHE_BYTES });
    await db.player.insertMany(inputs());
    expectWithin(db);
    expectAllThere(db);
    for (let index = 0; index < COUNT; index += 3) await db.player.update(`p${index}`, { name: `Later ${index}` });
    for (let index = 1; index < COUNT; index += 3) await db.player.delete(`p${index}`);
    for (let index = 1; index < COUNT; index += 3) await db.player.insert(player(`p${index}`, { name: 'Again' }));
    expectWithin(db);
    for (let index = 0; index < COUNT; index++) {
      const name = [`Later ${index}`, 'Again', inputs()[index]?.name][index % 3];
      expect(db.player.get(`p${index}`)?.name).toBe(name);
      expect(db.player.findByEmail(`p${index}@x.io`)?.id).toBe(`p${index}`);
      expect(db.player.revision(`p${index}`)).toBe(index % 3 === 0 ? 2 : 1);
    }
    await expect(db.player.insert(player('other', { email: 'p4@x.io' }))).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    });
  });

  it('keeps none but the one in hand with cacheBytes of 0', async () => {
    await using db = await reopened(0);
    expectAllThere(db);
    expect(db.stats().cache.documentCount).toBe(1);
    const one = db.player.get('p1');
    expect(db.player.get('p1')).toBe(one);
    db.player.get('p2');
    const again = db.player.get('p1');
    expect(again).not.toBe(one);
    expect(again).toEqual(one);
    expect(Object.isFrozen(again)).toBe(true);
  });

  it('gives documents that are read often a second chance', async () => {
    await using db = await reopened(CACHE_BYTES);
    const hot = db.player.get('p0');
    for (let index = 1; index < COUNT; index++) {
      db.player.get(`p${index}`);
      expect(db.player.get('p0')).toBe(hot);
    }
    expectWithin(db);
  });

  it('leaves the documents of a watched query the objects that its listener has', async () => {
    await using db = await reopened(0);
    let rows: readonly object[] = [];
    let toldCount = 0;
    const subscription = db.player
      .find({ clubs: 'c3' })
      .orderBy('age')
      .limit(5)
      .watch((shown) => {
        rows = shown;
        toldCount++;
      });
    expectAllThere(db);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(db.player.get((row as { id: string }).id)).toBe(row);
    const [first] = rows as { id: string }[];
    await db.player.update(first?.id as string, { name: 'Watched' });
    expectAllThereBut(db, first?.id as string);
    expect(toldCount).toBe(2);
    expect(db.player.get(first?.id as string)).toBe(rows[0]);
    subscription.unsubscribe();
    expectAllThereBut(db, first?.id as string);
    expect(db.stats().cache.documentCount).toBe(1);
  });

  it('shows snapshots and loops what was there, while documents come and go', async () => {
    await using db = await reopened(0);
    using snapshot = db.snapshot();
    const loop = db.player.all()[Symbol.asyncIterator]();
    const seen = [await loop.next()];
    for (let index = 0; index < COUNT; index += 2) await db.player.update(`p${index}`, { name: 'New' });
    for (let index = 1; index < COUNT; index += 50) await db.player.delete(`p${index}`);
    for (const due of inputs()) expect(snapshot.player.get(due.id)).toMatchObject(due);
    for (let next = await loop.next(); !next.done; next = await loop.next()) seen.push(next);
    const names = new Map(seen.map(({ value }) => [(value as PlainName).id, (value as PlainName).name]));
    expect(names).toEqual(new Map(inputs().map(({ id, name }) => [id, name])));
  });

  it('takes writes back to the documents before, and says in changes what they were', async () => {
    await using db = await reopened(0);
    const heard: unknown[] = [];
    db.player.subscribe(({ key, before, after }) => heard.push([key, before?.age, after?.age]));
    await expect(
      db.transaction((tx) => {
        tx.player.update('p1', { age: 7 });
        tx.player.delete('p2');
        tx.player.insert(player('new'));
        for (const { id } of inputs()) if (id !== 'p2') tx.player.get(id);
        throw new RangeError('no');
      }),
    ).rejects.toThrow('no');
    expectAllThere(db);
    expect(db.player.has('new')).toBe(false);
    await db.player.update('p1', { age: 7 });
    db.player.get('p3');
    await db.player.update('p1', { age: 8 });
    await db.player.delete('p1');
    expect(heard).toEqual([
      ['p1', 1, 7],
      ['p1', 7, 8],
      ['p1', 8, undefined],
    ]);
  });

  it('is the same after a compaction and another opening', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await reopened(CACHE_BYTES, fileSystem);
    for (let index = 0; index < COUNT; index += 5) await db.player.update(`p${index}`, { age: 50 });
    await db.compact();
    const due = db.player.all().all();
    await db.close();
    await using again = await openPlayers({ directory: '/data', fileSystem, cacheBytes: 5_000 });
    expect(again.player.all().all()).toEqual(due);
    expectWithin(again);
  });

  it('adds an index over documents that are bytes', async () => {
    await using db = await reopened(0);
    const sum = (): number => [...db.player.findByAge({ gte: 0 })].reduce((total, { age }) => total + age, 0);
    expect(sum()).toBe(inputs().reduce((total, { age }) => total + (age as number), 0));
    expect(
      db.player
        .all()
        .filter(({ name }) => name.length > 5)
        .all().length,
    ).toBe(inputs().filter(({ name }) => name.length > 5).length);
  });

  it('lets go of the bytes of documents that are written again and again', async () => {
    await using db = await openPlayers({ memory: true, cacheBytes: 0, historyChangeCount: 0 });
    const name = 'n'.repeat(2_000);
    await db.player.insertMany(Array.from({ length: 200 }, (_, index) => player(`p${index}`, { name })));
    for (let round = 0; round < 30; round++)
      await db.player.updateMany({ age: { gte: 0 } }, { name: `${name}${round}` });
    // 200 documents of 2 kB; all versions together would be 12 MB.
    const bytes = db.stats().collections.player?.undecodedBytes;
    expect(bytes).toBeGreaterThan(400_000);
    expect(bytes).toBeLessThan(2_000_000);
    expect(db.player.get('p7')?.name).toBe(`${name}29`);
  });

  it.each([-1, 0.5, '1', Number.NaN, null])('refuses cacheBytes of %p', async (cacheBytes) => {
    await expect(openPlayers({ memory: true, cacheBytes: cacheBytes as number })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { option: 'cacheBytes' },
    });
  });
});

function expectAllThereBut(db: PlayerDatabase, written: string): void {
  for (const due of inputs()) if (due.id !== written) expect(db.player.get(due.id)).toMatchObject(due);
}

describe('keys that are no texts of their documents', () => {
  const field = (name: string, kind: string): unknown => ({ name, type: { kind }, optional: false, rules: [] });
  const model = (keys: readonly string[]): never =>
    ({
      name: 'Thing',
      collection: 'thing',
      computed: [],
      key: { fields: keys },
      fields: [field('a', 'number'), field('b', 'string'), field('c', 'string')],
      indexes: [],
      storage: 'disk',
    }) as never;

  it.each([[['a']], [['a', 'b']]])('lead to documents that are bytes: %p', async (keys) => {
    const fileSystem = new MemoryFileSystem();
    const keyOf = (index: number): never => (keys.length === 1 ? index : [index, 'b']) as never;
    const document = (index: number): never => ({ a: index, b: 'b', c: `c${index}` }) as never;
    let db = await openModels(fileSystem, [model(keys)], { cacheBytes: 0 });
    for (let round = 0; round < 2; round++) {
      const thing = db.thing!;
      for (let index = round * 50; index < round * 50 + 50; index++) await thing.insert(document(index));
      for (let index = 0; index < 50; index += 7) await thing.update(keyOf(index), { c: `round ${round}` } as never);
      for (let index = 1; index < 50; index += 7) await thing.delete(keyOf(index));
      for (let index = 1; index < 50; index += 7) await thing.insert(document(index));
      expect(thing.size).toBe((round + 1) * 50);
      for (let index = 0; index < thing.size; index++)
        expect(thing.get(keyOf(index))).toMatchObject({
          c: index % 7 === 0 && index < 50 ? `round ${round}` : `c${index}`,
        });
      expect(db.stats().cache.documentCount).toBe(1);
      await db.close();
      db = await openModels(fileSystem, [model(keys)], { cacheBytes: 0 });
    }
    await db.close();
  });
});
