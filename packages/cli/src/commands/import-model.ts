/** `nuthatch import-model`: a decorated class for a table, to standard output or a new file. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { importModel } from '@nuthatch/copy';
import { DatabaseError } from '@nuthatch/model';
import { openTarget, type TargetArguments } from '../external-target.js';
import type { Output } from '../output.js';

export interface ImportModelArguments extends TargetArguments {
  readonly table: string;
  readonly class?: string;
  readonly output?: string;
}

export async function runImportModel(
  kind: string,
  options: ImportModelArguments,
  output: Output,
  root: string,
): Promise<number> {
  const target = await openTarget(kind, options, root);
  try {
    if (target.knex === undefined)
      throw new DatabaseError('INVALID_OPTION', 'import-model reads tables of SQL databases', { option: 'source' });
    const { table, schema } = options;
    const text = await importModel(target.knex, { table, schema, className: options.class });
    if (options.output === undefined) output.out(text.trimEnd());
    else {
      const path = resolve(root, options.output);
      write(path, text);
      output.out(`created: ${options.output}`);
    }
    return 0;
  } finally {
    await target.close();
  }
}

/** Never over a file that is there: it may have been worked on. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    throw new DatabaseError('INVALID_OPTION', `${path} cannot be written anew`, { option: 'output' }, { cause });
  }
}
