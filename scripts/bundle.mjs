/**
 * Makes the published form of the packages, `packages/<name>/dist`: each entry point of a package is one small file, and
 * all that they share is in one file more, `core.js`, so that a class and its state are there once whichever entry
 * points a program loads. Declarations are rolled up the same way.
 *
 *     node scripts/bundle.mjs [package ...]      all packages, unless some are named
 *
 * The code comes from the sources, the declarations from what `tsc -b` has put into `packages/<name>/build`. Names of
 * classes and functions are kept, and nothing is optimised: the code that is published is the code that is tested.
 * The map of a file leads to the line of a source. Sources themselves are not published.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { breakLines } from './break-lines.mjs';

const ROOT = resolve(import.meta.dirname, '..');
/** Printed without spaces and with short names of variables; the code itself stays as it is. Lines come afterwards. */
const PRINTING = { compress: false, mangle: { keepNames: true }, codegen: { removeWhitespace: true } };

export async function bundle(names = packageNames()) {
  await Promise.all(names.map(bundlePackage));
}

const packageNames = () => readdirSync(join(ROOT, 'packages')).filter((name) => existsSync(manifestPath(name)));
const manifestPath = (name) => join(ROOT, 'packages', name, 'package.json');

async function bundlePackage(name) {
  const folder = join(ROOT, 'packages', name);
  const entries = entryPoints(JSON.parse(readFileSync(manifestPath(name), 'utf8')));
  const dir = join(folder, 'dist');
  // Written before the old files go: a command that is running may still load one of them.
  const written = new Set([...(await bundleCode(folder, entries, dir)), ...(await bundleTypes(folder, entries, dir))]);
  for (const file of readdirSync(dir)) if (!written.has(file)) rmSync(join(dir, file), { recursive: true });
}

/** Names of the files in `dist` that package.json names, without their endings. */
function entryPoints({ exports, bin = {} }) {
  const paths = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
  // Besides code, data may be exported.
  const code = paths.filter((path) => path?.endsWith('.js'));
  return [...new Set(code.map((path) => /^(?:\.\/)?dist\/(.+)\.js$/.exec(path)[1]))];
}

async function bundleCode(folder, entries, dir) {
  const build = await rolldown({
    input: inputs(entries, (entry) => join(folder, 'src', `${entry}.ts`)),
    platform: 'node',
    external: isForeign,
    onLog: forward,
    tsconfig: join(folder, 'tsconfig.json'),
    transform: { target: 'es2022' },
  });
  const { output } = await build.write({
    ...outputOptions(entries, dir, '[name].js', '[name].js'),
    format: 'cjs',
    // Jest runs no import() in what is CommonJS. The command imports modules of its user, which may be ES modules.
    dynamicImportInCjs: folder.endsWith('cli'),
    sourcemap: true,
    minify: PRINTING,
    keepNames: true,
    comments: { legal: false, annotation: false, jsdoc: false },
  });
  await build.close();
  for (const { fileName } of output)
    if (fileName.endsWith('.js.map'))
      breakLines(join(dir, fileName.slice(0, -'.map'.length)), join(folder, 'src'), ROOT);
  return output.map(({ fileName }) => fileName);
}

async function bundleTypes(folder, entries, dir) {
  const build = await rolldown({
    input: inputs(entries, (entry) => join(folder, 'build', `${entry}.d.ts`)),
    platform: 'node',
    external: isForeign,
    onLog: forward,
    plugins: [curtailed(folder, entries), dts({ dtsInput: true, tsconfig: false }), foreignTypes(folder, entries)],
  });
  const { output } = await build.write({
    ...outputOptions(entries, dir, '[name].ts', '[name].d.ts'),
    format: 'es',
    minifyInternalExports: false,
  });
  await build.close();
  return output.map(({ fileName }) => fileName);
}

/** A module that is loaded at once by one and later by another is no fault, nor is a machine with other work. */
function forward(level, log, print) {
  if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT' && log.code !== 'PLUGIN_TIMINGS') print(level, log);
}

const inputs = (entries, pathOf) => Object.fromEntries(entries.map((entry) => [entry, pathOf(entry)]));

/**
 * Where a package has several entry points, one file has all that they share. Elsewhere the bundler cuts by what is loaded
 * when, so that a command loads no compiler that it does not use.
 */
const outputOptions = (entries, dir, entryFileNames, chunkFileNames) => ({
  dir,
  entryFileNames,
  chunkFileNames,
  codeSplitting:
    entries.length > 1 && !entries.includes('bin') ? { groups: [{ debugName: 'core', name: coreName }] } : true,
});

function coreName(id, context) {
  const module = context.getModuleInfo(id);
  const isLoadedLater = module !== null && module.importers.length === 0 && module.dynamicImporters.length > 0;
  // What one entry point loads for an optional peer of its own is not part of what the others load.
  const isOfOneEntry = /[\\/](?:src|build)[\\/](?:testing|prometheus|opentelemetry|pino)[\\/]/.test(id);
  return module?.isEntry || isLoadedLater || isOfOneEntry ? null : 'core';
}

/** Helpers of the compiler, for `using`, become part of our files. */
const isForeign = (id) => !id.startsWith('.') && !id.startsWith('@oxc-project/runtime/') && !isAbsolute(id);

/** Entry points that are not for applications: nobody reads their comments in an editor. */
const OUR_OWN = new Set(['sync', 'search']);

/**
 * Leaves out of declarations what nobody reads: constructors of classes that a function of ours makes, and with them the
 * types of the inner parts that they take; of what no entry point for applications exports, comments and all constructors.
 */
function curtailed(folder, entries) {
  const shown = new Set();
  const show = (file) => {
    if (shown.has(file) || !existsSync(file)) return;
    shown.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/^export .* from '(\.[^']+)\.js';$/gm))
      show(resolve(dirname(file), `${path}.d.ts`));
  };
  for (const entry of entries) if (!OUR_OWN.has(entry)) show(join(folder, 'build', `${entry}.d.ts`));
  // Of a private constructor another class could not extend: of what ours extend it is protected.
  const extended = new Set();
  for (const file of shown)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/ class \w+.* extends (\w+)/g)) extended.add(name);
  const own = (code) =>
    code.replace(/(\/\*\* Use .*\*\/\n +)constructor\([\s\S]*?\);$/gm, (_, before, at) => {
      const name = /[\s\S]* class (\w+)/.exec(code.slice(0, at))?.[1];
      return `${before}${extended.has(name) ? 'protected' : 'private'} constructor();`;
    });
  const inner = (code) => code.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/^ +constructor\([\s\S]*?\);$/gm, '');
  return {
    name: 'curtailed',
    transform: { order: 'pre', handler: (code, id) => (shown.has(id) ? own(code) : inner(code)) },
  };
}

/**
 * Says `type` again where an entry point passes on types of another package. The bundler loses the word, and without it
 * a module that imports such a name as a value would compile and then not load.
 */
function foreignTypes(folder, entries) {
  const names = new Set();
  for (const entry of entries) {
    const text = readFileSync(join(folder, 'build', `${entry}.d.ts`), 'utf8');
    for (const [, list] of text.matchAll(/^export type \{([^}]*)\} from '[^.][^']*';$/gm))
      for (const name of list.split(',')) names.add(name.trim());
  }
  return {
    name: 'foreign-types',
    renderChunk: (code) =>
      code.replace(/^\/\/ packages\/.*\n/gm, '').replace(/^export \{ (.*) \};$/gm, (_, list) => {
        const marked = list.split(', ').map((name) => (names.has(name) ? `type ${name}` : name));
        return `export { ${marked.join(', ')} };`;
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundle(process.argv.length > 2 ? process.argv.slice(2) : undefined);
