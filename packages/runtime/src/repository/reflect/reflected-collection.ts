/** One collection for programs that do not know its class: see reflection.ts. */
import { type CollectionStorage, DatabaseError, type DocumentModel } from '@nuthatch/model';
import type { Collection } from '../../collection/collection.js';
import { FaceForm } from '../../collection/face/face-form.js';
import type { Direction } from '../../collection/query-types.js';
import { showValue } from '../../definition/show-value.js';
import type { Change } from '../../feed/change.js';
import { requireListener, type Subscription } from '../../feed/change-feed.js';
import type { Query } from '../query.js';
import type { Repository } from '../repository.js';
import type { CollectionTypes, UpdateOptions, WriteOptions } from '../repository-types.js';
import { conditionsOfJson } from './json-conditions.js';
import { type JsonDocument, JsonDocuments } from './json-document.js';
import { JsonKeys } from './json-keys.js';

/** What there is to know of a collection without its class. */
export interface CollectionDescription {
  readonly name: string;
  readonly className: string;
  /** Fields with types and rules, key, indexes, indexed getters: frozen, and JSON as it is. */
  readonly model: DocumentModel;
  /** Changes whenever the model does. */
  readonly fingerprint: string;
  /** Where its documents are kept at present. */
  readonly storage: CollectionStorage;
  /** Documents now. */
  readonly count: number;
}

/** A document with what is known beside its fields. */
export interface JsonEntry {
  /** As JSON; `keyText` makes one text of it. */
  readonly key: unknown;
  readonly document: JsonDocument;
  /** Values of the getters that an index uses. */
  readonly computed: JsonDocument;
  readonly revision: number;
  /** ISO 8601; undefined: never. */
  readonly expiresAt: string | undefined;
}

/** A page of a collection; what is left out means all, in no order, from the beginning. */
export interface JsonPageQuery {
  readonly where?: object;
  /** A field or getter with a range index. */
  readonly orderBy?: string;
  readonly direction?: Direction;
  /** Default 100. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface JsonPage {
  readonly entries: readonly JsonEntry[];
  /** Where the next page begins; undefined: there is none. */
  readonly next: string | undefined;
}

/** A durable change of one document. */
export interface JsonChange {
  readonly kind: Change['kind'];
  readonly key: unknown;
  /** Undefined when there was none, or when the change was read back from the journal. */
  readonly before: JsonDocument | undefined;
  readonly after: JsonDocument | undefined;
  readonly revision: number;
  readonly seq: string;
}

const PAGE_QUERY_NAMES: readonly string[] = ['where', 'orderBy', 'direction', 'limit', 'after'];
const DEFAULT_LIMIT = 100;

export class ReflectedCollection {
  readonly #collection: Collection;
  readonly #repository: Repository<CollectionTypes>;
  readonly #documents: JsonDocuments;
  readonly #keys: JsonKeys;
  readonly #isOnDisk: boolean;
  #face: FaceForm | undefined;

  /** Use `db.reflect().collection(name)`. */
  constructor(collection: Collection, repository: Repository<CollectionTypes>, isOnDisk: boolean) {
    this.#isOnDisk = isOnDisk;
    this.#collection = collection;
    this.#repository = repository;
    this.#documents = new JsonDocuments(collection.definition);
    this.#keys = new JsonKeys(collection.definition.model);
  }

  /** The models that references lead to, however far. */
  get #models(): ReadonlyMap<string, DocumentModel> {
    const models = new Map<string, DocumentModel>();
    const add = ({ links }: Pick<Collection, 'links'>): void => {
      for (const { to } of links?.outgoing ?? []) {
        if (models.has(to.name)) continue;
        models.set(to.name, to.definition.model);
        add(to);
      }
    };
    add(this.#collection);
    return models;
  }

  get name(): string {
    return this.#collection.name;
  }

  describe(): CollectionDescription {
    const { name, isMemoryOnly, size, definition } = this.#collection;
    const { model, fingerprint } = definition;
    const storage = isMemoryOnly || !this.#isOnDisk ? 'memory' : model.storage === 'cold' ? 'cold' : 'disk';
    return { name, className: model.name, model, fingerprint, storage, count: size };
  }

  /** One text for a key in JSON, as for an address. @throws DatabaseError `INVALID_KEY`. */
  keyText(key: unknown): string {
    return this.#keys.textOf(key);
  }

  /** The key in JSON that a text of `keyText` stands for. @throws DatabaseError `INVALID_KEY`. */
  keyOfText(text: string): unknown {
    return this.#keys.ofText(text);
  }

  /** The document of a key in JSON, or undefined. O(size of the document). @throws DatabaseError `INVALID_KEY`. */
  get(key: unknown): JsonDocument | undefined {
    const document = this.#repository.get(this.#keys.fromJson(key));
    return document === undefined ? undefined : this.#documents.toJson(document);
  }

  /**
   * Calls `fn` with the document of a key in JSON, whose fields are read and made JSON when they are asked for: see `view` of
   * the repository. O(what `fn` reads). @throws DatabaseError `INVALID_KEY`, `INVALID_QUERY`, `VIEW_ENDED`, `READ_ONLY_VALUE`; what `fn` throws.
   */
  view<R>(key: unknown, fn: (document: JsonDocument) => R): R | undefined {
    const { definition, faces } = this.#collection;
    this.#face ??= new FaceForm(definition, this.#documents);
    return faces.view(this.#collection.slotOf(this.#keys.fromJson(key)), fn as (document: never) => R, this.#face);
  }

  /** As `get`, with revision, expiry and indexed getters. @throws DatabaseError `INVALID_KEY`. */
  entry(key: unknown): JsonEntry | undefined {
    const document = this.#repository.get(this.#keys.fromJson(key));
    return document === undefined ? undefined : this.#entryOf(document);
  }

  /** The conditions as `find` of the repository takes them: texts of dates and bigints made into such. @throws DatabaseError `INVALID_QUERY`. */
  whereOf(where: object): object {
    return conditionsOfJson(this.#collection.definition.model, where, this.#models);
  }

  /** Documents that meet all conditions, which indexes answer. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
  find(where: object = {}): readonly JsonDocument[] {
    return this.#query(where)
      .all()
      .map((document) => this.#documents.toJson(document));
  }

  /** @throws DatabaseError as `find`. */
  count(where: object = {}): number {
    return this.#query(where).count();
  }

  /** One page, and the way to the next. @throws DatabaseError as `find`. */
  page(query: JsonPageQuery = {}): JsonPage {
    if (typeof query !== 'object' || query === null)
      throw new DatabaseError(
        'INVALID_QUERY',
        `\`page\` takes an object of ${PAGE_QUERY_NAMES.join(', ')}, found ${showValue(query)}`,
      );
    const unknown = Object.keys(query).find((name) => !PAGE_QUERY_NAMES.includes(name));
    if (unknown !== undefined)
      throw new DatabaseError('INVALID_QUERY', `a page has no ${unknown}, only ${PAGE_QUERY_NAMES.join(', ')}`);
    const { where = {}, orderBy, direction, limit = DEFAULT_LIMIT, after } = query;
    let asked = this.#query(where).limit(limit);
    if (orderBy !== undefined) asked = asked.orderBy(orderBy, direction);
    if (after !== undefined) asked = asked.after(after);
    const { items, next } = asked.page();
    return { entries: items.map((document) => this.#entryOf(document)), next };
  }

  /**
   * Adds a document; what its JSON leaves out gets its default. Resolves to the document as it is then.
   *
   * Rejects with `VALIDATION_FAILED`, `DUPLICATE_KEY`, `INVALID_KEY`, `INVALID_INDEX_VALUE`.
   */
  async insert(json: object, options?: WriteOptions): Promise<JsonDocument> {
    requireNoReturning(options);
    return this.#documents.toJson(await this.#repository.insert(this.#documents.inputOf(json), options));
  }

  /** Adds the document, or replaces the one of its key as a whole. Rejects as `insert`. */
  async upsert(json: object, options?: WriteOptions): Promise<JsonDocument> {
    requireNoReturning(options);
    return this.#documents.toJson(await this.#repository.upsert(this.#documents.inputOf(json), options));
  }

  /**
   * Changes the fields in the patch; null takes an optional field away, unless the field can hold null.
   *
   * Rejects with `DOCUMENT_NOT_FOUND`, `REVISION_MISMATCH`, `KEY_CHANGED`, and as `insert`.
   */
  async update(key: unknown, patch: object, options?: UpdateOptions): Promise<JsonDocument> {
    requireNoReturning(options);
    const storedKey = this.#keys.fromJson(key);
    return this.#documents.toJson(await this.#repository.update(storedKey, this.#documents.patchOf(patch), options));
  }

  /** Resolves to false when there was none. Rejects with `REVISION_MISMATCH`, `INVALID_KEY`. */
  async delete(key: unknown, options?: UpdateOptions): Promise<boolean> {
    return this.#repository.delete(this.#keys.fromJson(key), options);
  }

  /** Calls the listener with the answer now, and again whenever a durable change alters it. @throws DatabaseError as `find`; `INVALID_OPTION`. */
  watch(where: object, listener: (documents: readonly JsonDocument[]) => void): Subscription {
    requireListener(listener);
    return this.#query(where).watch((rows) => listener(rows.map((document) => this.#documents.toJson(document))));
  }

  /** Calls the listener with each durable change. @throws DatabaseError `INVALID_OPTION`. */
  subscribe(listener: (change: JsonChange) => void): Subscription {
    requireListener(listener);
    const json = (document: object | undefined): JsonDocument | undefined =>
      document && this.#documents.toJson(document);
    return this.#repository.subscribe(({ kind, key, before, after, revision, seq }) =>
      listener({
        ...{ kind, key: this.#keys.toJson(key), before: json(before), after: json(after) },
        ...{ revision, seq: String(seq) },
      }),
    );
  }

  #query(where: object): Query<CollectionTypes> {
    return this.#repository.find(this.whereOf(where));
  }

  #entryOf(document: object): JsonEntry {
    const { keys } = this.#collection;
    const key = keys.toPublicKey(keys.ofDocument(document));
    return {
      key: this.#keys.toJson(key),
      document: this.#documents.toJson(document),
      computed: this.#documents.computedOf(document),
      revision: this.#repository.revision(key as never)!,
      expiresAt: this.#repository.expiresAt(key as never)?.toISOString(),
    };
  }
}

/** @throws DatabaseError `INVALID_OPTION`: what comes back is JSON, whatever repositories can return. */
function requireNoReturning(options: object | undefined): void {
  if (options != null && 'returning' in options)
    throw new DatabaseError('INVALID_OPTION', '`returning` is not an option of writes in JSON', {
      option: 'returning',
    });
}
