/** `nuthatch generate`: one run, a check, or a run whenever a source changes. */
import { relative } from 'node:path';
import type { GenerateResult, GeneratorConfig } from '@nuthatch/codegen';
import { renameHints, renameQuestion } from '../ask-renames.js';
import { EXIT, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG, RENAME_FLAG } from '../flags.js';
import { liveData } from '../live-data.js';
import { loadConfig } from '../load-config.js';
import type { Output } from '../output.js';
import { codegen } from '../packages.js';
import { collect, printFailure, type VerbOptions, type VerbRegistry } from '../verb.js';

interface GenerateArguments extends VerbOptions {
  readonly watch?: boolean;
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly config?: string;
  readonly rename?: readonly string[];
  readonly data?: string;
}

export function addGenerate(registry: VerbRegistry): void {
  registry.program
    .command('generate')
    .description('write repositories, codecs and validators for the document classes')
    .option('--watch', 'generate again whenever a source changes')
    .option('--check', 'write nothing; exit 1 when something would change')
    .option('--dry-run', 'write nothing; say what would change')
    .option(...JSON_FLAG)
    .option('--force', 'overwrite generated files that were edited by hand')
    .option(...RENAME_FLAG, collect)
    .option('--data <directory>', 'a database to take figures from (default: `data` of the configuration)')
    .option(...CONFIG_FLAG)
    .action(registry.runVerb(runGenerate));
}

async function runGenerate(options: GenerateArguments, output: Output, root: string): Promise<number> {
  const config = await loadConfig(root, options.config);
  if (options.watch && (options.check || options.dryRun))
    throw new UsageError('watch', '--watch cannot be used with --check or --dry-run');
  if (!options.watch) return runOnce(options, config, output, root);
  // A class that is half written is no reason to stop watching it.
  const runOrReport = async (): Promise<number> => {
    try {
      return await runOnce(options, config, output, root);
    } catch (error) {
      return printFailure(error, options.json === true, output);
    }
  };
  await runOrReport();
  const { watchSources } = await import('../watch-sources.js');
  await watchSources(root, config, runOrReport, output);
  return EXIT.done;
}

async function runOnce(
  options: GenerateArguments,
  config: GeneratorConfig,
  output: Output,
  root: string,
): Promise<number> {
  const startMs = performance.now();
  const result = await generateWith(options, config, output, root);
  const tookMs = Math.round(performance.now() - startMs);
  const stale = result.files.filter(({ action }) => action !== 'unchanged');
  if (options.json) output.out(JSON.stringify(toJson(result, root, tookMs), undefined, 2));
  else print(result, stale, options, output, root, tookMs);
  if (result.diagnostics.length > 0) return EXIT.refused;
  return options.check && (stale.length > 0 || result.migrations.length > 0) ? EXIT.refused : EXIT.done;
}

function generateWith(
  options: GenerateArguments,
  config: GeneratorConfig,
  output: Output,
  root: string,
): Promise<GenerateResult> {
  const { generate } = codegen();
  const isSilent = options.check || options.dryRun || options.json;
  const confirmRename = isSilent ? undefined : renameQuestion(output);
  const readData = liveData(root, options.data ?? config.data, output);
  return generate({
    ...config,
    root,
    isCheck: options.check === true,
    isDryRun: options.dryRun === true,
    isForced: options.force === true,
    renames: options.rename ?? [],
    ...(confirmRename && { confirmRename }),
    ...(readData && { readData }),
  });
}

function print(
  result: GenerateResult,
  stale: GenerateResult['files'],
  options: GenerateArguments,
  output: Output,
  root: string,
  tookMs: number,
): void {
  const display = (path: string): string => relative(root, path) || path;
  if (result.diagnostics.length > 0) {
    const { formatDiagnostic } = codegen();
    for (const diagnostic of result.diagnostics) output.err(formatDiagnostic(diagnostic, display));
    output.err(
      `${result.diagnostics.length} ${result.diagnostics.length === 1 ? 'problem' : 'problems'}; nothing was written.`,
    );
    return;
  }
  const isWriting = !options.check && !options.dryRun;
  for (const warning of result.warnings) output.err(warning);
  for (const line of [...result.modelChanges, ...renameHints(result.possibleRenames)]) output.out(line);
  // One write for all lines: a thousand classes are a thousand lines.
  const lines = stale.map(({ path, action }) => {
    const isEdited = action === 'edited';
    return `${isEdited ? 'edited by hand' : isWriting ? action : `would be ${action}`}: ${display(path)}`;
  });
  if (lines.length > 0) output.out(lines.join('\n'));
  for (const path of result.migrations) output.out(`${isWriting ? 'created' : 'would be created'}: ${display(path)}`);
  const count = `${result.documentCount} ${result.documentCount === 1 ? 'document class' : 'document classes'}`;
  if (options.check && stale.length + result.migrations.length > 0)
    output.err('Generated code is out of date: run `npx nuthatch generate`.');
  else if (stale.length === 0) output.out(`${count}, nothing to do (${tookMs} ms).`);
  else
    output.out(
      `${count}, ${stale.length} ${stale.length === 1 ? 'file' : 'files'} ${isWriting ? 'written' : 'would change'} in ${tookMs} ms${styleNote(result)}.`,
    );
}

function styleNote({ importStyle }: GenerateResult): string {
  if (!importStyle) return '';
  return `; imports ${importStyle.extension ? `end in ${importStyle.extension}` : 'have no extension'}, since ${importStyle.reason}`;
}

function toJson(result: GenerateResult, root: string, tookMs: number): unknown {
  return {
    documentCount: result.documentCount,
    tookMs,
    wasCached: result.wasCached,
    files: result.files.map(({ path, action }) => ({ path: relative(root, path), action })),
    modelChanges: result.modelChanges,
    migrations: result.migrations.map((path) => relative(root, path)),
    possibleRenames: result.possibleRenames,
    warnings: result.warnings,
    diagnostics: result.diagnostics.map((diagnostic) => ({
      ...diagnostic,
      position: { ...diagnostic.position, file: relative(root, diagnostic.position.file) },
    })),
  };
}
