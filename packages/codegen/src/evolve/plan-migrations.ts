/** Which migrations the classes need, from what is there and what has changed. Pure: nothing is read or written. */
import {
  compact,
  type DocumentModel,
  diffModels,
  type ModelChange,
  modelFingerprint,
  modelsHash,
} from '@nuthatch/model';
import type { EarlierModels } from '../emit/models-emitter.js';
import type { FieldRename } from './find-renames.js';
import { withKept } from './kept-fields.js';
import { headsOf, isSameModel } from './migration-branches.js';
import type { MigrationRecord } from './migration-record.js';
import { describeMoved, type MovedEnum } from './moved-enums.js';
import { nextId, planMerges } from './plan-merges.js';
import type { EvolutionState, PlannedMigration } from './planned-migration.js';

/** The user's wishes for the next migration, beyond what the models require. */
export interface MigrationWish {
  /** Its name after the number. */
  readonly name?: string | undefined;
  /** One migration that sees the whole database, though nothing may have changed. */
  readonly isDatabase?: boolean | undefined;
}

/** A class whose model changed since it was last generated, or last migrated. */
export interface ModelPair {
  readonly before: DocumentModel;
  readonly after: DocumentModel;
}

/**
 * Each class's model before: as it was generated last. After a merge that says too little, then it is what the last
 * migration of the collection made of it.
 */
export function modelPairs(state: EvolutionState, models: readonly DocumentModel[]): readonly ModelPair[] {
  const old = modelsBefore(state);
  const names = new Map(state.classRenames?.map(({ from, to }) => [to, from]));
  return models.flatMap((after) => {
    const before = old.get(after.collection) ?? old.get(names.get(after.collection) ?? '');
    return before ? [{ before, after }] : [];
  });
}

function modelsBefore({ records, oldModels, oldHeads }: EvolutionState): ReadonlyMap<string, DocumentModel> {
  const old = new Map(oldModels.map((model) => [model.collection, model]));
  const heads = headsOf(records);
  const isTrusted = heads.length === oldHeads.length && heads.every((head) => oldHeads.includes(head));
  if (isTrusted) return old;
  for (const { before, after } of records) {
    for (const { collection } of before) old.delete(collection);
    for (const model of after) old.set(model.collection, model);
  }
  return old;
}

/** Gives a migration's folder its name, after the number. */
export type FolderName = (collection: string, changes: readonly ModelChange[]) => string;

/**
 * The migrations to write: first those that join branches, then one for each class whose stored documents the new
 * class cannot read by itself, or whose fields were renamed. A class with another id gets one that sees the whole
 * database, since its documents are found under other keys.
 *
 * @throws DatabaseError `MIGRATION_CONFLICT` for branches that do not go together.
 */
export function planMigrations(
  state: EvolutionState,
  models: readonly DocumentModel[],
  renames: readonly FieldRename[],
  folderName: FolderName,
  wish: MigrationWish = {},
): readonly PlannedMigration[] {
  const planned: PlannedMigration[] = [...planMerges(state, models)];
  const records = [...state.records, ...planned.map(({ record }) => record)];
  const pairs = modelPairs({ ...state, records }, models);
  let parents = headsOf(records);
  if (parents.length === 0) parents = [modelsHash(state.oldModels)];
  const add = (migration: PlannedMigration): void => {
    planned.push(migration);
    records.push(migration.record);
    parents = [migration.record.result];
  };
  const changed = pairs.flatMap((pair) => {
    if (isSameModel(pair.before, pair.after)) return [];
    const renamedFrom = renamesOf(renames, pair.after.collection);
    const seen = withKept(pair.before, pair.after, state.kept);
    const moved = state.moved?.[pair.after.collection] ?? [];
    const shifts = moved.map((one) => ({ description: describeMoved(one), needsMigration: true }));
    return [{ ...pair, seen, moved, renamedFrom, changes: [...shifts, ...diffModels(seen, pair.after, renamedFrom)] }];
  });
  if (wish.isDatabase) {
    add(planDatabase({ ...state, records }, models, changed, parents, nextId(records, wish.name ?? 'database')));
    return planned;
  }
  const steps = changed.filter(({ changes }) => changes.some(({ needsMigration }) => needsMigration));
  const current = new Map(pairs.map(({ before }) => [before.collection, before]));
  steps.forEach((step, index) => {
    const { before, seen, after, moved, renamedFrom, changes } = step;
    current.delete(before.collection);
    current.set(after.collection, after);
    const result = index === steps.length - 1 ? modelsHash(models) : modelsHash([...current.values()]);
    const id = nextId(records, (steps.length === 1 && wish.name) || folderName(after.collection, changes));
    const touched = { before: [before], after: [after], ...renamesNote([step]), ...earlierNote(state, [before]) };
    const record: MigrationRecord = { id, kind: 'collections', parents, result, ...touched };
    if (hasOtherKey(before, after, renamedFrom)) {
      const database = { changes: inWords([step]), renamedFrom: new Map([[after.collection, renamedFrom]]) };
      add({ record: { ...record, kind: 'database' }, database });
    } else
      add({ record, stub: { before: seen, after, moved, renamedFrom, version: versionOf(records, after.collection) } });
  });
  return planned;
}

interface ChangedModel extends ModelPair {
  /** The model before, with fields that were dropped earlier and come back: what a migration's function gets. */
  readonly seen: DocumentModel;
  readonly moved: readonly MovedEnum[];
  readonly renamedFrom: ReadonlyMap<string, string>;
  readonly changes: readonly ModelChange[];
}

/** One migration over all that changed, came and went; over every collection when nothing did. */
function planDatabase(
  state: EvolutionState,
  models: readonly DocumentModel[],
  changed: readonly ChangedModel[],
  parents: readonly string[],
  id: string,
): PlannedMigration {
  const old = [...modelsBefore(state).values()];
  const isIn = (list: readonly DocumentModel[], { collection }: DocumentModel): boolean =>
    list.some((model) => model.collection === collection);
  const gone = old.filter((model) => !isIn(models, model));
  const come = models.filter((model) => !isIn(old, model));
  const touched = changed.length + gone.length + come.length > 0;
  const before = touched ? [...changed.map((pair) => pair.before), ...gone] : models;
  const after = touched ? [...changed.map((pair) => pair.after), ...come] : models;
  const changes = [
    ...inWords(changed),
    ...come.map(({ collection }) => `${collection}: new collection`),
    ...gone.map(({ collection }) => `${collection}: collection is gone`),
  ];
  const renamedFrom = new Map(changed.map((pair) => [pair.after.collection, pair.renamedFrom]));
  const ends = { before, after, ...renamesNote(changed), ...earlierNote(state, before) };
  const record: MigrationRecord = { id, kind: 'database', parents, result: modelsHash(models), ...ends };
  return { record, database: { changes, renamedFrom } };
}

/** The record's note of renamed fields; nothing when there are none. */
function renamesNote(changed: readonly ChangedModel[]): Pick<MigrationRecord, 'renames'> {
  const noted = changed.filter(({ renamedFrom }) => renamedFrom.size > 0);
  if (noted.length === 0) return {};
  return {
    renames: Object.fromEntries(
      noted.map(({ after, renamedFrom }) => [after.collection, Object.fromEntries(renamedFrom)]),
    ),
  };
}

/** The record's note of models before those it begins with; nothing when there are none. */
function earlierNote(
  { earlier = {} }: EvolutionState,
  before: readonly DocumentModel[],
): Pick<MigrationRecord, 'earlier'> {
  const noted = before.flatMap(({ collection }) =>
    earlier[collection] ? [[collection, earlier[collection]] as const] : [],
  );
  return noted.length === 0 ? {} : { earlier: Object.fromEntries(noted) };
}

/** Notes beside the models for the next run: one more model for each class that changed without a migration. */
export function nextEarlier(
  { earlier = {}, oldModels }: EvolutionState,
  models: readonly DocumentModel[],
  planned: readonly PlannedMigration[],
): EarlierModels {
  const migrated = new Set(planned.flatMap(({ record }) => record.after.map(({ collection }) => collection)));
  const old = new Map(oldModels.map((model) => [model.collection, model]));
  const lists = models.flatMap((model) => {
    const { collection } = model;
    if (migrated.has(collection)) return [];
    const was = old.get(collection);
    const fingerprint = modelFingerprint(model);
    const before = [...(earlier[collection] ?? []), ...(was ? [modelFingerprint(was)] : [])];
    const list = [...new Set(before)].filter((one) => one !== fingerprint);
    return list.length === 0 ? [] : [[collection, list] as const];
  });
  return Object.fromEntries(lists);
}

function renamesOf(renames: readonly FieldRename[], collection: string): ReadonlyMap<string, string> {
  return new Map(renames.filter((rename) => rename.collection === collection).map(({ from, to }) => [to, from]));
}

/** Documents of the newer class are not found under the keys of the older: other key fields, or other types of them. */
function hasOtherKey(before: DocumentModel, after: DocumentModel, renamedFrom: ReadonlyMap<string, string>): boolean {
  const typeOf = ({ fields }: DocumentModel, name: string): string =>
    compact(fields.find((field) => field.name === name)?.type ?? null);
  if (before.key.fields.length !== after.key.fields.length) return true;
  return after.key.fields.some((name, index) => {
    const was = before.key.fields[index]!;
    return was !== name || renamedFrom.has(name) || typeOf(before, was) !== typeOf(after, name);
  });
}

function inWords(changed: readonly ChangedModel[]): readonly string[] {
  return changed.flatMap(({ after, changes }) =>
    changes.map(({ description }) => `${after.collection}: ${description}`),
  );
}

function versionOf(records: readonly MigrationRecord[], collection: string): number {
  return 1 + records.filter((record) => record.after.some((model) => model.collection === collection)).length;
}

/** The note of the generated models, which later shows whether they still fit the migrations. */
export function headsNote(records: readonly MigrationRecord[]): readonly string[] {
  return [...headsOf(records)].sort();
}
