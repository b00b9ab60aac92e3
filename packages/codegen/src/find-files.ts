/**
 * Source files by globs: `*`, `**`, `?`, `{a,b}`, `[ab]`, `!` for what is left out, files and whole folders; absolute or
 * relative to the project. A link stands for what it leads to.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { convertPathToPattern, globSync, isDynamicPattern } from 'tinyglobby';

const SOURCE = /\.[mc]?tsx?$/;
/** Declarations and tests: matched by globs, and never meant. */
const NOT_SOURCES = /(\.d|\.test|\.spec|\.test-d)\.[mc]?tsx?$/;

export interface MatchedSources {
  /** Absolute, sorted. */
  readonly files: readonly string[];
  /** Globs that no source matches. */
  readonly unmatched: readonly string[];
}

/** The source files that match; declaration files and tests are left out. Walks the folders that globs begin with; none named node_modules. */
export function matchSources(root: string, globs: readonly string[]): MatchedSources {
  const ignore = ['**/node_modules/**', ...globs.filter(isNegated).map((glob) => patternOf(root, glob.slice(1)))];
  const matched = globs
    .filter((glob) => !isNegated(glob))
    .map((glob) => ({ glob, files: filesOf(root, glob, ignore) }));
  return {
    files: withoutTwins(matched.flatMap(({ files }) => files)),
    unmatched: matched.filter(({ files }) => files.length === 0).map(({ glob }) => glob),
  };
}

/** The files and folders that globs begin with: where a change may matter. */
export function watchedPaths(root: string, globs: readonly string[]): readonly string[] {
  const paths = globs
    .filter((glob) => !isNegated(glob))
    .map((glob) => {
      if (existsSync(resolve(root, glob))) return resolve(root, glob);
      const parts = glob.split('/');
      const first = parts.findIndex((part) => isDynamicPattern(part));
      return resolve(root, parts.slice(0, first < 0 ? -1 : first).join('/') || (isAbsolute(glob) ? sep : '.'));
    });
  return [...new Set(paths)];
}

function filesOf(root: string, glob: string, ignore: readonly string[]): readonly string[] {
  const path = resolve(root, glob);
  // Brackets and the like may be part of a name.
  if (existsSync(path) && statSync(path).isFile()) return SOURCE.test(path) ? [path] : [];
  const options = { cwd: root, absolute: true, ignore: [...ignore], expandDirectories: false };
  return globSync([patternOf(root, glob)], options)
    .map((file) => resolve(file))
    .filter((file) => SOURCE.test(file) && !NOT_SOURCES.test(file));
}

/** A pattern as seen from the project; a folder stands for all that is in it. */
function patternOf(root: string, glob: string): string {
  const path = resolve(root, glob);
  if (existsSync(path)) {
    const inside = convertPathToPattern(relative(root, path)) || '.';
    return statSync(path).isDirectory() ? posix.normalize(`${inside}/**`) : inside;
  }
  return isAbsolute(glob) ? relative(root, glob).split(sep).join('/') : posix.normalize(glob);
}

/** Of a file that is found twice, by a link and by its own path, its own path; else the first one. */
function withoutTwins(files: readonly string[]): readonly string[] {
  const byPlace = new Map<string, string>();
  for (const file of [...files].sort()) {
    const place = realpathSync(file);
    if (!byPlace.has(place) || file === place) byPlace.set(place, file);
  }
  return [...byPlace.values()].sort();
}

function isNegated(glob: string): boolean {
  return glob.startsWith('!');
}
