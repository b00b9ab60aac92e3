/** The documents that views are made of, as views look at them: fields, conditions on any field, and what is asked of code. */
import {
  ALL_FIELDS,
  DatabaseError,
  type FieldType,
  fieldBits,
  type IndexCondition,
  type IndexModel,
} from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { KeyCodec } from '../../definition/key-codec.js';
import { isSetValue } from '../../document/brands.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import { AskedValues } from '../indexing/asked-values.js';
import type { CollectionIndex, Condition } from '../indexing/collection-index.js';
import { indexesOf } from '../indexing/condition-tree.js';
import { mayBeNull, queryKind } from '../indexing/named-indexes.js';
import { RangeCollectionIndex } from '../indexing/range-collection-index.js';
import { TagCollectionIndex } from '../indexing/tag-collection-index.js';
import { UniqueCollectionIndex } from '../indexing/unique-collection-index.js';
import { requireNoPromise } from '../indexing/value-extractor.js';
import { type AskedCollection, whereConditions } from '../indexing/where-conditions.js';
import { orderedPart } from './groups.js';

/** Which documents a view counts, and what that depends on. */
export interface ViewFilter {
  readonly conditions: readonly Condition[];
  /** Stored fields it looks at; undefined: any. */
  readonly fields: readonly string[] | undefined;
}

export class ViewSource {
  readonly definition: CollectionDefinition;
  readonly store: ShardedStore;
  readonly keys: KeyCodec;
  /** Never filled: they read conditions and hold documents against them. One for each field and kind, so that views are found by them. */
  readonly #indexes = new Map<string, CollectionIndex>();
  readonly #asked: AskedCollection;

  constructor(definition: CollectionDefinition, store: ShardedStore) {
    this.definition = definition;
    this.store = store;
    this.keys = new KeyCodec(definition.model);
    this.#asked = {
      name: definition.model.collection,
      store,
      keys: this.keys,
      // A key of one field is asked for as that field; there is no other name for it.
      keyName: '',
      keyFields: [],
      hasIndex: (field) => this.typeOf(field) !== undefined,
      indexFor: (field, query) => this.#indexOf(field, query),
      // What other documents are may change without a write to these.
      isJoined: () => false,
      isKeyIn: () => false,
      join: (field) => this.#refuse(field),
      holdsAll: () => false,
      holdsNull: ({ model }) => mayBeNull(this.typeOf(model.fields[0]!)),
    };
  }

  /** Of a stored field, or a getter that an index of the class uses. */
  typeOf(field: string): FieldType | undefined {
    const { fields, computed } = this.definition.model;
    return [...fields, ...computed].find(({ name }) => name === field)?.type;
  }

  isStored(field: string): boolean {
    return this.definition.model.fields.some(({ name }) => name === field);
  }

  /** Those that are stored; undefined when one is not, and any field may be looked at. */
  storedOf(fields: readonly string[]): readonly string[] | undefined {
    return fields.every((field) => this.isStored(field)) ? [...new Set(fields)] : undefined;
  }

  /** As a set of bits, see CollectionDefinition.differing. */
  bitsOf(fields: readonly string[] | undefined): number {
    return fields === undefined ? ALL_FIELDS : fieldBits(this.definition.model.fields, fields);
  }

  /** @throws DatabaseError `INVALID_QUERY`, for a field that the class has not, too; `INVALID_INDEX_VALUE`. */
  filter(where: object | IndexCondition | undefined): ViewFilter {
    if (where === undefined) return { conditions: [], fields: [] };
    if (typeof where === 'function')
      return { conditions: [new CodeCondition(where as IndexCondition, this.store)], fields: undefined };
    const conditions = whereConditions(this.#asked, where);
    return { conditions, fields: this.storedOf(indexesOf(conditions).flatMap(({ model }) => model.fields)) };
  }

  #indexOf(field: string, query: unknown): CollectionIndex {
    const asked = queryKind(query);
    const kind = asked === 'tag' ? 'tag' : asked === undefined && this.#isOfAnyCase(field) ? 'unique' : 'value';
    let index = this.#indexes.get(`${kind} ${field}`);
    if (index === undefined) {
      index = kind === 'unique' ? this.#makeUnique(field) : this.#makeIndex(field, kind === 'tag');
      this.#indexes.set(`${kind} ${field}`, index);
    }
    return index;
  }

  /** Whether `find` takes a value of the field without regard to case: then views do. */
  #isOfAnyCase(field: string): boolean {
    const index = this.definition.model.indexes.find(({ fields }) => fields.length === 1 && fields[0] === field);
    return index?.caseInsensitive === true;
  }

  #makeUnique(field: string): CollectionIndex {
    const model: IndexModel = { name: field, kind: 'unique', fields: [field], caseInsensitive: true };
    const take = (document: object): unknown => (document as Readonly<Record<string, unknown>>)[field];
    return new UniqueCollectionIndex(model, new AskedValues(this.definition, model), take, this.store);
  }

  /** @param asksSets it is asked by lists: one value can be a list of one. */
  #makeIndex(field: string, asksSets: boolean): CollectionIndex {
    const { definition, store } = this;
    const type = this.typeOf(field);
    const inner = type?.kind === 'nullable' ? type.of : type;
    if (inner === undefined) return this.#refuse(field);
    const element = inner.kind === 'array' || inner.kind === 'set' ? inner.element : undefined;
    const isList = element !== undefined || asksSets;
    const model: IndexModel = { name: field, kind: isList ? 'tag' : 'range', fields: [field] };
    const asked = new AskedValues(definition, model);
    const take = (document: object): unknown => (document as Readonly<Record<string, unknown>>)[field];
    // A value without a place in an order is none.
    const part = (document: object): unknown => orderedPart(take(document));
    const parts = (document: object): unknown => {
      const value = take(document);
      return Array.isArray(value) || isSetValue(value)
        ? Array.from(value as Iterable<unknown>, orderedPart)
        : undefined;
    };
    const extract = element === undefined ? part : element.kind === 'string' ? take : parts;
    if (!isList) return new RangeCollectionIndex(model, asked, extract, store);
    const of = element ?? inner;
    const isDate = (of.kind === 'nullable' ? of.of : of).kind === 'date';
    return new TagCollectionIndex(model, asked, extract, store, isDate);
  }

  #refuse(field: string): never {
    const { collection } = this.definition.model;
    const what = `${collection} has no field ${field} that a view could ask for`;
    throw new DatabaseError('INVALID_QUERY', what, { collection, field });
  }
}

/** A condition that is code of the class. */
class CodeCondition implements Condition {
  readonly isExact = false;
  readonly #ask: (document: never) => unknown;
  readonly #store: ShardedStore;

  constructor(ask: IndexCondition, store: ShardedStore) {
    this.#ask = ask;
    this.#store = store;
  }

  get estimate(): number {
    return this.#store.size;
  }

  slots(): readonly Slot[] | undefined {
    return undefined;
  }

  matches(document: object): boolean {
    const verdict = this.#ask(document as never);
    if (typeof verdict === 'object' && verdict !== null) requireNoPromise(verdict, 'a view');
    return Boolean(verdict);
  }
}
