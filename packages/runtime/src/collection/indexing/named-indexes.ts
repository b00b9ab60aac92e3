/** Which index of a collection a field of a query means, and the conditions that are made of it. */
import { DatabaseError, type FieldType, type IndexModel, keyName } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { KeyCodec } from '../../definition/key-codec.js';
import { showValue } from '../../definition/show-value.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import { JoinCondition } from '../relating/join-condition.js';
import type { ReferenceLink } from '../relating/reference-link.js';
import type { CollectionIndex, Condition } from './collection-index.js';
import { type CompositeIndex, compositesOf, mergedConditions } from './composite-index.js';
import type { RangeCollectionIndex } from './range-collection-index.js';
import type { TagCollectionIndex } from './tag-collection-index.js';
import { refuseUnindexed } from './unindexed-field.js';
import type { UniqueCollectionIndex } from './unique-collection-index.js';
import type { VectorCollectionIndex } from './vector-collection-index.js';
import { type AskedCollection, conditionOnIndex, whereConditions } from './where-conditions.js';

export class NamedIndexes {
  #all: readonly CollectionIndex[];
  /** Made of `#all` when it is asked for. */
  #composites: readonly CompositeIndex[] | undefined;
  readonly #vectors: readonly VectorCollectionIndex[];
  readonly #definition: CollectionDefinition;
  readonly #collection: string;
  readonly #store: ShardedStore;
  readonly #asked: AskedCollection;
  /** Fields that may be asked for what they refer to. */
  #links: ReadonlyMap<string, ReferenceLink> | undefined;

  constructor(
    definition: CollectionDefinition,
    store: ShardedStore,
    all: readonly CollectionIndex[],
    vectors: readonly VectorCollectionIndex[],
  ) {
    this.#definition = definition;
    this.#collection = definition.model.collection;
    this.#store = store;
    this.#all = all;
    this.#vectors = vectors;
    this.#asked = this.#askedCollection(definition);
  }

  /** In the model's order, then those added live. */
  get all(): readonly CollectionIndex[] {
    return this.#all;
  }

  add(index: CollectionIndex): void {
    this.#all = [...this.#all, index];
    this.#composites = undefined;
  }

  remove(index: CollectionIndex): void {
    this.#all = this.#all.filter((other) => other !== index);
    this.#composites = undefined;
  }

  /**
   * The vectors of a field; of the one that has some, when none is named.
   *
   * @throws DatabaseError `UNINDEXED_FIELD`; `INVALID_QUERY` when it has to be named.
   */
  vector(field: string | undefined): VectorCollectionIndex {
    const [first, second] = this.#vectors;
    const names = this.#vectors.map(({ model }) => model.name);
    const facts = { collection: this.#collection, indexed: names };
    if (field === undefined && second !== undefined) {
      const what = `${this.#collection} has vectors in ${names.join(' and ')}: say which \`field\` is meant`;
      throw new DatabaseError('INVALID_QUERY', what, facts);
    }
    const found = field === undefined ? first : this.#vectors.find(({ model }) => model.name === field);
    if (found !== undefined) return found;
    const name = field === undefined ? 'no field' : `${this.#collection}.${showValue(field)}, which is not one`;
    const what = `nearest neighbours are asked of fields with @Vector (${names.join(', ') || 'there is none'}), found ${name}`;
    throw new DatabaseError('UNINDEXED_FIELD', what, { ...facts, field });
  }

  /** The conditions of a `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`. */
  conditions(where: object, depth?: number): readonly Condition[] {
    return whereConditions(this.#asked, where, depth);
  }

  /** References of the collection may be asked for what they lead to. */
  tie(links: readonly ReferenceLink[]): void {
    if (links.length > 0) this.#links = new Map(links.map((link) => [link.field.name, link]));
  }

  /** The condition of one index. @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
  conditionOn(index: CollectionIndex, query: unknown): Condition {
    return typeof query === 'object' ? conditionOnIndex(this.#asked, index, query) : index.condition(query);
  }

  /** The unique index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  unique(field: string): UniqueCollectionIndex {
    return this.#ofKind(field, 'unique', '@Index') as UniqueCollectionIndex;
  }

  /** The range index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  range(field: string): RangeCollectionIndex {
    return this.#ofKind(field, 'range', '@Range') as RangeCollectionIndex;
  }

  /** The range index that an order by the field takes; undefined: the field is the key. @throws DatabaseError `UNINDEXED_FIELD`. */
  ordering(field: string): RangeCollectionIndex | undefined {
    if (field !== this.#asked.keyName) return this.range(field);
    const isRange = this.#all.some(({ model }) => model.kind === 'range' && isNamed(model, field));
    return isRange ? this.range(field) : undefined;
  }

  /** Every range index. */
  get ranges(): readonly RangeCollectionIndex[] {
    return this.#all.filter((index): index is RangeCollectionIndex => index.model.kind === 'range');
  }

  /** Range indexes of several fields, into which conditions are merged. */
  get composites(): readonly CompositeIndex[] {
    this.#composites ??= compositesOf(this.#definition, this.#all);
    return this.#composites;
  }

  /** As few conditions as composite indexes allow; see composite-index.ts. O(1) for a class that has none. */
  merged(conditions: readonly Condition[]): readonly Condition[] {
    return conditions.length < 2 ? conditions : mergedConditions(this.composites, conditions, this.#store.size);
  }

  /** The tag index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  tag(field: string): TagCollectionIndex {
    return this.#ofKind(field, 'tag', '@Tag') as TagCollectionIndex;
  }

  #askedCollection(definition: CollectionDefinition): AskedCollection {
    const { collection, key, fields, computed } = definition.model;
    const typeOf = ({ model }: CollectionIndex): FieldType | undefined =>
      [...fields, ...computed].find(({ name }) => name === model.fields[0])?.type;
    return {
      name: collection,
      store: this.#store,
      keys: new KeyCodec(definition.model),
      keyName: keyName(definition.model),
      keyFields: key.fields,
      hasIndex: (field) => this.#all.some(({ model }) => isNamed(model, field)),
      indexFor: (field, query) => this.#indexFor(field, query),
      isJoined: (field) => this.#links?.has(field) === true,
      isKeyIn: (field, query) => this.#links?.get(field)?.field.isKey(query) === true,
      join: (field, where, depth) => {
        const link = this.#links!.get(field)!;
        return new JoinCondition(link, link.to.indexes.conditions(where, depth));
      },
      // Rows of a view may have a NaN, which no index holds.
      holdsAll: (index) =>
        definition.isDerived !== true &&
        index.model.where === undefined &&
        index.model.kind !== 'unique' &&
        isScalar(typeOf(index)),
      holdsNull: (index) => mayBeNull(typeOf(index)),
    };
  }

  #indexFor(field: string, query: unknown): CollectionIndex {
    const kind = queryKind(query);
    let otherKind: CollectionIndex | undefined;
    for (const index of this.#all) {
      if (!isNamed(index.model, field)) continue;
      if (kind === undefined || index.model.kind === kind) return index;
      otherKind ??= index;
    }
    const ofKeys = this.#links?.get(field)?.referrers.index;
    return otherKind ?? ofKeys ?? this.#unindexed(field, 'index', this.#all);
  }

  #ofKind(field: string, kind: IndexModel['kind'], decorator: string): CollectionIndex {
    for (const index of this.#all) if (index.model.kind === kind && isNamed(index.model, field)) return index;
    const others = this.#all.filter(({ model }) => model.kind === kind);
    return this.#unindexed(field, decorator, others);
  }

  #unindexed(field: unknown, kind: string, others: readonly CollectionIndex[]): never {
    refuseUnindexed(this.#definition, field, kind, others);
  }
}

/** Whether each value of the type has its place in an index: no null, no list that may be empty. */
function isScalar(type: FieldType | undefined): boolean {
  return type !== undefined && ['string', 'number', 'bigint', 'boolean', 'date'].includes(type.kind);
}

/** Whether a value of the type may be null. */
export function mayBeNull(type: FieldType | undefined): boolean {
  return type?.kind === 'nullable' || type?.kind === 'json';
}

function isNamed(model: IndexModel, field: string): boolean {
  return model.name === field || (model.fields.length === 1 && model.fields[0] === field);
}

/** Which kind of index a condition is written for, when its form says so. */
export function queryKind(query: unknown): IndexModel['kind'] | undefined {
  if (typeof query !== 'object' || query === null || isDate(query)) return undefined;
  if ('any' in query || 'all' in query || 'none' in query) return 'tag';
  if ('gt' in query || 'gte' in query || 'lt' in query || 'lte' in query || 'between' in query || 'prefix' in query)
    return 'range';
  return undefined;
}
