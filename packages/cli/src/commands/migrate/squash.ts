/** `nuthatch migrate squash`: one migration in place of several that follow each other. */

import { refusal } from '../../exit-code.js';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { codegen } from '../../packages.js';
import type { VerbRegistry } from '../../verb.js';
import { folderOfMigrations, type MigrateArguments, migrateVerb } from './migrate-arguments.js';

interface SquashArguments extends MigrateArguments {
  readonly dryRun?: boolean;
}

export function addSquash(registry: VerbRegistry): void {
  migrateVerb(registry, 'squash <first> <last>', 'make one migration of several that follow each other')
    .option('--dry-run', 'write nothing; say what would be written')
    .action(registry.runVerb(runSquash));
}

async function runSquash(
  first: string,
  last: string,
  options: SquashArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { generate, squashMigrations } = codegen();
  const config = await loadConfig(root, options.config);
  const now = await generate({ ...config, root, isDryRun: true, isForced: true });
  if (now.migrations.length > 0 || now.diagnostics.length > 0)
    throw refusal('INVALID_OPTION', 'the classes have changed; run `npx nuthatch generate` first', {});
  const isDryRun = options.dryRun === true;
  const extension = now.importStyle?.extension ?? '';
  const folder = await folderOfMigrations(root, config);
  const result = squashMigrations({ folder, first, last, extension, isDryRun });
  if (!isDryRun) await generate({ ...config, root });
  if (options.json) output.out(JSON.stringify(result, undefined, 2));
  else {
    const { id, replaced } = result;
    output.out(`${isDryRun ? 'would be created' : 'created'}: ${id}, in place of ${replaced.join(', ')}`);
    output.out(
      'Their code stays, since the new one runs it. Databases in a state between them cannot be migrated any more.',
    );
  }
  return 0;
}
