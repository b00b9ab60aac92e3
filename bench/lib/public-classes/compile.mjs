/** Compiles generated code with the classes that it was generated for; only what is wrong in generated code counts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { ts } = createRequire(new URL('../../../packages/codegen/package.json', import.meta.url))('ts-morph');

/** Packages of the workspace around a project: name → folder. */
function workspacePackages(root) {
  const found = new Map();
  let top = root;
  while (!existsSync(join(top, 'pnpm-workspace.yaml')) && !existsSync(join(top, 'lerna.json')) && dirname(top) !== top)
    top = dirname(top);
  if (dirname(top) === top) return found;
  for (const file of ts.sys.readDirectory(
    top,
    ['.json'],
    ['**/node_modules'],
    ['*/*/package.json', '*/*/*/package.json'],
  )) {
    const { name } = JSON.parse(readFileSync(file, 'utf8'));
    if (name) found.set(name, dirname(file));
  }
  return found;
}

/** @returns errors as the compiler prints them. */
export function compile({ root, output, tsconfig }, isStrict, repositoryRoot) {
  const given = (tsconfig && ts.readConfigFile(tsconfig, ts.sys.readFile).config?.compilerOptions) || {};
  // What the newest compiler resolves paths by: relative to the file that names them.
  const toBase = (target) => `./${join(given.baseUrl ?? '.', target)}`;
  const paths = Object.fromEntries(
    Object.entries(given.paths ?? {}).map(([name, targets]) => [name, targets.map(toBase)]),
  );
  if (given.baseUrl) paths['*'] = [toBase('*')];
  for (const [name, folder] of workspacePackages(root)) {
    // Not installed and not built: their sources stand for them.
    paths[name] ??= [`${folder}/src/index.ts`, `${folder}/index.ts`];
    for (const inside of ['lib', 'dist', 'build']) paths[`${name}/${inside}/*`] ??= [`${folder}/src/*`];
    paths[`${name}/*`] ??= [`${folder}/src/*`, `${folder}/*`];
  }
  const compilerOptions = {
    noEmit: true,
    strict: isStrict,
    noUnusedLocals: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    target: 'es2022',
    lib: ['esnext'],
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [join(repositoryRoot, 'node_modules/@types')],
    paths,
  };
  const project = join(root, `tsconfig.${output}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [`${output}/index.ts`] }));
  const compiler = join(repositoryRoot, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.startsWith(`${output}/`) || /^(error|tsconfig)/.test(line))
    .map((line) => `${line.slice(0, 260)} [${root}]`);
}
