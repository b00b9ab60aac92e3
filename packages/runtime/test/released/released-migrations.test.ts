/** J7: released bytes stay byte for byte while their class changes and the directory is migrated, squashed and dumped. */
import { type DocumentModel, modelFingerprint, modelsHash } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { migrateDirectory } from '../../src/migration/migrate-directory.js';
import type { Migration } from '../../src/migration/migration.js';
import type { Release } from '../../src/repository/released-types.js';
import { dumpDirectory } from '../../src/tools/dump.js';
import { importDump } from '../../src/tools/import-dump.js';
import { definitionOf } from '../support/definition-of-model.js';
import {
  type AnyDatabase,
  DIRECTORY,
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../support/open-models.js';

const RELEASED = { released: true } as const;
const V1 = modelWith([field('nick', STRING), field('age', STRING)], RELEASED);
/** `nick` is `alias` now, and `rank` is new. */
const V2 = modelWith(
  [field('alias', STRING), field('age', STRING), field('rank', NUMBER, { default: { kind: 'literal', json: '7' } })],
  RELEASED,
);

interface ReleasedFace {
  release(key: string): Promise<Release<Fields>>;
  revise(key: string): Promise<Fields>;
  history(key: string): readonly Release<Fields>[];
  getReleased(key: string, release?: number): Fields | undefined;
}

function released(db: AnyDatabase): ReleasedFace {
  return db['player'] as unknown as ReleasedFace;
}

function step(id: string, more: object): Migration {
  const [before, after] = [V1, V2];
  return {
    ...{ id, before: [before], after: [after] },
    parents: [modelsHash([before])],
    result: modelsHash([after]),
    ...more,
  } as unknown as Migration;
}

const RENAME = step('0001-rename', {
  collections: {
    player: {
      ...{ from: modelFingerprint(V1), to: modelFingerprint(V2) },
      up: ({ nick, ...kept }: { nick: string }) => ({ ...kept, alias: `${nick}!` }),
    },
  },
});
/** Sees the whole database. */
const WHOLE = step('0001-whole', {
  collections: {},
  database: {
    up: (from: { all(name: string): Iterable<Fields> }, to: { put(name: string, fields: Fields): void }) => {
      for (const { nick, ...kept } of from.all('player'))
        to.put('player', { ...kept, alias: `${String(nick)}?`, rank: 1 });
    },
  },
});

async function write(): Promise<{ fileSystem: MemoryFileSystem; digest: string }> {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [V1]);
  await db['player']?.insert({ id: 'p1', nick: 'A', age: '30' });
  const { digest } = await released(db).release('p1');
  return { fileSystem, digest };
}

const isFrozen = { code: 'DOCUMENT_RELEASED', facts: { key: 'p1' } };

describe('released documents of an older class', () => {
  it('come to today’s through the migrations, and keep their bytes through compaction, revision and dump', async () => {
    const { fileSystem, digest } = await write();
    const options = { migrations: [RENAME] };
    {
      await using db = await openModels(fileSystem, [V2], options);
      const now = { id: 'p1', alias: 'A!', age: '30', rank: 7 };
      expect({ ...db['player']?.get('p1') }).toEqual(now);
      expect({ ...released(db).getReleased('p1', 1) }).toEqual(now);
      expect(released(db).history('p1')[0]?.asReleased()).toEqual({ id: 'p1', nick: 'A', age: '30' });
      await expect(db['player']?.update('p1', { rank: 8 })).rejects.toMatchObject(isFrozen);
      await db.compact();
      await db.compact();
    }
    await using db = await openModels(fileSystem, [V2], options);
    expect(
      released(db)
        .history('p1')
        .map((release) => release.digest),
    ).toEqual([digest]);
    await released(db).revise('p1');
    await db['player']?.update('p1', { rank: 9 });
    await released(db).release('p1');
    await db.flush();
    const [first, second] = released(db).history('p1');
    expect([first?.digest, first?.asReleased()]).toEqual([digest, { id: 'p1', nick: 'A', age: '30' }]);
    expect(second?.asReleased()).toEqual({ id: 'p1', alias: 'A!', age: '30', rank: 9 });
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY })) lines.push(line);
    await importDump({ fileSystem, lines, destination: '/imported' });
    await using imported = await openModels(fileSystem, [V2], { ...options, directory: '/imported' });
    expect(
      released(imported)
        .history('p1')
        .map((release) => release.digest),
    ).toEqual([digest, second?.digest]);
    await expect(imported['player']?.delete('p1')).rejects.toMatchObject(isFrozen);
  });

  it.each([
    ['one document at a time', RENAME, 'A!'],
    ['over the whole database', WHOLE, 'A?'],
  ])('keep their bytes when the directory is migrated %s', async (_, migration, alias) => {
    const { fileSystem, digest } = await write();
    await migrateDirectory({
      ...{ directory: DIRECTORY, fileSystem, migrations: [migration], direction: 'up' },
      definitions: [definitionOf(V2)],
    });
    await using db = await openModels(fileSystem, [V2], { migrations: [migration] });
    expect(db['player']?.get('p1')).toMatchObject({ alias });
    const [first] = released(db).history('p1');
    expect([first?.digest, first?.asReleased()]).toEqual([digest, { id: 'p1', nick: 'A', age: '30' }]);
    expect(first?.document).toMatchObject({ id: 'p1', age: '30' });
    await expect(db['player']?.update('p1', { rank: 8 })).rejects.toMatchObject(isFrozen);
    await released(db).revise('p1');
    await released(db).release('p1');
    expect(released(db).history('p1').length).toBe(2);
  });

  it('stay frozen when damage has taken the record of their state, and come back when it has taken the document', async () => {
    const { fileSystem, digest } = await write();
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY })) lines.push(line);
    const without = async (lost: string, destination: string): Promise<AnyDatabase> => {
      const left = lines
        .filter((line) => !line.includes(lost))
        .map((line) => line.replace('"documents":4', '"documents":3'));
      expect(left.length).toBe(lines.length - 1);
      await importDump({ fileSystem, lines: left, destination });
      return openModels(fileSystem, [V1], { directory: destination });
    };
    await using headless = await without('"head/player/', '/headless');
    await expect(headless['player']?.update('p1', { age: '31' })).rejects.toMatchObject(isFrozen);
    expect(
      released(headless)
        .history('p1')
        .map((release) => release.digest),
    ).toEqual([digest]);
    await using gone = await without('"collection":"player","model"', '/gone');
    expect(gone['player']?.has('p1')).toBe(false);
    await expect(gone['player']?.insert({ id: 'p1', nick: 'B', age: '1' })).rejects.toMatchObject(isFrozen);
    expect(await released(gone).revise('p1')).toMatchObject({ nick: 'A', age: '30' });
    await gone['player']?.update('p1', { age: '31' });
    await released(gone).release('p1');
    expect(
      released(gone)
        .history('p1')
        .map(({ document }) => document['age']),
    ).toEqual(['30', '31']);
  });

  it('keep fields that today’s class does not know', async () => {
    const { fileSystem } = await write();
    const less: DocumentModel = modelWith([field('nick', STRING)], RELEASED);
    await using db = await openModels(fileSystem, [less]);
    await released(db).revise('p1');
    await released(db).release('p1');
    for (const { asReleased } of released(db).history('p1'))
      expect(asReleased()).toEqual({ id: 'p1', nick: 'A', age: '30' });
  });
});
