/**
 * A class through its versions, each with the code that the generator of its time wrote, and a directory that this code
 * wrote with the engine of its time: test/golden/generated. All of it is kept as it was: never generate or write one
 * again, add the next version. `written-by.json` says which generator it was; old generated code goes on working with
 * today's engine, whatever the generator writes today.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '@nuthatch/codegen';
import {
  type CollectionDefinition,
  type Database,
  DatabaseError,
  type Migration,
  migrateDirectory,
  type Repository,
} from '@nuthatch/runtime';
import { GENERATOR_VERSION } from '../packages/codegen/src/version.js';
import { ByteWriter } from '../packages/runtime/src/codec/byte-writer.js';
import { keptFieldsOf } from '../packages/runtime/src/codec/kept-fields.js';
import { NodeFileSystem } from '../packages/runtime/src/file-system/node-file-system.js';
import { KeepingTarget } from '../packages/runtime/src/recovery/keeping-target.js';
import { readDirectory } from '../packages/runtime/src/recovery/read-directory.js';

const GOLDEN = join(__dirname, 'golden', 'generated');
const VERSIONS = readdirSync(GOLDEN).map((_, index) => index + 1);
const NEWEST = VERSIONS.length;

type Fields = Record<string, unknown>;

interface AnyTypes {
  readonly document: Fields;
  readonly key: string;
  readonly input: Fields;
  readonly patch: Fields;
  readonly where: Fields;
  readonly order: string;
  readonly tags: Fields;
  readonly ranges: Fields;
  readonly sums: string;
  readonly fixed: never;
  readonly unique: string;
  readonly numbers: string;
}

type AnyDatabase = Database<object> & { readonly player: Repository<AnyTypes> };

/** A generated folder, of whatever version. */
interface Generated {
  readonly definitions: readonly CollectionDefinition[];
  openDatabase(options: { readonly directory: string }): Promise<AnyDatabase>;
}

/** What each version's directory was written with. */
const WRITTEN: readonly (readonly [Fields, Fields])[] = [
  [
    { id: 'p1', name: 'Ann', age: 30, tags: new Set(['x', 'é']), home: { city: 'Bern' } },
    { id: 'p2', name: '\ud800', age: -0, tags: new Set(), home: { city: '' } },
  ],
  [
    {
      id: 'p1',
      nick: 'A',
      name: 'Ann',
      home: { zip: '3000', city: 'Bern' },
      age: 30,
      tags: new Set(['x']),
      rank: 1,
      level: 'b',
      born: new Date(-1),
    },
    { id: 'p2', name: 'Bob', home: { city: 'Rome' }, age: 0.5, tags: new Set(['y', 'z']), rank: 2 },
  ],
  [
    { id: 'p1', name: 'Ann', age: 30, home: { zip: '3000', city: 'Bern' }, rank: 1, level: 'a' },
    { id: 'p2', name: 'Bob', age: 'old', home: null, rank: 2 },
  ],
  [
    { id: 'p1', title: 'Ann', age: 30, home: { zip: '3000', city: 'Bern' }, rank: 1, level: 'c' },
    { id: 'p2', title: 'Bob', age: 'old', home: null, rank: 2 },
  ],
];

/** What a version knows, with its defaults. */
const KNOWN: readonly ((document: Fields) => Fields)[] = [
  ({ id, name, age, tags, home }) => ({ id, name, age, tags, home: { city: (home as Fields)['city'] } }),
  ({ nick, id, name, home, age, tags, rank = 3, level, born }) => ({
    ...{ nick, id, name, home, age, tags, rank, level, born },
  }),
  ({ id, name, age, home, rank = 3, level }) => ({ id, name, age, home, rank, level }),
  ({ id, name, title = name, age, home, rank = 3, level }) => ({ id, title, age, home, rank, level }),
];

const written = (version: number) => WRITTEN[version - 1] as readonly [Fields, Fields];
const seenBy = (reader: number, document: Fields) => (KNOWN[reader - 1] as (document: Fields) => Fields)(document);
const codeOf = (version: number) => require(join(GOLDEN, `version-${version}`, 'generated', 'index')) as Generated;
const open = (version: number, directory: string) => codeOf(version).openDatabase({ directory });

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'nuthatch-generations-'));
});
afterEach(() => rmSync(place, { recursive: true }));

/** A copy of the directory that a version wrote. */
function writtenBy(version: number): string {
  const directory = join(place, `by-${version}`);
  cpSync(join(GOLDEN, `version-${version}`, 'data'), directory, { recursive: true });
  return directory;
}

async function read(version: number, directory: string): Promise<Fields[]> {
  await using db = await open(version, directory);
  return [...db.player.all().all()].map((document) => ({ ...document }));
}

/** The bytes in which unknown fields stand on disk, by key. */
async function unknownBytes(directory: string): Promise<Record<string, string | undefined>> {
  const target = new KeepingTarget();
  await readDirectory({ directory, fileSystem: new NodeFileSystem(), mode: 'refuse', target });
  const found = [...target.documents()].map(({ key, document }) => {
    const kept = keptFieldsOf(document);
    return [String(key), kept && Buffer.from(kept.bytes).toString('hex')] as const;
  });
  return Object.fromEntries(found);
}

/** The bytes a version writes for each document of a directory that it has written. */
async function documentBytes(version: number, directory: string): Promise<Record<string, string>> {
  const [definition] = codeOf(version).definitions as readonly [CollectionDefinition];
  await using db = await open(version, directory);
  const found = [...db.player.all().all()].map((document) => {
    const writer = new ByteWriter();
    definition.codec.encode(document as never, writer as never);
    return [String(document['id']), Buffer.from(writer.finish()).toString('hex')] as const;
  });
  return Object.fromEntries(found);
}

describe('code that older generators wrote', () => {
  it('is kept as they wrote it', async () => {
    const generators = VERSIONS.map((version) => {
      const text = readFileSync(join(GOLDEN, `version-${version}`, 'written-by.json'), 'utf8');
      return (JSON.parse(text) as { readonly generator: string }).generator;
    });
    expect(generators.slice(0, 4)).toEqual(['0.1.0-1', '0.1.0-2', '0.1.0-11', '0.1.0-12']);
    // A version of today's generator would be written the same today.
    for (const version of VERSIONS.filter((one) => generators[one - 1] === GENERATOR_VERSION)) {
      const root = join(place, `version-${version}`);
      cpSync(join(GOLDEN, `version-${version}`), root, { recursive: true });
      const { files, migrations } = await generate({ root, isCheck: true, isForced: true });
      expect(migrations).toEqual([]);
      expect(files.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    }
  });

  it.each(VERSIONS)('of version %d does all that a repository does', async (version) => {
    const directory = join(place, 'new');
    const name = version === NEWEST ? 'title' : 'name';
    const document = (id: string, age: number): Fields => {
      const home = { city: 'Bern' };
      return { id, [name]: id, age, home };
    };
    const db = await open(version, directory);
    await db.player.insertMany([document('a', 1), document('b', 2), document('c', 3)]);
    await db.player.update('a', { age: 10 });
    await db.player.update('a', (one: Fields) => ({ age: (one['age'] as number) + 1 }));
    await db.player.upsert(document('b', 20));
    await db.player.delete('c');
    await expect(db.player.insert(document('a', 1))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await expect(db.player.insert({ ...document('d', 1), age: {} })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    expect(() => db.transaction((tx) => (tx as unknown as AnyDatabase).player.insert(document('e', 5)))).not.toThrow();
    if (version === 2) expect(db.player.find({ age: { gte: 11 } }).count()).toBe(2);
    if (version < 3) {
      await db.player.update('a', { tags: new Set(['t']) });
      expect(db.player.find({ tags: 't' }).keys()).toEqual(['a']);
    }
    await db.compact();
    await db.close();
    const found = (await read(version, directory)).map(({ id, age, home }) => ({ id, age, home }));
    expect(found).toEqual([
      { id: 'a', age: 11, home: { city: 'Bern' } },
      { id: 'b', age: 20, home: { city: 'Bern' } },
      { id: 'e', age: 5, home: { city: 'Bern' } },
    ]);
  });
});

describe('directories that generated code of any version wrote', () => {
  const pairs = VERSIONS.flatMap((writer) => VERSIONS.map((reader) => [writer, reader] as const));

  it.each(pairs.filter(([writer, reader]) => writer <= reader))(
    'of version %d are read by version %d',
    async (writer, reader) => {
      expect(await read(reader, writtenBy(writer))).toEqual(written(writer).map((one) => seenBy(reader, one)));
    },
  );

  it('of version 2 are read and written by version 1, compacted, backed up, and nothing is lost', async () => {
    const directory = writtenBy(2);
    const [ann, bob] = written(2);
    const before = await documentBytes(2, directory);
    expect(await read(1, directory)).toEqual([ann, bob].map((one) => seenBy(1, one)));

    const db = await open(1, directory);
    await db.player.update('p1', { age: 31 });
    await db.player.update('p2', { age: 1 });
    await db.flush();
    await db.close();
    const unknown = await unknownBytes(directory);
    expect(Object.keys(unknown)).toEqual(['p1', 'p2']);

    const again = await open(1, directory);
    await again.player.update('p1', { name: 'Anna' });
    await again.compact();
    await again.player.update('p1', { name: 'Ann', age: 30 });
    await again.player.update('p2', { age: 0.5 });
    await again.compact();
    await again.backup(join(place, 'backup'));
    await again.close();
    for (const place of [directory, `${directory}/../backup`]) {
      expect(await unknownBytes(place)).toEqual(unknown);
      // What version 1 changed it has changed back: every document is again, byte for byte, what version 2 wrote.
      expect(await documentBytes(2, place)).toEqual(before);
    }
  });

  it('of version 1 are read by each later version and then by version 1 again, byte for byte', async () => {
    const directory = writtenBy(1);
    const before = await documentBytes(1, directory);
    for (const version of VERSIONS.slice(0, NEWEST - 1)) {
      const db = await open(version, directory);
      await db.player.update('p1', { age: 100 + version });
      await db.player.update('p1', { age: 30 });
      await db.compact();
      await db.close();
    }
    expect(await documentBytes(1, directory)).toEqual(before);
  });

  it('of version 3 are refused by version 1 where a value does not fit it, with its key', async () => {
    for (const version of [1, 2])
      await expect(read(version, writtenBy(3))).rejects.toMatchObject({
        code: 'MIGRATION_REQUIRED',
        facts: { failureCount: 1, failures: [{ key: 'p2' }] },
      });
  });

  it('of the newest version keep older code out, and are as they were', async () => {
    for (const version of VERSIONS.slice(0, NEWEST - 1)) {
      const directory = writtenBy(NEWEST);
      await expect(read(version, directory)).rejects.toMatchObject({ code: 'READER_TOO_OLD' });
      expect(await read(NEWEST, directory)).toEqual(written(NEWEST).map((one) => seenBy(NEWEST, one)));
      rmSync(directory, { recursive: true });
    }
  });

  it('go up to the newest by its migrations and down again to the code that wrote them', async () => {
    const { definitions } = codeOf(NEWEST);
    const { migrations } = require(join(GOLDEN, `version-${NEWEST}`, 'generated', 'migrations')) as {
      readonly migrations: readonly Migration[];
    };
    for (const version of VERSIONS.slice(0, NEWEST - 1)) {
      const directory = writtenBy(version);
      const before = await documentBytes(version, writtenBy(version));
      const common = { directory, definitions, migrations, backup: false } as const;
      await migrateDirectory({ ...common, direction: 'up' });
      await expect(read(version, directory)).rejects.toMatchObject({ code: 'READER_TOO_OLD' });
      expect(await read(NEWEST, directory)).toEqual(written(version).map((one) => seenBy(NEWEST, one)));
      await migrateDirectory({ ...common, direction: 'down', target: '0' });
      expect(await documentBytes(version, directory)).toEqual(before);
      rmSync(directory, { recursive: true });
    }
  });
});

it('tells by a coded error that code is older than its class', async () => {
  const [definition] = codeOf(1).definitions as readonly [CollectionDefinition];
  const changed = [{ ...definition, declarationFingerprint: 'of another class' }];
  const { openDatabase } = require('@nuthatch/runtime') as {
    openDatabase(definitions: unknown, options: object): Promise<unknown>;
  };
  const error = await openDatabase(changed, { memory: true }).catch((thrown: unknown) => thrown);
  expect(DatabaseError.is(error, 'MODEL_MISMATCH') && error.facts['command']).toBe('npx nuthatch generate');
});
