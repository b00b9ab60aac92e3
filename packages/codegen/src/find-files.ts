/** Files that match simple globs: a literal path, `*` within a name, `**` across folders. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

const NEVER = /^(node_modules|\..*|dist|build|migrations)$/;
const NOT_SOURCES = /(\.d|\.test|\.spec|\.test-d)\.[mc]?ts$/;

/** Absolute paths, sorted, of the source files that match; declaration files, tests and migrations are left out. */
export function findSourceFiles(root: string, globs: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const glob of globs) {
    const segments = glob.split('/');
    const fixed = segments.slice(
      0,
      Math.max(
        0,
        segments.findIndex((segment) => segment.includes('*')),
      ),
    );
    const base = resolve(root, ...(glob.includes('*') ? fixed : [glob]));
    if (!glob.includes('*')) {
      if (existsSync(base)) found.add(base);
      continue;
    }
    const pattern = toPattern(resolve(root, glob).split(sep).join('/'));
    for (const file of walk(base))
      if (pattern.test(file.split(sep).join('/')) && !NOT_SOURCES.test(file)) found.add(file);
  }
  return [...found].sort();
}

function* walk(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && !NEVER.test(entry.name)) yield* walk(join(folder, entry.name));
    else if (entry.isFile()) yield join(folder, entry.name);
  }
}

function toPattern(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (wildcard) => (wildcard === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${text}$`);
}
