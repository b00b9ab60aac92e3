/**
 * One property over every way in which a directory comes about, whole or interrupted: `verify` says that it is whole if
 * and only if it opens.
 */
import { PassThrough } from 'node:stream';
import type { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../../src/file-system/file-system.js';
import { migrateDirectory } from '../../src/migration/migrate-directory.js';
import * as tools from '../../src/tools/directory-tools.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { definitionOf } from '../support/definition-of-model.js';
import { repeats } from '../support/long-run.js';
import { openModels } from '../support/open-models.js';
import { NEWER, newerPlayer, OLDER, olderPlayer, RENAME } from '../support/renamed-player.js';
import { seeded } from '../support/seeded.js';

/** Where a directory is, and which of the two classes its documents are of. */
interface State {
  readonly fileSystem: FaultFileSystem;
  directory: string;
  isNewer: boolean;
  count: number;
}

type Step = (state: State, random: () => number) => Promise<void>;

const OPTIONS = { pageBytes: 4096, compaction: 'manual' } as const;

function open({ fileSystem, directory, isNewer }: State, more: object = {}) {
  return openModels(fileSystem, [isNewer ? NEWER : OLDER], { ...OPTIONS, directory, ...more });
}

async function write(state: State, count: number): Promise<void> {
  const db = await open(state);
  for (let index = 0; index < count; index++) {
    const number = state.count++;
    await db.player?.insert(state.isNewer ? newerPlayer(number) : olderPlayer(number));
  }
  await db.close();
}

/** Makes a directory of this one and goes on with it. */
function into(make: (state: State, destination: string, random: () => number) => Promise<unknown>): Step {
  return async (state, random) => {
    const destination = `${state.directory}-${state.count++}`;
    await make(state, destination, random);
    state.directory = destination;
  };
}

function migrate(state: State, direction: 'up' | 'down'): Promise<unknown> {
  const { fileSystem, directory } = state;
  const definitions = [definitionOf(direction === 'up' ? NEWER : OLDER)];
  const input = { fileSystem, directory, definitions, migrations: [RENAME], direction };
  return migrateDirectory(direction === 'down' ? { ...input, target: '0', backup: false } : input);
}

async function linesOf(state: State): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of tools.dumpDirectory(state)) lines.push(line);
  return lines;
}

const pick = (state: State) => ({ fileSystem: state.fileSystem as FileSystem, directory: state.directory });

const STEPS: Readonly<Record<string, Step>> = {
  write: (state, random) => write(state, 1 + Math.floor(random() * 60)),
  'open and close': (state) => write(state, 0),
  'compact by tool': async (state) => void (await tools.compactDirectory(pick(state))),
  'compact while open': async (state) => {
    const db = await open(state);
    await db.compact();
    await db.close();
  },
  migrate: async (state) => {
    const direction = state.isNewer ? 'down' : 'up';
    await migrate(state, direction);
    state.isNewer = !state.isNewer;
  },
  'restore all': into((state, destination) => tools.restoreDirectory({ ...pick(state), destination })),
  'restore earlier': into(async (state, destination, random) => {
    const { lastSeq, oldestSeq } = await tools.inspectDirectory(pick(state));
    const atSeq = oldestSeq + Math.ceil(random() * (lastSeq - oldestSeq));
    const refused = await tools
      .restoreDirectory({ ...pick(state), destination, atSeq })
      .catch((error) => error as DatabaseError);
    if ((refused as Partial<DatabaseError>).code === undefined) return;
    expect((refused as DatabaseError).code).toMatch(/RESTORE_OUT_OF_RANGE|INVALID_OPTION/);
    await tools.restoreDirectory({ ...pick(state), destination });
  }),
  backup: into((state, destination) => tools.backupDirectory({ ...pick(state), destination })),
  'backup twice': into(async (state, destination) => {
    await tools.backupDirectory({ ...pick(state), destination });
    await write(state, 5);
    await tools.backupDirectory({ ...pick(state), destination });
  }),
  'dump and import': into(async (state, destination) =>
    tools.importDump({ fileSystem: state.fileSystem, lines: await linesOf(pick(state) as State), destination }),
  ),
  'backup to a stream': into(async (state, destination) => {
    const db = await open(state);
    const stream = new PassThrough();
    const unpacked = tools.unpackBackup({ fileSystem: state.fileSystem, stream, destination });
    await Promise.all([db.backupTo(stream), unpacked]);
    await db.close();
  }),
  'open with salvage': async (state) => void (await (await open(state, { recovery: 'salvage' })).close()),
  repair: into((state, destination) => tools.repairDirectory({ ...pick(state), destination })),
  'be killed': async (state) => {
    const db = await open(state);
    for (let index = 0; index < 5; index++) {
      const number = state.count++;
      await db.player?.insert(state.isNewer ? newerPlayer(number) : olderPlayer(number), { durability: 'fsync' });
    }
    state.fileSystem.kill();
  },
};

/** A migration may have come to its end before it was cut off. */
async function openByEither(state: State): ReturnType<typeof open> {
  try {
    return await open(state);
  } catch (error) {
    if ((error as DatabaseError).code !== 'MIGRATION_REQUIRED') throw error;
    return open({ ...state, isNewer: !state.isNewer });
  }
}

async function requireSame(state: State, steps: readonly string[]): Promise<void> {
  const verified = await tools.verifyDirectory(pick(state)).then(
    ({ isWhole, damage }) => ({ isWhole, damage: damage as unknown }),
    (error: DatabaseError) => ({ isWhole: false, damage: error.message as unknown }),
  );
  const opened = await openByEither(state).then(
    async (db) => {
      const { lost = [], damagedSnapshots = [] } = db.recovery ?? {};
      await db.close();
      return [...lost, ...damagedSnapshots].length === 0 ? true : 'with losses';
    },
    (error: DatabaseError) => error.message,
  );
  expect({ steps, ...verified, opens: opened }).toEqual({
    steps,
    isWhole: opened === true,
    damage: opened === true ? [] : expect.anything(),
    opens: opened,
  });
}

const ROUNDS = repeats('NUTHATCH_WAYS', 15);

it('says whole if and only if it opens, after any steps', async () => {
  await seeded(async (random) => {
    for (let round = 0; round < ROUNDS; round++) {
      const state: State = { fileSystem: new FaultFileSystem(), directory: '/data', isNewer: false, count: 0 };
      await write(state, 10);
      const steps: string[] = [];
      for (let index = 0; index < 6; index++) {
        const name = Object.keys(STEPS)[Math.floor(random() * Object.keys(STEPS).length)] as string;
        steps.push(name);
        await (STEPS[name] as Step)(state, random);
        await requireSame(state, steps);
      }
    }
  });
});

const MAKERS = ['restore all', 'backup to a stream', 'backup', 'backup twice', 'dump and import', 'repair'];

it.each([...MAKERS, 'migrate', 'compact by tool'])(
  'says whole if and only if it opens, after %s was cut off anywhere',
  async (name) => {
    for (let failAt = 0; ; failAt++) {
      const fileSystem = new FaultFileSystem();
      const state: State = { fileSystem, directory: '/data', isNewer: false, count: 0 };
      await write(state, 30);
      await tools.compactDirectory(pick(state));
      await write(state, 5);
      const before = fileSystem.calls.length;
      fileSystem.plan = { failAt: before + failAt, isPermanent: true };
      const count = state.count;
      const failed = await (STEPS[name] as Step)(state, () => 0.5).then(
        () => false,
        () => true,
      );
      fileSystem.kill();
      if (!failed) return;
      const made = MAKERS.includes(name) ? `/data-${count}` : '/data';
      if ((await fileSystem.stat(made)) === undefined) continue;
      // An empty directory, or one whose first page was just begun, holds no database: opening makes one.
      if (!(await fileSystem.list(made)).includes('manifest.nut') && !(await refuses({ ...state, directory: made })))
        continue;
      await requireSame({ ...state, directory: made }, [name, `cut off at call ${failAt}`]);
      if (name !== 'backup twice' && MAKERS.includes(name)) await requireWhole({ ...state, directory: made }, count);
    }
  },
);

/** What opens after a tool was cut off is all that it was to make, never a part. */
async function requireWhole(state: State, size: number): Promise<void> {
  const db = await open(state).catch(() => undefined);
  if (db === undefined) return;
  expect(db.player?.size).toBe(size);
  await db.close();
}

async function refuses(state: State): Promise<boolean> {
  const db = await open(state).catch(() => undefined);
  await db?.close();
  return db === undefined;
}
