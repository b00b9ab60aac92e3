import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VERSION } from '../version.js';
import { type Check, NO_PROJECT, note, ok, problem } from './check.js';

const PACKAGES = ['model', 'decorators', 'codegen', 'runtime', 'copy', 'sync', 'nestjs', 'observability'].map(
  (name) => `@nuthatch/${name}`,
);

/** Whether all packages of Nuthatch that the project has are of one version: they are released together. */
export const packageVersions: Check = {
  name: 'versions',
  run: ({ root, hasProject }) => {
    if (!hasProject) return NO_PROJECT;
    const found = PACKAGES.map((name) => [name, installedVersion(root, name)] as const);
    const installed = found.filter(([, version]) => version !== undefined);
    const others = installed.filter(([, version]) => version !== VERSION);
    if (others.length > 0)
      return problem(
        `nuthatch is ${VERSION}, but ${others.map(([name, version]) => `${name} is ${version}`).join(', ')}`,
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

/** The version that a program in the folder would load, as Node looks for it. */
function installedVersion(folder: string, name: string): string | undefined {
  const path = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: string }).version;
  const parent = dirname(folder);
  return parent === folder ? undefined : installedVersion(parent, name);
}
