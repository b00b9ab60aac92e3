/** What `addIndex` takes and gives: an index of the engine's own, added while the database is open. */

import { DatabaseError, type IndexKind, type IndexModel } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { CollectionIndex } from '../collection/indexing/collection-index.js';
import type { Direction, RangeQuery, TagQuery, ValueQuery } from '../collection/query-types.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { isReadableField } from '../definition/readable-fields.js';
import { showValue } from '../definition/show-value.js';
import { Query } from './query.js';
import type { CollectionTypes } from './repository-types.js';

interface IndexSettings<T extends CollectionTypes> {
  /** Name within the collection. Default: the field's name, or those of a composite index joined by `_`. */
  readonly name?: string;
  /** Only documents that meet it are indexed. Must be pure. */
  readonly where?: (document: T['document']) => boolean;
  /** Strings are one when they agree without regard to case; for unique indexes. */
  readonly caseInsensitive?: boolean;
}

/** An index over one field or getter. */
export interface FieldIndex<T extends CollectionTypes, K extends IndexKind, F extends string> extends IndexSettings<T> {
  readonly kind: K;
  readonly field: F;
}

/** An index over several fields or getters. */
export interface CompositeIndex<T extends CollectionTypes> extends IndexSettings<T> {
  readonly kind: 'unique' | 'range';
  readonly fields: readonly (keyof T['document'] & string)[];
}

type ElementOf<V> = V extends readonly (infer E)[] ? E : V extends ReadonlySet<infer E> ? E : V;

/** The conditions on an index over values `V`. */
export type IndexQuery<K extends IndexKind, V> = K extends 'range'
  ? RangeQuery<NonNullable<V>>
  : K extends 'tag'
    ? TagQuery<ElementOf<NonNullable<V>>>
    : ValueQuery<NonNullable<V>>;

/** An index that was added live. The repository's `find` and `orderBy` know it by its field or name, too. */
export class LiveIndex<T extends CollectionTypes, Q = unknown> {
  readonly #collection: Collection;
  readonly #index: CollectionIndex;

  /** Use `addIndex`. */
  constructor(collection: Collection, index: CollectionIndex) {
    this.#collection = collection;
    this.#index = index;
  }

  get name(): string {
    return this.#index.model.name;
  }

  /** Documents the index finds; lazy. @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`; `UNINDEXED_FIELD` once dropped. */
  find(query: Q): Query<T> {
    return Query.ofCondition<T>(this.#collection, this.#collection.indexes.conditionOn(this.#index, query));
  }

  /** All documents in the order of a range index. @throws DatabaseError `UNINDEXED_FIELD` when it is of another kind, or dropped. */
  orderBy(direction: Direction = 'asc'): Query<T> {
    return Query.where<T>(this.#collection, {}).orderBy(this.name, direction);
  }
}

/** The model of a live index. @throws DatabaseError `INVALID_OPTION`. */
export function liveIndexModel(definition: CollectionDefinition, given: object): IndexModel {
  const { kind, field, fields, name, where, caseInsensitive } = given as Record<string, unknown>;
  const { collection } = definition.model;
  const refuse = (what: string, option: string): never => {
    throw new DatabaseError('INVALID_OPTION', `an index of ${collection}: ${what}`, { collection, option });
  };
  if (kind !== 'unique' && kind !== 'tag' && kind !== 'range') {
    return refuse("`kind` must be 'unique', 'tag' or 'range'", 'kind');
  }
  const names = (fields ?? [field]) as readonly string[];
  const ownName = name ?? (Array.isArray(names) ? names.join('_') : '');
  if (ownName === 'or' || ownName === 'and' || ownName === 'not')
    return refuse(`\`${ownName}\` is a word of conditions; give the index another \`name\``, 'name');
  if (!Array.isArray(names) || names.length === 0) return refuse('`fields` must be a list of names', 'fields');
  if (kind === 'tag' && names.length > 1) return refuse('a tag index has exactly one field', 'fields');
  for (const one of names) {
    if (!isReadableField(definition, one)) return refuse(`there is no field or getter ${showValue(one)}`, 'field');
  }
  if (where !== undefined && typeof where !== 'function') return refuse('`where` must be a function', 'where');
  return {
    name: (name as string | undefined) ?? names.join('_'),
    kind,
    fields: [...names],
    ...(where !== undefined && { where: String(where) }),
    ...(caseInsensitive === true && { caseInsensitive }),
  };
}
