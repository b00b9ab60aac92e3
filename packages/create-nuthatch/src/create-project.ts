/**
 * Writes a project from a template: every file of the folder `common` and of the template's own, with the project's name and this version's number
 * in place of `__NAME__` and `__VERSION__`. Needs no network, and writes into nothing that holds anything.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

export const TEMPLATES = {
  plain: 'TypeScript and the database, nothing else',
  fastify: 'a web service with Fastify',
  nestjs: 'a web service with NestJS',
  sync: 'a server and clients that work offline',
} as const;

export type Template = keyof typeof TEMPLATES;

/** Faults that the user can correct: shown without a stack. */
export class CreateError extends Error {}

export interface CreatedProject {
  readonly directory: string;
  readonly name: string;
  /** Paths within the directory, sorted. */
  readonly files: readonly string[];
}

/** npm's rule for the names of packages, without scopes: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9._-]{0,213}$/;
/** npm leaves files of these names out of a package, or takes them for its own. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore', 'package.template.json': 'package.json' };
/** The files that a new folder may hold: that of a repository without commits, say. */
const HARMLESS = new Set(['.git', '.DS_Store', '.idea', '.vscode']);

/**
 * Makes the directory when it is missing, and the project in it.
 *
 * @param place path of the directory; its last part is the project's name.
 * @throws CreateError for a name that npm refuses, a place that is no directory, or one that holds something.
 */
export function createProject(place: string, template: Template): CreatedProject {
  const directory = resolve(place);
  const name = packageNameOf(directory);
  requireEmpty(directory);
  const templates = join(__dirname, '..', 'templates');
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };
  const files: string[] = [];
  // A file of the template takes the place of the common one.
  const sources = new Map(
    ['common', template]
      .flatMap((part) => filesBelow(templates, part))
      .map((source) => [source.slice(source.indexOf(sep) + 1), source]),
  );
  for (const [file, source] of sources) {
    const path = join(dirname(file), RENAMED[basename(file)] ?? basename(file));
    const text = readFileSync(join(templates, source), 'utf8')
      .replaceAll('__NAME__', name)
      .replaceAll('__VERSION__', version);
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    // Exclusive: what somebody has put there meanwhile is not ours.
    writeFileSync(join(directory, path), text, { flag: 'wx' });
    files.push(path);
  }
  return { directory, name, files: files.sort() };
}

/** @throws CreateError when npm would refuse it. */
function packageNameOf(directory: string): string {
  const name = basename(directory).toLowerCase();
  if (PACKAGE_NAME.test(name) && name !== 'node_modules') return name;
  throw new CreateError(
    `${JSON.stringify(basename(directory))} cannot be the name of a package: use letters, digits, "-", "_" and "."`,
  );
}

function requireEmpty(directory: string): void {
  // A link counts as what it leads to; one that leads nowhere is in the way.
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return;
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new CreateError(`${directory} is not a directory that can be read`, { cause });
  }
  const [found] = names.filter((name) => !HARMLESS.has(name));
  if (found === undefined) return;
  throw new CreateError(`${directory} is not empty (${found}): name a new directory`);
}

function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

/** Which package manager has started this program, by what it says of itself. */
export function packageManagerOf(userAgent: string | undefined): 'npm' | 'pnpm' | 'yarn' | 'bun' {
  const [name] = (userAgent ?? '').split('/');
  return name === 'pnpm' || name === 'yarn' || name === 'bun' ? name : 'npm';
}

/** Whether a text names a template. */
export function isTemplate(name: string): name is Template {
  return Object.hasOwn(TEMPLATES, name);
}

/** Whether the place may be created in without asking. */
export function isFree(place: string): boolean {
  return !existsSync(resolve(place));
}
