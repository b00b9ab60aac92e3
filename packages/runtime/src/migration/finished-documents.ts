/**
 * The last step of a migration run: every document as its new model's codec writes it, checked as an insert would be,
 * and every unique index tried.
 */
import { DatabaseError, furtherValidation, readClassMetadata, type Violation } from '@nuthatch/model';
import type { SnapshotDocument } from '../checkpoint/snapshot-source.js';
import { CollectionIndexes } from '../collection/collection-indexes.js';
import type { StoreKey } from '../commit/effect.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { documentFitter, Misfit } from '../document/fit-value.js';
import { KeptFields, keepFields, type PlainFields } from '../document/kept-fields.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { Entry } from '../store/entry.js';
import type { ModelState } from './migration-chain.js';
import type { Slices } from './slices.js';
import type { WorkingDocument, WorkingDocuments } from './working-documents.js';

/** Makes a document to be written, or says what is wrong. */
type Finisher = (document: WorkingDocument) => object | string;

/**
 * Finishes all. Failures are added to `working.failures`. O(documents · indexes).
 *
 * @param definitionOf today's class of a collection when its documents are to become its; undefined: they stay as the
 *   migrations left them.
 * @throws DatabaseError `ABORTED`.
 */
export async function finishDocuments(
  working: WorkingDocuments,
  definitionOf: (collection: string) => CollectionDefinition | undefined,
  slices: Slices,
  nowMs: number,
): Promise<readonly SnapshotDocument[]> {
  const finished: SnapshotDocument[] = [];
  const definitions = new Map<string, CollectionDefinition>();
  slices.begin('check', working.documentCount);
  for (const [collection, documents] of working.entries()) {
    const today = definitionOf(collection);
    const finishToday = today && byClass(today, nowMs);
    const entries: Entry[] = [];
    for (const document of documents.values()) {
      if (slices.step()) await slices.pause();
      const { key, state, stored, revision, expiresAt } = document;
      const isAsItWas =
        stored !== undefined && (today === undefined || stored.definition.fingerprint === today.fingerprint);
      const definition = isAsItWas ? stored.definition : (today ?? definitionFor(definitions, state));
      const finish = isAsItWas ? undefined : (finishToday ?? byModel(definition, nowMs));
      const result = finish === undefined ? (stored as { document: object }).document : finish(document);
      if (typeof result === 'string') {
        working.failures.push({ collection, key, problem: result });
        continue;
      }
      if (today !== undefined) entries.push(new Entry(key, result, revision, expiresAt));
      const base = { definition, key, document: result, revision };
      finished.push(expiresAt === undefined ? base : { ...base, expiresAt });
    }
    if (today !== undefined) tryIndexes(working, today, entries);
  }
  return finished;
}

function definitionFor(
  known: Map<string, CollectionDefinition>,
  { model, fingerprint }: ModelState,
): CollectionDefinition {
  const name = `${model.collection} ${fingerprint}`;
  let definition = known.get(name);
  if (definition === undefined) {
    definition = storedDefinition(model, fingerprint);
    known.set(name, definition);
  }
  return definition;
}

function byClass(definition: CollectionDefinition, nowMs: number): Finisher {
  const fit = documentFitter(definition.model, 'leave');
  const further = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
  return ({ whole }) => {
    const fitted = fit(whole, nowMs);
    if (fitted instanceof Misfit) return `${fitted.path} ${fitted.problem}`;
    const built = definition.build(fitted.fields);
    const violations: readonly Violation[] = definition.validate(built) ?? further?.(built) ?? [];
    if (violations.length > 0) return violations.map(({ message }) => message).join('; ');
    return withKept(definition.seal(built), fitted.kept);
  };
}

function byModel({ model }: CollectionDefinition, nowMs: number): Finisher {
  const fit = documentFitter(model, 'require');
  return ({ whole }) => {
    const fitted = fit(whole, nowMs);
    if (fitted instanceof Misfit) return `${fitted.path} ${fitted.problem}`;
    return withKept(Object.freeze({ ...fitted.fields }), fitted.kept);
  };
}

function withKept(document: object, kept: PlainFields): object {
  const fields = KeptFields.of(kept);
  if (fields !== undefined) keepFields(document, fields);
  return document;
}

/** What opening would find: two documents of one unique value, a value that an index cannot hold. */
function tryIndexes(working: WorkingDocuments, definition: CollectionDefinition, entries: readonly Entry[]): void {
  const { collection } = definition.model;
  try {
    const indexes = new CollectionIndexes(definition, () => entries);
    indexes.rebuild();
    for (const { index, holder, contender } of indexes.conflicts()) {
      const problem = `the unique index ${index} holds ${String(holder.key)} for the same value`;
      working.failures.push({ collection, key: contender.key, problem });
    }
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    const key = (error.facts.key ?? '?') as StoreKey;
    working.failures.push({ collection, key, problem: error.message });
  }
}
