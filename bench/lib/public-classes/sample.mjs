/** The sample: which files of which commits, with their hashes; and a copy of them to convert. */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { candidateClasses } from './convert.mjs';

const LIST = new URL('../../public-classes.json', import.meta.url);
const NOT_SOURCES = /\.(d|spec|test|test-d)\.ts$/;
/** Files of one repository that the sample takes, spread evenly over all it has. */
const MAX_FILES = 36;

export const hashOf = (text) => createHash('sha256').update(text).digest('hex');

export function readSample() {
  return JSON.parse(readFileSync(LIST, 'utf8'));
}

/** Makes the list again from what is in the folder. @param commits folder name → commit. */
export function writeSample(folder, commits) {
  const repositories = Object.entries(commits).map(([name, commit]) => {
    const root = join(folder, name);
    const all = [...walk(root)]
      .filter((file) => file.endsWith('.ts') && !NOT_SOURCES.test(file))
      .filter((file) => candidateClasses(readFileSync(file, 'utf8')).length > 0)
      .sort();
    const step = Math.max(1, all.length / MAX_FILES);
    const chosen = Array.from({ length: Math.min(MAX_FILES, all.length) }, (_, index) => all[Math.floor(index * step)]);
    const files = Object.fromEntries(
      chosen.map((file) => [relative(root, file), hashOf(readFileSync(file, 'utf8')).slice(0, 16)]),
    );
    return { repository: name.replace('+', '/'), commit, files };
  });
  writeFileSync(
    LIST,
    `${JSON.stringify(
      repositories.filter(({ files }) => Object.keys(files).length > 0),
      null,
      1,
    )}\n`,
  );
}

/** Files of the sample that are missing or have another text. */
export function differences(folder, sample) {
  return sample.flatMap(({ repository, files }) =>
    Object.entries(files).flatMap(([path, hash]) => {
      const file = join(folder, repository.replace('/', '+'), path);
      if (!existsSync(file)) return [`${repository}: ${path} is missing`];
      return hashOf(readFileSync(file, 'utf8')).startsWith(hash) ? [] : [`${repository}: ${path} has another text`];
    }),
  );
}

/** A copy of a repository whose files are links: those that are converted are replaced, never written into. */
export function linkTree(from, to) {
  for (const file of walk(from)) {
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    linkSync(file, target);
  }
}

export function replaceFile(path, text) {
  rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Every TypeScript source below a folder. */
export function sourcesIn(folder) {
  return [...walk(folder)].filter((file) => file.endsWith('.ts') && !NOT_SOURCES.test(file));
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) yield* walk(path);
    else if (entry.isFile() && statSync(path).size < 1_000_000) yield path;
  }
}
