/**
 * `nuthatch migrate up | down`: brings all documents of a directory to another state of the models, offline.
 *
 *   lock ─▶ read all ─▶ run the migrations and check, part by part ─▶ backup ─▶ new snapshot beside the old, read back
 *        ─▶ manifest switched ─▶ old files removed
 *
 * A kill at any moment leaves the directory entirely old or entirely new. Running again goes on after the last part that
 * was finished (migration-parts.ts); any other opening removes what was half made. One document that fails, and nothing
 * is changed at all.
 */

import { DatabaseError } from '@nuthatch/model';
import { backup } from '../checkpoint/backup.js';
import { rewrite } from '../checkpoint/compaction.js';
import type { SnapshotSource } from '../checkpoint/snapshot-source.js';
import { checkInput, type ShapeOf, STORAGE_SHAPE } from '../definition/checked-input.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import type { FileJournal } from '../journal/file-journal.js';
import { isOfMigration, MANIFEST_NAME } from '../journal/journal-format.js';
import { type PageCodecOptions, PageCodecs } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { openFileJournal } from '../recovery/open-file-journal.js';
import type { RecoveryProgress } from '../recovery/recovery-target.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { nowMs } from '../time/real-time.js';
import { migrateDocuments } from './migrate-documents.js';
import type { MigrateDirection, MigrateProgress } from './migrate-progress.js';
import type { Migration } from './migration.js';
import { MigrationChain } from './migration-chain.js';
import { MigrationParts, type PartsPlace, type RestartReason } from './migration-parts.js';
import {
  type ChangedDocument,
  type Outcome,
  outcomeOf,
  planHash,
  type Selection,
  selectMigrations,
} from './migration-plan.js';
import { readLive } from './read-live.js';
import { Slices } from './slices.js';
import { type FailedDocument, StoredStates } from './working-documents.js';

export interface MigrateInput extends PageCodecOptions {
  readonly directory: string;
  /** Today's classes. */
  readonly definitions: readonly CollectionDefinition[];
  /** All migrations, parents first. */
  readonly migrations: readonly Migration[];
  readonly direction: MigrateDirection;
  /**
   * The id of the migration to stop after. Up: default all, and then to today's classes. Down: that one stays; default
   * the last one is taken back, `0` takes all back.
   */
  readonly target?: string;
  /** Nothing is written and no lock is taken: another process may have the directory open. The report says what would be. */
  readonly dryRun?: boolean;
  /**
   * With `dryRun`: so many documents of each stored model, evenly spread, instead of all. Unique indexes and migrations
   * of the whole database then see these only.
   */
  readonly tryCount?: number;
  /** Where the directory is copied to before it is switched; default beside it. False: no copy. */
  readonly backup?: string | false;
  /** Documents of each collection shown before and after in the report. Default 3. */
  readonly sampleCount?: number;
  /**
   * Stored documents after which what is finished is noted on disk, for a run that goes on after a kill. Default 10,000
   * or half a percent of all, whichever is more; databases of fewer begin again. 0: nothing is noted.
   */
  readonly documentsPerPart?: number;
  readonly onProgress?: (progress: MigrateProgress) => void;
  readonly signal?: AbortSignal;
  readonly fileSystem?: FileSystem;
}

const SHAPE: ShapeOf<MigrateInput> = {
  ...{ directory: 'path', definitions: 'list', migrations: 'list', direction: 'direction', target: 'text?' },
  ...{
    dryRun: 'flag?',
    tryCount: 'positive?',
    backup: 'pathOrFalse?',
    sampleCount: 'count?',
    documentsPerPart: 'count?',
  },
  ...{ onProgress: 'call?', signal: 'signal?', ...STORAGE_SHAPE },
};

export interface MigrateReport {
  /** Migrations run or taken back, in the order in which that was done. */
  readonly migrations: readonly string[];
  /** Documents that were written again; all others are copied as they were. */
  readonly changedCount: number;
  readonly documentCount: number;
  /** Stored documents whose result was taken over from a run that had been cut off. */
  readonly resumedCount: number;
  /** Why not all that a run which was cut off had finished was taken over. */
  readonly restarted: RestartReason | undefined;
  /** Documents before and after; `undefined` where a collection-wide migration made or removed one. */
  readonly samples: readonly ChangedDocument[];
  /** Where the database as it was has been copied to. */
  readonly backup: string | undefined;
  readonly isDryRun: boolean;
  readonly durationMs: number;
}

/**
 * Runs. Memory: all documents twice. I/O: the directory is read once, copied once and written once, and with
 * `documentsPerPart` what changed is written and synced once more.
 *
 * @throws DatabaseError `MIGRATION_FAILED` with every document that fails, `MIGRATION_IRREVERSIBLE`, `MIGRATION_INCOMPLETE`
 *   as the cause of a failure, `ABORTED`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`,
 *   `JOURNAL_WRITE_FAILED`, `INVALID_OPTION` for a target that is not a migration.
 */
export async function migrateDirectory(input: MigrateInput): Promise<MigrateReport> {
  checkInput('migrateDirectory', input, SHAPE);
  return await withDirectoryErrors(input.directory, () => migrateChecked(input));
}

async function migrateChecked(input: MigrateInput): Promise<MigrateReport> {
  const { directory, fileSystem = new NodeFileSystem() } = input;
  const slices = new Slices(input.signal, input.onProgress);
  const startMs = nowMs();
  slices.begin('read', 1);
  if (!input.dryRun) return await migrateLocked(input, fileSystem, slices, startMs);
  const { found, report } = await readLive(fileSystem, directory, new PageCodecs(input), onRead(slices));
  const run = await runMigrations(input, found, report.manifest.migrations ?? [], slices, undefined);
  return reportOf(run, undefined, true, startMs);
}

function onRead(slices: Slices): (progress: RecoveryProgress) => void {
  return ({ readBytes, totalBytes }) => slices.reach(readBytes, totalBytes);
}

/** Holds the directory's lock from the first read to the last write. */
async function migrateLocked(
  input: MigrateInput,
  fileSystem: FileSystem,
  slices: Slices,
  startMs: number,
): Promise<MigrateReport> {
  const { directory } = input;
  // Opening would make a new database where there is none.
  if ((await fileSystem.stat(`${directory}/${MANIFEST_NAME}`))?.kind !== 'file')
    throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} holds no database`, { directory });
  const codecs = new PageCodecs(input);
  const reading = { definitions: [], define: storedDefinition, isKept: isOfMigration };
  const found = new KeepingTarget();
  const slicing = { sliceMs: SLICE_MS.offline, onProgress: onRead(slices) };
  const opened = await openFileJournal({ directory, fileSystem, codecs, ...reading, ...slicing }, found);
  const { journal, fileSystem: held } = opened;
  try {
    const applied = journal.checkpointPort.log.manifest.migrations;
    const run = await runMigrations(input, found, applied, slices, (plan, count) =>
      openParts(input, { fileSystem: held, directory, codecs }, journal, plan, count),
    );
    if (run.isNothing) {
      await run.parts?.remove();
      return reportOf(run, undefined, false, startMs);
    }
    const copy = await copyFirst(input, journal, held, run, slices);
    slices.begin('write', run.outcome.documents.length);
    const changes = { migrations: run.selection.applied };
    await rewrite({ journal, fileSystem: held, directory, source: sourceOf(run, slices), sliceMs: 20, changes });
    await run.parts?.remove();
    return reportOf(run, copy, false, startMs);
  } finally {
    await journal.close();
  }
}

const FEWEST_IN_A_PART = 10_000;
const MAX_PARTS = 200;

async function openParts(
  input: MigrateInput,
  place: Pick<PartsPlace, 'fileSystem' | 'directory' | 'codecs'>,
  journal: FileJournal,
  plan: string,
  storedCount: number,
): Promise<MigrationParts> {
  const { log } = journal.checkpointPort;
  const { lastSeq, chain } = log.cleanManifest().clean;
  const usual = Math.max(FEWEST_IN_A_PART, Math.ceil(storedCount / MAX_PARTS));
  const documentsPerPart = input.documentsPerPart ?? usual;
  const fresh = { plan, nowMs: Date.now(), documentsPerPart };
  return await MigrationParts.open({ ...place, identity: log.identity, lastSeq, chain }, fresh);
}

/** The work done in memory. */
interface Run {
  readonly selection: Selection;
  readonly outcome: Outcome;
  /** The directory is already as it is to be. */
  readonly isNothing: boolean;
  readonly resumedCount: number;
  readonly parts: MigrationParts | undefined;
}

async function runMigrations(
  input: MigrateInput,
  found: KeepingTarget,
  appliedIds: readonly string[],
  slices: Slices,
  partsFor: ((plan: string, storedCount: number) => Promise<MigrationParts>) | undefined,
): Promise<Run> {
  const { direction } = input;
  const stored = input.dryRun ? spread([...found.documents()], input.tryCount) : [...found.documents()];
  const states = new StoredStates();
  const chain = new MigrationChain(input.migrations);
  const applied = new Set(appliedIds);
  const selection = selectMigrations({ ...input, chain, stored: states.count(stored), applied });
  const parts = await partsFor?.(planHash(input, selection, appliedIds), stored.length);
  const nowMs = parts?.nowMs ?? Date.now();
  const isNoted = parts !== undefined && parts.documentsPerPart > 0 && stored.length > parts.documentsPerPart;
  const noted = isNoted ? parts : undefined;
  const run = { stored, states, chain, selection, direction, parts: noted, slices, nowMs };
  const { documents, failures, resumedCount } = await migrateDocuments(run);
  if (failures.length > 0) await parts?.remove();
  refuseFailures(failures, direction);
  const outcome = outcomeOf(selection, found, stored, documents, input.sampleCount ?? 3);
  const isSameRecord = selection.applied.join() === appliedIds.join();
  const isNothing = outcome.changedCount === 0 && documents.length === stored.length && isSameRecord;
  return { selection, outcome, isNothing, resumedCount, parts };
}

/** So many documents of each stored model, evenly spread. */
function spread(documents: readonly StoredDocument[], count: number | undefined): readonly StoredDocument[] {
  if (count === undefined) return documents;
  const byModel = new Map<CollectionDefinition, StoredDocument[]>();
  for (const document of documents) {
    const all = byModel.get(document.definition) ?? [];
    byModel.set(document.definition, all);
    all.push(document);
  }
  return [...byModel.values()].flatMap((all) => {
    const step = Math.ceil(all.length / count);
    return all.filter((_, index) => index % step === 0);
  });
}

/** Listed in the error's facts; all are counted. */
const MAX_LISTED = 1_000;

function refuseFailures(failures: readonly FailedDocument[], direction: MigrateDirection): void {
  const [first] = failures;
  if (first === undefined) return;
  const { collection, key, problem, migration } = first;
  const others = failures.length === 1 ? '' : `, and ${failures.length - 1} more`;
  const by = migration === undefined ? "today's model" : `migration ${migration}`;
  const what = `document ${String(key)} of ${collection} cannot be migrated ${direction} by ${by}: ${problem}${others}`;
  const facts = { failureCount: failures.length, failures: failures.slice(0, MAX_LISTED), collection };
  throw new DatabaseError('MIGRATION_FAILED', what, migration === undefined ? facts : { ...facts, migration });
}

/** The database as it was, in a directory of its own that opens like any. A run after a kill makes it again. */
async function copyFirst(
  input: MigrateInput,
  journal: FileJournal,
  fileSystem: FileSystem,
  { selection, outcome }: Run,
  slices: Slices,
): Promise<string | undefined> {
  if (input.backup === false) return undefined;
  const { directory, direction } = input;
  const { incarnation } = journal.checkpointPort.log.identity;
  // The incarnation grows with every switch, so no later run writes over this copy.
  const destination =
    input.backup ?? `${directory}.before-${incarnation}-${direction}-${selection.migrations[0]?.id ?? 'models'}`;
  slices.begin('backup', outcome.documents.length);
  await backup({ journal, fileSystem, directory, destination });
  return destination;
}

function sourceOf({ outcome }: Run, slices: Slices): SnapshotSource {
  const { definitions, sequences, documents } = outcome;
  return {
    openView: () => ({
      definitions,
      sequences: () => sequences,
      documents: () => counted(documents, slices),
      release: () => undefined,
    }),
  };
}

function* counted(documents: readonly StoredDocument[], slices: Slices): Iterable<StoredDocument> {
  for (const document of documents) {
    slices.count();
    yield document;
  }
}

function reportOf(run: Run, copy: string | undefined, isDryRun: boolean, startMs: number): MigrateReport {
  const { outcome, selection, resumedCount, parts } = run;
  const { changedCount, documents, samples } = outcome;
  return {
    migrations: selection.migrations.map(({ id }) => id),
    changedCount,
    documentCount: documents.length,
    resumedCount,
    restarted: parts?.restarted,
    samples,
    backup: copy,
    isDryRun,
    durationMs: nowMs() - startMs,
  };
}
