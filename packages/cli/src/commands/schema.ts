/** `nuthatch schema`: the generated models as JSON Schema or as an OpenAPI document. No code of the project is run. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import { EXIT, refusal, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG } from '../flags.js';
import { loadConfig } from '../load-config.js';
import type { Output } from '../output.js';
import { model as modelPackage } from '../packages.js';
import { collect, type VerbOptions, type VerbRegistry } from '../verb.js';

interface SchemaArguments extends VerbOptions {
  readonly jsonSchema?: boolean;
  readonly openapi?: boolean;
  readonly class?: readonly string[];
  readonly config?: string;
}

export function addSchema(registry: VerbRegistry): void {
  registry.program
    .command('schema')
    .description('print the generated models as JSON Schema or OpenAPI')
    .option('--json-schema', 'JSON Schema, draft 2020-12: documents, inputs and patches of each class in $defs')
    .option('--openapi', 'an OpenAPI 3.1 document with the same as components')
    .option('--class <name>', 'only this class; repeatable', collect)
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .action(registry.runVerb(runSchema));
}

async function runSchema(options: SchemaArguments, output: Output, root: string): Promise<number> {
  if ((options.jsonSchema === true) === (options.openapi === true))
    throw new UsageError('schema', 'give either --json-schema or --openapi');
  const config = await loadConfig(root, options.config);
  const models = chosen(readModels(root, join(config.output ?? 'generated', 'models.json')), options.class);
  output.out(JSON.stringify(options.openapi ? openApi(models) : jsonSchema(models), undefined, 2));
  return EXIT.done;
}

function jsonSchema(models: readonly DocumentModel[]): object {
  const { jsonSchemasOf } = modelPackage();
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: jsonSchemasOf(models, '#/$defs/') };
}

/** Paths are the application's: `components` is what it takes from here. */
function openApi(models: readonly DocumentModel[]): object {
  const { jsonSchemasOf } = modelPackage();
  return {
    openapi: '3.1.0',
    info: { title: 'Documents', version: '1' },
    paths: {},
    components: { schemas: jsonSchemasOf(models, '#/components/schemas/') },
  };
}

function readModels(root: string, name: string): readonly DocumentModel[] {
  const path = resolve(root, name);
  if (!existsSync(path)) {
    const what = `there is no ${name}; run \`npx nuthatch generate\``;
    throw refusal('CODE_NOT_LOADED', what, { path: relative(root, path) });
  }
  try {
    const { models } = JSON.parse(readFileSync(path, 'utf8')) as { readonly models: Readonly<Record<string, unknown>> };
    const { isModelShape } = modelPackage();
    const all = Object.values(models);
    if (all.every((model) => isModelShape(model))) return all as DocumentModel[];
  } catch (cause) {
    throw refusal('CODE_NOT_LOADED', `${name} is not JSON; run \`npx nuthatch generate\``, { path: name }, { cause });
  }
  throw refusal('CODE_NOT_LOADED', `${name} holds no models; run \`npx nuthatch generate\``, { path: name });
}

/** @throws DatabaseError `INVALID_OPTION` for a class that is not there. */
function chosen(models: readonly DocumentModel[], names: readonly string[] | undefined): readonly DocumentModel[] {
  if (names === undefined) return models;
  return names.map((name) => {
    const found = models.find((model) => model.name === name);
    if (found !== undefined) return found;
    const known = models.map((model) => model.name).join(', ');
    const what = `no class ${name} is generated; the generated ones are ${known}`;
    throw refusal('INVALID_OPTION', what, { option: 'class', className: name });
  });
}
