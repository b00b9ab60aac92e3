/** A migration that sees the whole database: what it reads from, what it writes to, and the check of what it wrote. */
import { compact, DatabaseError, type DocumentModel, diffModels } from '@nuthatch/model';
import { documentFitter, Misfit } from '../codec/fit-value.js';
import { type PlainFields, withKeptFields } from '../codec/kept-fields.js';
import { KeyCodec } from '../definition/key-codec.js';
import { isErrorValue } from '../document/brands.js';
import { UnreadableDocument } from '../recovery/unreadable-documents.js';
import type { StoreKey } from '../structures/store-key.js';
import type { DatabaseMigration, MigrationSource, MigrationTarget } from './migration.js';
import { type ModelState, stateOf } from './migration-chain.js';
import { plainStep } from './plain-document.js';
import type { WorkingDocument, WorkingDocuments } from './working-documents.js';

export interface DatabaseStepInput {
  readonly id: string;
  readonly run: DatabaseMigration['up'];
  /** Models of the collections it touches, in the direction it runs. */
  readonly before: readonly DocumentModel[];
  readonly after: readonly DocumentModel[];
  readonly working: WorkingDocuments;
  readonly nowMs: number;
}

type Documents = Map<StoreKey, WorkingDocument>;

/**
 * Runs it and puts what it wrote into the working documents; misfits are noted as failures. O(documents).
 *
 * @throws DatabaseError `MIGRATION_FAILED` when the function throws.
 */
export function runDatabaseStep(input: DatabaseStepInput): void {
  const { id, before, after, working } = input;
  const source = new Source(new Map(working.entries()), new Map(before.map((model) => [model.collection, model])));
  const drafts = new Map(after.map((model) => [model.collection, new Draft(input, stateOf(model))]));
  const target = new Target(drafts, source);
  try {
    input.run(source, target);
  } catch (cause) {
    const what = `migration ${id} threw: ${isErrorValue(cause) ? cause.message : String(cause)}`;
    const facts = DatabaseError.is(cause) ? cause.facts : {};
    throw new DatabaseError('MIGRATION_FAILED', what, { ...facts, migration: id }, { cause });
  }
  for (const model of before) working.drop(model.collection);
  for (const [collection, draft] of drafts) working.replace(collection, draft.documents);
}

/** Every document of one collection can go over as it is. */
function isCarried(before: DocumentModel, after: DocumentModel): boolean {
  const keyTypes = (model: DocumentModel): string =>
    compact(model.key.fields.map((name) => model.fields.find((field) => field.name === name)?.type ?? null));
  return (
    compact(before.key.fields) === compact(after.key.fields) &&
    keyTypes(before) === keyTypes(after) &&
    !diffModels(before, after).some(({ needsMigration }) => needsMigration)
  );
}

/** One collection as the step leaves it. */
class Draft {
  readonly documents: Documents = new Map();
  readonly #input: DatabaseStepInput;
  readonly #state: ModelState;
  readonly #keys: KeyCodec;
  readonly #fit: ReturnType<typeof documentFitter>;

  constructor(input: DatabaseStepInput, state: ModelState) {
    this.#input = input;
    this.#state = state;
    this.#keys = new KeyCodec(state.model);
    this.#fit = documentFitter(state.model, 'fill');
    const { collection } = state.model;
    const before = input.before.find((model) => model.collection === collection);
    if (before === undefined || !isCarried(before, state.model)) return;
    const carry = plainStep(input.id, before, state.model, undefined);
    for (const [key, document] of input.working.collection(collection)) {
      const whole = carry(document.whole, input.nowMs);
      if (whole instanceof UnreadableDocument) {
        const { problem } = whole;
        input.working.failures.push({ collection, key, problem, migration: input.id });
        continue;
      }
      const stored = document.state.fingerprint === state.fingerprint ? document.stored : undefined;
      this.documents.set(key, { ...document, state, whole, stored });
    }
  }

  keyOf(key: unknown): StoreKey {
    return this.#keys.toStoreKey(key);
  }

  put(document: object, isInsert: boolean): void {
    const { collection } = this.#state.model;
    const fitted = this.#fit(document as PlainFields, this.#input.nowMs);
    if (fitted instanceof Misfit) {
      const key = this.#keyForReport(document);
      const problem = `${fitted.path} ${fitted.problem}`;
      this.#input.working.failures.push({ collection, key, problem, migration: this.#input.id });
      return;
    }
    const whole = withKeptFields(fitted.fields, fitted.kept);
    const key = this.#keys.ofDocument(whole);
    const known = this.documents.get(key);
    if (isInsert && known !== undefined) {
      const what = `${collection} already has a document with key ${String(key)}`;
      throw new DatabaseError('DUPLICATE_KEY', what, { collection, key });
    }
    const revision = (known?.revision ?? 0) + 1;
    const expiresAt = known?.expiresAt;
    this.documents.set(key, { key, state: this.#state, whole, revision, expiresAt, stored: undefined });
  }

  #keyForReport(document: object): StoreKey {
    try {
      return this.#keys.ofDocument(document);
    } catch (error) {
      // Only for the list of failures: this document's key is what is wrong with it.
      return DatabaseError.is(error) ? '?' : String(error);
    }
  }
}

class Source implements MigrationSource {
  readonly #collections: ReadonlyMap<string, ReadonlyMap<StoreKey, WorkingDocument>>;
  readonly #models: ReadonlyMap<string, DocumentModel>;

  constructor(
    collections: ReadonlyMap<string, ReadonlyMap<StoreKey, WorkingDocument>>,
    models: ReadonlyMap<string, DocumentModel>,
  ) {
    this.#collections = collections;
    this.#models = models;
  }

  *all<D>(collection: string): Iterable<D> {
    for (const { whole } of this.#collections.get(collection)?.values() ?? []) yield whole as D;
  }

  get<D>(collection: string, key: unknown): D | undefined {
    const documents = this.#collections.get(collection);
    const [first] = documents?.values() ?? [];
    if (documents === undefined || first === undefined) return undefined;
    const keys = new KeyCodec(this.#models.get(collection) ?? first.state.model);
    return documents.get(keys.toStoreKey(key))?.whole as D | undefined;
  }

  count(collection: string): number {
    return this.#collections.get(collection)?.size ?? 0;
  }
}

class Target implements MigrationTarget {
  readonly #drafts: ReadonlyMap<string, Draft>;
  readonly #rest: Source;

  /** @param rest collections the migration does not touch: to be read, not written. */
  constructor(drafts: ReadonlyMap<string, Draft>, rest: Source) {
    this.#drafts = drafts;
    this.#rest = rest;
  }

  *all<D>(collection: string): Iterable<D> {
    const draft = this.#drafts.get(collection);
    if (draft === undefined) yield* this.#rest.all<D>(collection);
    else for (const { whole } of [...draft.documents.values()]) yield whole as D;
  }

  get<D>(collection: string, key: unknown): D | undefined {
    const draft = this.#drafts.get(collection);
    if (draft === undefined) return this.#rest.get<D>(collection, key);
    return draft.documents.get(draft.keyOf(key))?.whole as D | undefined;
  }

  count(collection: string): number {
    return this.#drafts.get(collection)?.documents.size ?? this.#rest.count(collection);
  }

  insert(collection: string, document: object): void {
    this.#of(collection).put(document, true);
  }

  put(collection: string, document: object): void {
    this.#of(collection).put(document, false);
  }

  delete(collection: string, key: unknown): boolean {
    const draft = this.#of(collection);
    return draft.documents.delete(draft.keyOf(key));
  }

  clear(collection: string): void {
    this.#of(collection).documents.clear();
  }

  #of(collection: string): Draft {
    const draft = this.#drafts.get(collection);
    if (draft !== undefined) return draft;
    const what = `the migration writes to ${collection}, which is not in its list of collections`;
    throw new DatabaseError('INVALID_QUERY', what, { collection });
  }
}
