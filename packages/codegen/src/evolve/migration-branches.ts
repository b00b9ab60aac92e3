/**
 * Branches of migrations: two that were written after the same state, in two branches of the repository. They go
 * together when they touch different collections, or different fields of one; a step with both as parents says so.
 */
import { compact, DatabaseError, type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { type MigrationRecord, stepsOf } from './migration-record.js';

/**
 * States that no later migration leads on from, in order of their migrations: one, unless branches were merged. Later
 * is what has a higher number: a class changed and changed back leads to a state that was there before.
 */
export function headsOf(records: readonly MigrationRecord[]): readonly string[] {
  const isLast = (record: MigrationRecord): boolean =>
    !records.some((later) => numberOf(later) > numberOf(record) && later.parents.includes(record.result));
  return [...new Set(records.filter(isLast).map(({ result }) => result))];
}

function numberOf({ id }: MigrationRecord): number {
  return Number.parseInt(id, 10);
}

/** The collection after one branch. */
export interface BranchStep {
  readonly before: DocumentModel;
  readonly after: DocumentModel;
  /** Fields that went, came or changed. */
  readonly fields: readonly string[];
  /** The migrations that did it, in order. */
  readonly migrations: readonly BranchPart[];
}

export interface BranchPart {
  readonly id: string;
  /** The migration touches other collections too. */
  readonly isOneOfSeveral: boolean;
}

export interface Branch {
  readonly head: string;
  /** Its own migrations: those that the other has not. */
  readonly own: readonly MigrationRecord[];
  /** Collection → what happened to it. */
  readonly steps: ReadonlyMap<string, BranchStep>;
}

/** The two branches that end in the given states, each without what they share. O(migrations). */
export function branchesOf(
  records: readonly MigrationRecord[],
  headA: string,
  headB: string,
): readonly [Branch, Branch] {
  const pastA = pastOf(records, headA);
  const pastB = pastOf(records, headB);
  const branch = (head: string, past: ReadonlySet<MigrationRecord>, other: ReadonlySet<MigrationRecord>): Branch => {
    const own = records.filter((record) => past.has(record) && !other.has(record));
    return { head, own, steps: branchSteps(own) };
  };
  return [branch(headA, pastA, pastB), branch(headB, pastB, pastA)];
}

function pastOf(records: readonly MigrationRecord[], head: string): ReadonlySet<MigrationRecord> {
  const past = new Set<MigrationRecord>();
  const ends = records.filter(({ result }) => result === head);
  for (let record = ends.pop(); record !== undefined; record = ends.pop()) {
    if (past.has(record)) continue;
    past.add(record);
    const { parents } = record;
    const number = numberOf(record);
    ends.push(...records.filter((earlier) => numberOf(earlier) < number && parents.includes(earlier.result)));
  }
  return past;
}

function branchSteps(own: readonly MigrationRecord[]): ReadonlyMap<string, BranchStep> {
  const steps = new Map<string, BranchStep>();
  for (const record of own) {
    const all = stepsOf(record);
    const part = { id: record.id, isOneOfSeveral: all.length > 1 };
    for (const { before, after } of all) {
      const earlier = steps.get(after.collection);
      const first = earlier?.before ?? before;
      steps.set(after.collection, {
        before: first,
        after,
        fields: changedFields(first, after),
        migrations: [...(earlier?.migrations ?? []), part],
      });
    }
  }
  return steps;
}

/** Names of the fields that differ between two models, by anything of theirs. */
export function changedFields(before: DocumentModel, after: DocumentModel): readonly string[] {
  const old = new Map(before.fields.map((field) => [field.name, compact(field)]));
  const now = new Map(after.fields.map((field) => [field.name, compact(field)]));
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}

/**
 * Refuses branches that cannot both be had.
 *
 * @param models the classes as they are now, both branches' changes in them.
 * @throws DatabaseError `MIGRATION_CONFLICT` naming both migrations and every field they disagree about.
 */
export function refuseConflicts([a, b]: readonly [Branch, Branch], models: readonly DocumentModel[]): void {
  const conflicts = [
    ...databaseConflicts(a, b),
    ...databaseConflicts(b, a),
    ...[...a.steps].flatMap(([collection, stepA]) => {
      const stepB = b.steps.get(collection);
      const now = models.find((model) => model.collection === collection);
      return stepB ? collectionConflicts(collection, stepA, stepB, now) : [];
    }),
  ];
  if (conflicts.length === 0) return;
  const migrations = [a, b].map(({ own }) => own.map(({ id }) => id).join(', '));
  throw new DatabaseError(
    'MIGRATION_CONFLICT',
    `the migrations ${migrations[0]} and ${migrations[1]} of two branches conflict: ${conflicts.join('; ')}`,
    { migrations, conflicts },
  );
}

/** A migration that sees the whole database goes with nothing that touches the same collections. */
function databaseConflicts(a: Branch, b: Branch): readonly string[] {
  return a.own
    .filter(({ kind }) => kind === 'database')
    .flatMap((record) => {
      const seen = collectionsOf(record);
      return b.own
        .filter((other) => other.kind === 'database' || collectionsOf(other).some((name) => seen.includes(name)))
        .map((other) => `${record.id} rewrites what ${other.id} changes`);
    });
}

function collectionsOf({ before, after }: MigrationRecord): readonly string[] {
  return [...before, ...after].map(({ collection }) => collection);
}

function collectionConflicts(
  collection: string,
  a: BranchStep,
  b: BranchStep,
  now: DocumentModel | undefined,
): readonly string[] {
  const keyOf = (model: DocumentModel | undefined): string => compact(model?.key.fields ?? []);
  if ([a, b].some(({ before, after }) => keyOf(before) !== keyOf(after))) return [`${collection} gets another id`];
  const both = a.fields.filter((name) => b.fields.includes(name));
  if (both.length > 0) return both.map((name) => `both change ${collection}.${name}`);
  if (!now) return [];
  // Each branch's fields have to be in the class as that branch made them: its migration makes no others.
  return [a, b].flatMap(({ fields, after }) => {
    const differing = changedFields(after, now);
    return fields
      .filter((name) => differing.includes(name))
      .map((name) => `the class has another ${collection}.${name} than its migration makes; change it after the merge`);
  });
}

/** Whether two models are the same. */
export function isSameModel(a: DocumentModel | undefined, b: DocumentModel | undefined): boolean {
  return a !== undefined && b !== undefined && modelFingerprint(a) === modelFingerprint(b);
}
