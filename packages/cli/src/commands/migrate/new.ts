/** `nuthatch migrate new`: the migration that changed classes need, or one over the whole database. */
import { renameHints, renameQuestion } from '../../ask-renames.js';
import { UsageError } from '../../exit-code.js';
import { RENAME_FLAG } from '../../flags.js';
import { liveData } from '../../live-data.js';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { codegen } from '../../packages.js';
import { collect, type VerbRegistry } from '../../verb.js';
import { display, type MigrateArguments, migrateVerb } from './migrate-arguments.js';

interface NewArguments extends MigrateArguments {
  readonly database?: boolean;
  readonly rename?: readonly string[];
  readonly dryRun?: boolean;
}

export function addNew(registry: VerbRegistry): void {
  migrateVerb(registry, 'new [name]', 'write the migration that the changed classes need')
    .option(...RENAME_FLAG, collect)
    .option('--database', 'write one that sees the whole database')
    .option('--dry-run', 'write nothing; say what would be written')
    .action(registry.runVerb(runNew));
}

async function runNew(name: string | undefined, options: NewArguments, output: Output, root: string): Promise<number> {
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    const what = `a migration's name must be of small letters, digits and dashes, found ${JSON.stringify(name)}`;
    throw new UsageError('name', what);
  }
  const { generate } = codegen();
  const config = await loadConfig(root, options.config);
  const confirmRename = options.json || options.dryRun ? undefined : renameQuestion(output);
  const readData = liveData(root, options.data ?? config.data, output);
  const result = await generate({
    ...config,
    root,
    isDryRun: options.dryRun === true,
    newMigration: { name, isDatabase: options.database },
    renames: options.rename ?? [],
    ...(confirmRename && { confirmRename }),
    ...(readData && { readData }),
  });
  const { modelChanges, possibleRenames, diagnostics } = result;
  const migrations = result.migrations.map((path) => display(root, path));
  if (options.json) {
    output.out(JSON.stringify({ migrations, modelChanges, possibleRenames, diagnostics }, undefined, 2));
    return diagnostics.length > 0 ? 1 : 0;
  }
  if (diagnostics.length > 0) {
    output.err('The classes have problems: `npx nuthatch generate` lists them.');
    return 1;
  }
  for (const line of [...modelChanges, ...renameHints(possibleRenames)]) output.out(line);
  for (const path of migrations) output.out(`${options.dryRun ? 'would be created' : 'created'}: ${path}`);
  if (migrations.length === 0)
    output.out('Stored documents need no migration. --database writes one that sees the whole database.');
  return 0;
}
