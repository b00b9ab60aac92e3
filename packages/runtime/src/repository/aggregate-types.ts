/** The types of `distinct` and `aggregate`: which fields they take, and what comes back. Types only. */

type Scalar = string | number | bigint | boolean | Date;
type AggregateName = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** One element of an array or a set; any other value is its own. */
type ElementOf<V> = V extends readonly (infer E)[] ? E : V extends ReadonlySet<infer E> ? E : V;

/** Fields whose values make groups: texts, numbers, bigints, booleans, dates, and lists of such. */
export type GroupField<D> = {
  readonly [F in keyof D & string]-?: [NonNullable<ElementOf<D[F]>>] extends [Scalar] ? F : never;
}[keyof D & string];

/** Fields that can be added up. */
type NumericField<D> = {
  readonly [F in keyof D & string]-?: [NonNullable<D[F]>] extends [number] | [bigint] ? F : never;
}[keyof D & string];

/** Fields whose values have an order. */
type OrderedField<D> = {
  readonly [F in keyof D & string]-?: [NonNullable<D[F]>] extends [Scalar] ? F : never;
}[keyof D & string];

/** What is asked of documents, or of each group of them. A field gives its value, a list of fields an object of values. */
export interface Aggregates<D> {
  /** How many documents. */
  readonly count?: true;
  /** 0 of none; a bigint of bigints, exactly. */
  readonly sum?: NumericField<D> | readonly NumericField<D>[];
  /** A number; undefined of none. */
  readonly avg?: NumericField<D> | readonly NumericField<D>[];
  /** The least value; undefined of none. */
  readonly min?: OrderedField<D> | readonly OrderedField<D>[];
  /** The greatest value; undefined of none. */
  readonly max?: OrderedField<D> | readonly OrderedField<D>[];
}

/** Refuses names that are no function. */
export type NoOther<A> = { readonly [N in Exclude<keyof A, AggregateName>]: never };

/** Refuses an object without any. */
export type NotEmpty<A> = [keyof A] extends [never] ? { readonly count: true } : unknown;

type ValueOf<D, N, F> = F extends keyof D
  ? N extends 'sum'
    ? NonNullable<D[F]> extends bigint
      ? bigint
      : number
    : N extends 'avg'
      ? number | undefined
      : NonNullable<D[F]> | undefined
  : never;

/** The answer of all documents. */
export type Aggregated<D, A> = {
  readonly [N in keyof A]: N extends 'count'
    ? number
    : A[N] extends readonly (infer F extends string)[]
      ? { readonly [Field in F]: ValueOf<D, N, Field> }
      : ValueOf<D, N, A[N]>;
};

/** The answer of one group: the values that make it, and what was asked of it. */
export type AggregatedGroup<D, A, B> = {
  readonly [F in (B extends readonly (infer Field)[] ? Field : B) & keyof D]: GroupValue<D[F]>;
} & Aggregated<D, A>;

/** An absent value makes a group, too, as an empty list does. */
type GroupValue<V> = V extends readonly (infer E)[] | ReadonlySet<infer E> ? NonNullable<E> | undefined : V;

export type DistinctValue<D, F extends keyof D> = Exclude<ElementOf<D[F]>, undefined>;
