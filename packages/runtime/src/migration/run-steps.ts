/** Runs migrations over all documents in memory, up or down, in order. Nothing is written. */
import { DatabaseError } from '@nuthatch/model';
import { UnreadableDocument } from '../recovery/unreadable-documents.js';
import type { StoreKey } from '../structures/store-key.js';
import { runDatabaseStep } from './database-step.js';
import type { CollectionMigration, Migration } from './migration.js';
import type { ChainStep, MigrationChain, ModelState } from './migration-chain.js';
import { type PlainStep, plainStep } from './plain-document.js';
import type { Slices } from './slices.js';
import type { WorkingDocument, WorkingDocuments } from './working-documents.js';

export interface RunInput {
  readonly chain: MigrationChain;
  readonly working: WorkingDocuments;
  /** Today's models, by collection. */
  readonly today: ReadonlyMap<string, ModelState>;
  /** Migrations to run, or to take back, in the order in which that is done. */
  readonly migrations: readonly Migration[];
  readonly slices: Slices;
  readonly nowMs: number;
}

/** Asks for each stored model once which steps are before it. */
class Ways {
  readonly #input: Pick<RunInput, 'chain' | 'today'>;
  readonly #known = new Map<ModelState, readonly ChainStep[]>();

  constructor(input: Pick<RunInput, 'chain' | 'today'>) {
    this.#input = input;
  }

  stepsFrom(state: ModelState): readonly ChainStep[] {
    let steps = this.#known.get(state);
    if (steps === undefined) {
      steps = this.#input.chain.stepsFrom(state, this.#input.today.get(state.model.collection));
      this.#known.set(state, steps);
    }
    return steps;
  }
}

export interface PendingInput extends Pick<RunInput, 'chain' | 'today'> {
  /** Documents of each stored model. */
  readonly stored: ReadonlyMap<ModelState, number>;
  /** Ids that the directory says have run. */
  readonly applied: ReadonlySet<string>;
}

/** Migrations that have something to do, and for how many documents. O(stored models). */
export function pendingCounts(input: PendingInput): ReadonlyMap<Migration, number> {
  const { chain, stored, applied } = input;
  const ways = new Ways(input);
  const counts = new Map<Migration, number>();
  for (const [state, count] of stored)
    for (const { migration } of ways.stepsFrom(state)) counts.set(migration, (counts.get(migration) ?? 0) + count);
  // One that leaves all models it found as they were, or brings some beside them, leaves no trace in stored documents.
  for (const migration of unseenSteps(chain.migrations, applied)) counts.set(migration, counts.get(migration) ?? 0);
  return counts;
}

/** Migrations over the whole database that have not run, and of which stored documents could not tell. */
export function unseenSteps(migrations: readonly Migration[], applied: ReadonlySet<string>): readonly Migration[] {
  return migrations.filter(
    (migration) => migration.database !== undefined && !applied.has(migration.id) && leavesNoTrace(migration),
  );
}

/** Every model before is there after, unchanged. */
function leavesNoTrace({ before, after }: Migration): boolean {
  const texts = new Set(after.map((model) => JSON.stringify(model)));
  return before.every((model) => texts.has(JSON.stringify(model)));
}

/** @throws DatabaseError `MIGRATION_FAILED`, `ABORTED`. Documents that fail are listed in `working.failures`. */
export async function runUp(input: RunInput): Promise<void> {
  const { chain, migrations, working, nowMs } = input;
  const ways = new Ways(input);
  const isWaiting = ({ state }: WorkingDocument, step: ChainStep): boolean =>
    ways.stepsFrom(state).some((due) => due === step);
  for (const migration of migrations) {
    const steps = chain.stepsOf(migration);
    if (migration.database === undefined) {
      for (const step of steps)
        await change(input, step.before, step.after, step, step.code?.up, (one) => isWaiting(one, step));
    } else {
      for (const step of steps)
        await change(input, step.before, step.before, step, undefined, (one) => isWaiting(one, step));
      const { id, before, after, database } = migration;
      runDatabaseStep({ id, before, after, working, nowMs, run: database.up.bind(database) });
    }
  }
}

/**
 * As `runUp`, for migrations that are taken back.
 *
 * @throws DatabaseError `MIGRATION_FAILED`, `ABORTED`.
 */
export async function runDown(input: RunInput): Promise<void> {
  const { chain, working, migrations, nowMs } = input;
  const ways = new Ways(input);
  const isPast = ({ state }: WorkingDocument, migration: Migration): boolean =>
    !ways.stepsFrom(state).some((step) => step.migration === migration);
  for (const migration of migrations) {
    const { id, before, after, database } = migration;
    for (const step of chain.stepsOf(migration)) {
      if (step.after === undefined) continue;
      const { code } = step;
      const goal = database === undefined ? step.before : step.after;
      const verb = database === undefined ? code?.down?.bind(code) : undefined;
      await change(input, step.after, goal, step, verb, (one) => isPast(one, migration));
    }
    if (database?.down !== undefined)
      runDatabaseStep({ id, before: after, after: before, working, nowMs, run: database.down.bind(database) });
  }
}

/** @throws DatabaseError `MIGRATION_IRREVERSIBLE`. */
export function requireWayBack(migration: Migration): void {
  const { id, database, collections = {} } = migration;
  const blocked = Object.entries(collections).find(([, code]) => code.down === undefined);
  if (blocked === undefined && (database === undefined || database.down !== undefined)) return;
  const collection = blocked?.[0];
  const what = `migration ${id} has no \`down\`${collection === undefined ? '' : ` for ${collection}`}`;
  throw new DatabaseError('MIGRATION_IRREVERSIBLE', what, { migration: id, ...(collection && { collection }) });
}

/** Leads those documents of a collection that the step is for from one state to another. */
async function change(
  { working, slices, nowMs }: RunInput,
  from: ModelState,
  to: ModelState | undefined,
  { migration }: ChainStep,
  verb: CollectionMigration['up'] | undefined,
  isDue: (document: WorkingDocument) => boolean,
): Promise<void> {
  const { collection } = from.model;
  if (to === undefined) {
    working.drop(collection);
    return;
  }
  const documents = working.collection(collection);
  const join = plainStep(migration.id, from.model, from.model, undefined);
  const step = from === to ? undefined : plainStep(migration.id, from.model, to.model, verb);
  const goal = to.model.collection === collection ? documents : working.collection(to.model.collection);
  for (const [key, document] of [...documents]) {
    if (slices.step()) await slices.pause();
    if (!isDue(document)) continue;
    const changed = lead(document, from, join, step, nowMs);
    if (changed instanceof UnreadableDocument) {
      working.failures.push(failureOf(collection, key, changed, migration.id));
      // Left where it is, it would fail every later step too and be listed again.
      documents.delete(key);
      continue;
    }
    document.whole = changed;
    if (document.state.fingerprint !== to.fingerprint) document.stored = undefined;
    document.state = to;
    if (goal === documents) continue;
    documents.delete(key);
    goal.set(key, document);
  }
  if (goal !== documents && documents.size === 0) working.drop(collection);
}

function lead(
  document: WorkingDocument,
  from: ModelState,
  join: PlainStep,
  step: PlainStep | undefined,
  nowMs: number,
): WorkingDocument['whole'] | UnreadableDocument {
  const joined = document.state.fingerprint === from.fingerprint ? document.whole : join(document.whole, nowMs);
  return joined instanceof UnreadableDocument || step === undefined ? joined : step(joined, nowMs);
}

function failureOf(collection: string, key: StoreKey, { problem }: UnreadableDocument, migration: string) {
  return { collection, key, problem, migration };
}
