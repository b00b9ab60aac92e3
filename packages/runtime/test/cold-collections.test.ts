/** `storage: 'cold'`: what is in memory and what is in the file, what reads there, and what is refused. */
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import type { DatabaseOptions } from '../src/database/database-options.js';
import type { FileHandle, FileSystem } from '../src/file-system/file-system.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { TransactionRepository } from '../src/repository/transaction-repository.js';
import { dumpDirectory, restoreDirectory, verifyDirectory } from '../src/tools/directory-tools.js';
import {
  type AnyDatabase,
  type AnyTypes,
  DIRECTORY,
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from './support/open-models.js';

const FIELDS = [
  field('mail', STRING),
  field('tags', { kind: 'array', element: STRING }),
  field('age', NUMBER),
  field('body', STRING),
];
const modelOf = (storage: DocumentModel['storage'] = 'cold', more: Partial<DocumentModel> = {}): DocumentModel =>
  modelWith(FIELDS, {
    storage,
    indexes: [
      { name: 'mail', kind: 'unique', fields: ['mail'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'age', kind: 'range', fields: ['age'] },
    ],
    ...more,
  });
const COUNT = 300;
const thing = (number: number, more: Fields = {}): Fields => ({
  id: `p${number}`,
  mail: `m${number}@x.io`,
  tags: [`t${number % 7}`],
  age: number % 50,
  body: `${number} ${'text '.repeat(20)}`,
  ...more,
});
const things = (count = COUNT): Fields[] => Array.from({ length: count }, (_, number) => thing(number));
const OPTIONS = { compaction: 'manual' } as const;

const open = (
  fileSystem: FileSystem,
  options: Partial<DatabaseOptions> = {},
  model: DocumentModel = modelOf(),
): Promise<AnyDatabase> => openModels(fileSystem, [model], { ...OPTIONS, ...options });

/** A directory whose image has all things. */
async function filled(model = modelOf()): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const db = await open(fileSystem, {}, model);
  await db['player']!.insertMany(things());
  await db.compact();
  await db.close();
  return fileSystem;
}

const statsOf = (db: AnyDatabase) => db.stats().collections['player']!;
const expectAll = (db: AnyDatabase, due = things()): void => {
  expect(db['player']!.size).toBe(due.length);
  for (const each of due) expect({ ...db['player']!.get(each['id'] as string) }).toEqual(each);
};

describe('a cold collection', () => {
  it('has keys and indexes in memory, and reads a document when it is asked for', async () => {
    await using db = await open(await filled());
    const players = db['player']!;
    expect(statsOf(db)).toMatchObject({ storage: 'cold', coldCount: COUNT, coldReadCount: 0, undecodedBytes: 0 });
    expect([players.has('p1'), players.has('p1000'), players.size]).toEqual([true, false, COUNT]);
    expect(players.revision('p1')).toBe(1);
    expect(players.find({ tags: 't3' }).count()).toBe(43);
    expect(players.find({ age: { gte: 40 } }).keys()).toHaveLength(60);
    expect(players.first({ mail: 'nobody@x.io' })).toBeUndefined();
    expect(statsOf(db).coldReadCount).toBe(0);
    expect(players.get('p7')!['body']).toBe(thing(7)['body']);
    expect(statsOf(db)).toMatchObject({ coldCount: COUNT - 1, coldReadCount: 1 });
    // Decoded now.
    players.get('p7');
    expect(statsOf(db).coldReadCount).toBe(1);
    expectAll(db);
  });

  it('holds written documents in memory until the next image, which takes them over', async () => {
    const fileSystem = await filled();
    const db = await open(fileSystem, { cacheBytes: 0 });
    const players = db['player']!;
    for (let number = 0; number < 100; number++) await players.update(`p${number}`, { age: 99 });
    for (let number = 100; number < 200; number++) await players.delete(`p${number}`);
    for (let number = 500; number < 600; number++) await players.insert(thing(number));
    const due = [
      ...things()
        .slice(0, 100)
        .map((each) => ({ ...each, age: 99 })),
      ...things().slice(200),
      ...Array.from({ length: 100 }, (_, number) => thing(number + 500)),
    ];
    expectAll(db, due);
    expect(statsOf(db).coldCount).toBeGreaterThanOrEqual(99);
    expect(statsOf(db).undecodedBytes).toBeGreaterThan(0);
    await db.compact();
    expectAll(db, due);
    expect(statsOf(db)).toMatchObject({ coldCount: 300 - db.stats().cache.documentCount, undecodedBytes: 0 });
    expect(players.find({ age: 99 }).count()).toBe(100);
    expect(players.first({ mail: 'm550@x.io' })!['id']).toBe('p550');
    await expect(players.insert(thing(900, { mail: 'm550@x.io' }))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(players.insert(thing(550))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await db.close();
    const again = await open(fileSystem);
    expect(statsOf(again).coldCount).toBe(300);
    expectAll(again, due);
    await again.close();
  });

  it('counts what is in the file, beside documents of the journal that were read', async () => {
    const fileSystem = await filled();
    const writing = await open(fileSystem);
    for (let number = 0; number < 20; number++) await writing['player']!.insert(thing(600 + number));
    for (let number = 0; number < 10; number++) await writing['player']!.update(`p${number}`, { age: 44 });
    await writing.close();
    await using db = await open(fileSystem);
    expect(statsOf(db).coldCount).toBe(COUNT - 10);
    for (let number = 0; number < 20; number++) db['player']!.get(`p${600 + number}`);
    expect(statsOf(db).coldCount).toBe(COUNT - 10);
    for (let number = 5; number < 15; number++) db['player']!.get(`p${number}`);
    expect(statsOf(db).coldCount).toBe(COUNT - 15);
    await db.compact();
    // Those that were read stay decoded.
    expect(statsOf(db)).toMatchObject({ coldCount: COUNT + 20 - 30, undecodedBytes: 0 });
    await db['player']!.update('p601', { age: 3 });
    await db['player']!.delete('p602');
    expect(statsOf(db).coldCount).toBe(COUNT + 20 - 30);
  });

  it('undoes a transaction that failed, of documents in the file and in memory', async () => {
    await using db = await open(await filled(), { cacheBytes: 0 });
    for (let round = 0; round < 2; round++) {
      const failing = db.transaction((tx) => {
        const players = (tx as unknown as { player: TransactionRepository<AnyTypes> }).player;
        for (let number = 0; number < 20; number++) players.update(`p${number}`, { age: 77 });
        for (let number = 20; number < 40; number++) players.delete(`p${number}`);
        players.insert(thing(800));
        throw new DatabaseError('INVALID_OPTION', 'enough');
      });
      await expect(failing).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expectAll(db);
      expect(db['player']!.find({ age: 77 }).count()).toBe(0);
      await db.compact();
      expectAll(db);
      expect(statsOf(db).undecodedBytes).toBe(0);
    }
  });

  it('shows snapshots, changes, watched queries and loops what they show of others', async () => {
    await using db = await open(await filled(), { cacheBytes: 0 });
    const players = db['player']!;
    const held = db.snapshot() as unknown as {
      readonly player: { get(key: string): Fields; size: number };
    } & Disposable;
    const seen: string[] = [];
    using live = players.find({ tags: 't1' }).watch((rows) => seen.push(rows.map(({ age }) => age).join()));
    const before = db.seq;
    const loop = players.all()[Symbol.asyncIterator]();
    const first = await loop.next();
    for (let number = 1; number < COUNT; number += 2) await players.update(`p${number}`, { age: 51 });
    await db.compact();
    await players.delete('p8');
    await db.compact();
    expect(held.player.size).toBe(COUNT);
    for (let number = 0; number < COUNT; number++) expect({ ...held.player.get(`p${number}`) }).toEqual(thing(number));
    held[Symbol.dispose]();
    const looped = [first.value as Fields];
    for (let next = await loop.next(); next.done !== true; next = await loop.next()) looped.push(next.value);
    expect(looped.map((each) => ({ ...each }))).toEqual(things());
    expect(
      seen
        .at(-1)!
        .split(',')
        .filter((age) => age === '51').length,
    ).toBe(22);
    live[Symbol.dispose]();
    let changeCount = 0;
    for await (const change of db.changes({ since: before }) as AsyncIterable<{ seq: bigint }>) {
      changeCount++;
      if (change.seq === db.seq) break;
    }
    expect(changeCount).toBe(COUNT / 2 + 1);
  });

  it('is read in turn with few reads of the disk', async () => {
    const fileSystem = await filled();
    let readCount = 0;
    const counting = withHandles(fileSystem, (handle) => ({
      readSync: (into: Uint8Array, position: number): number => {
        readCount++;
        return handle.readSync!(into, position);
      },
    }));
    await using db = await open(counting, { cacheBytes: 0 });
    let sum = 0;
    for await (const each of db['player']!.all()) sum += each['age'] as number;
    expect(sum).toBe(things().reduce((total, each) => total + (each['age'] as number), 0));
    expect(readCount).toBeLessThan(10);
    readCount = 0;
    for (let number = 0; number < COUNT; number += 7) db['player']!.get(`p${number}`);
    expect(readCount).toBeLessThanOrEqual(Math.ceil(COUNT / 7));
  });

  it('builds an index that was added, and keeps the others', async () => {
    const fileSystem = await filled(modelOf('cold', { indexes: [] }));
    await using db = await open(fileSystem, { cacheBytes: 0 });
    expect(statsOf(db).coldCount).toBeGreaterThan(COUNT - 3);
    expect(db['player']!.find({ tags: 't2' }).count()).toBe(43);
    expect(db['player']!.first({ mail: 'm44@x.io' })!['id']).toBe('p44');
    expectAll(db);
  });

  it('stays in its file when its class gets and loses fields, and keeps what the class does not know', async () => {
    const fileSystem = await filled();
    const LEVEL = field('level', NUMBER, { default: { kind: 'literal', json: '7' } });
    const changed = (fields = FIELDS): DocumentModel =>
      modelWith([...fields.filter(({ name }) => name !== 'body'), LEVEL, field('nick', STRING, { optional: true })], {
        storage: 'cold',
        indexes: [...modelOf().indexes, { name: 'level', kind: 'range', fields: ['level'] }],
      });
    const due = things().map(({ body: _, ...rest }): Fields => ({ ...rest, level: 7, nick: undefined }));
    let db = await open(fileSystem, { cacheBytes: 0 }, changed());
    expect(statsOf(db)).toMatchObject({ undecodedBytes: 0 });
    expect(statsOf(db).coldCount).toBeGreaterThanOrEqual(COUNT - 1);
    // The index of the new field was made of all of them; the others are those of the image.
    expect(statsOf(db).indexes['level']).toMatchObject({ entryCount: COUNT, imageCount: 0 });
    expect(statsOf(db).indexes['age']).toMatchObject({ entryCount: COUNT, imageCount: COUNT });
    expect(db['player']!.find({ level: 7 }).count()).toBe(COUNT);
    expectAll(db, due);
    expect(db['player']!.all().select('id', 'level').all()).toHaveLength(COUNT);
    expect(db['player']!.find({ age: 3 }).select('id', 'level').all()).toContainEqual({ id: 'p3', level: 7 });
    await db['player']!.update('p3', { nick: 'three' });
    await db.close();
    // Once more without an image, then with one, in which the texts that the class does not know are kept.
    for (let round = 0; round < 2; round++) {
      db = await open(fileSystem, { cacheBytes: 0 }, changed());
      await db.compact();
      expect(statsOf(db).undecodedBytes).toBe(0);
      expect(db['player']!.get('p3')!['nick']).toBe('three');
      await db['player']!.update(`p${round}`, { level: 8 });
      await db['player']!.update(`p${round}`, { level: 7 });
      expectAll(
        db,
        due.map((each) => (each['id'] === 'p3' ? { ...each, nick: 'three' } : each)),
      );
      await db.close();
    }
    // So does a class that is kept on disk: its documents with such texts are not taken as bytes from the tables.
    db = await open(fileSystem, { cacheBytes: 0 }, { ...changed(), storage: 'disk' });
    await db['player']!.update('p9', { level: 9 });
    await db['player']!.update('p9', { level: 7 });
    await db.compact();
    await db.close();
    // The old class finds them again, kept on disk or cold.
    for (const storage of ['cold', 'disk'] as const) {
      db = await open(fileSystem, {}, modelOf(storage));
      expectAll(db);
      expect(statsOf(db).storage).toBe(storage);
      await db.compact();
      expectAll(db);
      await db.close();
    }
    db = await open(fileSystem, {}, changed());
    expect(db['player']!.get('p3')!['nick']).toBe('three');
    await db.close();
  });

  it('is in memory until the next image when a field has another type', async () => {
    const fileSystem = await filled();
    const fields = FIELDS.map((each) => (each.name === 'age' ? field('age', { kind: 'nullable', of: NUMBER }) : each));
    const model = modelWith(fields, { storage: 'cold', indexes: [] });
    await using db = await open(fileSystem, { cacheBytes: 0 }, model);
    expect(statsOf(db).coldCount).toBe(0);
    expectAll(db);
    await db.compact();
    expect(statsOf(db)).toMatchObject({ undecodedBytes: 0, coldCount: COUNT - 1 });
    expectAll(db);
  });

  it('begins with the next image where its class was kept on disk before, and ends the same way', async () => {
    const fileSystem = await filled(modelOf('disk'));
    const db = await open(fileSystem, { cacheBytes: 0 });
    expect(statsOf(db)).toMatchObject({ storage: 'cold', coldCount: 0 });
    await db['player']!.update('p3', { age: 1 });
    expect(statsOf(db).undecodedBytes).toBeGreaterThan(0);
    await db.compact();
    expect(statsOf(db).undecodedBytes).toBe(0);
    expect(statsOf(db).coldCount).toBe(COUNT - db.stats().cache.documentCount);
    await db['player']!.update('p3', { age: 3 });
    await db['player']!.delete('p4');
    await db['player']!.insert(thing(4));
    await db.compact();
    expectAll(db);
    await db.close();
    const disk = await open(fileSystem, {}, modelOf('disk'));
    expect(statsOf(disk)).toMatchObject({ storage: 'disk', coldCount: 0, undecodedCount: COUNT });
    expectAll(disk);
    await disk.close();
  });

  it('is kept in backups, dumps and restored directories as every other', async () => {
    const fileSystem = await filled();
    const db = await open(fileSystem);
    await db['player']!.update('p5', { age: 6 });
    const due = things().map((each, number) => (number === 5 ? { ...each, age: 6 } : each));
    await db.backup('/backup');
    const seq = Number(db.seq);
    await db.close();
    expect((await verifyDirectory({ directory: DIRECTORY, fileSystem })).damage).toEqual([]);
    const lines: string[] = [];
    for await (const line of dumpDirectory({ directory: DIRECTORY, fileSystem })) lines.push(line);
    expect(lines.join('\n').match(/@x\.io/g)).toHaveLength(COUNT);
    await restoreDirectory({ directory: DIRECTORY, fileSystem, destination: '/restored', atSeq: seq });
    for (const directory of ['/backup', '/restored']) {
      const copy = await open(fileSystem, { directory, cacheBytes: 0 });
      expectAll(copy, due);
      await copy.compact();
      expect(statsOf(copy).undecodedBytes).toBe(0);
      expectAll(copy, due);
      await copy.close();
    }
  });

  it('writes an image by itself before its documents fill the memory', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, { compaction: 'auto', cacheBytes: 0, durability: 'os' });
    const body = 'x'.repeat(200_000);
    for (let number = 0; number < 420; number++) await db['player']!.insert(thing(number, { body }));
    for (let waited = 0; db.stats().compaction.doneCount === 0 && waited < 400; waited++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(db.stats().compaction.doneCount).toBeGreaterThan(0);
    expect(statsOf(db).coldCount).toBeGreaterThan(300);
    await db.close();
  });

  it('is in memory in a database that is', async () => {
    await using db = await openModels(new MemoryFileSystem(), [modelOf()], {
      directory: undefined,
      memory: true,
    } as never);
    await db['player']!.insertMany(things());
    expect(statsOf(db)).toMatchObject({ storage: 'memory', coldCount: 0 });
    expectAll(db);
  });
});

describe('cold collections are refused', () => {
  it('on a file system without a synchronous read, and nothing is lost', async () => {
    const fileSystem = await filled();
    const without = withHandles(fileSystem, () => ({ readSync: undefined }));
    await expect(open(without)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { option: 'fileSystem', collection: 'player' },
    });
    const disk = await open(without, {}, modelOf('disk'));
    expectAll(disk);
    await disk.close();
    // A new directory too: its first image could not be read.
    await expect(open(withHandles(new MemoryFileSystem(), () => ({ readSync: undefined })))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  it('when their storage is switched at run time', async () => {
    await using db = await open(await filled());
    for (const storage of ['memory', 'disk', 'cold'] as const)
      await expect(db.setStorage('player' as never, storage as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        facts: { option: 'storage', collection: 'player' },
      });
    expectAll(db);
    await using other = await open(await filled(modelOf('disk')), {}, modelOf('disk'));
    await expect(other.setStorage('player' as never, 'cold' as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});

/** The file system with other handles. */
function withHandles(inner: FileSystem, change: (handle: FileHandle) => object): FileSystem {
  return new Proxy(inner, {
    get(target, name) {
      if (name !== 'open') {
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async (path: string, mode: 'read') => {
        const handle = await target.open(path, mode);
        const changes = change(handle) as Record<string, unknown>;
        return new Proxy(handle, {
          get(of, member) {
            if (member in changes) return changes[member as string];
            const value = Reflect.get(of, member) as unknown;
            return typeof value === 'function' ? value.bind(of) : value;
          },
        });
      };
    },
  });
}
