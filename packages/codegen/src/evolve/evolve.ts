/** From the models of the last run to those of this one: what changed in words, and the migrations it takes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentModel, diffModels, modelFingerprint } from '@nuthatch/model';
import { emitDatabaseMigration } from '../emit/database-migration-emitter.js';
import { emitMerge } from '../emit/merge-emitter.js';
import { emitMigration, migrationName } from '../emit/migration-emitter.js';
import type { EarlierModels, StoredModels } from '../emit/models-emitter.js';
import {
  type ClassRename,
  type FieldRename,
  findClassRenames,
  findRenames,
  parseClassRename,
  parseRenames,
  type RenameCandidate,
} from './find-renames.js';
import { nextKept, withKept } from './kept-fields.js';
import { type LiveCollection, liveFit, rebuildNote } from './live-evidence.js';
import { exportsDown } from './migration-code.js';
import { formatRecord, type MigrationRecord, readMigrations } from './migration-record.js';
import { describeMoved, type MovedEnum, movedEnums } from './moved-enums.js';
import type { EnumNames, KeptTypes } from './noted-models.js';
import {
  headsNote,
  type MigrationWish,
  type ModelPair,
  modelPairs,
  nextEarlier,
  planMigrations,
} from './plan-migrations.js';
import type { PlannedMigration } from './planned-migration.js';

export interface EvolutionInput {
  /** Folder of all migrations. */
  readonly folder: string;
  readonly stored: StoredModels;
  readonly models: readonly DocumentModel[];
  /** Members of enums of numbers, by collection. */
  readonly enums?: EnumNames;
  /** Relative imports of migrations end in it. */
  readonly extension: string;
  /** `nick:nickname` or `Player.nick:nickname`. */
  readonly renames: readonly string[];
  /** Asked for each pair of fields that may be one, likeliest first. Without it they are not taken for one. */
  readonly confirmRename?: ((candidate: RenameCandidate) => boolean | Promise<boolean>) | undefined;
  readonly wish?: MigrationWish | undefined;
  /** Asked once, where stored documents would say more than models alone: an index to build, a field renamed. */
  readonly readData?: (() => Promise<ReadonlyMap<string, LiveCollection>>) | undefined;
}

/** A migration's folder that is to be written. */
export interface NewMigration {
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
}

export interface Evolution {
  /** `player: adds range index age`. */
  readonly modelChanges: readonly string[];
  readonly migrations: readonly NewMigration[];
  /** Every migration, the new ones too. */
  readonly records: readonly MigrationRecord[];
  readonly heads: readonly string[];
  /** To be noted beside the models. */
  readonly earlier: EarlierModels;
  /** Fields that were dropped and that documents keep; to be noted beside the models. */
  readonly kept: KeptTypes;
  /** Pairs of fields that may be one and were not said to be. */
  readonly possibleRenames: readonly RenameCandidate[];
}

/**
 * Reads the migrations and plans what is missing; writes nothing.
 *
 * @throws DatabaseError `MIGRATION_CONFLICT`, `INVALID_OPTION` for a rename that fits nothing, `GENERATION_FAILED`.
 */
export async function evolve(input: EvolutionInput): Promise<Evolution> {
  const { folder, stored, models } = input;
  const records = readMigrations(folder);
  const { classRenames, possibleClasses, fieldTexts } = await askForClasses(input);
  const moved = Object.fromEntries(
    models.map(({ collection }) => [collection, movedEnums(stored.enums?.[collection], input.enums?.[collection])]),
  );
  const state = {
    records,
    oldModels: stored.models,
    oldHeads: stored.heads,
    classRenames,
    earlier: stored.earlier,
    kept: stored.kept,
    moved,
  };
  const changed = modelPairs(state, models).filter(
    ({ before, after }) => modelFingerprint(before) !== modelFingerprint(after),
  );
  const data = changed.some(asksForData) ? await input.readData?.() : undefined;
  const { renames, possible } = await askForRenames({ ...input, renames: fieldTexts }, changed, data);
  const planned = planMigrations(state, models, renames, migrationName, input.wish);
  const all = [...records, ...planned.map(({ record }) => record)];
  return {
    modelChanges: describeChanges(stored, models, renames, classRenames, data, moved),
    migrations: planned.map((migration) => ({
      path: join(folder, migration.record.id),
      files: filesOf(migration, input),
    })),
    records: all,
    heads: headsNote(all),
    earlier: nextEarlier(state, models, planned),
    kept: nextKept({ ...state, records: all }, models, (collection) => renamedIn(renames, collection)),
    possibleRenames: [...possibleClasses, ...possible],
  };
}

/** Classes that went on under another name: said to, or asked for. */
async function askForClasses({ stored, models, renames, confirmRename }: EvolutionInput): Promise<{
  readonly classRenames: readonly ClassRename[];
  readonly possibleClasses: readonly RenameCandidate[];
  /** The rest of the texts: renames of fields. */
  readonly fieldTexts: readonly string[];
}> {
  const isIn = (list: readonly DocumentModel[], { collection }: DocumentModel): boolean =>
    list.some((model) => model.collection === collection);
  const gone = stored.models.filter((model) => !isIn(models, model));
  const come = models.filter((model) => !isIn(stored.models, model));
  const said = renames.map((text) => parseClassRename(text, gone, come));
  const classRenames = said.filter((rename) => rename !== undefined);
  const fieldTexts = renames.filter((_, index) => said[index] === undefined);
  const isOpen = (collections: (rename: ClassRename) => string) => (model: DocumentModel) =>
    !classRenames.some((rename) => collections(rename) === model.collection);
  const possibleClasses: RenameCandidate[] = [];
  const candidates = findClassRenames(gone.filter(isOpen(({ from }) => from)), come.filter(isOpen(({ to }) => to)));
  for (const candidate of candidates) {
    const from = candidate.fromCollection!;
    if (await confirmRename?.(candidate)) classRenames.push({ from, to: candidate.collection });
    else possibleClasses.push(candidate);
  }
  return { classRenames, possibleClasses, fieldTexts };
}

function asksForData({ before, after }: ModelPair): boolean {
  if (diffModels(before, after).some(({ rebuilds }) => rebuilds !== undefined)) return true;
  return findRenames(before, after).length > 0;
}

async function askForRenames(
  { renames: texts, confirmRename }: EvolutionInput,
  pairs: readonly ModelPair[],
  data: ReadonlyMap<string, LiveCollection> | undefined,
): Promise<{ renames: readonly FieldRename[]; possible: readonly RenameCandidate[] }> {
  const renames: FieldRename[] = [...parseRenames(texts, pairs)];
  const possible: RenameCandidate[] = [];
  for (const { before, after } of pairs) {
    const live = data?.get(after.collection);
    const fit = (from: string, to: string): number | undefined => live && liveFit(live, after, from, to);
    for (const candidate of findRenames(before, after, fit)) {
      const isSettled = renames.some(
        ({ collection, from, to }) =>
          collection === candidate.collection && (from === candidate.from || to === candidate.to),
      );
      if (isSettled) continue;
      if (await confirmRename?.(candidate)) renames.push(candidate);
      else possible.push(candidate);
    }
  }
  return { renames, possible };
}

function filesOf(
  { record, stub, database, merged }: PlannedMigration,
  { folder, extension }: EvolutionInput,
): Readonly<Record<string, string>> {
  const models = formatRecord(record);
  if (stub) {
    const changes = [
      ...(stub.moved ?? []).map((one) => ({ description: describeMoved(one), needsMigration: true })),
      ...diffModels(stub.before, stub.after, stub.renamedFrom),
    ];
    return { 'migration.ts': emitMigration({ ...stub, changes }), 'models.json': models };
  }
  if (database) return { 'migration.ts': emitDatabaseMigration({ ...record, ...database }), 'models.json': models };
  if (!merged) return { 'models.json': models };
  const { migrations, fields } = merged.other;
  const hasDown = migrations.every(({ id }) => exportsDown(readFileSync(join(folder, id, 'migration.ts'), 'utf8')));
  const code = emitMerge({ before: merged.before, after: merged.after, migrations, fields, hasDown, extension });
  return { 'migration.ts': code, 'models.json': models };
}

function renamedIn(renames: readonly FieldRename[], collection: string): ReadonlyMap<string, string> {
  const own = renames.filter((rename) => rename.collection === collection);
  return new Map(own.map(({ from, to }) => [to, from]));
}

function describeChanges(
  { models: oldModels, kept }: StoredModels,
  models: readonly DocumentModel[],
  renames: readonly FieldRename[],
  classRenames: readonly ClassRename[],
  data: ReadonlyMap<string, LiveCollection> | undefined,
  moved: Readonly<Record<string, readonly MovedEnum[]>>,
): readonly string[] {
  if (oldModels.length === 0) return [];
  const old = new Map(oldModels.map((model) => [model.collection, model]));
  const lines = models.flatMap((model) => {
    const { collection } = model;
    const oldName = classRenames.find(({ to }) => to === collection)?.from ?? collection;
    const was = old.get(oldName);
    old.delete(oldName);
    if (!was) return [`${collection}: new collection`];
    const isSame = modelFingerprint(was) === modelFingerprint(model);
    // The model holds numbers alone: where they are the same ones, no migration can tell before from after.
    const then = isSame ? ' (documents keep their numbers: give members their old ones)' : ' (needs a migration)';
    const shifts = (moved[collection] ?? []).map((one) => `${collection}: ${describeMoved(one)}${then}`);
    if (isSame) return shifts;
    const changes = diffModels(withKept(was, model, kept), model, renamedIn(renames, collection));
    const described = changes.map(
      ({ description, needsMigration, rebuilds }) =>
        `${collection}: ${description}${needsMigration ? ' (needs a migration)' : ''}` +
        (rebuilds === undefined ? '' : rebuildNote(rebuilds, data?.get(collection)?.documentCount)),
    );
    return [...shifts, ...described];
  });
  const gone = [...old.keys()].map((collection) => `${collection}: collection is gone; its documents are kept`);
  return [...lines, ...gone];
}
