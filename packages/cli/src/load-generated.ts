/**
 * Loads the generated code of the project with the user's classes and migrations: from its TypeScript sources, or as it
 * was built where those are not there or cannot be run.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import type { GeneratorConfig } from '@nuthatch/codegen';
import type { CollectionDefinition, Migration, ViewDefinition } from '@nuthatch/runtime';
import { refusal } from './exit-code.js';
import { importModule, reasonOf } from './import-module.js';
import { thrownText } from './thrown-text.js';

export interface GeneratedCode {
  /** The module that was loaded. */
  readonly path: string;
  readonly definitions: readonly CollectionDefinition[];
  readonly migrations: readonly Migration[];
  readonly views: readonly ViewDefinition[];
}

const HELP =
  'run `npx nuthatch generate`, or name the module with --generated, as in --generated dist/generated/index.js';

/**
 * @param given module named by the user; else the output folder, and the folder its tsconfig builds into, are looked in.
 * @param warn told when the sources cannot be run and the build is taken.
 * @throws DatabaseError `CODE_NOT_LOADED` when nothing can be loaded: says what was tried, or which module failed and
 *   why; `MODEL_MISMATCH` when what was loaded is older than the generated code.
 */
export async function loadGenerated(
  root: string,
  config: GeneratorConfig,
  given: string | undefined,
  warn: (text: string) => void = () => undefined,
): Promise<GeneratedCode> {
  const output = resolve(root, config.output ?? 'generated');
  const candidates = given === undefined ? candidatesFor(root, output, config.tsconfig) : [resolve(root, given)];
  const [first, second] = candidates.filter((candidate) => existsSync(candidate));
  if (first === undefined) {
    const tried = candidates.map((candidate) => relative(root, candidate)).join(', ');
    throw refusal('CODE_NOT_LOADED', `no generated code was found in ${tried}; ${HELP}`, { tried });
  }
  const tsconfig = tsconfigOf(root, config);
  const code = await loadFirst(root, first, second, tsconfig, warn);
  refuseOlder(root, output, code);
  return code;
}

/** Whether generated code of the project is there, be it of use or not. */
export function hasGenerated(root: string, config: GeneratorConfig, given: string | undefined): boolean {
  const output = resolve(root, config.output ?? 'generated');
  return given !== undefined || candidatesFor(root, output, config.tsconfig).some((path) => existsSync(path));
}

async function loadFirst(
  root: string,
  first: string,
  second: string | undefined,
  tsconfig: string | undefined,
  warn: (text: string) => void,
): Promise<GeneratedCode> {
  try {
    return await load(root, first, tsconfig);
  } catch (error) {
    if (second === undefined) throw error;
    const code = await load(root, second, tsconfig).catch(() => {
      throw error; // of the sources, which are what is to be mended
    });
    warn(`${thrownText(error)} ${relative(root, second)} is used instead.`);
    return code;
  }
}

/** Absolute path of the project's tsconfig, if there is one. */
export function tsconfigOf(root: string, { tsconfig }: GeneratorConfig): string | undefined {
  const path = resolve(root, tsconfig ?? 'tsconfig.json');
  return existsSync(path) ? path : undefined;
}

/** The sources first: a build may be older than they are. */
function candidatesFor(root: string, output: string, tsconfig: string | undefined): readonly string[] {
  const names = ['index.js', 'index.mjs', 'index.cjs'];
  const folders = [output];
  const { outDir, rootDir } = compilerFolders(resolve(root, tsconfig ?? 'tsconfig.json'));
  if (outDir !== undefined) {
    for (const base of [rootDir, root, dirname(output)])
      if (base !== undefined) folders.push(resolve(outDir, relative(base, output)));
  }
  const built = [...new Set(folders)].flatMap((folder) => names.map((name) => join(folder, name)));
  return [join(output, 'index.ts'), ...built];
}

/**
 * Migrations that were edited after they were built: the build would do what they said before. Told by the files' times,
 * so it is a hint and no refusal.
 *
 * @param folder of all migrations. @returns paths of the sources.
 */
export function editedSinceBuilt(root: string, config: GeneratorConfig, code: GeneratedCode, folder: string): string[] {
  const output = resolve(root, config.output ?? 'generated');
  const extension = extname(code.path);
  if (extension === '.ts') return [];
  return code.migrations
    .map(({ id }) => join(folder, id, 'migration.ts'))
    .filter((source) => {
      const built = resolve(dirname(code.path), relative(output, source)).replace(/\.ts$/, extension);
      return existsSync(source) && existsSync(built) && statSync(source).mtimeMs > statSync(built).mtimeMs;
    });
}

/** The folders in a tsconfig, as far as its own text names them. */
function compilerFolders(path: string): { readonly outDir?: string; readonly rootDir?: string } {
  if (!existsSync(path)) return {};
  const text = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const folder = (name: string): string | undefined => {
    const [, value] = new RegExp(`"${name}"\\s*:\\s*"([^"]+)"`).exec(text) ?? [];
    return value === undefined ? undefined : resolve(dirname(path), value);
  };
  const [outDir, rootDir] = [folder('outDir'), folder('rootDir')];
  return { ...(outDir !== undefined && { outDir }), ...(rootDir !== undefined && { rootDir }) };
}

interface GeneratedModule {
  readonly definitions?: readonly CollectionDefinition[];
  readonly migrations?: readonly Migration[];
  /** Left out where there are none. */
  readonly views?: readonly ViewDefinition[];
  readonly default?: GeneratedModule;
}

async function load(root: string, path: string, tsconfig: string | undefined): Promise<GeneratedCode> {
  let module: GeneratedModule;
  try {
    module = (await importModule(path, tsconfig)) as GeneratedModule;
  } catch (cause) {
    const what = `${relative(root, path)} cannot be run: ${reasonOf(cause)}`;
    throw refusal('CODE_NOT_LOADED', what, { path }, { cause });
  }
  const { definitions, migrations, views } = module.definitions ? module : (module.default ?? {});
  if (!Array.isArray(definitions)) {
    const what = `${relative(root, path)} is not code that nuthatch generated: it exports no \`definitions\``;
    throw refusal('CODE_NOT_LOADED', what, { path });
  }
  return { path, definitions, migrations: migrations ?? [], views: views ?? [] };
}

/** A build that was not repeated after `generate` would migrate to yesterday's models. */
function refuseOlder(root: string, output: string, { path, definitions, migrations }: GeneratedCode): void {
  const models = join(output, 'models.json');
  if (!existsSync(models)) return;
  const stored = JSON.parse(readFileSync(models, 'utf8')) as {
    readonly models: Readonly<Record<string, unknown>>;
    readonly migrations?: readonly string[];
  };
  const built = definitions.map(({ fingerprint }) => fingerprint);
  const results = new Set(migrations.map(({ result }) => result));
  const isSame =
    Object.keys(stored.models).every((fingerprint) => built.includes(fingerprint)) &&
    (stored.migrations ?? []).every((head) => results.has(head));
  if (isSame) return;
  const what = `${relative(root, path)} is older than the generated code beside it; build the project again`;
  throw refusal('MODEL_MISMATCH', what, { path });
}
