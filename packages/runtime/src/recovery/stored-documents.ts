/**
 * From a model number in a page to documents of today's class.
 *
 *   same fingerprint or same bytes   the generated codec reads them
 *   another shape                    read by the stored model, then made anew by today's definition (`upcast`)
 *   a collection nobody defines      not read; the bytes stay in their page
 *
 * What has no document yet is not asked for: a model that only stands in a page's header is never refused.
 */
import { DatabaseError, type DocumentModel, type FieldModel, type FieldType } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { createModelCodec } from '../codec/model-codec.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoredModel } from '../journal/model-table.js';

/** Makes a document of today's class from the fields an older model read; undefined: use the built-in rule. */
export type Upcast = (
  storedModel: DocumentModel,
  definition: CollectionDefinition,
) => ((plainFields: Record<string, unknown>) => object) | undefined;

/** What a stored model means today. */
export interface StoredCollection {
  readonly collection: string;
  /** Undefined when today's code does not define the collection. */
  readonly definition: CollectionDefinition | undefined;
  readDocument(reader: ByteReader): object;
}

export class StoredDocuments {
  readonly #definitions: ReadonlyMap<string, CollectionDefinition>;
  readonly #upcast: Upcast | undefined;
  readonly #define: ((model: DocumentModel, fingerprint: string) => CollectionDefinition) | undefined;
  readonly #byModelId = new Map<number, StoredModel | StoredCollection>();
  readonly #stored = new Map<number, StoredModel>();
  readonly #unknown = new Set<string>();

  /** @param define makes a definition of a stored model: for tools, which know no class. */
  constructor(
    definitions: readonly CollectionDefinition[],
    upcast: Upcast | undefined,
    define?: (model: DocumentModel, fingerprint: string) => CollectionDefinition,
  ) {
    this.#define = define;
    this.#definitions = new Map(definitions.map((definition) => [definition.model.collection, definition]));
    this.#upcast = upcast;
  }

  /** Takes up a model of a page. O(1). @throws DatabaseError `JOURNAL_DAMAGED` when its number has another model. */
  add(model: StoredModel): void {
    const known = this.#stored.get(model.modelId);
    if (known && known.json !== model.json) {
      throw new DatabaseError('JOURNAL_DAMAGED', `model ${model.modelId} means two things`, { modelId: model.modelId });
    }
    if (known) return;
    this.#stored.set(model.modelId, model);
    this.#byModelId.set(model.modelId, model);
  }

  has(modelId: number): boolean {
    return this.#byModelId.has(modelId);
  }

  /** Collections that were met and are not defined today. */
  get unknownCollections(): readonly string[] {
    return [...this.#unknown];
  }

  /**
   * What the model means today. O(1) after the first time.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` for a number without a model, `MODEL_MISMATCH`.
   */
  collectionOf(modelId: number): StoredCollection {
    const known = this.#byModelId.get(modelId);
    if (!known) throw new DatabaseError('JOURNAL_DAMAGED', `model ${modelId} is in no page`, { modelId });
    if ('readDocument' in known) return known;
    const resolved = this.#resolve(known);
    this.#byModelId.set(modelId, resolved);
    return resolved;
  }

  #resolve(stored: StoredModel): StoredCollection {
    const model = parseStored(stored);
    const { collection } = model;
    const definition = this.#definitions.get(collection) ?? this.#define?.(model, stored.fingerprint);
    if (!definition) {
      this.#unknown.add(collection);
      return { collection, definition, readDocument: refuseToRead };
    }
    const { codec } = definition;
    if (stored.fingerprint === definition.fingerprint || hasSameBytes(model, definition.model)) {
      return { collection, definition, readDocument: (reader) => codec.decode(reader) };
    }
    const make = this.#upcast?.(model, definition) ?? rebuild(model, definition);
    const storedCodec = createModelCodec(model);
    return {
      collection,
      definition,
      readDocument: (reader) => make(storedCodec.decode(reader) as Record<string, unknown>),
    };
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
  return new DatabaseError('JOURNAL_DAMAGED', `model ${modelId} is no document model`, { modelId }, { cause });
}

function refuseToRead(): never {
  throw new DatabaseError('MODEL_MISMATCH', 'a document of an undefined collection was read');
}

/** The built-in upcast: fields added with a default or as optional, fields removed, required made optional. */
function rebuild(stored: DocumentModel, definition: CollectionDefinition): (plain: Record<string, unknown>) => object {
  const today = definition.model;
  const mismatches: string[] = [];
  if (stored.key.fields.join() !== today.key.fields.join()) {
    mismatches.push(`the key was ${stored.key.fields.join('+')}, it is ${today.key.fields.join('+')}`);
  }
  const storedFields = new Map(stored.fields.map((field) => [field.name, field]));
  const kept: string[] = [];
  for (const field of today.fields) {
    const before = storedFields.get(field.name);
    if (!before) {
      if (!field.optional && !field.default) mismatches.push(`${field.name} is new and has no default`);
      continue;
    }
    kept.push(field.name);
    if (shapeOf(before.type) !== shapeOf(field.type)) mismatches.push(`${field.name} has another type`);
    else if (before.optional && !field.optional && !field.default) {
      mismatches.push(`${field.name} was optional and is required`);
    }
  }
  if (mismatches.length > 0) {
    const what = `documents of ${stored.collection} were written by another model: ${mismatches.join('; ')}`;
    throw new DatabaseError('MODEL_MISMATCH', what, { collection: stored.collection, mismatches });
  }
  return (plain) => {
    const input: Record<string, unknown> = {};
    for (const name of kept) if (plain[name] !== undefined) input[name] = plain[name];
    return definition.seal(definition.build(input));
  };
}

/** The generated codec of today's model reads the stored bytes: the same fields in the same order. */
function hasSameBytes(stored: DocumentModel, today: DocumentModel): boolean {
  return (
    stored.key.fields.join() === today.key.fields.join() &&
    stored.fields.map(fieldShapeOf).join() === today.fields.map(fieldShapeOf).join()
  );
}

function fieldShapeOf(field: FieldModel): string {
  return JSON.stringify([field.name, field.optional, shapeOf(field.type)]);
}

/** What of a type decides its bytes: neither class names nor rules nor defaults. */
function shapeOf(type: FieldType): string {
  return JSON.stringify(type, (name, value: unknown) =>
    name === 'className' || name === 'rules' || name === 'default' ? undefined : value,
  );
}
