/** Models change, data stays readable: newer code opens older data, older code newer data, and neither loses a field. */
import type { DocumentModel, FieldType, ObjectType } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const ADDRESS = (...names: string[]): ObjectType => ({
  kind: 'object',
  fields: names.map((name) => field(name, STRING)),
});

const OLD = modelWith([field('name', STRING), field('age', NUMBER)]);

/** Inserts by one model, and closes. */
async function write(model: DocumentModel, ...documents: Fields[]): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [model]);
  await db[model.collection]?.insertMany(documents);
  return fileSystem;
}

/** What the documents are by this model. */
async function read(fileSystem: MemoryFileSystem, model: DocumentModel): Promise<Fields[]> {
  await using db = await openModels(fileSystem, [model]);
  return (
    db.player
      ?.all()
      .all()
      .map((document) => ({ ...document })) ?? []
  );
}

async function update(fileSystem: MemoryFileSystem, model: DocumentModel, patch: Fields): Promise<void> {
  await using db = await openModels(fileSystem, [model]);
  await db.player?.update('p1', patch as never);
}

async function compact(fileSystem: MemoryFileSystem, ...models: DocumentModel[]): Promise<void> {
  await using db = await openModels(fileSystem, models);
  await db.compact();
}

describe('older documents read by newer models', () => {
  const ann = { id: 'p1', name: 'Ann', age: 30 };

  it.each<[string, DocumentModel, Fields]>([
    [
      'a new field with its default, or absent',
      modelWith([
        field('name', STRING),
        field('age', NUMBER),
        field('rank', NUMBER, { default: { kind: 'literal', json: '7' } }),
        field('nick', STRING, { optional: true }),
      ]),
      { ...ann, rank: 7, nick: undefined },
    ],
    ['fields in another order', modelWith([field('age', NUMBER), field('name', STRING)]), ann],
    ['no field that was removed', modelWith([field('name', STRING)]), { id: 'p1', name: 'Ann' }],
    [
      'a type that grew: union, nullable, optional',
      modelWith([
        field('name', { kind: 'nullable', of: STRING }, { optional: true }),
        field('age', { kind: 'union', members: [NUMBER, STRING] }),
      ]),
      ann,
    ],
  ])('gives %s', async (_, model, expected) => {
    const fileSystem = await write(OLD, ann);
    expect(await read(fileSystem, model)).toEqual([expected]);
    await compact(fileSystem, model);
    expect(await read(fileSystem, model)).toEqual([expected]);
  });

  it('reads what grew inside objects, arrays, maps and enums', async () => {
    const typed = (level: FieldType, address: FieldType) =>
      modelWith([
        field('level', level),
        field('homes', { kind: 'array', element: address }),
        field('byName', { kind: 'map', key: STRING, value: address }),
      ]);
    const before = typed({ kind: 'literal', values: ['a', 'b'] }, ADDRESS('city'));
    const grown: ObjectType = {
      kind: 'object',
      fields: [field('zip', STRING, { optional: true }), field('city', { kind: 'nullable', of: STRING })],
    };
    const after = typed({ kind: 'literal', values: ['a', 'b', 'c'] }, grown);
    const home = { city: 'Bern' };
    const fileSystem = await write(before, { id: 'p1', level: 'b', homes: [home], byName: new Map([['x', home]]) });
    const [document] = await read(fileSystem, after);
    expect(document).toEqual({ id: 'p1', level: 'b', homes: [home], byName: new Map([['x', home]]) });
  });

  it('gives a new date field the time the document was written, at every opening', async () => {
    const fileSystem = await write(OLD, ann);
    const after = modelWith([...OLD.fields.slice(1), field('since', { kind: 'date' }, { default: { kind: 'now' } })]);
    const [first] = await read(fileSystem, after);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await read(fileSystem, after)).toEqual([first]);
  });

  it('builds an added index, drops a removed one, and reports both with the time', async () => {
    const fileSystem = await write(OLD, ann, { id: 'p2', name: 'Bob', age: 20 });
    const indexed = modelWith(OLD.fields.slice(1), { indexes: [{ name: 'age', kind: 'range', fields: ['age'] }] });
    await using db = await openModels(fileSystem, [indexed]);
    expect(db.player?.find({ age: { gte: 25 } } as never).keys()).toEqual(['p1']);
    expect(db.recovery?.evolvedModels).toMatchObject([
      { collection: 'player', documentCount: 2, changes: ['adds range index age'] },
    ]);
    expect(db.recovery?.indexBuildMs.player).toBeGreaterThanOrEqual(0);
    await db.close();
    await using back = await openModels(fileSystem, [OLD]);
    // Nothing was written by the newer model, so there is nothing to report.
    expect(back.recovery?.evolvedModels).toEqual([]);
  });

  it('refuses a unique index over documents that have one value, and changes nothing', async () => {
    const fileSystem = await write(OLD, ann, { ...ann, id: 'p2' }, { ...ann, id: 'p3' });
    const before = await filesOf(fileSystem);
    const unique = modelWith(OLD.fields.slice(1), { indexes: [{ name: 'name', kind: 'unique', fields: ['name'] }] });
    await expect(openModels(fileSystem, [unique])).rejects.toMatchObject({
      code: 'MIGRATION_REQUIRED',
      facts: { failureCount: 2, failures: [{ key: 'p2' }, { key: 'p3' }] },
    });
    expect(await filesOf(fileSystem)).toEqual(before);
  });

  it('refuses what fits no field, with every key, unless something later replaced it', async () => {
    const fileSystem = await write(OLD, ann, { id: 'p2', name: 'Bob', age: 20 });
    const changed = modelWith([field('name', STRING), field('age', STRING)]);
    await expect(openModels(fileSystem, [changed])).rejects.toMatchObject({
      code: 'MIGRATION_REQUIRED',
      facts: {
        failureCount: 2,
        failures: ['p1', 'p2'].map((key) => ({ collection: 'player', key, problem: 'age is not of type string' })),
      },
    });
    await using old = await openModels(fileSystem, [OLD]);
    for (const key of ['p1', 'p2']) await old.player?.delete(key);
    await old.close();
    expect(await read(fileSystem, changed)).toEqual([]);
  });
});

describe('newer documents read by older models', () => {
  const NEW = modelWith([
    field('name', STRING),
    field('nick', STRING, { optional: true }),
    field('age', NUMBER),
    field('tags', { kind: 'set', element: STRING }),
    field('born', { kind: 'date' }),
    field('home', ADDRESS('city', 'zip')),
    field('past', { kind: 'array', element: ADDRESS('city', 'zip') }),
  ]);
  const MIDDLE = modelWith([
    field('name', STRING),
    field('age', NUMBER),
    field('home', ADDRESS('city')),
    field('past', { kind: 'array', element: ADDRESS('city') }),
  ]);
  const ann = {
    id: 'p1',
    name: 'Ann',
    nick: 'A\ud800', // half a surrogate pair survives too
    age: -0,
    tags: new Set(['x', 'y']),
    born: new Date(86_400_000),
    home: { city: 'Bern', zip: '3000' },
    past: [
      { city: 'Rome', zip: '00100' },
      { city: 'Oslo', zip: '0001' },
    ],
  };

  it('keep every unknown field through read, update, compaction and backup', async () => {
    const fileSystem = await write(NEW, ann);
    expect(await read(fileSystem, OLD)).toEqual([{ id: 'p1', name: 'Ann', age: -0 }]);
    await update(fileSystem, OLD, { age: 31 });
    await compact(fileSystem, OLD);
    await update(fileSystem, OLD, { name: 'Anna' });
    await compact(fileSystem, OLD);
    await using db = await openModels(fileSystem, [OLD]);
    await db.backup('/copy');
    await db.close();
    expect(await read(fileSystem, NEW)).toEqual([{ ...ann, age: 31, name: 'Anna' }]);
    await using copy = await openModels(fileSystem, [NEW], { directory: '/copy' });
    expect(copy.player?.get('p1')).toEqual({ ...ann, age: 31, name: 'Anna' });
  });

  it('show nothing of them to the class', async () => {
    const fileSystem = await write(NEW, ann);
    await using db = await openModels(fileSystem, [OLD]);
    const document = db.player?.get('p1') as object;
    expect(Reflect.ownKeys(document)).toEqual(['id', 'name', 'age']);
  });

  it('keep unknown fields inside nested values that stay, are moved or are changed in place', async () => {
    const fileSystem = await write(NEW, ann);
    await update(fileSystem, MIDDLE, { home: { city: 'Thun' } });
    await update(fileSystem, MIDDLE, { past: [{ city: 'Oslo' }, { city: 'Rome' }] });
    expect(await read(fileSystem, NEW)).toEqual([
      { ...ann, home: { city: 'Thun', zip: '3000' }, past: [...ann.past].reverse() },
    ]);
    await update(fileSystem, MIDDLE, { past: [{ city: 'Oslo' }, { city: 'Milan' }] });
    expect(await read(fileSystem, NEW)).toMatchObject([{ past: [ann.past[1], { city: 'Milan', zip: '00100' }] }]);
    await compact(fileSystem, MIDDLE);
    await update(fileSystem, MIDDLE, { past: [{ city: 'Milan' }] });
    expect(await read(fileSystem, NEW)).toMatchObject([{ past: [{ city: 'Milan', zip: '00100' }] }]);
  });

  it('keep them when a write is taken back, and forget them with the document', async () => {
    const fileSystem = await write(NEW, ann);
    await using db = await openModels(fileSystem, [OLD]);
    const failing = db.transaction(() => {
      void db.player?.update('p1', { age: 99 } as never).catch(() => undefined);
      throw new RangeError('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    await db.compact();
    await db.close();
    expect(await read(fileSystem, NEW)).toEqual([ann]);
    await using again = await openModels(fileSystem, [OLD]);
    await again.player?.delete('p1');
    await again.player?.insert({ id: 'p1', name: 'Ann', age: 1 });
    await again.close();
    await expect(read(fileSystem, NEW)).rejects.toMatchObject({ code: 'MIGRATION_REQUIRED' });
  });

  it('are refused with READER_TOO_OLD, and nothing is touched, where the newer model asks for newer readers', async () => {
    const guarded = { ...NEW, minReader: 2 };
    const fileSystem = await write(guarded, ann);
    const before = await filesOf(fileSystem);
    await expect(openModels(fileSystem, [OLD])).rejects.toMatchObject({
      code: 'READER_TOO_OLD',
      facts: { collection: 'player', minReader: 2, reader: 0 },
    });
    expect(await filesOf(fileSystem)).toEqual(before);
    expect(await read(fileSystem, { ...OLD, minReader: 3 })).toHaveLength(1);
  });
});

describe('collections that nobody defines', () => {
  const CLUB = modelWith([field('size', NUMBER)], {
    name: 'Club',
    collection: 'club',
    key: { fields: ['id'] },
  });
  const COUNTED: DocumentModel = {
    ...modelWith([], { name: 'Counted', collection: 'counted' }),
    key: { fields: ['id'], generate: 'sequence' },
    fields: [field('id', NUMBER)],
  };

  it('survive compaction and backup byte for byte, with revisions, expiry and sequences', async () => {
    const fileSystem = new MemoryFileSystem();
    await using first = await openModels(fileSystem, [OLD, CLUB, COUNTED]);
    await first.club?.insert({ id: 'c1', size: 1 });
    await first.club?.update('c1', { size: 2 } as never);
    await first.club?.insert({ id: 'c2', size: 3 }, { ttlMs: 3_600_000 } as never);
    await first.club?.insert({ id: 'gone', size: 3 });
    await first.club?.delete('gone');
    await first.counted?.insert({});
    await first.counted?.delete(1 as never);
    await first.player?.insert({ id: 'p1', name: 'Ann', age: 1 });
    await first.close();

    await compact(fileSystem, OLD);
    await update(fileSystem, OLD, { age: 2 });
    await compact(fileSystem, OLD);
    await compact(fileSystem, OLD);
    await using without = await openModels(fileSystem, [OLD]);
    expect(without.recovery?.unknownCollections).toEqual(expect.arrayContaining(['club', 'counted']));
    await without.backup('/copy');
    await without.close();

    for (const directory of ['/db', '/copy']) {
      await using db = await openModels(fileSystem, [OLD, CLUB, COUNTED], { directory });
      expect(db.club?.all().all()).toEqual([
        { id: 'c1', size: 2 },
        { id: 'c2', size: 3 },
      ]);
      expect(db.club?.size).toBe(2);
      expect(await db.counted?.insert({})).toEqual({ id: 2 });
      expect(db.stats().expiringCount).toBe(1);
    }
  });
});

async function filesOf(fileSystem: MemoryFileSystem): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const name of await fileSystem.list('/db')) {
    const handle = await fileSystem.open(`/db/${name}`, 'read');
    const data = Buffer.alloc(await handle.size());
    await handle.read(data, 0);
    await handle.close();
    files[name] = data.toString('hex');
  }
  return files;
}
