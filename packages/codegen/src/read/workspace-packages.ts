/**
 * Packages of the workspace that the project lies in, by name. The compiler finds them through `node_modules`, once they
 * are installed and built; their sources say the same before that.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ts } from '@ts-morph/common';
import { nearFile } from './near-file.js';

/** Folders that a build writes: what they hold has a source under `src`. */
const BUILT = /^(\.\/)?(dist|lib|build|out|output|esm|cjs|es)(\/(esm|cjs|es|src|types))?\//;

interface PackageJson {
  readonly name?: string;
  readonly main?: string;
  readonly types?: string;
  readonly workspaces?: readonly string[] | { readonly packages?: readonly string[] };
}

export class WorkspacePackages {
  /** Folder of the project → packages of its workspace, name → folder. */
  readonly #packages = new Map<string, ReadonlyMap<string, string>>();

  /** The source that `@scope/name/path` means, seen from a folder of the workspace; undefined for all other packages. */
  sourceOf(specifier: string, from: string): string | undefined {
    const parts = specifier.split('/');
    const count = specifier.startsWith('@') ? 2 : 1;
    const folder = this.#of(from).get(parts.slice(0, count).join('/'));
    if (folder === undefined) return undefined;
    const inside = parts.slice(count).join('/');
    if (inside !== '') return sourceIn(folder, inside);
    const { types, main } = readPackage(folder) ?? {};
    for (const entry of [types, main]) {
      const found = entry && sourceIn(folder, entry);
      if (found) return found;
    }
    return sourceIn(folder, 'index');
  }

  #of(folder: string): ReadonlyMap<string, string> {
    let known = this.#packages.get(folder);
    if (!known) {
      const globs = workspaceGlobs(folder);
      const parent = dirname(folder);
      known = globs ? findPackages(folder, globs) : parent === folder ? new Map() : this.#of(parent);
      this.#packages.set(folder, known);
    }
    return known;
  }
}

/** The packages of a workspace, by its root: `workspaces` of npm and Yarn, the file of pnpm, or that of Lerna. */
function workspaceGlobs(folder: string): readonly string[] | undefined {
  const workspaces = readPackage(folder)?.workspaces;
  if (workspaces) return 'packages' in workspaces ? (workspaces.packages ?? []) : (workspaces as readonly string[]);
  const pnpm = join(folder, 'pnpm-workspace.yaml');
  if (existsSync(pnpm))
    return [...readFileSync(pnpm, 'utf8').matchAll(/^\s*-\s*['"]?([^'"#\s]+)['"]?\s*$/gm)].map(([, glob]) => glob!);
  const lerna = join(folder, 'lerna.json');
  if (!existsSync(lerna)) return undefined;
  const { config } = ts.readConfigFile(lerna, ts.sys.readFile);
  return Array.isArray(config?.packages) ? config.packages : ['packages/*'];
}

function findPackages(root: string, globs: readonly string[]): ReadonlyMap<string, string> {
  const included = globs
    .filter((glob) => !glob.startsWith('!'))
    .map((glob) => `${glob.replace(/\/$/, '')}/package.json`);
  const excluded = ['**/node_modules', ...globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))];
  const found = new Map<string, string>();
  for (const file of ts.sys.readDirectory(root, ['.json'], excluded, included)) {
    const name = readPackage(dirname(file))?.name;
    if (name) found.set(name, dirname(file));
  }
  return found;
}

/** `dist/index.js` and `lib/types` → `src/index.ts` and `src/types.ts`. */
function sourceIn(folder: string, path: string): string | undefined {
  const plain = path.replace(/^\.\//, '').replace(/\.d\.([mc]?)ts$/, '.$1js');
  const inSources = plain.replace(BUILT, 'src/');
  for (const candidate of [inSources, `src/${plain}`, plain]) {
    const found = nearFile(join(folder, candidate));
    if (found) return found;
  }
  return undefined;
}

function readPackage(folder: string): PackageJson | undefined {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (ts.readConfigFile(path, ts.sys.readFile).config as PackageJson | undefined) : undefined;
}
