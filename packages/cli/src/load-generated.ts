/**
 * Loads the generated code of the project with the user's classes and migrations: as it was built, or as TypeScript
 * where a loader for it is registered.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GeneratorConfig } from '@nuthatch/codegen';
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition, Migration } from '@nuthatch/runtime';

export interface GeneratedCode {
  /** The module that was loaded. */
  readonly path: string;
  readonly definitions: readonly CollectionDefinition[];
  readonly migrations: readonly Migration[];
}

const HELP =
  'Build the project first (`npx tsc`) and name the built module with --generated, as in --generated dist/generated/index.js; ' +
  'or register a TypeScript loader, as in `node --import tsx node_modules/.bin/nuthatch migrate …`';

/**
 * @param given module named by the user; else the output folder, and the folder its tsconfig builds into, are looked in.
 * @throws DatabaseError `CONFIG_INVALID` when nothing can be loaded: says what was tried and what is needed;
 *   `MODEL_MISMATCH` when what was loaded is older than the generated code.
 */
export async function loadGenerated(
  root: string,
  config: GeneratorConfig,
  given: string | undefined,
): Promise<GeneratedCode> {
  const output = resolve(root, config.output ?? 'generated');
  const candidates = given === undefined ? candidatesFor(root, output, config.tsconfig) : [resolve(root, given)];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    const tried = candidates.map((candidate) => relative(root, candidate)).join(', ');
    throw new DatabaseError('CONFIG_INVALID', `no generated code is there: tried ${tried}. ${HELP}`, { tried });
  }
  const code = await load(root, path);
  refuseOlder(root, output, code);
  return code;
}

/** Built modules first: they need nothing else. */
function candidatesFor(root: string, output: string, tsconfig: string | undefined): readonly string[] {
  const names = ['index.js', 'index.mjs', 'index.cjs'];
  const folders = [output];
  const { outDir, rootDir } = compilerFolders(resolve(root, tsconfig ?? 'tsconfig.json'));
  if (outDir !== undefined) {
    for (const base of [rootDir, root, dirname(output)])
      if (base !== undefined) folders.push(resolve(outDir, relative(base, output)));
  }
  const built = [...new Set(folders)].flatMap((folder) => names.map((name) => join(folder, name)));
  return [...built, join(output, 'index.ts')];
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

/** What a tsconfig says of folders, as far as its own text does. */
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
  readonly default?: GeneratedModule;
}

async function load(root: string, path: string): Promise<GeneratedCode> {
  let module: GeneratedModule;
  try {
    module = (await import(pathToFileURL(path).href)) as GeneratedModule;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const help = path.endsWith('.ts') ? ` ${HELP}` : '';
    const what = `${relative(root, path)} cannot be run: ${reason}.${help}`;
    throw new DatabaseError('CONFIG_INVALID', what, { path }, { cause });
  }
  const { definitions, migrations } = module.definitions ? module : (module.default ?? {});
  if (!Array.isArray(definitions)) {
    const what = `${relative(root, path)} is not what nuthatch generated: it exports no \`definitions\``;
    throw new DatabaseError('CONFIG_INVALID', what, { path });
  }
  return { path, definitions, migrations: migrations ?? [] };
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
  throw new DatabaseError('MODEL_MISMATCH', what, { path });
}
