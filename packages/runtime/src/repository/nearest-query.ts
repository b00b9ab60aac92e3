/** A query whose order is the distance from one vector: `db.document.nearest(vector)`. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { HasVector } from '../collection/indexing/vector-condition.js';
import { isIgnoringUndefined, withoutUndefined } from '../collection/indexing/without-undefined.js';
import { NearestOrder } from '../collection/query/nearest-order.js';
import type { MaybeUndefined } from '../collection/query-types.js';
import { showValue } from '../definition/show-value.js';
import { isDoublesValue, isFloatsValue } from '../document/brands.js';
import { Query } from './query.js';
import { PLAIN_FORM } from './query-form.js';
import type { CollectionTypes } from './repository-types.js';
import type { FieldOf, RowQuery } from './row-types.js';

/** Fields with `@Vector`; of a class without one there is none. */
export type VectorField<T extends CollectionTypes> = T extends { readonly vectors: infer F extends string } ? F : never;

/** What a vector may be given as; of a class without vectors there is none. */
export type VectorOf<T extends CollectionTypes> = [VectorField<T>] extends [never]
  ? never
  : Float32Array | Float64Array | readonly number[];

export interface NearestOptions<T extends CollectionTypes> {
  /** The field of the vectors; to be named where a class has several. */
  readonly field?: VectorField<T>;
  /** Only documents that meet these conditions. */
  readonly where?: T['where'];
  /** Conditions in `where` that are undefined are left out, as in `find`. Default false: they are refused. */
  readonly ignoreUndefined?: boolean;
  /** At most so many. Default: all that have a vector. */
  readonly limit?: number;
  /** Ask the library given to `approximate`: faster, and some of the nearest may be missing. Default false. */
  readonly approximate?: boolean;
}

/** The options with which conditions may be undefined. */
export type LooseNearestOptions<T extends CollectionTypes> = Omit<NearestOptions<T>, 'where' | 'ignoreUndefined'> & {
  readonly where: MaybeUndefined<T['where']>;
  readonly ignoreUndefined: true;
};

/** A document and its distance from the vector that was asked for; the metric of the field says what the number means. */
export interface NearestHit<Document> {
  readonly document: Document;
  readonly distance: number;
}

/** Rows of some fields, which have distances, too. */
export type NearestRows<T extends CollectionTypes, Row> = RowQuery<T, Row> & { hits(): NearestHit<Row>[] };

const OPTIONS: ReadonlySet<string> = new Set(['field', 'where', 'ignoreUndefined', 'limit', 'approximate']);

/** As any other query, nearest documents first; those without a vector are left out. */
export class NearestQuery<T extends CollectionTypes> extends Query<T> {
  /** The engine's way to such a query. @throws DatabaseError as `nearest`. */
  static to<T extends CollectionTypes>(
    collection: Collection,
    vector: unknown,
    options: NearestOptions<T> | LooseNearestOptions<T> = {},
  ): NearestQuery<T> {
    requireOptions(options);
    const index = collection.indexes.vector(options.field);
    const held = index.structure.held(isFloats(vector) ? Float32Array.from(vector) : vector);
    const order = new NearestOrder(index, collection.store, held, options.approximate === true);
    const { where = {}, ignoreUndefined } = options;
    const isLoose = isIgnoringUndefined({ ignoreUndefined });
    const conditions = collection.indexes.conditions(isLoose ? withoutUndefined(where) : where);
    const form = { ...PLAIN_FORM, order: { index: order, direction: 'asc' as const } };
    const query = new NearestQuery<T>(collection, new HasVector(index), conditions, form);
    return options.limit === undefined ? query : query.limit(options.limit);
  }

  /** The documents with their distances, nearest first, as an array. O(entries · dimensions), then as `all`. */
  hits(): NearestHit<T['document']>[] {
    return this.valued().map(([document, distance]) => ({ document, distance: distance as number }));
  }

  override select<F extends FieldOf<T['document']>>(
    ...fields: readonly [F, ...F[]]
  ): NearestRows<T, Pick<T['document'], F>> {
    return super.select(...fields) as unknown as NearestRows<T, Pick<T['document'], F>>;
  }

  /** @throws DatabaseError `INVALID_QUERY`: the order is the distance. */
  override orderBy(): never {
    throw new DatabaseError('INVALID_QUERY', 'nearest neighbours are ordered by their distance; leave `orderBy` out');
  }

  override limit(count: number): NearestQuery<T> {
    return super.limit(count) as NearestQuery<T>;
  }

  override offset(count: number): NearestQuery<T> {
    return super.offset(count) as NearestQuery<T>;
  }

  override after(cursor: string): NearestQuery<T> {
    return super.after(cursor) as NearestQuery<T>;
  }

  override filter(predicate: (document: T['document']) => boolean): NearestQuery<T> {
    return super.filter(predicate) as NearestQuery<T>;
  }
}

/** A copy is made of them: the query may be asked later. */
function isFloats(vector: unknown): vector is Float32Array | Float64Array {
  return isFloatsValue(vector) || isDoublesValue(vector);
}

/** For programs that no compiler checks. @throws DatabaseError `INVALID_QUERY`. */
function requireOptions(options: unknown): void {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  const given = (isObject ? options : {}) as Readonly<Record<string, unknown>>;
  const { approximate } = given;
  const unknown = Object.keys(given).find((name) => !OPTIONS.has(name));
  const problem = !isObject
    ? `are an object, found ${showValue(options)}`
    : unknown !== undefined
      ? `are ${[...OPTIONS].join(', ')}, found ${showValue(unknown)}`
      : approximate !== undefined && typeof approximate !== 'boolean'
        ? `say \`approximate\` as true or false, found ${showValue(approximate)}`
        : undefined;
  if (problem !== undefined) throw new DatabaseError('INVALID_QUERY', `the options of \`nearest\` ${problem}`);
}
