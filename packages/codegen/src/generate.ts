/**
 * The generator on one screen: find sources, read them into models, check the models, emit text, write what changed.
 *
 * Sources are parsed, never run. Bad models are all reported together and nothing is written then.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { checkModel, checkModels, DatabaseError, type ModelProblem } from '@nuthatch/model';
import { checkCollections } from './check-collections.js';
import { checkNames } from './check-names.js';
import type { Diagnostic, DiagnosticCode, Diagnostics } from './diagnostic.js';
import { type DocumentSource, modelsOf } from './document-source.js';
import type { StoredModels } from './emit/models-emitter.js';
import type { Evolution, EvolutionInput } from './evolve/evolve.js';
import type { RenameCandidate } from './evolve/find-renames.js';
import { migrationFolders } from './evolve/migration-record.js';
import { migrationsFolder } from './evolve/migrations-folder.js';
import type { EnumNames } from './evolve/noted-models.js';
import type { GeneratorOptions } from './generator-options.js';
import type { ImportStyle } from './read/import-style.js';
import { dependenciesOf, nearestManifest, SYNC_PACKAGE } from './read/package-dependency.js';
import { DEFAULT_OUTPUT, schemaFiles } from './schema-files.js';
import { checkSearchPackages, missingSearchPackages } from './search-packages.js';
import { GENERATOR_VERSION } from './version.js';
import type { ViewSource } from './view-source.js';
import { type FileChange, planFiles, writeFolder, writePlanned } from './write/file-writer.js';
import { InputCache } from './write/input-cache.js';

export interface GenerateResult {
  readonly documentCount: number;
  readonly files: readonly FileChange[];
  /** Everything wrong; nothing was written when there is anything. */
  readonly diagnostics: readonly Diagnostic[];
  /** The differences from the committed models, in words: `player: adds range index age`. */
  readonly modelChanges: readonly string[];
  /** Migrations written, absolute paths of their code, or of models.json for a merge without any. */
  readonly migrations: readonly string[];
  /** Pairs of fields that may be one field renamed, and were taken for two: say so with `renames`. */
  readonly possibleRenames: readonly RenameCandidate[];
  /** The errors to expect when the classes are compiled, and their remedies; the code was generated all the same. */
  readonly warnings: readonly string[];
  readonly importStyle?: ImportStyle;
  /** Nothing had changed since the last run, and nothing was read but hashes. */
  readonly wasCached: boolean;
}

/**
 * Generates; with `isCheck` or `isDryRun` only says what would change.
 *
 * @throws DatabaseError `GENERATION_FAILED` when no schemas are found or a generated file was edited by hand.
 */
export async function generate(options: GeneratorOptions): Promise<GenerateResult> {
  const { root, isCheck = false, isDryRun = false, isForced = false } = options;
  const output = resolve(root, options.output ?? DEFAULT_OUTPUT);
  const tsconfig = findTsconfig(root, options.tsconfig);
  const schemas = schemaFiles(root, options);
  const dependencies = dependenciesOf(nearestManifest(output));
  const hasSync = options.sync ?? dependencies.has(SYNC_PACKAGE);
  const missing = missingSearchPackages(dependencies, output, options.search);
  const cache = new InputCache(
    root,
    JSON.stringify([
      GENERATOR_VERSION,
      output,
      tsconfig,
      options.importExtension,
      options.migrations,
      hasSync,
      missing,
    ]),
  );
  const folder = migrationsFolder(root, schemas, options.migrations);
  const read = (): readonly string[] => [...schemas, ...migrationFolders(folder)];
  const isAsked = isForced || (options.renames ?? []).length > 0 || options.newMigration !== undefined;
  const cachedCount = isAsked ? undefined : cache.unchanged(read());
  if (cachedCount !== undefined) {
    return {
      documentCount: cachedCount,
      files: [],
      diagnostics: [],
      modelChanges: [],
      migrations: [],
      possibleRenames: [],
      warnings: [],
      wasCached: true,
    };
  }

  const { readSources } = await import('./read/source-reader.js');
  const {
    sources: found,
    views: foundViews,
    diagnostics,
    texts,
    checkedFiles,
    absentPaths,
  } = readSources(schemas, tsconfig);
  const classNames = new Set([...found, ...foundViews].map(({ model }) => model.name));
  const sources = found.map((source) => ({ ...source, classNames }));
  const views = foundViews.map((view) => ({ ...view, classNames }));
  checkSources([...sources, ...views], diagnostics);
  checkSearchPackages(sources, missing, diagnostics);
  if (sources.length === 0 && diagnostics.list.length === 0) {
    diagnostics.add(
      'NO_DOCUMENTS',
      { file: schemas[0]!, line: 1, column: 1 },
      'no class is decorated with @Document',
      'decorate one, or correct `schemas` in nuthatch.config.ts.',
    );
  }
  const nothing = { files: [], modelChanges: [], migrations: [], possibleRenames: [], warnings: [], wasCached: false };
  if (diagnostics.list.length > 0)
    return { ...nothing, documentCount: sources.length, diagnostics: diagnostics.sorted() };

  const { missingLegacyDecorators } = await import('./read/legacy-decorators.js');
  const warnings = [missingLegacyDecorators(texts, tsconfig)].filter((text) => text !== undefined);
  const { detectImportStyle } = await import('./read/import-style.js');
  const importStyle =
    explicitStyle(options) ??
    detectImportStyle(
      schemas.map((file) => texts.get(file)!),
      tsconfig,
    );
  const evolution = await evolveFrom(await readStoredModels(output), {
    folder,
    models: sources.flatMap(modelsOf),
    enums: enumsOf(sources),
    extension: importStyle.extension,
    renames: options.renames ?? [],
    confirmRename: options.confirmRename,
    readData: options.readData,
    wish: options.newMigration,
  });
  const files = await emitFiles(sources, views, output, importStyle.extension, folder, evolution, hasSync);
  const changes = planFiles(output, files, isForced);

  const result = {
    documentCount: sources.length,
    files: changes,
    diagnostics: [],
    modelChanges: evolution.modelChanges,
    migrations: evolution.migrations.map(({ path, files: made }) => join(path, Object.keys(made)[0]!)),
    possibleRenames: evolution.possibleRenames,
    warnings,
    importStyle,
    wasCached: false,
  };
  if (isCheck || isDryRun) return result;
  refuseEdited(changes);
  // Migrations first: a crash before the models are written finds them there on the next run, and writes no second.
  for (const migration of evolution.migrations) writeFolder(migration.path, migration.files);
  writePlanned(output, files, changes);
  // A warning is repeated until its cause is removed.
  if (warnings.length === 0)
    cache.store(read(), {
      texts: await readAndWritten(root, output, texts, checkedFiles, files, tsconfig),
      absent: existsSync(join(root, 'package.json')) ? absentPaths : [...absentPaths, join(root, 'package.json')],
      documentCount: sources.length,
    });
  return result;
}

/** Nothing but time is lost where neither models nor migrations are there: then the parts for it are not loaded. */
async function evolveFrom(stored: StoredModels, input: Omit<EvolutionInput, 'stored'>): Promise<Evolution> {
  if (stored.models.length === 0 && migrationFolders(input.folder).length === 0)
    return { modelChanges: [], migrations: [], records: [], heads: [], earlier: {}, kept: {}, possibleRenames: [] };
  const { evolve } = await import('./evolve/evolve.js');
  return evolve({ ...input, stored });
}

async function readAndWritten(
  root: string,
  output: string,
  texts: ReadonlyMap<string, string>,
  checkedFiles: readonly string[],
  files: ReadonlyMap<string, string>,
  tsconfig: string | undefined,
): Promise<readonly (readonly [path: string, text: string])[]> {
  const written = [...files].map(([name, text]) => [join(output, name), text] as const);
  const { configFiles } = await import('./read/compiler-options.js');
  // Its `imports` say what `#names` mean.
  const manifest = join(root, 'package.json');
  const others = [
    ...checkedFiles.filter((path) => !texts.has(path)),
    ...(tsconfig ? configFiles(tsconfig) : []),
    ...(existsSync(manifest) ? [manifest] : []),
  ];
  return [...texts, ...written, ...others.map((path) => [path, readFileSync(path, 'utf8')] as const)];
}

function checkSources(sources: readonly DocumentSource[], diagnostics: Diagnostics): void {
  const report = (
    source: DocumentSource,
    { code, field, message, hint }: Omit<ModelProblem, 'code'> & { readonly code: DiagnosticCode },
  ): void => {
    const position = (field !== undefined && source.fieldPositions.get(field)) || source.position;
    diagnostics.add(code, position, message, hint);
  };
  for (const source of sources) for (const problem of checkModel(source.model)) report(source, problem);
  for (const problem of checkModels(sources.map((source) => source.model))) {
    report(sources.find((source) => source.model === problem.model)!, problem);
  }
  for (const problem of checkCollections(sources)) report(problem.source, problem);
  for (const problem of checkNames(sources)) report(problem.source, problem);
}

async function emitFiles(
  sources: readonly DocumentSource[],
  views: readonly ViewSource[],
  output: string,
  extension: string,
  migrations: string,
  { records, heads, earlier, kept }: Evolution,
  hasSync: boolean,
): Promise<ReadonlyMap<string, string>> {
  const [{ emitDocument }, { emitIndex }, { emitModels }] = await Promise.all([
    import('./emit/document-emitter.js'),
    import('./emit/index-emitter.js'),
    import('./emit/models-emitter.js'),
  ]);
  const fileName = ({ model }: DocumentSource): string => kebab(model.name);
  const importPath = (file: string): string => {
    const path = relative(output, file).split(sep).join('/');
    const imported = importedPath(path, extension);
    return imported.startsWith('.') ? imported : `./${imported}`;
  };
  const files = new Map<string, string>();
  const modulePath = (source: DocumentSource): string => `./${fileName(source)}${extension}`;
  const relations = { sources, modulePath };
  for (const source of sources) files.set(`${fileName(source)}.ts`, emitDocument(source, importPath, relations));
  if (views.length > 0) {
    const { emitView } = await import('./emit/view-emitter.js');
    for (const view of views) files.set(`${fileName(view)}.ts`, emitView(view, importPath));
  }
  if (records.length > 0) {
    const { emitManifest, migrationModule } = await import('./emit/manifest-emitter.js');
    const migrationPath = (id: string): string => importPath(join(migrations, migrationModule(id, '.ts')));
    files.set('migrations.ts', emitManifest(records, migrationPath, earlier));
  }
  const manifest = records.length > 0 ? `./migrations${extension}` : undefined;
  files.set('index.ts', emitIndex(sources, modulePath, manifest, hasSync, views));
  const models = sources.flatMap(modelsOf);
  files.set('models.json', emitModels(models, heads, earlier, kept, enumsOf(sources)));
  return files;
}

/** `player.mts` is imported as `player.mjs` whatever the style: without an extension nothing finds it. */
function importedPath(path: string, extension: string): string {
  const [, stem, letter = ''] = /^(.*?)(?:\.d)?\.([mc]?)tsx?$/.exec(path) ?? [];
  if (stem === undefined) return `${path}${extension}`;
  if (extension === '.ts') return path;
  return letter === '' ? `${stem}${extension}` : `${stem}.${letter}js`;
}

function enumsOf(sources: readonly DocumentSource[]): EnumNames {
  return Object.fromEntries(
    sources.flatMap((source) => {
      const { enums = {} } = source;
      return Object.keys(enums).length === 0 ? [] : modelsOf(source).map(({ collection }) => [collection, enums]);
    }),
  );
}

async function readStoredModels(output: string): Promise<StoredModels> {
  const path = join(output, 'models.json');
  if (!existsSync(path)) return { models: [], heads: [], earlier: {} };
  const { parseModels } = await import('./emit/models-emitter.js');
  return parseModels(readFileSync(path, 'utf8'));
}

function refuseEdited(changes: readonly FileChange[]): void {
  const edited = changes.filter(({ action }) => action === 'edited').map(({ path }) => path);
  if (edited.length === 0) return;
  const what = `${edited.join(', ')} ${edited.length === 1 ? 'was' : 'were'} edited by hand or not written by nuthatch; --force overwrites`;
  throw new DatabaseError('GENERATION_FAILED', what, { files: edited });
}

function explicitStyle({ importExtension }: GeneratorOptions): ImportStyle | undefined {
  if (importExtension === undefined || importExtension === 'auto') return undefined;
  return { extension: importExtension, reason: 'the configuration says so' };
}

function findTsconfig(root: string, given: string | undefined): string | undefined {
  const path = resolve(root, given ?? 'tsconfig.json');
  if (existsSync(path)) return path;
  if (given === undefined) return undefined;
  throw new DatabaseError('CONFIG_INVALID', `the tsconfig ${path} does not exist`, { path });
}

/** `ClubMember` → `club-member`; never a name that is taken; the dot is in no class's name. */
function kebab(name: string): string {
  const text = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
  return text === 'index' || text === 'migrations' ? `${text}.document` : text;
}
