/** The files with document classes: what the globs match, without what the generator and migrations wrote. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { isGenerated } from './emit/banner.js';
import { matchSources } from './find-files.js';
import type { GeneratorConfig } from './generator-options.js';

const DEFAULT_SCHEMAS = 'schemas/**/*.ts';
export const DEFAULT_OUTPUT = 'generated';

/**
 * Absolute paths, sorted.
 *
 * @throws DatabaseError `GENERATION_FAILED` when a glob matches no source.
 */
export function schemaFiles(root: string, config: GeneratorConfig): readonly string[] {
  const globs = [config.schemas ?? DEFAULT_SCHEMAS].flat();
  const output = resolve(root, config.output ?? DEFAULT_OUTPUT);
  const migrations = config.migrations === undefined ? undefined : resolve(root, config.migrations);
  const { files, unmatched } = matchSources(root, globs);
  const schemas = files.filter((file) => !isWritten(file, output) && !isMigration(file, migrations));
  if (schemas.length > 0 && unmatched.length === 0) return schemas;
  const what = `no source file matches ${(unmatched.length > 0 ? unmatched : globs).join(', ')} in ${root}`;
  throw new DatabaseError('GENERATION_FAILED', what, { globs, root });
}

/** Written by the generator. The folder of the schemas may be the output folder, too. */
export function isWritten(file: string, output: string): boolean {
  return file.startsWith(output + sep) && isGenerated(readFileSync(file, 'utf8'));
}

/** In the configured folder of migrations, or in a folder of that name beside a migration's record of its models. */
function isMigration(file: string, configured: string | undefined): boolean {
  const folder = dirname(file);
  if (configured !== undefined && file.startsWith(configured + sep)) return true;
  return basename(dirname(folder)) === 'migrations' && existsSync(join(folder, 'models.json'));
}
