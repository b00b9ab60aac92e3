import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VERSION } from '../version.js';
import { type Check, NO_PROJECT, note, ok, problem } from './check.js';

const PACKAGES = [
  'model',
  'decorators',
  'codegen',
  'runtime',
  'copy',
  'sync',
  'cluster',
  'nestjs',
  'observability',
].map((name) => `@nuthatch/${name}`);

/** Whether all packages of Nuthatch that the project has are of one version: they are released together. */
export const packageVersions: Check = {
  name: 'versions',
  run: ({ root, hasProject }) => {
    if (!hasProject) return NO_PROJECT;
    const found = PACKAGES.map((name) => [name, installedVersion(root, name)] as const);
    const installed = found.filter(([, version]) => version !== undefined);
    const broken = installed.find(([, version]) => version === NOT_READABLE);
    if (broken !== undefined)
      return problem(
        `the package.json of ${broken[0]} cannot be read, or names no version`,
        'the installation was interrupted, or the file was changed',
        'remove node_modules, then run `npm install`',
      );
    const others = installed.filter(([, version]) => version !== VERSION);
    if (others.length > 0)
      return problem(
        `nuthatch is ${VERSION}, but ${others.map(([name, version]) => `${name} is ${String(version)}`).join(', ')}`,
        'the packages are released together and are made for each other',
        `npm install ${others.map(([name]) => `${name}@${VERSION}`).join(' ')}`,
      );
    if (installed.length === 0)
      return note(
        'no package of Nuthatch is installed here',
        'a project needs the engine and the decorators',
        'npm install @nuthatch/runtime @nuthatch/decorators',
      );
    return ok(`${VERSION}, all ${installed.length} packages that are installed`);
  },
};

/** Stands for a version that nobody can tell. */
const NOT_READABLE = Symbol('not readable');
type Version = string | typeof NOT_READABLE;

function versionIn(path: string): Version {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown };
    return typeof version === 'string' ? version : NOT_READABLE;
  } catch {
    return NOT_READABLE; // Not JSON, or not for this user: said in the finding.
  }
}

/** The version that a program in the folder would load, as Node looks for it. */
function installedVersion(folder: string, name: string): Version | undefined {
  const path = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(path)) return versionIn(path);
  const parent = dirname(folder);
  return parent === folder ? undefined : installedVersion(parent, name);
}
