/** Which migrations the classes need, from what is there and what has changed. Pure: nothing is read or written. */
import { type DocumentModel, diffModels, modelsHash } from '@nuthatch/model';
import type { FieldRename } from './find-renames.js';
import { type BranchStep, branchesOf, headsOf, isSameModel, refuseConflicts } from './migration-branches.js';
import { type MigrationRecord, stepsOf } from './migration-record.js';

/** A migration that is to be written; what its code is made from. */
export interface PlannedMigration {
  readonly record: MigrationRecord;
  readonly stub?: {
    readonly before: DocumentModel;
    readonly after: DocumentModel;
    readonly renamedFrom: ReadonlyMap<string, string>;
    /** Number of the older version of the class. */
    readonly version: number;
  };
  /** The other branch's part in it, where two branches changed one collection. */
  readonly merged?: { readonly before: DocumentModel; readonly after: DocumentModel; readonly other: BranchStep };
}

export interface EvolutionState {
  /** Migrations that are there. */
  readonly records: readonly MigrationRecord[];
  /** The models as they were generated last. */
  readonly oldModels: readonly DocumentModel[];
  /** The migrations those were generated with; others mean that branches were merged or folders removed since. */
  readonly oldHeads: readonly string[];
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
  return models.flatMap((after) => {
    const before = old.get(after.collection);
    return before ? [{ before, after }] : [];
  });
}

function modelsBefore({ records, oldModels, oldHeads }: EvolutionState): ReadonlyMap<string, DocumentModel> {
  const old = new Map(oldModels.map((model) => [model.collection, model]));
  const heads = headsOf(records);
  const isTrusted = heads.length === oldHeads.length && heads.every((head) => oldHeads.includes(head));
  if (isTrusted) return old;
  for (const record of records) for (const { after } of stepsOf(record)) old.set(after.collection, after);
  return old;
}

/**
 * The migrations to write: first those that join branches, then one for each class whose stored documents the new
 * class cannot read by itself, or whose fields were renamed.
 *
 * @param folderName gives a migration's folder its name, behind the number.
 * @throws DatabaseError `MIGRATION_CONFLICT` for branches that do not go together.
 */
export function planMigrations(
  state: EvolutionState,
  models: readonly DocumentModel[],
  renames: readonly FieldRename[],
  folderName: (collection: string, changes: ReturnType<typeof diffModels>) => string,
): readonly PlannedMigration[] {
  const planned: PlannedMigration[] = [...planMerges(state, models)];
  const records = [...state.records, ...planned.map(({ record }) => record)];
  const pairs = modelPairs({ ...state, records }, models);
  const current = new Map(pairs.map(({ before }) => [before.collection, before]));
  let parents = headsOf(records);
  if (parents.length === 0) parents = [modelsHash(state.oldModels)];
  const steps = pairs.flatMap(({ before, after }) => {
    const renamedFrom = new Map(
      renames.filter(({ collection }) => collection === after.collection).map(({ from, to }) => [to, from]),
    );
    const changes = diffModels(before, after, renamedFrom);
    return changes.some(({ needsMigration }) => needsMigration) ? [{ before, after, renamedFrom, changes }] : [];
  });
  steps.forEach(({ before, after, renamedFrom, changes }, index) => {
    current.set(after.collection, after);
    const result = index === steps.length - 1 ? modelsHash(models) : modelsHash([...current.values()]);
    const id = nextId(records, folderName(after.collection, changes));
    const record: MigrationRecord = { id, kind: 'collections', parents, result, before: [before], after: [after] };
    planned.push({ record, stub: { before, after, renamedFrom, version: versionOf(records, after.collection) } });
    records.push(record);
    parents = [result];
  });
  return planned;
}

/** The number of the next migration and its name. */
export function nextId(records: readonly MigrationRecord[], name: string): string {
  const number = Math.max(0, ...records.map(({ id }) => Number.parseInt(id, 10))) + 1;
  return `${String(number).padStart(4, '0')}-${name}`;
}

function versionOf(records: readonly MigrationRecord[], collection: string): number {
  return 1 + records.filter((record) => record.after.some((model) => model.collection === collection)).length;
}

/** Joins branches two by two, until one head is left. */
function planMerges(
  { records: given, oldModels }: EvolutionState,
  models: readonly DocumentModel[],
): readonly PlannedMigration[] {
  const records = [...given];
  const planned: PlannedMigration[] = [];
  for (let heads = headsOf(records); heads.length > 1; heads = headsOf(records)) {
    const branches = branchesOf(records, heads[0]!, heads[1]!);
    refuseConflicts(branches, models);
    const merge = planMerge(records, branches, oldModels, models);
    planned.push(...merge);
    records.push(...merge.map(({ record }) => record));
  }
  return planned;
}

function planMerge(
  records: readonly MigrationRecord[],
  [a, b]: ReturnType<typeof branchesOf>,
  oldModels: readonly DocumentModel[],
  models: readonly DocumentModel[],
): readonly PlannedMigration[] {
  const parents = [a.head, b.head];
  const merged = new Map(oldModels.map((model) => [model.collection, model]));
  for (const { steps } of [a, b]) for (const [collection, { after }] of steps) merged.set(collection, after);
  const both = [...a.steps.keys()].filter((collection) => b.steps.has(collection));
  const joined = both.flatMap((collection) => {
    const now = models.find((model) => model.collection === collection);
    if (now) merged.set(collection, now);
    return now ? [{ collection, now }] : [];
  });
  const result = modelsHash([...merged.values()]);
  const name = `merge-${shortName(a.own)}-${shortName(b.own)}`;
  const taken = [...records];
  const add = (kind: MigrationRecord['kind'], before: DocumentModel[], after: DocumentModel[]): MigrationRecord => {
    const record: MigrationRecord = { id: nextId(taken, name), kind, parents, result, before, after };
    taken.push(record);
    return record;
  };
  if (joined.length === 0) return [{ record: add('merge', [], []) }];
  return joined.flatMap(({ collection, now }) => {
    const [stepA, stepB] = [a.steps.get(collection)!, b.steps.get(collection)!];
    const lead = (from: BranchStep, other: BranchStep): readonly PlannedMigration[] =>
      isSameModel(from.after, now)
        ? []
        : [{ record: add('collections', [from.after], [now]), merged: { before: from.after, after: now, other } }];
    return [...lead(stepA, stepB), ...lead(stepB, stepA)];
  });
}

function shortName(own: readonly MigrationRecord[]): string {
  return own.at(-1)!.id.slice(0, 40);
}

/** What the generated models are noted with, to know later whether they still fit the migrations. */
export function headsNote(records: readonly MigrationRecord[]): readonly string[] {
  return [...headsOf(records)].sort();
}
