/** `nuthatch import-model`: a decorated class for a table, to standard output or a new file. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../exit-code.js';
import { openTarget } from '../external-target.js';
import type { Output } from '../output.js';
import { copy } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import { type TargetVerbArguments, targetVerb } from './target-verb.js';

interface ImportModelArguments extends TargetVerbArguments {
  readonly table: string;
  readonly class?: string;
  readonly output?: string;
}

export function addImportModel(registry: VerbRegistry): void {
  targetVerb(registry, 'import-model <source>', 'write a decorated class for a table')
    .requiredOption('--table <name>', 'the table')
    .option('--class <name>', 'name of the class (default: made of the name of the table)')
    .option('--output <file>', 'write to this new file instead of standard output')
    .action(registry.runVerb(runImportModel));
}

async function runImportModel(
  kind: string,
  options: ImportModelArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { importModel } = copy();
  const target = await openTarget(kind, { ...options, use: 'read' }, root);
  try {
    if (target.knex === undefined) throw new UsageError('source', 'import-model reads only tables of SQL databases');
    const { table, schema } = options;
    const text = await importModel(target.knex, { table, schema, className: options.class });
    // Never over a file that is there: it may have been worked on.
    if (options.output !== undefined) writeFileSync(resolve(root, options.output), text, { flag: 'wx' });
    if (options.json) output.out(JSON.stringify({ table, text, file: options.output }, undefined, 2));
    else output.out(options.output === undefined ? text.trimEnd() : `created: ${options.output}`);
    return 0;
  } finally {
    await target.close();
  }
}
