/**
 * Directories written by each earlier version of a class, opened by every later one, and by every earlier one as far as
 * the models allow. Never rewrite a directory: add the next version.
 *
 * `NUTHATCH_WRITE_GOLDEN=1` writes those that are missing.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import { NodeFileSystem } from '../src/file-system/node-file-system.js';
import { RENAMES, VERSIONS, WRITTEN } from './support/evolved-models.js';
import { type Fields, openModels } from './support/open-models.js';

const GOLDEN = join(__dirname, 'golden', 'evolution');
const NEWEST = VERSIONS.length - 1;

const pairs = VERSIONS.flatMap((_, writer) => VERSIONS.map((_, reader) => [writer + 1, reader + 1] as const));
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'nuthatch-evolution-'));
});
afterEach(() => rmSync(place, { recursive: true }));

beforeAll(async () => {
  if (!process.env['NUTHATCH_WRITE_GOLDEN']) return;
  for (const [index, model] of VERSIONS.entries()) {
    const directory = join(GOLDEN, `version-${index + 1}`);
    if (existsSync(directory)) continue;
    const db = await open(directory, model);
    const [first, second] = WRITTEN[index] as readonly [Fields, Fields];
    await db.player?.insert(first);
    await db.compact();
    await db.player?.insert(second);
    await db.close();
  }
});

function open(directory: string, model: DocumentModel) {
  // Older code has never heard of later migrations.
  const migrations = model === VERSIONS[NEWEST] ? RENAMES : [];
  return openModels(new NodeFileSystem(), [model], { directory, migrations });
}

/** A copy of the directory that a version wrote. */
function writtenBy(version: number): string {
  const directory = join(place, `version-${version}`);
  cpSync(join(GOLDEN, `version-${version}`), directory, { recursive: true });
  return directory;
}

async function read(directory: string, model: DocumentModel): Promise<Fields[]> {
  await using db = await open(directory, model);
  return (
    db.player
      ?.all()
      .all()
      .map((document) => ({ ...document })) ?? []
  );
}

/** What of a document a version shows: its fields, nested ones too, defaults filled in, under its names. */
function seenBy(model: DocumentModel, document: Fields): Fields {
  const named = { ...document };
  const hasTitle = model.fields.some(({ name }) => name === 'title');
  if (hasTitle && 'name' in named) named['title'] = named['name'];
  const shown: Fields = {};
  for (const { name, default: filled } of model.fields)
    shown[name] = named[name] ?? (filled?.kind === 'literal' ? JSON.parse(filled.json) : named[name]);
  const home = model.fields.find((one) => one.name === 'home');
  const isCityOnly = home?.type.kind === 'object' && home.type.fields.length === 1;
  if (isCityOnly) shown['home'] = { city: (document['home'] as { city: string }).city };
  return shown;
}

describe('directories of earlier and later versions of a class', () => {
  it.each(pairs.filter(([writer, reader]) => writer <= reader))(
    'version %d is read by version %d',
    async (writer, reader) => {
      const model = VERSIONS[reader - 1] as DocumentModel;
      const expected = (WRITTEN[writer - 1] as readonly Fields[]).map((document) => seenBy(model, document));
      expect(await read(writtenBy(writer), model)).toEqual(expected);
    },
  );

  it('version 2 is read by version 1, written, compacted, and nothing of it is lost', async () => {
    const directory = writtenBy(2);
    const [oldest, second] = VERSIONS as readonly [DocumentModel, DocumentModel];
    const [ann, bob] = WRITTEN[1] as readonly [Fields, Fields];
    expect(await read(directory, oldest)).toEqual([ann, bob].map((document) => seenBy(oldest, document)));
    const db = await open(directory, oldest);
    await db.player?.update('p1', { age: 31 });
    await db.player?.update('p2', { home: { city: 'Thun' } });
    await db.compact();
    await db.player?.update('p1', { name: 'Anna' });
    await db.close();
    expect(await read(directory, second)).toEqual([
      { ...ann, age: 31, name: 'Anna' },
      { ...bob, home: { city: 'Thun' }, nick: undefined, level: undefined },
    ]);
  });

  it('version 1 keeps what only it knows through all later ones, and back', async () => {
    const directory = writtenBy(1);
    for (const [index, model] of VERSIONS.slice(0, NEWEST).entries()) {
      const db = await open(directory, model);
      await db.player?.update('p1', { age: 100 + index });
      await db.compact();
      await db.close();
    }
    const [ann, bob] = WRITTEN[0] as readonly [Fields, Fields];
    expect(await read(directory, VERSIONS[0] as DocumentModel)).toEqual([{ ...ann, age: 102 }, bob]);
  });

  it('version 3 lacks what version 1 needs: refused with every key', async () => {
    const refused = {
      code: 'MIGRATION_REQUIRED',
      facts: { failureCount: 2, failures: [{ key: 'p1' }, { key: 'p2' }] },
    };
    await expect(read(writtenBy(3), VERSIONS[0] as DocumentModel)).rejects.toMatchObject(refused);
  });

  it('version 4 keeps older code out', async () => {
    for (const model of VERSIONS.slice(0, NEWEST))
      await expect(read(writtenBy(4), model)).rejects.toMatchObject({ code: 'READER_TOO_OLD' });
  });
});

// F22
it('does not lose every old record when the version of a class goes up by one', async () => {
  const directory = writtenBy(1);
  const [ann] = await read(directory, VERSIONS[NEWEST] as DocumentModel);
  expect(ann).toMatchObject({ id: 'p1', title: 'Ann', age: 30, rank: 3 });
});
