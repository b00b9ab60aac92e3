/** The migrations that join two branches: one without code, or two for each collection that both changed. */
import { type DocumentModel, modelsHash } from '@nuthatch/model';
import { type BranchStep, branchesOf, headsOf, isSameModel, refuseConflicts } from './migration-branches.js';
import type { MigrationRecord } from './migration-record.js';
import type { EvolutionState, PlannedMigration } from './planned-migration.js';

/** The number of the next migration and its name. */
export function nextId(records: readonly MigrationRecord[], name: string): string {
  const number = Math.max(0, ...records.map(({ id }) => Number.parseInt(id, 10))) + 1;
  return `${String(number).padStart(4, '0')}-${name}`;
}

/** Joins branches two by two, until one head is left. */
export function planMerges(
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
