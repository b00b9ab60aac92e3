/** Makes one migration of a run of them. The old ones' code stays in its folders, and is what the new one runs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { emitSquash, type SquashedCollection } from '../emit/squash-emitter.js';
import { writeFolder } from '../write/file-writer.js';
import { exportsDown } from './migration-code.js';
import { formatRecord, type MigrationRecord, readMigrations, stepsOf } from './migration-record.js';

export interface SquashInput {
  /** Folder of all migrations. */
  readonly folder: string;
  /** Ids, or their numbers. */
  readonly first: string;
  readonly last: string;
  /** Relative imports end in it. */
  readonly extension: string;
  readonly isDryRun?: boolean;
}

export interface SquashResult {
  /** The new migration. */
  readonly id: string;
  /** Those it takes the place of. */
  readonly replaced: readonly string[];
}

/**
 * Documents in a state between the first and the last are not migrated any more: squash what every database has behind
 * it, or what no database has seen. A crash half way leaves both; the same call again finishes.
 *
 * @throws DatabaseError `INVALID_OPTION` unless the ids are a run of plain migrations that follow each other.
 */
export function squashMigrations(input: SquashInput): SquashResult {
  const { folder, extension } = input;
  const run = runOf(readMigrations(folder), input.first, input.last);
  const [first, last] = [run[0]!, run.at(-1)!];
  const collections = squashedCollections(folder, run);
  const code = emitSquash(collections, extension);
  if (code === undefined)
    throw refusal('a field that was added between them has a default that only its class can make', input);
  const number = (id: string): string => id.slice(0, id.indexOf('-'));
  const id = `${number(last.id)}-squash-${number(first.id)}-to-${number(last.id)}`;
  const record: MigrationRecord = {
    id,
    kind: 'collections',
    parents: first.parents,
    result: last.result,
    before: collections.map(({ steps }) => steps[0]!.before),
    after: collections.map(({ steps }) => steps.at(-1)!.after),
    ...(first.earlier && { earlier: first.earlier }),
  };
  const replaced = run.map((old) => old.id);
  if (input.isDryRun) return { id, replaced };
  if (!existsSync(join(folder, id)))
    writeFolder(join(folder, id), { 'migration.ts': code, 'models.json': formatRecord(record) });
  // Without its record a folder is not a migration any more, only code.
  for (const old of replaced) rmSync(join(folder, old, 'models.json'));
  return { id, replaced };
}

function runOf(records: readonly MigrationRecord[], first: string, last: string): readonly MigrationRecord[] {
  const indexOf = (given: string): number =>
    records.findIndex(({ id }) => id === given || Number.parseInt(id, 10) === Number(given));
  const [from, to] = [indexOf(first), indexOf(last)];
  const refuse = (why: string): never => {
    throw refusal(why, { first, last });
  };
  if (from < 0 || to < 0) return refuse(`there is no migration ${from < 0 ? first : last}`);
  if (from >= to) return refuse('the first has to come before the last');
  const run = records.slice(from, to + 1);
  for (const [index, { id, kind, parents }] of run.entries()) {
    if (kind !== 'collections' || parents.length !== 1)
      return refuse(`${id} ${kind === 'database' ? 'sees the whole database' : 'joins branches'}`);
    if (index > 0 && parents[0] !== run[index - 1]!.result)
      return refuse(`${id} does not come right after ${run[index - 1]!.id}`);
  }
  return run;
}

function squashedCollections(folder: string, run: readonly MigrationRecord[]): readonly SquashedCollection[] {
  const collections = new Map<string, SquashedCollection>();
  for (const record of run) {
    const hasDown = exportsDown(readFileSync(join(folder, record.id, 'migration.ts'), 'utf8'));
    const all = stepsOf(record);
    for (const { before, after } of all) {
      // Under the name it had at first: a collection may have been renamed on the way.
      const goesOn = ({ steps }: SquashedCollection): boolean => steps.at(-1)!.after.collection === before.collection;
      const earlier = [...collections.values()].find(goesOn);
      const collection = earlier?.collection ?? before.collection;
      collections.set(collection, {
        collection,
        steps: [...(earlier?.steps ?? []), { id: record.id, before, after, isOneOfSeveral: all.length > 1 }],
        hasDown: hasDown && earlier?.hasDown !== false,
      });
    }
  }
  return [...collections.values()];
}

function refusal(why: string, { first, last }: { readonly first: string; readonly last: string }): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `${first} to ${last} cannot be made one: ${why}`, { first, last });
}
