/**
 * `nuthatch migrate check`: whether the migrations are complete and lead on from each other, and with a database, whether
 * its documents go through them; for CI.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { MigrationRecord } from '@nuthatch/codegen';
import { jsonValue } from '../../document-diff.js';
import { UsageError } from '../../exit-code.js';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { codegen } from '../../packages.js';
import type { VerbRegistry } from '../../verb.js';
import { codeOf, display, folderOfMigrations, type MigrateArguments, readingVerb } from './migrate-arguments.js';
import type { TriedDocuments } from './try-documents.js';
import { tryDocuments } from './try-documents.js';

interface CheckArguments extends MigrateArguments {
  /** Documents of each stored model that are tried; default all. */
  readonly sample?: string;
}

export function addCheck(registry: VerbRegistry): void {
  const description =
    'exit 1 when a migration is missing, incomplete or leads nowhere, or when documents do not go through';
  readingVerb(registry, 'check', description)
    .option('--sample <count>', 'try this many documents of each stored class (default: all)')
    .action(registry.runVerb(runCheck));
}

async function runCheck(options: CheckArguments, output: Output, root: string): Promise<number> {
  const { generate, readMigrations } = codegen();
  const sample = sampleOf(options);
  const config = await loadConfig(root, options.config);
  const folder = await folderOfMigrations(root, config);
  const records = readMigrations(folder);
  const problems = [
    ...records.flatMap((record) => codeProblems(root, folder, record)),
    ...records.flatMap((record, index) => chainProblems(records, record, index)),
  ];
  const { migrations, files } = await generate({ ...config, root, isCheck: true });
  for (const path of migrations)
    problems.push(`${display(root, path)} is not written yet: run \`npx nuthatch generate\``);
  for (const { path, action } of files)
    if (action !== 'unchanged')
      problems.push(`${display(root, path)} would be ${action}: run \`npx nuthatch generate\``);
  const notes = records.flatMap((record) => wayBackNotes(folder, record));
  // An incomplete migration would fail for every document.
  const tried = problems.length > 0 ? undefined : await tryDocuments(root, config, options, sample, output);
  const hasFailed = typeof tried === 'object' && tried.problem !== undefined;
  if (options.json) {
    const documents = typeof tried === 'string' ? { notTried: tried } : tried;
    const result = { migrationCount: records.length, problems, notes, ...(documents && { documents }) };
    output.out(JSON.stringify(result, jsonValue, 2));
  } else {
    for (const problem of problems) output.err(problem);
    for (const note of notes) output.out(note);
    if (tried !== undefined && records.length > 0) printTried(tried, options, output);
    const count = `${records.length} ${records.length === 1 ? 'migration' : 'migrations'}`;
    if (problems.length === 0 && hasFailed) output.err(`${count}, complete, but not right for these documents.`);
    else if (problems.length === 0) output.out(`${count}, complete.`);
    else output.err(`${count}, ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`);
  }
  return problems.length > 0 || hasFailed ? 1 : 0;
}

/** @throws DatabaseError `INVALID_OPTION` for a sample that is not a count. */
function sampleOf({ sample }: CheckArguments): number | undefined {
  if (sample === undefined) return undefined;
  if (/^[1-9]\d*$/.test(sample)) return Number(sample);
  const what = `--sample must be a number of documents, found ${JSON.stringify(sample)}`;
  throw new UsageError('sample', what);
}

function printTried(tried: TriedDocuments | string, { sample }: CheckArguments, output: Output): void {
  if (typeof tried === 'string') {
    output.out(`Documents were not tried: ${tried}`);
    return;
  }
  const { failures, failureCount, problem, triedCount, changedCount } = tried;
  const number = (count: number): string => count.toLocaleString('en-US');
  if (problem === undefined) {
    const noun = triedCount === 1 ? 'document' : 'documents';
    const of = `${noun} tried${sample === undefined ? '' : `, at most ${sample} of each stored class`}`;
    output.out(`${number(triedCount)} ${of}: ${number(changedCount)} would be migrated, none fails.`);
    return;
  }
  for (const { collection, key, problem: its } of failures) output.err(`${collection} ${String(key)}: ${its}`);
  if (failureCount > failures.length) output.err(`… and ${number(failureCount - failures.length)} more`);
  if (failureCount === 0) output.err(problem);
  else output.err(`${number(failureCount)} ${failureCount === 1 ? 'document does' : 'documents do'} not go through.`);
}

function codeProblems(root: string, folder: string, { id, kind }: MigrationRecord): readonly string[] {
  const { exportsUp, missingValues } = codegen();
  if (kind === 'merge') return [];
  const path = codeOf(folder, id);
  if (!existsSync(path)) return [`${display(root, path)} is missing`];
  const text = readFileSync(path, 'utf8');
  const problems = missingValues(text).map((field) => `${display(root, path)} gives no value for ${field}`);
  return exportsUp(text) ? problems : [...problems, `${display(root, path)} exports no \`up\``];
}

/** Each but the first leads on from one that is there. */
function chainProblems(
  records: readonly MigrationRecord[],
  { id, parents }: MigrationRecord,
  index: number,
): readonly string[] {
  const roots = new Set(records[0]!.parents);
  const earlier = new Set(records.slice(0, index).map(({ result }) => result));
  const isKnown = parents.every((parent) => roots.has(parent) || earlier.has(parent));
  return isKnown ? [] : [`${id} starts from a state that no earlier migration produces: is one missing?`];
}

function wayBackNotes(folder: string, { id, kind }: MigrationRecord): readonly string[] {
  const path = codeOf(folder, id);
  if (kind === 'merge' || !existsSync(path) || codegen().exportsDown(readFileSync(path, 'utf8'))) return [];
  return [`${id} has no \`down\`, so it cannot be undone`];
}
