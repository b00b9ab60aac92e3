/**
 * The record beside a migration's code, in `models.json` of its folder: between which states of the models it leads,
 * and the models themselves, so that it can be run when the classes of that time are long gone.
 *
 *   schemas/migrations/0003-player-rename-nick/migration.ts    the user's
 *   schemas/migrations/0003-player-rename-nick/models.json     this; never written again
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalText, DatabaseError, type DocumentModel, diffModels, modelFingerprint } from '@nuthatch/model';

import type { EarlierModels } from '../emit/models-emitter.js';

/** Version of the layout of a migration's models.json. */
const RECORD_FORMAT = 1;

/** `collections`: one function up and down a collection. `database`: sees all. `merge`: joins branches, no code. */
export type MigrationKind = 'collections' | 'database' | 'merge';

export interface MigrationRecord {
  /** The folder's name, `0003-player-rename-nick`. */
  readonly id: string;
  readonly kind: MigrationKind;
  /** modelsHash of the state before; two where branches join. */
  readonly parents: readonly string[];
  /** modelsHash of the state after. */
  readonly result: string;
  /** The collections it touches, before and after. */
  readonly before: readonly DocumentModel[];
  readonly after: readonly DocumentModel[];
  /** Collection (its name before) → fingerprints of its models between the migration before and this one. */
  readonly earlier?: EarlierModels;
  /** Collection (its name after) → new name of a renamed field → its old one. */
  readonly renames?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Folders of migrations: four digits, a dash and a name. */
const MIGRATION_FOLDER = /^\d{4,}-[^/\\]+$/;

/** Names of the folders that hold a migration, in order; none for a folder that is not there. */
export function migrationFolders(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => MIGRATION_FOLDER.test(name) && existsSync(join(folder, name, 'models.json')))
    .sort(byNumber);
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);
}

/**
 * Reads the records of all migrations, in order of their numbers.
 *
 * @throws DatabaseError `GENERATION_FAILED` for a record that was edited into something else.
 */
export function readMigrations(folder: string): readonly MigrationRecord[] {
  return migrationFolders(folder).map((id) => {
    const path = join(folder, id, 'models.json');
    const record = parseRecord(id, readFileSync(path, 'utf8'));
    if (record) return record;
    const what = `${path} was changed after it was written; restore it from version control`;
    throw new DatabaseError('GENERATION_FAILED', what, { file: path });
  });
}

/** The text of a record's models.json. */
export function formatRecord({ kind, parents, result, before, after, renames, earlier }: MigrationRecord): string {
  const head = {
    format: RECORD_FORMAT,
    kind,
    parents,
    result,
    ...(renames && { renames }),
    ...(earlier && { earlier }),
  };
  const lines = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  lines.push(`  "before": ${modelList(before)}`, `  "after": ${modelList(after)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function modelList(models: readonly DocumentModel[]): string {
  if (models.length === 0) return '[]';
  return `[\n${models.map((model) => `    ${canonicalText(model).replace(/\n/g, '\n    ')}`).join(',\n')}\n  ]`;
}

function parseRecord(id: string, text: string): MigrationRecord | undefined {
  try {
    const { format, kind, parents, result, before, after, renames, earlier } = JSON.parse(text) as MigrationRecord & {
      format: number;
    };
    const areLists = [parents, before, after].every((value) => Array.isArray(value));
    if (format !== RECORD_FORMAT || !areLists || typeof result !== 'string') return undefined;
    return { id, kind, parents, result, before, after, ...(renames && { renames }), ...(earlier && { earlier }) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The changes of a migration, in words: `player: renames nick to name`. */
export function describeMigration(record: MigrationRecord): readonly string[] {
  if (record.kind === 'merge') return ['joins two branches'];
  const pairs = record.before.flatMap((before, index) => {
    const sameName = record.after.find(({ collection }) => collection === before.collection);
    const after = record.kind === 'collections' ? record.after[index] : sameName;
    return after ? [{ before, after }] : [];
  });
  const lines = pairs.flatMap(({ before, after }) => {
    const { collection } = after;
    const renamedFrom = new Map(Object.entries(record.renames?.[collection] ?? {}));
    return diffModels(before, after, renamedFrom).map(({ description }) => `${collection}: ${description}`);
  });
  return record.kind === 'database' ? ['sees the whole database', ...lines] : lines;
}

/** One collection's way through a migration. */
export interface CollectionStep {
  readonly before: DocumentModel;
  readonly after: DocumentModel;
}

/** The collections a migration leads from one model to another; none for whole-database ones and merges. */
export function stepsOf({ kind, before, after }: MigrationRecord): readonly CollectionStep[] {
  if (kind !== 'collections') return [];
  // In the same order in both lists; a collection may go on under another name.
  return before.flatMap((old, index) => {
    const now = after[index];
    return now && modelFingerprint(now) !== modelFingerprint(old) ? [{ before: old, after: now }] : [];
  });
}
