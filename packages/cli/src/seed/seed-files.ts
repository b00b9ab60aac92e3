/** The seeds of a project: files named on the line, or all of the folder `seeds` in the order of their names. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { fileError, refusal, UsageError } from '../exit-code.js';

const FOLDER = 'seeds';
const SCRIPTS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const LINES = ['.jsonl', '.ndjson'];

export type SeedKind = 'script' | 'json' | 'lines';

export interface SeedFile {
  /** As the user would write it, from the project: `seeds/10-player.json`. The name in the record. */
  readonly name: string;
  readonly path: string;
  readonly kind: SeedKind;
  /** The file's name without the number before it: `10-player.json` is of `player`. */
  readonly collection: string;
  /** SHA-256 of what it holds: another one, another seed. */
  readonly hash: string;
}

/**
 * @param given names of files; none: the folder.
 * @throws UsageError for a kind that is no seed; DatabaseError `FILE_UNUSABLE`; `INVALID_OPTION` when there are none.
 */
export function seedFiles(root: string, given: readonly string[]): readonly SeedFile[] {
  const paths = given.length > 0 ? given.map((name) => resolve(root, name)) : ofFolder(root);
  return paths.map((path) => {
    const kind = kindOf(path);
    if (kind === undefined) {
      const kinds = [...SCRIPTS, '.json', ...LINES].join(', ');
      throw new UsageError('files', `${relative(root, path)} is not a seed: its name must end in ${kinds}`);
    }
    if (statSync(path).isDirectory()) throw fileError({ code: 'EISDIR', syscall: 'read', path });
    return {
      ...{ path, kind },
      name: relative(root, path).replaceAll('\\', '/'),
      collection: basename(path, extname(path)).replace(/^\d+[-_.]/, ''),
      hash: createHash('sha256').update(readFileSync(path)).digest('hex'),
    };
  });
}

function ofFolder(root: string): readonly string[] {
  const folder = join(root, FOLDER);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  // Types, and what editors and systems leave behind, are no seeds.
  const seeds = names.filter((name) => !/^\.|\.d\.[cm]?ts$/.test(name) && kindOf(name) !== undefined);
  if (seeds.length > 0) return seeds.map((name) => join(folder, name));
  const what = `there is no seed in ${folder}: write ${FOLDER}/player.json or ${FOLDER}/player.ts, or name the files`;
  throw refusal('INVALID_OPTION', what, { option: 'files', folder });
}

function kindOf(path: string): SeedKind | undefined {
  const extension = extname(path);
  if (SCRIPTS.includes(extension)) return 'script';
  if (LINES.includes(extension)) return 'lines';
  return extension === '.json' ? 'json' : undefined;
}
