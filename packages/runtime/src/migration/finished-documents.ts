/**
 * The last step of a migration run: every document as its new model's codec writes it, checked as an insert would be,
 * and, over all of them, every index tried.
 */
import { DatabaseError, furtherValidation, readClassMetadata, type Violation } from '@nuthatch/model';
import { documentFitter, Misfit } from '../codec/fit-value.js';
import { KeptFields, keepFields, type PlainFields } from '../codec/kept-fields.js';
import { CollectionIndexes } from '../collection/indexing/collection-indexes.js';
import { checkedDocument } from '../definition/checked-document.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { runSteps } from '../scheduling/steps.js';
import { ShardedStore } from '../store/sharded-store.js';
import type { StoreKey } from '../structures/store-key.js';
import type { ModelState } from './migration-chain.js';
import type { Slices } from './slices.js';
import type { FailedDocument, WorkingDocument, WorkingDocuments } from './working-documents.js';

/** Makes a document to be written, or says what is wrong. */
type Finisher = (document: WorkingDocument) => object | string;

export class DocumentFinisher {
  readonly #definitionOf: (collection: string) => CollectionDefinition | undefined;
  readonly #nowMs: number;
  readonly #stored = new Map<string, CollectionDefinition>();
  readonly #finishers = new Map<CollectionDefinition, Finisher>();
  readonly #checks = new Map<CollectionDefinition, (document: object) => readonly Violation[]>();

  /**
   * @param definitionOf today's class of a collection when its documents are to become its; undefined: they stay as the
   *   migrations left them.
   */
  constructor(definitionOf: (collection: string) => CollectionDefinition | undefined, nowMs: number) {
    this.#definitionOf = definitionOf;
    this.#nowMs = nowMs;
  }

  /** Finishes these. Failures are added to `working.failures`. O(documents). @throws DatabaseError `ABORTED`. */
  async finish(working: WorkingDocuments, slices: Slices): Promise<StoredDocument[]> {
    const finished: StoredDocument[] = [];
    for (const [collection, documents] of working.entries()) {
      const today = this.#definitionOf(collection);
      for (const document of documents.values()) {
        if (slices.step()) await slices.pause();
        const { key, state, stored, revision, expiresAt } = document;
        const isAsItWas =
          stored !== undefined && (today === undefined || stored.definition.fingerprint === today.fingerprint);
        const definition = isAsItWas ? stored.definition : this.definitionFor(state);
        const result = isAsItWas ? stored.document : this.#finisher(definition, today !== undefined)(document);
        if (typeof result === 'string') {
          working.failures.push({ collection, key, problem: result });
          continue;
        }
        finished.push({ definition, key, document: result, revision, expiresAt });
      }
    }
    return finished;
  }

  /** The writer of a document of a state: today's class, or a definition made of its model, one for each state. */
  definitionFor({ model, fingerprint }: ModelState): CollectionDefinition {
    const today = this.#definitionOf(model.collection);
    if (today !== undefined) return today;
    const name = `${model.collection} ${fingerprint}`;
    let definition = this.#stored.get(name);
    if (definition === undefined) {
      definition = storedDefinition(model, fingerprint);
      this.#stored.set(name, definition);
    }
    return definition;
  }

  /** Whether a document that was finished before is still one: its class's rules may be others by now. */
  isValid({ definition, document }: StoredDocument): boolean {
    let check = this.#checks.get(definition);
    if (check === undefined) {
      const further = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
      check = (one) => definition.validate(one) ?? further?.(one) ?? [];
      this.#checks.set(definition, check);
    }
    return check(document).length === 0;
  }

  /**
   * Tries the indexes of today's classes over all that was finished. O(documents · indexes).
   *
   * @throws DatabaseError `ABORTED`.
   */
  async tryIndexes(documents: readonly StoredDocument[], slices: Slices): Promise<readonly FailedDocument[]> {
    const failures: FailedDocument[] = [];
    slices.begin('check', documents.length);
    const stores = new Map<CollectionDefinition, ShardedStore>();
    for (const { definition, key, document, revision, expiresAt } of documents) {
      if (slices.step()) await slices.pause();
      const today = this.#definitionOf(definition.model.collection);
      if (today === undefined) continue;
      const store = stores.get(today) ?? new ShardedStore();
      stores.set(today, store);
      store.add(key, document, revision, expiresAt);
    }
    for (const [definition, store] of stores) {
      if (definition.model.indexes.length > 0) await slices.pause();
      failures.push(...indexFailures(definition, store));
    }
    return failures;
  }

  #finisher(definition: CollectionDefinition, isToday: boolean): Finisher {
    let finisher = this.#finishers.get(definition);
    if (finisher === undefined) {
      finisher = isToday ? byClass(definition, this.#nowMs) : byModel(definition, this.#nowMs);
      this.#finishers.set(definition, finisher);
    }
    return finisher;
  }
}

function byClass(definition: CollectionDefinition, nowMs: number): Finisher {
  const fit = documentFitter(definition.model, 'leave');
  const further = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
  return ({ whole }) => {
    const fitted = fit(whole, nowMs);
    if (fitted instanceof Misfit) return `${fitted.path} ${fitted.problem}`;
    const built = definition.build(fitted.fields);
    const checked = checkedDocument(definition, built, further);
    return 'problem' in checked ? checked.problem : withKept(checked.document, fitted.kept);
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

/** The findings of an opening: two documents of one unique value, a value that an index cannot hold. */
function indexFailures(definition: CollectionDefinition, store: ShardedStore): readonly FailedDocument[] {
  const { collection } = definition.model;
  try {
    const indexes = new CollectionIndexes(definition, store);
    runSteps(indexes.rebuilding());
    return indexes.conflicts().map(({ index, holder, contender }) => {
      const problem = `the unique index ${index} holds ${String(store.keyOf(holder))} for the same value`;
      return { collection, key: store.keyOf(contender), problem };
    });
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    const key = (error.facts.key ?? '?') as StoreKey;
    return [{ collection, key, problem: error.message }];
  }
}
