/**
 * Reads `nuthatch.config.ts` (or .js, .cjs, .mjs, .json). The TypeScript form is read, not run: its `defineConfig({ … })` or
 * default-exported object has to be plain data, which is all a configuration needs.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GeneratorConfig } from '@nuthatch/codegen';
import { runCodeOf } from './code-of-the-project.js';
import { refusal } from './exit-code.js';
import { codegen } from './packages.js';
import { thrownText } from './thrown-text.js';

interface KnownOption {
  readonly due: string;
  readonly is: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && Array.from(value).every(isText);
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const aFolder = { due: 'a folder', is: isText };

const KNOWN: Readonly<Record<keyof GeneratorConfig, KnownOption>> = {
  schemas: { due: 'a glob or a list of globs', is: (value) => isText(value) || isTexts(value) },
  output: aFolder,
  tsconfig: { due: 'a file', is: isText },
  importExtension: {
    due: "'auto', '', '.js' or '.ts'",
    is: (value) => ['auto', '', '.js', '.ts'].includes(value as string),
  },
  migrations: aFolder,
  data: aFolder,
  keyValues: { due: 'a list of names', is: isTexts },
  journal: { due: 'the name of a shared journal', is: isText },
  sync: { due: 'true or false', is: isFlag },
  search: { due: 'true or false', is: isFlag },
};

/** Where a configuration is looked for when none is named, in this order. */
const DEFAULT_FILES = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json'].map(
  (extension) => `nuthatch.config.${extension}`,
);

/** The default file that is there, if one is. */
export function configFile(root: string): string | undefined {
  return DEFAULT_FILES.find((name) => existsSync(resolve(root, name)));
}

/**
 * The configuration; empty when none is named and none of the default files is there.
 *
 * @throws DatabaseError `CONFIG_INVALID`.
 */
export async function loadConfig(root: string, file: string | undefined): Promise<GeneratorConfig> {
  const found = file ?? configFile(root);
  if (found === undefined) return {};
  const path = resolve(root, found);
  if (!existsSync(path)) {
    throw refusal('CONFIG_INVALID', `the configuration ${path} does not exist`, { path });
  }
  if (!statSync(path).isFile()) throw refusal('CONFIG_INVALID', `the configuration ${path} is not a file`, { path });
  const config = await read(root, path);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw refusal('CONFIG_INVALID', `${path} does not hold an object`, { path });
  }
  for (const [name, value] of Object.entries(config)) {
    if (!Object.hasOwn(KNOWN, name))
      throw refusal(
        'CONFIG_INVALID',
        `${path} has the unknown option ${name}; the options are ${Object.keys(KNOWN).join(', ')}`,
        { path, option: name },
      );
    const { due, is } = KNOWN[name as keyof GeneratorConfig];
    if (!is(value)) throw refusal('CONFIG_INVALID', `in ${path}, \`${name}\` must be ${due}`, { path, option: name });
  }
  return config;
}

async function read(root: string, path: string): Promise<GeneratorConfig> {
  if (path.endsWith('.json')) return parseJson(path);
  if (/\.[cm]?js$/.test(path)) {
    const module = await importModule(path);
    return module.default?.default ?? module.default ?? {};
  }
  const { ConfigCache } = await import('./config-cache.js');
  const cache = new ConfigCache(root, path);
  const known = cache.read();
  if (known) return known;
  const { readConfigObject } = codegen();
  const config = await readConfigObject(path);
  if (config === undefined) throw refusal('CONFIG_INVALID', `${path} does not export plain data by default`, { path });
  cache.store(config as GeneratorConfig);
  return config as GeneratorConfig;
}

interface ConfigModule {
  readonly default?: GeneratorConfig & { readonly default?: GeneratorConfig };
}

async function importModule(path: string): Promise<ConfigModule> {
  try {
    return (await runCodeOf(path, () => import(pathToFileURL(path).href))) as ConfigModule;
  } catch (cause) {
    const what = `${path} cannot be run: ${thrownText(cause)}`;
    throw refusal('CONFIG_INVALID', what, { path }, { cause });
  }
}

function parseJson(path: string): GeneratorConfig {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as GeneratorConfig;
  } catch (error) {
    throw refusal('CONFIG_INVALID', `${path} is not JSON`, { path }, { cause: error });
  }
}
