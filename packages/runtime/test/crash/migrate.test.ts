/**
 * Failures and crashes at every call of a migration, up and down: afterwards the directory is entirely old or entirely
 * new, it opens, and running again ends what was begun, from the last finished part on.
 */
import { DatabaseError } from '@nuthatch/model';
import { isOfMigration, MIGRATION_NOTE_NAME } from '../../src/journal/journal-format.js';
import { migrateDirectory } from '../../src/migration/migrate-directory.js';
import type { MigrateDirection } from '../../src/migration/migrate-progress.js';
import { migrationStatus } from '../../src/migration/migration-status.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { definitionOf } from '../support/definition-of-model.js';
import { repeats } from '../support/long-run.js';
import { DIRECTORY, openModels } from '../support/open-models.js';
import { NEWER, newerPlayer, OLDER, olderPlayer, RENAME } from '../support/renamed-player.js';
import { seeded } from '../support/seeded.js';

const DOCUMENT_COUNT = 12;
/** So that there are parts. */
const DOCUMENTS_PER_PART = 5;
/** Power cuts tried for each call: what was not synced is lost, kept or torn by chance. */
const CUT_COUNT = repeats('NUTHATCH_MIGRATE_CUTS', 1);
/** A cut before a call that changes nothing leaves what the one before it left. */
const CHANGING = ['open', 'write', 'fdatasync', 'fsync', 'rename', 'unlink', 'ftruncate', 'mkdir'];

const INDEXES = Array.from({ length: DOCUMENT_COUNT }, (_, index) => index);

const NOTE = `${DIRECTORY}/${MIGRATION_NOTE_NAME}`;

function migrate(fileSystem: FaultFileSystem, direction: MigrateDirection) {
  const definitions = [definitionOf(NEWER)];
  const documentsPerPart = DOCUMENTS_PER_PART;
  const run = { directory: DIRECTORY, fileSystem, definitions, migrations: [RENAME], direction, documentsPerPart };
  return migrateDirectory(run);
}

/** A closed directory of older documents, compacted once so that there are snapshots and pages; migrated for `down`. */
async function prepared(direction: MigrateDirection): Promise<FaultFileSystem> {
  const fileSystem = new FaultFileSystem();
  const db = await openModels(fileSystem, [OLDER], { pageBytes: 4096 });
  await db.player?.insertMany(INDEXES.slice(1).map(olderPlayer));
  await db.compact();
  await db.player?.insert(olderPlayer(0));
  await db.close();
  if (direction === 'down') await migrate(fileSystem, 'up');
  return fileSystem;
}

/** Opens without migrations: reads what is on disk or refuses. */
async function contentOf(fileSystem: FaultFileSystem): Promise<'old' | 'new'> {
  const { models, migrations } = await migrationStatus({
    directory: DIRECTORY,
    fileSystem,
    definitions: [definitionOf(NEWER)],
    migrations: [RENAME],
  });
  expect(models).toHaveLength(1);
  const content = models[0]?.state === 'today' ? 'new' : 'old';
  expect(migrations[0]?.state).toBe(content === 'new' ? 'applied' : 'pending');
  const db = await openModels(fileSystem, [content === 'new' ? NEWER : OLDER]);
  const expected = INDEXES.map(content === 'new' ? newerPlayer : olderPlayer);
  const byId = (a: { id?: unknown }, b: { id?: unknown }) => (String(a.id) < String(b.id) ? -1 : 1);
  expect([...(db.player?.all().all() ?? [])].sort(byId)).toEqual(expected.sort(byId));
  if (content === 'new') expect(db.player?.find({ age: { gte: 0 } }).count()).toBe(DOCUMENT_COUNT);
  await db.close();
  return content;
}

describe.each<[MigrateDirection, 'old' | 'new', 'old' | 'new']>([
  ['up', 'old', 'new'],
  ['down', 'new', 'old'],
])('a migration %s', (direction, before, after) => {
  let callCount = 0;
  let changeCount = 0;
  let start: FaultFileSystem;

  beforeAll(async () => {
    start = await prepared(direction);
    const trial = start.fork();
    await migrate(trial, direction);
    callCount = trial.calls.length;
    changeCount = trial.calls.filter(({ operation }) => CHANGING.includes(operation)).length;
    expect(await contentOf(trial)).toBe(after);
  });

  it('that fails at any call leaves everything as it was or everything done, and can be run again', async () => {
    for (let failAt = 0; failAt < callCount; failAt++) {
      const disk = start.fork();
      disk.plan = { failAt, errno: 'ENOSPC' };
      let isDone = true;
      try {
        await migrate(disk, direction);
      } catch (error) {
        isDone = false;
        expect((error as DatabaseError).code ?? error).toMatch(/^[A-Z_]+$/);
      }
      disk.plan = {};
      const isNoted = (await disk.stat(NOTE)) !== undefined;
      // At once: looking at the directory by opening it removes what is noted.
      const { resumedCount, migrations } = await migrate(disk, direction);
      if (isDone) expect(migrations).toEqual([]);
      else if (isNoted && migrations.length > 0) expect(resumedCount).toBeGreaterThanOrEqual(DOCUMENTS_PER_PART);
      expect(await contentOf(disk)).toBe(after);
      expect((await disk.list(DIRECTORY)).filter(isOfMigration)).toEqual([]);
    }
  });

  it(
    'that loses power at any call leaves everything as it was or everything done, and can be run again',
    () =>
      seeded(async (random) => {
        const found = new Set<string>();
        for (let failAt = 0; failAt < changeCount; failAt++) {
          for (let cut = 0; cut < CUT_COUNT; cut++) {
            const disk = start.fork();
            disk.plan = { failAt, operations: CHANGING, isPermanent: true, isShortWrite: random() < 0.5 };
            await migrate(disk, direction).catch((error: unknown) => {
              if (!DatabaseError.is(error) && !(error as { code?: unknown }).code) throw error;
            });
            disk.crash(random);
            const again = disk.fork();
            const content = await contentOf(disk);
            found.add(content);
            if (content === before) await migrate(disk, direction);
            expect(await contentOf(disk)).toBe(after);
            // The same, without a look by which what is noted goes away.
            const { migrations } = await migrate(again, direction);
            expect(migrations.length > 0).toBe(content === before);
            expect(await contentOf(again)).toBe(after);
          }
        }
        expect([...found].sort()).toEqual(['new', 'old']);
      }),
    600_000 * CUT_COUNT,
  );
});

it('keeps the copy of before through every later run', async () => {
  const disk = await prepared('up');
  const { backup } = await migrate(disk, 'up');
  await migrate(disk, 'down');
  const second = await migrate(disk, 'up');
  expect(second.backup).not.toBe(backup);
  for (const directory of [backup, second.backup]) {
    const db = await openModels(disk, [OLDER], { directory: directory as string });
    expect(db.player?.size).toBe(DOCUMENT_COUNT);
    await db.close();
  }
});
