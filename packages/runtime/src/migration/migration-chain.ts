/**
 * The way of a stored model to another through the user's migrations.
 *
 *   stored ─free─▶ before₁ ─step₁─▶ after₁ ─free─▶ before₂ ─step₂─▶ after₂ ─free─▶ today's
 *
 * Steps lead between fingerprints. Between them lie changes that took no migration, such as a new optional field: there
 * documents are read field by field (`free`). A model that no migration knows joins the chain at the one most like it.
 */
import { type DocumentModel, diffModels, modelFingerprint } from '@nuthatch/model';
import type { CollectionMigration, Migration } from './migration.js';

/** A model with its fingerprint. */
export interface ModelState {
  readonly model: DocumentModel;
  readonly fingerprint: string;
}

/** The effect of one migration on one collection. */
export interface ChainStep {
  readonly migration: Migration;
  /** Place of the migration in the order of all. */
  readonly order: number;
  readonly before: ModelState;
  /** Undefined: the collection goes with this migration. */
  readonly after: ModelState | undefined;
  /** Undefined: the migration sees the whole database, or leaves the documents of this one to be read field by field. */
  readonly code: CollectionMigration | undefined;
}

export class MigrationChain {
  readonly migrations: readonly Migration[];
  readonly #steps: readonly ChainStep[];

  /** @param migrations in order, parents first. */
  constructor(migrations: readonly Migration[]) {
    this.migrations = migrations;
    this.#steps = migrations.flatMap(stepsOf);
  }

  /** Steps of one migration, one for each collection it finds. */
  stepsOf(migration: Migration): readonly ChainStep[] {
    return this.#steps.filter((step) => step.migration === migration);
  }

  /**
   * Steps from the stored model on towards the target, in order; none when documents are read field by field. The last
   * one may end before the target: the rest is free. O(steps · fields) for a model.
   *
   * @param target undefined: to the end of the chain.
   */
  stepsFrom(stored: ModelState, target: ModelState | undefined): readonly ChainStep[] {
    if (stored.fingerprint === target?.fingerprint) return [];
    const found: ChainStep[] = [];
    let step = this.#firstStep(stored, target);
    while (step !== undefined) {
      found.push(step);
      const { after, order } = step;
      if (after === undefined || after.fingerprint === target?.fingerprint) break;
      step = this.#stepAfter(after, order, step.migration);
    }
    return found;
  }

  #firstStep(stored: ModelState, target: ModelState | undefined): ChainStep | undefined {
    // From the end: where a model came back after others, its last time is meant, since every document of it fits there.
    for (const step of [...this.#steps].reverse()) {
      const isBehind = (step.after !== undefined && isSame(step.after, stored)) || isLater(step, stored);
      if (isBehind) return this.#stepAfter(stored, step.order, step.migration);
      if (isSame(step.before, stored) || isEarlier(step, stored)) return step;
    }
    const nearest = this.#nearest(stored, target);
    return nearest === undefined ? undefined : this.#stepAfter(nearest.state, nearest.order);
  }

  /** The step that goes on from a state: one that begins with it, or the next that can be reached freely. */
  #stepAfter(state: ModelState, order: number, done?: Migration): ChainStep | undefined {
    const later = this.#steps.filter(
      (step) =>
        step.order > order &&
        step.before.model.collection === state.model.collection &&
        !(done && areAlternatives(done, step.migration)),
    );
    return (
      later.find((step) => isSame(step.before, state) || isEarlier(step, state)) ??
      later.find(({ before }) => isFree(state, before))
    );
  }

  /** The state of the chain, or the target, that the model differs from least; the later of equals. */
  #nearest(
    stored: ModelState,
    target: ModelState | undefined,
  ): { readonly state: ModelState; readonly order: number } | undefined {
    const { collection } = stored.model;
    const places = this.#steps.flatMap(({ before, after, order }) => [
      { state: before, order: order - 1 },
      ...(after === undefined ? [] : [{ state: after, order }]),
    ]);
    let nearest: { readonly state: ModelState; readonly order: number } | undefined;
    let least = Number.POSITIVE_INFINITY;
    if (target !== undefined && isFree(stored, target)) least = distance(stored, target) - 0.5;
    for (const place of places) {
      if (place.state.model.collection !== collection || !isFree(stored, place.state)) continue;
      const its = distance(stored, place.state);
      if (its > least) continue;
      least = its;
      nearest = place;
    }
    return nearest;
  }
}

/**
 * Where two branches changed one collection, their merge has a migration for the documents of each: both lead on from
 * both branches, to one state. Documents that have been through the first one are there; the other would undo its own
 * branch.
 */
function areAlternatives(a: Migration, b: Migration): boolean {
  return a.result === b.result && [...a.parents].sort().join() === [...b.parents].sort().join();
}

function stepsOf(migration: Migration, order: number): readonly ChainStep[] {
  const after = migration.after.map(stateOf);
  return migration.before.map((model) => {
    const code = migration.collections?.[model.collection];
    const next =
      after.find(({ fingerprint }) => fingerprint === code?.to) ??
      after.find((state) => state.model.collection === model.collection);
    return { migration, order, before: stateOf(model), after: next, code };
  });
}

/** A model with its fingerprint. O(model), remembered. */
export function stateOf(model: DocumentModel): ModelState {
  return { model, fingerprint: modelFingerprint(model) };
}

function isSame(a: ModelState, b: ModelState): boolean {
  return a.fingerprint === b.fingerprint && a.model.collection === b.model.collection;
}

/** The generator saw the model between the migration before and this one. */
function isEarlier({ migration, before }: ChainStep, { model, fingerprint }: ModelState): boolean {
  const { collection } = before.model;
  return collection === model.collection && migration.earlier?.[collection]?.includes(fingerprint) === true;
}

/** The generator saw the model after this one, the last of its collection. */
function isLater({ migration, after }: ChainStep, { model, fingerprint }: ModelState): boolean {
  if (after === undefined || after.model.collection !== model.collection) return false;
  return migration.later?.[model.collection]?.includes(fingerprint) === true;
}

function isFree(from: ModelState, to: ModelState): boolean {
  return !diffModels(from.model, to.model).some(({ needsMigration }) => needsMigration);
}

/**
 * How unlike two models are. A field that is gone weighs more than all else: that is how one looks that a migration
 * renames, and a state before it still has the field.
 */
function distance(from: ModelState, to: ModelState): number {
  const names = new Set(to.model.fields.map(({ name }) => name));
  const goneCount = from.model.fields.filter(({ name }) => !names.has(name)).length;
  return goneCount * 1_000 + diffModels(from.model, to.model).length;
}
