/** `nuthatch migrate up` and `down`: all documents of a database brought to another state of the models, offline. */
import { resolve } from 'node:path';
import type { Migration } from '@nuthatch/runtime';
import type { MigrateReport } from '@nuthatch/runtime/tools';
import { documentDiff, jsonValue } from '../../document-diff.js';
import { isRefusal, refusal } from '../../exit-code.js';
import { STORAGE_FLAGS } from '../../flags.js';
import { loadConfig } from '../../load-config.js';
import { ProgressDisplay } from '../../migrate-progress.js';
import type { Output } from '../../output.js';
import { tools } from '../../packages.js';
import type { VerbRegistry } from '../../verb.js';
import { storageOptions } from '../directory-arguments.js';
import {
  dataDirectory,
  display,
  failuresOf,
  loadCode,
  type MigrateArguments,
  readingVerb,
} from './migrate-arguments.js';

interface RunArguments extends MigrateArguments {
  readonly dryRun?: boolean;
  /** A directory, or false for `--no-backup`. */
  readonly backup?: string | boolean;
}

const DIRECTIONS = [
  ['up', "bring all documents to today's classes, or to the state after one migration"],
  ['down', 'undo the last migration, or all after the given one; 0 undoes all'],
] as const;

export function addUpAndDown(registry: VerbRegistry): void {
  const [keyId, compressed] = STORAGE_FLAGS;
  for (const [direction, description] of DIRECTIONS)
    readingVerb(registry, `${direction} [migration]`, description)
      .option(...keyId)
      .option(...compressed)
      .option('--dry-run', 'write nothing; show documents before and after')
      .option('--backup <directory>', 'where the database is copied to first (default: beside it)')
      .option('--no-backup', 'make no copy')
      .action(
        registry.runVerb((target: string | undefined, options: RunArguments, output: Output, root: string) =>
          runMigrate(direction, target, options, output, root),
        ),
      );
}

async function runMigrate(
  direction: 'up' | 'down',
  target: string | undefined,
  options: RunArguments,
  output: Output,
  root: string,
): Promise<number> {
  const config = await loadConfig(root, options.config);
  const directory = dataDirectory(root, options, config);
  const { definitions, migrations } = await loadCode(root, config, options, output);
  const { migrateDirectory } = tools();
  const progress = new ProgressDisplay(output);
  const id = target === undefined ? undefined : idOf(migrations, target);
  try {
    const report = await migrateDirectory({
      directory,
      definitions,
      migrations,
      direction,
      ...storageOptions(options, root),
      dryRun: options.dryRun === true,
      ...(id !== undefined && { target: id }),
      ...(typeof options.backup === 'string' && { backup: resolve(root, options.backup) }),
      ...(options.backup === false && { backup: false }),
      ...(!options.json && { onProgress: (state) => progress.show(state) }),
    });
    progress.end();
    if (options.json) output.out(JSON.stringify(report, jsonValue, 2));
    else print(report, direction, output, root);
    return 0;
  } catch (error) {
    progress.end();
    if (!options.json) printFailures(error, output);
    throw error;
  }
}

/** A migration by its number, or by its name as it is. */
function idOf(migrations: readonly Migration[], given: string): string {
  if (!/^\d+$/.test(given) || Number(given) === 0) return given;
  const fitting = migrations.filter(({ id }) => Number.parseInt(id, 10) === Number(given));
  if (fitting.length < 2) return fitting[0]?.id ?? given;
  const what = `${given} is the number of both ${fitting.map(({ id }) => id).join(' and ')}; write the whole name`;
  throw refusal('INVALID_OPTION', what, { option: 'target', value: given });
}

const REASONS = {
  data: 'the database has changed since',
  plan: 'classes, migrations or the target have changed since',
  code: 'the migrations do something else now',
  damage: 'what it had noted is damaged, or its documents do not follow the classes’ rules',
} as const;

function print(report: MigrateReport, direction: 'up' | 'down', output: Output, root: string): void {
  const { migrations, changedCount, documentCount, resumedCount, restarted, samples, backup, isDryRun, durationMs } =
    report;
  for (const { collection, key, before, after } of samples) {
    const lines = documentDiff(before, after);
    if (!isDryRun || lines.length === 0) continue;
    output.out(`${collection} ${String(key)}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
  const number = (count: number): string => count.toLocaleString('en-US');
  const verb = isDryRun ? `would go ${direction}` : `went ${direction}`;
  const by = migrations.length === 0 ? '' : ` by ${migrations.join(', ')}`;
  if (changedCount === 0 && migrations.length === 0)
    output.out(`${number(documentCount)} ${documentCount === 1 ? 'document' : 'documents'}, nothing to do.`);
  else
    output.out(
      `${number(changedCount)} of ${number(documentCount)} documents ${verb}${by} in ${(durationMs / 1000).toFixed(1)} s.`,
    );
  if (restarted !== undefined) output.out(`A run was cut off before; not all of it was used: ${REASONS[restarted]}.`);
  if (resumedCount > 0) output.out(`${number(resumedCount)} of them were done by the run that was cut off before.`);
  if (backup !== undefined) output.out(`The database as it was: ${display(root, backup)}`);
}

/** Every document that failed: the error's own line names the first only. */
function printFailures(error: unknown, output: Output): void {
  if (!isRefusal(error, 'MIGRATION_FAILED')) return;
  const { failures, failureCount } = failuresOf(error);
  for (const { collection, key, problem } of failures) output.err(`${collection} ${String(key)}: ${problem}`);
  const more = failureCount - failures.length;
  if (more > 0) output.err(`… and ${more.toLocaleString('en-US')} more`);
}
