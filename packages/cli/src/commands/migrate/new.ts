/** `nuthatch migrate new`: the migration that changed classes need, or one over the whole database. */
import { generate } from '@nuthatch/codegen';
import { renameHints, renameQuestion } from '../../ask-renames.js';
import { liveData } from '../../live-data.js';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { display, type MigrateArguments } from './migrate-arguments.js';

export interface NewArguments extends MigrateArguments {
  readonly database?: boolean;
  readonly rename?: readonly string[];
  readonly dryRun?: boolean;
}

export async function runNew(
  name: string | undefined,
  options: NewArguments,
  output: Output,
  root: string,
): Promise<number> {
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    output.err(`A migration's name must be of small letters, digits and dashes, found ${JSON.stringify(name)}.`);
    return 2;
  }
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
