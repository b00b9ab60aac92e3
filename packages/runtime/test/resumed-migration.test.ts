/** A migration that was cut off goes on from its last finished part, but only where that is what would be made now. */
import { randomBytes } from 'node:crypto';
import { type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { isOfMigration, MIGRATION_NOTE_NAME, migrationPartName } from '../src/journal/journal-format.js';
import type { EncryptionOptions } from '../src/journal/page-codecs.js';
import { type MigrateInput, type MigrateReport, migrateDirectory } from '../src/migration/migrate-directory.js';
import type { Migration } from '../src/migration/migration.js';
import { FaultFileSystem } from './fault-file-system.js';
import { definitionOf } from './support/definition-of-model.js';
import { DIRECTORY, openModels } from './support/open-models.js';
import { NEWER, newerPlayer, OLDER, olderPlayer, RENAME } from './support/renamed-player.js';

const COUNT = 100;
const PER_PART = 30;

let disk: FaultFileSystem;

async function filled(options: { encryption?: EncryptionOptions } = {}): Promise<void> {
  disk = new FaultFileSystem();
  const db = await openModels(disk, [OLDER], options);
  await db.player?.insertMany(Array.from({ length: COUNT }, (_, index) => olderPlayer(index)));
  await db.close();
}

beforeEach(() => filled());

function migrate(changes: Partial<MigrateInput> = {}): Promise<MigrateReport> {
  return migrateDirectory({
    directory: DIRECTORY,
    fileSystem: disk,
    definitions: [definitionOf(NEWER)],
    migrations: [RENAME],
    direction: 'up',
    documentsPerPart: PER_PART,
    ...changes,
  });
}

/** Runs until all documents are finished, and is called off before anything is switched. */
async function cutOff(changes: Partial<MigrateInput> = {}): Promise<void> {
  const abort = new AbortController();
  const onProgress: MigrateInput['onProgress'] = ({ phase }) => phase === 'backup' && abort.abort();
  await expect(migrate({ ...changes, onProgress, signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  const names = (await disk.list(DIRECTORY)).filter(isOfMigration);
  expect(names).toEqual([1, 2, 3, 4].map(migrationPartName).concat(MIGRATION_NOTE_NAME));
}

async function expectAllNew(expected: (index: number) => object = newerPlayer): Promise<void> {
  expect((await disk.list(DIRECTORY)).filter(isOfMigration)).toEqual([]);
  const db = await openModels(disk, [NEWER]);
  expect(db.player?.size).toBe(COUNT);
  for (let index = 0; index < COUNT; index++) expect(db.player?.get(`p${index}`)).toEqual(expected(index));
  expect(db.player?.find({ age: { gte: 0 } }).count()).toBe(COUNT);
  await db.close();
}

/** The migration with other code: that multiplies ages. */
function multiplying(factor: () => number): Migration {
  const up = ({ nick, age, ...kept }: { nick: string; age: string }) => ({
    ...kept,
    alias: nick,
    age: Number(age) * factor(),
  });
  const player = { from: modelFingerprint(OLDER), to: modelFingerprint(NEWER), up };
  return { ...RENAME, collections: { player } };
}

it('reuses finished parts, and removes them at the end', async () => {
  await cutOff();
  const report = await migrate();
  expect(report).toMatchObject({ resumedCount: COUNT, changedCount: COUNT, migrations: [RENAME.id] });
  expect(report.restarted).toBeUndefined();
  await expectAllNew();
});

it('does not run the user’s function again but for a few documents of each part', async () => {
  let callCount = 0;
  const counting = multiplying(() => {
    callCount++;
    return 1;
  });
  await cutOff({ migrations: [counting] });
  expect(callCount).toBe(COUNT);
  expect(await migrate({ migrations: [counting] })).toMatchObject({ resumedCount: COUNT });
  expect(callCount).toBeLessThan(2 * COUNT);
  await expectAllNew();
});

it('begins again when a document was written in between', async () => {
  await cutOff();
  const db = await openModels(disk, [OLDER]);
  await db.player?.update('p7', { nick: 'Seven' });
  await db.close();
  expect(await migrate()).toMatchObject({ resumedCount: 0 });
  await expectAllNew((index) => (index === 7 ? { ...newerPlayer(7), alias: 'Seven' } : newerPlayer(index)));
});

it('begins again when the migration was rewritten', async () => {
  await cutOff();
  expect(await migrate({ migrations: [multiplying(() => 2)] })).toMatchObject({ resumedCount: 0, restarted: 'plan' });
  await expectAllNew((index) => ({ ...newerPlayer(index), age: (index % 90) * 2 }));
});

it('begins again when code that the migration calls has changed', async () => {
  let factor = 1;
  const migrations = [multiplying(() => factor)];
  await cutOff({ migrations });
  factor = 3;
  expect(await migrate({ migrations })).toMatchObject({ resumedCount: 0, restarted: 'code' });
  await expectAllNew((index) => ({ ...newerPlayer(index), age: (index % 90) * 3 }));
});

it('begins again when its target is another state of the models', async () => {
  await cutOff();
  const indexed: DocumentModel = {
    ...NEWER,
    indexes: [...NEWER.indexes, { name: 'alias', kind: 'tag', fields: ['alias'] }],
  };
  expect(await migrate({ definitions: [definitionOf(indexed)] })).toMatchObject({ resumedCount: 0 });
});

it('repeats a damaged part and the parts after it', async () => {
  await cutOff();
  await damage(migrationPartName(3));
  expect(await migrate()).toMatchObject({ resumedCount: 2 * PER_PART, restarted: 'damage' });
  await expectAllNew();
});

it('begins again after a damaged note', async () => {
  await cutOff();
  await damage(MIGRATION_NOTE_NAME);
  expect(await migrate()).toMatchObject({ resumedCount: 0 });
  await expectAllNew();
});

it('continues with a missing part', async () => {
  await cutOff();
  await disk.remove(`${DIRECTORY}/${migrationPartName(1)}`);
  expect(await migrate()).toMatchObject({ resumedCount: 0 });
  await expectAllNew();
});

it('refuses data that was damaged in between', async () => {
  await cutOff();
  await damage('page-0000000001.nut');
  await expect(migrate()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
});

it('keeps nothing of a run in which a document failed', async () => {
  const failing = multiplying(() => Number.NaN);
  await expect(migrate({ migrations: [failing] })).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  expect((await disk.list(DIRECTORY)).filter(isOfMigration)).toEqual([]);
  await migrate();
  await expectAllNew();
});

it('notes nothing on request, or if there is little to do', async () => {
  const names = new Set<string>();
  const onProgress = () =>
    void disk.list(DIRECTORY).then((list) => {
      for (const name of list) names.add(name);
    });
  await migrate({ documentsPerPart: 0, dryRun: false, onProgress });
  expect([...names].filter(isOfMigration)).toEqual([]);
  await expectAllNew();
});

it('encrypts its parts as the data is', async () => {
  const encryption = { key: new Uint8Array(randomBytes(32)) };
  await filled({ encryption });
  await cutOff({ encryption });
  for (const number of [1, 2, 3, 4]) {
    const text = (await bytesOf(migrationPartName(number))).toString('latin1');
    expect(text).not.toContain('nick ');
  }
  expect(await migrate({ encryption })).toMatchObject({ resumedCount: COUNT });
});

it('refuses an invalid part size', async () => {
  for (const documentsPerPart of [-1, 0.5, Number.NaN])
    await expect(migrate({ documentsPerPart })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

async function bytesOf(name: string): Promise<Buffer> {
  const handle = await disk.open(`${DIRECTORY}/${name}`, 'read');
  const data = Buffer.alloc(await handle.size());
  await handle.read(data, 0);
  await handle.close();
  return data;
}

/** Turns over a bit in the middle. */
async function damage(name: string): Promise<void> {
  const data = await bytesOf(name);
  const at = Math.floor(data.length / 2);
  const handle = await disk.open(`${DIRECTORY}/${name}`, 'read-write');
  await handle.write(Uint8Array.of((data[at] as number) ^ 4), at);
  await handle.close();
}

it('says that the data has changed if old notes are still there', async () => {
  await cutOff();
  const names = (await disk.list(DIRECTORY)).filter(isOfMigration);
  const noted = await Promise.all(names.map(async (name) => [name, await bytesOf(name)] as const));
  const db = await openModels(disk, [OLDER]);
  await db.player?.update('p7', { nick: 'Seven' });
  await db.close();
  for (const [name, data] of noted) {
    const handle = await disk.open(`${DIRECTORY}/${name}`, 'create-exclusive');
    await handle.write(data, 0);
    await handle.close();
  }
  expect(await migrate()).toMatchObject({ resumedCount: 0, restarted: 'data' });
  await expectAllNew((index) => (index === 7 ? { ...newerPlayer(7), alias: 'Seven' } : newerPlayer(index)));
});
