/**
 * From a model number in a page to documents of today's class.
 *
 *   same fingerprint or same bytes   the generated codec reads them
 *   another model                    read by the stored model, through migrations if there are any, then field by field
 *   a collection nobody defines      not decoded; kept as bytes
 *
 * What has no document yet is not asked for: a model that only stands in a page's header is never refused.
 */
import { DatabaseError, type DocumentModel, diffModels, type FieldModel, type FieldType } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoredModel } from '../journal/model-table.js';
import { type DocumentReader, evolvingReader, sameBytesReader, type Upcast } from './document-reader.js';
import type { EvolvedModel } from './recovery-target.js';
import { rawDefinition, UnknownCollections } from './unknown-collections.js';
import { UnreadableDocuments } from './unreadable-documents.js';

/** The present meaning of a stored model. */
export interface StoredCollection {
  readonly collection: string;
  readonly definition: CollectionDefinition;
  /** Today's code does not define the collection: its documents are bytes. */
  readonly isUnknown: boolean;
  /** Counts documents, for the report; undefined when the model is today's. */
  readonly evolved: { documentCount: number } | undefined;
  /** Today's codec reads the stored bytes. */
  readonly isSameBytes: boolean;
  readonly readDocument: DocumentReader;
  /**
   * Of an older model, any document of which is one of today's class, field by field: its fields that are the same in both;
   * undefined: nobody knows before all were read.
   */
  readonly sameFields?: ReadonlySet<string> | undefined;
}

export interface StoredDocumentsOptions {
  /** How documents of other models come to today's; left out: field by field. */
  readonly upcast?: Upcast | undefined;
  /** Makes a definition of a stored model: for tools, which know no class. */
  readonly define?: ((model: DocumentModel, fingerprint: string) => CollectionDefinition) | undefined;
  /** Takes the documents of collections nobody defines; left out: a new one. */
  readonly unknown?: UnknownCollections;
}

export class StoredDocuments {
  readonly unknown: UnknownCollections;
  readonly unreadable = new UnreadableDocuments();
  readonly #definitions: ReadonlyMap<string, CollectionDefinition>;
  readonly #options: StoredDocumentsOptions;
  readonly #byModelId = new Map<number, StoredModel | StoredCollection>();
  readonly #stored = new Map<number, StoredModel>();
  readonly #evolved: EvolvedModel[] = [];

  constructor(definitions: readonly CollectionDefinition[], options: StoredDocumentsOptions = {}) {
    this.#definitions = new Map(definitions.map((definition) => [definition.model.collection, definition]));
    this.#options = options;
    this.unknown = options.unknown ?? new UnknownCollections();
  }

  /** Takes up a model of a page. O(1). @throws DatabaseError `JOURNAL_DAMAGED` when its number has another model. */
  add(model: StoredModel): void {
    const known = this.#stored.get(model.modelId);
    if (known && known.json !== model.json) {
      throw new DatabaseError('JOURNAL_DAMAGED', `model number ${model.modelId} stands for two different models`, {
        modelId: model.modelId,
      });
    }
    if (known) return;
    this.#stored.set(model.modelId, model);
    this.#byModelId.set(model.modelId, model);
  }

  has(modelId: number): boolean {
    return this.#byModelId.has(modelId);
  }

  /** Models other than today's whose documents were read. */
  get evolved(): readonly EvolvedModel[] {
    return this.#evolved;
  }

  /**
   * The present meaning of the model. O(1) after the first time.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` for a number without a model, `MIGRATION_REQUIRED`, `READER_TOO_OLD`.
   */
  collectionOf(modelId: number): StoredCollection {
    const known = this.#byModelId.get(modelId);
    if (!known) throw new DatabaseError('JOURNAL_DAMAGED', `no page holds model number ${modelId}`, { modelId });
    if ('readDocument' in known) return known;
    const resolved = this.#resolve(known);
    this.#byModelId.set(modelId, resolved);
    return resolved;
  }

  #resolve(stored: StoredModel): StoredCollection {
    const model = parseStored(stored);
    const { fingerprint } = stored;
    const own = this.#definitions.get(model.collection);
    const path = own?.fingerprint === fingerprint ? undefined : this.#options.upcast?.(model, fingerprint);
    const definition =
      (path === undefined ? own : this.#definitions.get(path.collection)) ?? this.#options.define?.(model, fingerprint);
    if (definition === undefined) return this.#keepRaw(model, stored);
    requireReader(model, definition.model);
    const { collection } = definition.model;
    if (fingerprint === definition.fingerprint)
      return {
        collection,
        definition,
        isUnknown: false,
        evolved: undefined,
        isSameBytes: true,
        readDocument: sameBytesReader(definition),
      };
    const changes = diffModels(model, definition.model, path?.renamedFrom).map(({ description }) => description);
    const evolved = { collection, fingerprint, changes, documentCount: 0 };
    this.#evolved.push(evolved);
    const isSameBytes = path === undefined && hasSameBytes(model, definition.model);
    const readDocument = isSameBytes ? sameBytesReader(definition) : evolvingReader(model, definition, path);
    const sameFields = path === undefined && !isSameBytes ? fieldsOfAll(model, definition.model) : undefined;
    return { collection, definition, isUnknown: false, evolved, isSameBytes, readDocument, sameFields };
  }

  #keepRaw(model: DocumentModel, stored: StoredModel): StoredCollection {
    const definition = rawDefinition(model, stored.fingerprint);
    this.unknown.add(definition, stored);
    const readDocument: DocumentReader = (reader) => definition.codec.decode(reader);
    const { collection } = model;
    return { collection, definition, isUnknown: true, evolved: undefined, isSameBytes: false, readDocument };
  }
}

/** A checksum stands before this; but nothing that is on a disk is trusted to be what it says. */
function parseStored(stored: StoredModel): DocumentModel {
  try {
    const model = JSON.parse(stored.json) as DocumentModel;
    if (typeof model.collection === 'string' && Array.isArray(model.fields) && Array.isArray(model.key.fields))
      return model;
  } catch (cause) {
    throw notAModel(stored, cause);
  }
  throw notAModel(stored, undefined);
}

function notAModel({ modelId }: StoredModel, cause: unknown): DatabaseError {
  return new DatabaseError(
    'JOURNAL_DAMAGED',
    `model number ${modelId} is not a document model`,
    { modelId },
    { cause },
  );
}

/** @throws DatabaseError `READER_TOO_OLD` when the stored model forbids code as old as this to read its documents. */
function requireReader(stored: DocumentModel, today: DocumentModel): void {
  const [needed, own] = [stored.minReader ?? 0, today.minReader ?? 0];
  if (needed <= own) return;
  const { collection } = today;
  const what = `documents of ${collection} need code with minReader ${needed} or higher, found ${own}`;
  throw new DatabaseError('READER_TOO_OLD', what, { collection, minReader: needed, reader: own });
}

/** The generated codec of today's model reads the stored bytes: the same fields in the same order. */
function hasSameBytes(stored: DocumentModel, today: DocumentModel): boolean {
  return (
    stored.key.fields.join() === today.key.fields.join() &&
    stored.fields.map(fieldShapeOf).join() === today.fields.map(fieldShapeOf).join()
  );
}

/** The fields that both have alike, where each document of the stored model becomes one of today's; else undefined. */
function fieldsOfAll(stored: DocumentModel, today: DocumentModel): ReadonlySet<string> | undefined {
  const before = new Map(stored.fields.map((field) => [field.name, field]));
  const same = new Set<string>();
  for (const field of today.fields) {
    const { name, optional, type } = field;
    const known = before.get(name);
    if (known === undefined) {
      // Another kind of default is made by the class, and may be another one each time.
      const isPlainDefault = field.default !== undefined && PLAIN_DEFAULTS.has(field.default.kind);
      if (!isPlainDefault && !(optional && field.default === undefined)) return undefined;
    } else if (shapeOf(known.type) !== shapeOf(type) || (known.optional && !optional)) return undefined;
    else if (known.optional === optional) same.add(name);
  }
  return same;
}

/** Defaults that are the same at each read. */
const PLAIN_DEFAULTS: ReadonlySet<string> = new Set(['literal', 'empty', 'now']);

function fieldShapeOf(field: FieldModel): string {
  return JSON.stringify([field.name, field.optional, shapeOf(field.type)]);
}

/** The part of a type that decides its bytes: neither class names nor rules nor defaults. */
function shapeOf(type: FieldType): string {
  return JSON.stringify(type, (name, value: unknown) =>
    name === 'className' || name === 'rules' || name === 'default' ? undefined : value,
  );
}
