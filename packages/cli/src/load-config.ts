/**
 * Reads `nuthatch.config.ts` (or .js, .cjs, .mjs, .json). The TypeScript form is read, not run: its `defineConfig({ … })` or
 * default-exported object has to be plain data, which is all a configuration needs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GeneratorConfig } from '@nuthatch/codegen';
import { DatabaseError } from '@nuthatch/model';

const KNOWN: Readonly<Record<keyof GeneratorConfig, string>> = {
  schemas: 'a glob or a list of globs',
  output: 'a folder',
  tsconfig: 'a file',
  importExtension: "'auto', '', '.js' or '.ts'",
  migrations: 'a folder',
};

/** The configuration; empty when the default file is not there. @throws DatabaseError `CONFIG_INVALID`. */
export async function loadConfig(root: string, file: string, isDefault: boolean): Promise<GeneratorConfig> {
  const path = resolve(root, file);
  if (!existsSync(path)) {
    if (isDefault) return {};
    throw new DatabaseError('CONFIG_INVALID', `the configuration ${path} does not exist`, { path });
  }
  const config = await read(path);
  for (const [name, value] of Object.entries(config)) {
    if (!(name in KNOWN))
      throw new DatabaseError(
        'CONFIG_INVALID',
        `${path} has the unknown option ${name}; there are ${Object.keys(KNOWN).join(', ')}`,
        { path, option: name },
      );
    const isText =
      typeof value === 'string' ||
      (name === 'schemas' && Array.isArray(value) && value.every((glob) => typeof glob === 'string'));
    const isExtension = name !== 'importExtension' || ['auto', '', '.js', '.ts'].includes(value as string);
    if (!isText || !isExtension)
      throw new DatabaseError(
        'CONFIG_INVALID',
        `in ${path}, \`${name}\` must be ${KNOWN[name as keyof GeneratorConfig]}`,
        { path, option: name },
      );
  }
  return config;
}

async function read(path: string): Promise<GeneratorConfig> {
  if (path.endsWith('.json')) return parseJson(path);
  if (/\.[cm]?js$/.test(path)) {
    const module = (await import(pathToFileURL(path).href)) as {
      readonly default?: GeneratorConfig & { readonly default?: GeneratorConfig };
    };
    return module.default?.default ?? module.default ?? {};
  }
  const { readConfigObject } = await import('@nuthatch/codegen');
  const config = await readConfigObject(path);
  if (config === undefined)
    throw new DatabaseError('CONFIG_INVALID', `${path} does not export plain data by default`, { path });
  return config as GeneratorConfig;
}

function parseJson(path: string): GeneratorConfig {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as GeneratorConfig;
  } catch (error) {
    throw new DatabaseError('CONFIG_INVALID', `${path} is not JSON`, { path }, { cause: error });
  }
}
