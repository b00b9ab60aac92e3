/** Leads stored documents through the migrations in memory, to see which of them fail: part of `nuthatch migrate check`. */
import { existsSync } from 'node:fs';
import type { GeneratorConfig } from '@nuthatch/codegen';
import { isRefusal } from '../../exit-code.js';
import type { Output } from '../../output.js';
import { tools } from '../../packages.js';
import { storageOptions } from '../directory-arguments.js';
import { dataDirectory, type Failure, failuresOf, loadCode, type MigrateArguments } from './migrate-arguments.js';

/** The result. */
export interface TriedDocuments {
  readonly triedCount: number;
  /** Those that would be written again. */
  readonly changedCount: number;
  readonly failureCount: number;
  /** The first thousand. */
  readonly failures: readonly Failure[];
  /** Of the first failure, or of what stopped the run as a whole. */
  readonly problem: string | undefined;
}

/**
 * Tries all documents, or so many of each stored model. Reads beside a running process and writes nothing.
 *
 * @returns undefined when no database is named; a text that says why that of the configuration cannot be tried here.
 * @throws DatabaseError for a database that was named on the command line and cannot be read.
 */
export async function tryDocuments(
  root: string,
  config: GeneratorConfig,
  options: MigrateArguments,
  tryCount: number | undefined,
  output: Output,
): Promise<TriedDocuments | string | undefined> {
  if ((options.data ?? config.data) === undefined) return undefined;
  const directory = dataDirectory(root, options, config);
  if (options.data === undefined && !existsSync(directory)) return `there is no ${config.data}`;
  try {
    const { definitions, migrations } = await loadCode(root, config, options, output);
    const storage = storageOptions(options, root);
    return await tryAll({
      directory,
      definitions,
      migrations,
      ...storage,
      ...(tryCount !== undefined && { tryCount }),
    });
  } catch (error) {
    if (options.data !== undefined || !isRefusal(error)) throw error;
    return error.message;
  }
}

type Input = Pick<
  Parameters<typeof import('@nuthatch/runtime/tools')['migrateDirectory']>[0],
  'directory' | 'definitions' | 'migrations' | 'tryCount' | 'pageCodec' | 'encryption'
>;

async function tryAll(input: Input): Promise<TriedDocuments> {
  const { migrateDirectory } = tools();
  try {
    const report = await migrateDirectory({ ...input, direction: 'up', dryRun: true, sampleCount: 0 });
    const { documentCount: triedCount, changedCount } = report;
    return { triedCount, changedCount, failureCount: 0, failures: [], problem: undefined };
  } catch (error) {
    if (!isRefusal(error, 'MIGRATION_FAILED')) throw error;
    const { failures, failureCount } = failuresOf(error);
    return { triedCount: 0, changedCount: 0, failures, failureCount, problem: error.message };
  }
}
