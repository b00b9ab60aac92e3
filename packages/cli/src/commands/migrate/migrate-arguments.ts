/** Shared by all verbs of `nuthatch migrate`: their flags, and how they find the project's things. */
import { join, relative, resolve } from 'node:path';
import type { GeneratorConfig } from '@nuthatch/codegen';
import type { DatabaseError } from '@nuthatch/model';
import type { Command } from 'commander';
import { UsageError } from '../../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG, KEY_FILE_FLAG } from '../../flags.js';
import { editedSinceBuilt, type GeneratedCode, loadGenerated } from '../../load-generated.js';
import type { Output } from '../../output.js';
import { codegen } from '../../packages.js';
import type { VerbOptions, VerbRegistry } from '../../verb.js';

export interface MigrateArguments extends VerbOptions {
  readonly config?: string;
  readonly data?: string;
  readonly generated?: string;
  /** Of an encrypted database. */
  readonly keyFile?: string;
  /** How files that are written again are stored. */
  readonly keyId?: string;
  readonly compressed?: boolean;
}

/** A verb of `nuthatch migrate`. */
export function migrateVerb({ program }: VerbRegistry, usage: string, description: string): Command {
  const migrate =
    program.commands.find((command) => command.name() === 'migrate') ??
    program.command('migrate').description('migrations: write them, run them, check them');
  return migrate
    .command(usage)
    .description(description)
    .option(...CONFIG_FLAG)
    .option('--data <directory>', 'directory of the database (default: `data` of the configuration)')
    .option(...JSON_FLAG);
}

/** One that reads a database. */
export function readingVerb(registry: VerbRegistry, usage: string, description: string): Command {
  const generated = 'built module of the generated code (default: looked for beside it and where tsconfig builds to)';
  return migrateVerb(registry, usage, description)
    .option('--generated <module>', generated)
    .option(...KEY_FILE_FLAG);
}

/** A document that a migration does not bring over. */
export interface Failure {
  readonly collection: string;
  readonly key: unknown;
  readonly problem: string;
}

/** The documents that a `MIGRATION_FAILED` names, up to a thousand, and how many there are. */
export function failuresOf(error: DatabaseError): {
  readonly failures: readonly Failure[];
  readonly failureCount: number;
} {
  const { failures = [], failureCount = 0 } = error.facts as { failures?: readonly Failure[]; failureCount?: number };
  return { failures, failureCount };
}

/** The database's directory. @throws DatabaseError `INVALID_OPTION` when none is named. */
export function dataDirectory(root: string, options: MigrateArguments, config: GeneratorConfig): string {
  const directory = options.data ?? config.data;
  if (directory !== undefined) return resolve(root, directory);
  throw new UsageError('data', 'no database is named: give --data <directory>, or set `data` in the configuration');
}

/** The folder of all migrations. */
export async function folderOfMigrations(root: string, config: GeneratorConfig): Promise<string> {
  const { migrationsFolder, schemaFiles } = codegen();
  return migrationsFolder(root, config.migrations === undefined ? schemaFiles(root, config) : [], config.migrations);
}

/** Loads the generated code, and warns of migrations that were edited after they were built. */
export async function loadCode(
  root: string,
  config: GeneratorConfig,
  options: MigrateArguments,
  output: Output,
): Promise<GeneratedCode> {
  const code = await loadGenerated(root, config, options.generated, (text) => output.err(text));
  for (const path of editedSinceBuilt(root, config, code, await folderOfMigrations(root, config)))
    output.err(`${display(root, path)} was edited after ${display(root, code.path)} was built: build again to run it.`);
  return code;
}

/** A path as the user would write it. */
export function display(root: string, path: string): string {
  return relative(root, path) || '.';
}

/** The code of a migration. */
export function codeOf(folder: string, id: string): string {
  return join(folder, id, 'migration.ts');
}
