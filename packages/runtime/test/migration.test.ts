/** Migrations: one document at a time when a directory is opened, all of them by `migrateDirectory`. */
import { type DocumentModel, modelFingerprint, modelsHash } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { censusOfDirectory } from '../src/migration/directory-census.js';
import { migrateDirectory } from '../src/migration/migrate-directory.js';
import type { Migration } from '../src/migration/migration.js';
import { migrationStatus } from '../src/migration/migration-status.js';
import { definitionOf } from './support/definition-of-model.js';
import { DIRECTORY, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const V1 = modelWith([field('nick', STRING), field('age', STRING)]);
/** `nick` is called `alias` now. */
const V2 = modelWith([field('alias', STRING), field('age', STRING)]);
/** Took no migration. */
const V2_INDEXED = modelWith(
  [field('alias', STRING), field('age', STRING), field('rank', NUMBER, { optional: true })],
  {
    indexes: [{ name: 'alias', kind: 'unique', fields: ['alias'] }],
  },
);
/** `age` is a number now. */
const V3 = modelWith([field('alias', STRING), field('age', NUMBER), field('rank', NUMBER, { optional: true })]);

interface Old {
  readonly nick: string;
  readonly age: string;
}

function step(id: string, before: DocumentModel, after: DocumentModel, code: object): Migration {
  const [from, to] = [modelFingerprint(before), modelFingerprint(after)];
  return {
    id,
    parents: [modelsHash([before])],
    result: modelsHash([after]),
    before: [before],
    after: [after],
    collections: { [before.collection]: { from, to, ...code } as never },
  };
}

const RENAME = step('0001-rename', V1, V2, {
  up: ({ nick, ...kept }: Old) => ({ ...kept, alias: nick }),
  down: ({ alias, ...kept }: { alias: string }) => ({ ...kept, nick: alias }),
});
const NUMBERS = step('0002-numbers', V2_INDEXED, V3, {
  up: (document: { age: string }) => {
    if (!/^\d+$/.test(document.age)) throw new RangeError(`age ${document.age} is not a number`);
    return { ...document, age: Number(document.age) };
  },
  down: (document: { age: number }) => ({ ...document, age: String(document.age) }),
});
const BOTH = [RENAME, NUMBERS];

async function write(model: DocumentModel, ...documents: Fields[]): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [model]);
  await db[model.collection]?.insertMany(documents);
  return fileSystem;
}

async function read(
  fileSystem: MemoryFileSystem,
  model: DocumentModel,
  migrations: readonly Migration[] = [],
): Promise<Fields[]> {
  await using db = await openModels(fileSystem, [model], { migrations });
  return (
    db[model.collection]
      ?.all()
      .all()
      .map((document) => ({ ...document })) ?? []
  );
}

function migrate(fileSystem: MemoryFileSystem, models: readonly DocumentModel[], more: object = {}) {
  return migrateDirectory({
    directory: DIRECTORY,
    fileSystem,
    definitions: models.map((model) => definitionOf(model)),
    migrations: BOTH,
    direction: 'up',
    ...more,
  });
}

const ann = { id: 'p1', nick: 'A', age: '30' };
const bob = { id: 'p2', nick: 'B', age: '20' };

describe('opening a directory of older models', () => {
  it('leads each document through every step from where it is, and the changes in between', async () => {
    const today = [
      { id: 'p1', alias: 'A', age: 30, rank: undefined },
      { id: 'p2', alias: 'B', age: 20, rank: undefined },
    ];
    expect(await read(await write(V1, ann, bob), V3, BOTH)).toEqual(today);
    const middle = await write(V2, { id: 'p1', alias: 'A', age: '30' }, { id: 'p2', alias: 'B', age: '20' });
    expect(await read(middle, V3, BOTH)).toEqual(today);
  });

  it('puts a model that no migration knows where it fits best', async () => {
    const before = modelWith([...V1.fields.slice(1), field('city', STRING, { optional: true })]);
    const fileSystem = await write(before, { ...ann, city: 'Bern' });
    expect(await read(fileSystem, V3, BOTH)).toEqual([{ id: 'p1', alias: 'A', age: 30, rank: undefined }]);
    // And what no model of the chain knows is still there.
    await using db = await openModels(fileSystem, [V3], { migrations: BOTH });
    await db.player?.update('p1', { age: 31 });
    await db.close();
    const later = modelWith([...V3.fields.slice(1), field('city', STRING)]);
    expect(await read(fileSystem, later, BOTH)).toMatchObject([{ age: 31, city: 'Bern' }]);
  });

  it('lists every document that a step fails, and what of it', async () => {
    const fileSystem = await write(V1, ann, { ...bob, age: 'old' }, { id: 'p3', nick: 'C', age: 'new' });
    await expect(openModels(fileSystem, [V3], { migrations: BOTH })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      facts: {
        failureCount: 2,
        failures: [
          { collection: 'player', key: 'p2', problem: 'age old is not a number', migration: '0002-numbers' },
          { collection: 'player', key: 'p3', problem: 'age new is not a number', migration: '0002-numbers' },
        ],
      },
    });
    expect(await read(fileSystem, V1)).toHaveLength(3);
  });

  it('refuses a step that changes the key', async () => {
    const rekey = step('0001-key', V1, V2, { up: (one: Old) => ({ ...one, alias: one.nick, id: 'x' }) });
    await expect(openModels(await write(V1, ann), [V2], { migrations: [rekey] })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      facts: { failures: [{ key: 'p1', problem: 'the key field id was changed' }] },
    });
  });
});

describe('migrateDirectory', () => {
  it('rewrites all documents, keeps revisions and a backup, and is done once', async () => {
    const fileSystem = await write(V1, ann, bob);
    await using first = await openModels(fileSystem, [V1]);
    await first.player?.update('p1', { nick: 'AA' });
    await first.close();
    const report = await migrate(fileSystem, [V3]);
    expect(report).toMatchObject({ migrations: ['0001-rename', '0002-numbers'], changedCount: 2, documentCount: 2 });
    expect(report.samples).toMatchObject([{ key: 'p1', before: { nick: 'AA' }, after: { alias: 'AA', age: 30 } }, {}]);
    await using db = await openModels(fileSystem, [V3]);
    expect(db.player?.get('p1')).toMatchObject({ alias: 'AA', age: 30 });
    expect(db.player?.revision('p1')).toBe(2);
    expect(db.recovery?.evolvedModels).toEqual([]);
    await db.close();
    await using copy = await openModels(fileSystem, [V1], { directory: report.backup as string });
    expect(copy.player?.get('p1')).toEqual({ ...ann, nick: 'AA' });
    expect(await migrate(fileSystem, [V3])).toMatchObject({ migrations: [], changedCount: 0, backup: undefined });
  });

  it('goes down to what was, and up again', async () => {
    const fileSystem = await write(V1, ann, bob);
    await migrate(fileSystem, [V3]);
    expect((await migrate(fileSystem, [V3], { direction: 'down' })).migrations).toEqual(['0002-numbers']);
    expect(await read(fileSystem, V2_INDEXED)).toMatchObject([{ alias: 'A', age: '30' }, {}]);
    expect((await migrate(fileSystem, [V3], { direction: 'down', target: '0' })).migrations).toEqual(['0001-rename']);
    expect(await read(fileSystem, V1)).toEqual([ann, bob]);
    expect((await migrate(fileSystem, [V3], { target: '0001-rename' })).migrations).toEqual(['0001-rename']);
    expect(await read(fileSystem, V2)).toEqual([
      { id: 'p1', alias: 'A', age: '30' },
      { id: 'p2', alias: 'B', age: '20' },
    ]);
  });

  it('changes nothing on a dry run, when a document fails, or without a down', async () => {
    const fileSystem = await write(V1, ann, { ...bob, age: 'old' });
    const before = await fileSystem.list(DIRECTORY);
    await expect(migrate(fileSystem, [V3])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      facts: { failures: [{ key: 'p2', migration: '0002-numbers', problem: 'age old is not a number' }] },
    });
    expect(await read(fileSystem, V1)).toHaveLength(2);
    await using db = await openModels(fileSystem, [V1]);
    await db.player?.update('p2', { age: '20' });
    await db.close();
    expect(await migrate(fileSystem, [V3], { dryRun: true })).toMatchObject({ changedCount: 2, isDryRun: true });
    expect(await fileSystem.list(DIRECTORY)).toEqual(before);
    const oneWay = [
      { ...RENAME, collections: { player: { ...RENAME.collections?.player, down: undefined } as never } },
    ];
    await migrate(fileSystem, [V2], { migrations: oneWay });
    await expect(migrate(fileSystem, [V2], { migrations: oneWay, direction: 'down' })).rejects.toMatchObject({
      code: 'MIGRATION_IRREVERSIBLE',
      facts: { migration: '0001-rename', collection: 'player' },
    });
  });

  it('refuses the way down where the older model needs what newer documents never had', async () => {
    const loosened = modelWith([field('nick', STRING, { optional: true }), field('age', STRING)]);
    const free: Migration = { ...step('0001-loose', V1, loosened, {}), collections: {} };
    const fileSystem = await write(loosened, { id: 'p1', age: '1' }, { id: 'p2', nick: 'B', age: '2' });
    const down = migrate(fileSystem, [loosened], { migrations: [free], direction: 'down' });
    await expect(down).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      facts: { failureCount: 1, failures: [{ key: 'p1', problem: 'nick is missing' }] },
    });
  });

  it('checks rules and unique indexes of the result', async () => {
    const fileSystem = await write(V1, ann, { ...bob, nick: 'A' });
    const unique = { ...V2, indexes: V2_INDEXED.indexes };
    await expect(migrate(fileSystem, [unique], { migrations: [RENAME] })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      facts: {
        failures: [{ collection: 'player', key: 'p2', problem: 'the unique index alias holds p1 for the same value' }],
      },
    });
  });

  it('stops when aborted, with nothing changed', async () => {
    const fileSystem = await write(V1, ann);
    const abort = new AbortController();
    const run = migrate(fileSystem, [V3], { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await read(fileSystem, V1)).toEqual([ann]);
  });

  it('leaves collections alone that it does not touch, unknown ones and unknown fields included', async () => {
    const club = modelWith([field('size', NUMBER)], { name: 'Club', collection: 'club' });
    const fileSystem = new MemoryFileSystem();
    const wider = modelWith([...V1.fields.slice(1), field('extra', { kind: 'bigint' })]);
    await using db = await openModels(fileSystem, [wider, club]);
    await db.player?.insert({ ...ann, extra: 5n });
    await db.club?.insert({ id: 'c1', size: 3 });
    await db.close();
    await migrate(fileSystem, [V3]);
    expect(await read(fileSystem, club)).toEqual([{ id: 'c1', size: 3 }]);
    await migrate(fileSystem, [V3], { direction: 'down', target: '0' });
    expect(await read(fileSystem, wider)).toEqual([{ ...ann, extra: 5n }]);
  });
});

describe('a database that is open', () => {
  it('can be read beside its writer: status, census and a dry run', async () => {
    const fileSystem = new MemoryFileSystem();
    await using db = await openModels(fileSystem, [V1], { pageBytes: 4096 });
    const input = { directory: DIRECTORY, fileSystem, definitions: [definitionOf(V2)], migrations: [RENAME] };
    for (let count = 1; count <= 60; count++) {
      await db.player?.insert({ id: `p${count}`, nick: `nick ${count}`, age: '1' });
      if (count % 20 !== 0) continue;
      const compacting = db.compact();
      const { models, migrations } = await migrationStatus(input);
      expect(models).toMatchObject([{ collection: 'player', documentCount: count, state: 'older' }]);
      expect(migrations).toMatchObject([{ state: 'pending', documentCount: count }]);
      const census = await censusOfDirectory({ directory: DIRECTORY, fileSystem });
      expect(census.get('player')?.documentCount).toBe(count);
      const report = await migrateDirectory({ ...input, direction: 'up', dryRun: true });
      expect(report).toMatchObject({ isDryRun: true, changedCount: count });
      await compacting;
    }
    await expect(migrateDirectory({ ...input, direction: 'up' })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  });
});

describe('a migration that sees the whole database', () => {
  const PERSON = modelWith([field('name', STRING), field('street', STRING)], { name: 'Person', collection: 'person' });
  const SLIM = modelWith([field('name', STRING)], { name: 'Person', collection: 'person' });
  const ADDRESS: DocumentModel = {
    ...modelWith([field('street', STRING)], { name: 'Address', collection: 'address' }),
    key: { fields: ['id'], generate: 'sequence' },
    fields: [field('id', NUMBER), field('street', STRING)],
  };
  const split: Migration = {
    id: '0001-split',
    parents: [modelsHash([PERSON])],
    result: modelsHash([SLIM, ADDRESS]),
    before: [PERSON],
    after: [SLIM, ADDRESS],
    database: {
      up: (source, target) => {
        let id = 0;
        for (const { street } of source.all<{ street: string }>('person'))
          target.insert('address', { id: ++id, street });
      },
    },
  };

  it('is not run by opening, splits a collection by migrate up, and counts ids on', async () => {
    const fileSystem = await write(
      PERSON,
      { id: 'a', name: 'Ann', street: 'X' },
      { id: 'b', name: 'Bob', street: 'Y' },
    );
    const options = { migrations: [split] };
    await expect(openModels(fileSystem, [SLIM, ADDRESS], options)).rejects.toMatchObject({
      code: 'MIGRATION_REQUIRED',
      facts: { migration: '0001-split', command: 'npx nuthatch migrate up' },
    });
    const input = { directory: DIRECTORY, fileSystem, definitions: [definitionOf(SLIM), definitionOf(ADDRESS)] };
    expect((await migrationStatus({ ...input, ...options })).migrations).toEqual([
      { id: '0001-split', state: 'pending', documentCount: 2, isBlocking: true },
    ]);
    await migrate(fileSystem, [SLIM, ADDRESS], options);
    expect((await migrationStatus({ ...input, ...options })).migrations).toMatchObject([{ state: 'applied' }]);
    await using db = await openModels(fileSystem, [SLIM, ADDRESS], options);
    expect(db.person?.all().all()).toEqual([
      { id: 'a', name: 'Ann' },
      { id: 'b', name: 'Bob' },
    ]);
    expect(db.address?.all().all()).toEqual([
      { id: 1, street: 'X' },
      { id: 2, street: 'Y' },
    ]);
    expect(await db.address?.insert({ street: 'Z' })).toMatchObject({ id: 3 });
    await db.close();
    await expect(migrate(fileSystem, [SLIM, ADDRESS], { ...options, direction: 'down' })).rejects.toMatchObject({
      code: 'MIGRATION_IRREVERSIBLE',
    });
  });

  it('changes the type of an id, and goes back', async () => {
    const numbered: DocumentModel = { ...SLIM, fields: [field('id', NUMBER), field('name', STRING)] };
    const rekey: Migration = {
      ...split,
      id: '0001-rekey',
      before: [SLIM],
      after: [numbered],
      database: {
        up: (source, target) => {
          for (const one of source.all<{ id: string }>('person'))
            target.insert('person', { ...one, id: Number(one.id) });
        },
        down: (source, target) => {
          for (const one of source.all<{ id: number }>('person'))
            target.insert('person', { ...one, id: String(one.id) });
        },
      },
    };
    const fileSystem = await write(SLIM, { id: '7', name: 'Ann' });
    await migrate(fileSystem, [numbered], { migrations: [rekey] });
    expect(await read(fileSystem, numbered, [rekey])).toEqual([{ id: 7, name: 'Ann' }]);
    await migrate(fileSystem, [numbered], { migrations: [rekey], direction: 'down' });
    expect(await read(fileSystem, SLIM)).toEqual([{ id: '7', name: 'Ann' }]);
  });

  it('merges two collections into one, the other is gone', async () => {
    const fileSystem = new MemoryFileSystem();
    const guest = modelWith([field('name', STRING)], { name: 'Guest', collection: 'guest' });
    await using db = await openModels(fileSystem, [SLIM, guest]);
    await db.person?.insert({ id: 'a', name: 'Ann' });
    await db.guest?.insert({ id: 'g', name: 'Gil' });
    await db.close();
    const merge: Migration = {
      ...split,
      id: '0001-merge',
      before: [SLIM, guest],
      after: [SLIM],
      database: {
        up: (source, target) => {
          for (const one of source.all<object>('guest')) target.insert('person', one);
        },
      },
    };
    await expect(openModels(fileSystem, [SLIM], { migrations: [merge] })).rejects.toMatchObject({
      code: 'MIGRATION_REQUIRED',
    });
    await migrate(fileSystem, [SLIM], { migrations: [merge] });
    await using after = await openModels(fileSystem, [SLIM], { migrations: [merge] });
    expect(after.person?.all().keys()).toEqual(['a', 'g']);
    expect(after.recovery?.unknownCollections).toEqual([]);
    expect(after.person?.size).toBe(2);
  });

  it('runs one that changes data and no model once', async () => {
    const shout: Migration = {
      ...split,
      id: '0001-shout',
      before: [SLIM],
      after: [SLIM],
      database: {
        up: (source, target) => {
          for (const one of source.all<{ name: string }>('person'))
            target.put('person', { ...one, name: `${one.name}!` });
        },
      },
    };
    const fileSystem = await write(SLIM, { id: 'a', name: 'Ann' });
    const input = { directory: DIRECTORY, fileSystem, definitions: [definitionOf(SLIM)], migrations: [shout] };
    expect((await migrationStatus(input)).migrations).toEqual([
      { id: '0001-shout', state: 'pending', documentCount: 0, isBlocking: true },
    ]);
    const before = await fileSystem.list(DIRECTORY);
    const error = await openModels(fileSystem, [SLIM], { migrations: [shout] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'MIGRATION_REQUIRED',
      facts: { migration: '0001-shout', pending: ['0001-shout'], command: 'npx nuthatch migrate up' },
    });
    expect((error as Error).message).toContain('npx nuthatch migrate up');
    expect(await fileSystem.list(DIRECTORY)).toEqual(before);
    for (let run = 0; run < 2; run++) await migrate(fileSystem, [SLIM], { migrations: [shout] });
    expect(await read(fileSystem, SLIM, [shout])).toEqual([{ id: 'a', name: 'Ann!' }]);
  });
});

describe('a field that was dropped and came back with another type', () => {
  it('is led on by the migration, whether the older or the newer code wrote the document', async () => {
    const first = modelWith([field('age', STRING, { optional: true }), field('name', STRING)]);
    const without = modelWith([field('name', STRING)]);
    const back = modelWith([field('name', STRING), field('age', NUMBER, { optional: true })]);
    const fileSystem = await write(first, { id: 'p1', age: '30', name: 'Ann' }, { id: 'p2', age: '20', name: 'Bob' });
    {
      await using db = await openModels(fileSystem, [without]);
      await db.player?.update('p2', { name: 'Bobby' } as never);
      await db.player?.insert({ id: 'p3', name: 'Cid' });
    }
    await expect(openModels(fileSystem, [back])).rejects.toMatchObject({ code: 'MIGRATION_REQUIRED' });
    const migration: Migration = {
      ...step('0001-age', without, back, {
        up: (document: { age?: string }) => ({
          ...document,
          ...(document.age === undefined ? {} : { age: Number(document.age) }),
        }),
      }),
      earlier: { player: [modelFingerprint(first)] },
    };
    await using db = await openModels(fileSystem, [back], { migrations: [migration] });
    expect(['p1', 'p2', 'p3'].map((id) => db.player?.get(id)?.['age'])).toEqual([30, 20, undefined]);
  });
});

describe('the report of what evolved', () => {
  it('counts documents, not their versions, and says a rename as one', async () => {
    const fileSystem = await write(
      V1,
      { id: 'p1', nick: 'a', age: '1' },
      { id: 'p2', nick: 'b', age: '2' },
      { id: 'p3', nick: 'c', age: '3' },
    );
    {
      await using db = await openModels(fileSystem, [V1]);
      for (let age = 10; age < 20; age++) await db.player?.update('p1', { age: String(age) } as never);
      await db.player?.delete('p3');
    }
    const migrations = [{ ...RENAME, renames: { player: { alias: 'nick' } } }];
    {
      await using db = await openModels(fileSystem, [V2], { migrations });
      expect(db.recovery?.evolvedModels).toMatchObject([
        { collection: 'player', documentCount: 2, changes: ['renames nick to alias'] },
      ]);
      await db.player?.update('p1', { age: '5' } as never);
    }
    await using db = await openModels(fileSystem, [V2], { migrations });
    expect(db.recovery?.evolvedModels).toMatchObject([{ documentCount: 1 }]);
  });

  it('counts what a snapshot holds and the journal replaced', async () => {
    const fileSystem = await write(V1, { id: 'p1', nick: 'a', age: '1' }, { id: 'p2', nick: 'b', age: '2' });
    {
      await using db = await openModels(fileSystem, [V1]);
      await db.compact();
      await db.player?.update('p2', { age: '3' } as never);
      await db.player?.insert({ id: 'p3', nick: 'c', age: '4' });
    }
    {
      await using db = await openModels(fileSystem, [V2], { migrations: [RENAME] });
      expect(db.recovery?.evolvedModels).toMatchObject([{ documentCount: 3 }]);
      await db.player?.delete('p1');
      await db.player?.update('p3', { age: '7' } as never);
    }
    await using db = await openModels(fileSystem, [V2], { migrations: [RENAME] });
    expect(db.recovery?.evolvedModels).toMatchObject([{ documentCount: 1 }]);
  });
});
