/** `nuthatch migrate check`: whether the migrations are complete and lead on from each other; for CI. */
import { existsSync, readFileSync } from 'node:fs';
import {
  exportsDown,
  exportsUp,
  generate,
  type MigrationRecord,
  missingValues,
  readMigrations,
} from '@nuthatch/codegen';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { codeOf, display, folderOfMigrations, type MigrateArguments } from './migrate-arguments.js';

export async function runCheck(options: MigrateArguments, output: Output, root: string): Promise<number> {
  const config = await loadConfig(root, options.config);
  const folder = folderOfMigrations(root, config);
  const records = readMigrations(folder);
  const problems = [
    ...records.flatMap((record) => codeProblems(root, folder, record)),
    ...records.flatMap((record, index) => chainProblems(records, record, index)),
  ];
  const { migrations, files } = await generate({ ...config, root, isCheck: true });
  for (const path of migrations)
    problems.push(`${display(root, path)} is to be written: run \`npx nuthatch generate\``);
  for (const { path, action } of files)
    if (action !== 'unchanged')
      problems.push(`${display(root, path)} would be ${action}: run \`npx nuthatch generate\``);
  const notes = records.flatMap((record) => wayBackNotes(folder, record));
  if (options.json) output.out(JSON.stringify({ migrationCount: records.length, problems, notes }, undefined, 2));
  else {
    for (const problem of problems) output.err(problem);
    for (const note of notes) output.out(note);
    const count = `${records.length} ${records.length === 1 ? 'migration' : 'migrations'}`;
    if (problems.length === 0) output.out(`${count}, complete.`);
    else output.err(`${count}, ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`);
  }
  return problems.length > 0 ? 1 : 0;
}

function codeProblems(root: string, folder: string, { id, kind }: MigrationRecord): readonly string[] {
  if (kind === 'merge') return [];
  const path = codeOf(folder, id);
  if (!existsSync(path)) return [`${display(root, path)} is missing`];
  const text = readFileSync(path, 'utf8');
  const problems = missingValues(text).map((field) => `${display(root, path)} does not say what ${field} is to be`);
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
  return isKnown ? [] : [`${id} leads on from a state that no migration before it leads to: is one missing?`];
}

function wayBackNotes(folder: string, { id, kind }: MigrationRecord): readonly string[] {
  const path = codeOf(folder, id);
  if (kind === 'merge' || !existsSync(path) || exportsDown(readFileSync(path, 'utf8'))) return [];
  return [`${id} has no way back`];
}
