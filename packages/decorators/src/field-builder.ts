/**
 * Fields for `defineDocument()`: the same as decorators say, with the type said too.
 *
 *   id: field.string().id(), email: field.string().unique().rule('isEmail'), clubs: field.array(field.string()).tag().default([])
 *
 * A builder is immutable: every method answers a new one.
 */
import {
  BLOB_REF_TYPE,
  type BlobRef,
  DatabaseError,
  type FieldDefault,
  type FieldModel,
  type FieldType,
  type IndexKind,
  isJsonData,
  KNOWN_RULES,
  type LifetimeModel,
  type LiteralValue,
  type ObjectType,
  type ReferenceMetadata,
  type RuleArgument,
  type ScalarKind,
  type SearchModel,
  type ValidationRule,
  type VectorModel,
} from '@nuthatch/model';
import { copyDefault } from './copy-default.js';
import type { ExpiresValue } from './expires-decorator.js';
import type { IndexOptions, UniqueValue } from './index-decorator.js';
import type { IdOptions, IdValue } from './key.js';
import { checkedLifetime, type LifetimeOptions } from './lifetime-decorator.js';
import type { RangeValue } from './range-decorator.js';
import { checkedRef, type PinOptions, type RefOptions } from './ref-decorator.js';
import { checkedSearch, type SearchFieldOptions, type SearchValue } from './search-decorator.js';
import type { TagValue } from './tag-decorator.js';
import { checkedVector, type VectorOptions, type VectorValue } from './vector-decorator.js';

/** All a builder has been told. */
export interface FieldSpecification {
  readonly type: FieldType;
  readonly optional: boolean;
  readonly default?: FieldDefault;
  /** Makes the default again for each document. */
  readonly makeDefault?: () => unknown;
  readonly rules: readonly ValidationRule[];
  readonly isId: boolean;
  readonly idOptions: IdOptions;
  /** The document is deleted at this time. */
  readonly isExpiry?: true;
  /** The field is a state. */
  readonly lifetime?: Omit<LifetimeModel, 'field'>;
  /** The field holds a vector. */
  readonly vector?: Omit<VectorModel, 'field'>;
  /** The field holds keys of documents. */
  readonly reference?: Omit<ReferenceMetadata, 'field'>;
  /** Its words are found by `search`. */
  readonly search?: Omit<SearchModel, 'field'>;
  readonly indexes: readonly { readonly kind: IndexKind; readonly options: IndexOptions }[];
}

/** @typeParam T the value's type; `undefined` in it makes the field optional. */
export class FieldBuilder<T> implements SomeField<T> {
  /** Only for inference. */
  declare readonly valueType: T;

  constructor(readonly specification: FieldSpecification) {}

  /** The document's identity; on several fields, a part of it each. */
  id(...[options = {}]: [T] extends [IdValue] ? [options?: IdOptions] : [never]): FieldBuilder<T> {
    return this.#with({ isId: true, idOptions: options });
  }

  /** A unique index. */
  unique(...[options = {}]: [T] extends [UniqueValue] ? [options?: IndexOptions] : [never]): FieldBuilder<T> {
    return this.#withIndex('unique', options);
  }

  /** Tags. */
  tag(..._check: [T] extends [TagValue] ? [] : [never]): FieldBuilder<T> {
    return this.#withIndex('tag', {});
  }

  /** An ordered index. */
  range(..._check: [T] extends [RangeValue] ? [] : [never]): FieldBuilder<T> {
    return this.#withIndex('range', {});
  }

  /** The document is deleted at this time; see `Expires`. */
  expires(..._check: [T] extends [ExpiresValue] ? [] : [never]): FieldBuilder<T> {
    return this.#with({ isExpiry: true });
  }

  /** The field is a state, which changes along the transitions alone; see `Lifetime`. */
  lifetime(options: [T] extends [string] ? LifetimeOptions<T> : never): FieldBuilder<T> {
    const lifetime = checkedLifetime(options as LifetimeOptions<string>);
    const given = this.specification.default ?? describeDefault(lifetime.initial);
    return this.#with({
      lifetime,
      default: given,
      makeDefault: this.specification.makeDefault ?? (() => lifetime.initial),
    });
  }

  /** The field holds a vector, of which nearest neighbours are asked; see `Vector`. */
  vector(options: [T] extends [VectorValue] ? VectorOptions : never): FieldBuilder<T> {
    return this.#with({ vector: checkedVector(options as VectorOptions) });
  }

  /** The field holds keys of documents of the class; see `Ref`. */
  ref(target: () => abstract new (...args: never[]) => object, options?: RefOptions | PinOptions): FieldBuilder<T> {
    return this.#with({ reference: { target, ...checkedRef(target, options) } });
  }

  /** Its words are found by `search`; see `Search`. */
  search(...[options = {}]: [T] extends [SearchValue] ? [options?: SearchFieldOptions] : [never]): FieldBuilder<T> {
    return this.#with({ search: checkedSearch(options) });
  }

  /** The field may be absent. */
  optional(): FieldBuilder<T | undefined> {
    return this.#with({ optional: true }) as FieldBuilder<T | undefined>;
  }

  /** The field may be null. */
  nullable(): FieldBuilder<T | null> {
    return this.#with({ type: { kind: 'nullable', of: this.specification.type } }) as FieldBuilder<T | null>;
  }

  /**
   * The value for a document that is inserted without the field: plain data or an empty container, copied each time.
   */
  default(value: Exclude<T, undefined>): FieldBuilder<T> {
    return this.#with({ default: describeDefault(value), makeDefault: () => copyDefault(value) });
  }

  /** The time of the insert. */
  defaultNow(..._check: Date extends T ? [] : [never]): FieldBuilder<T> {
    return this.#with({ default: { kind: 'now' }, makeDefault: () => new Date() });
  }

  /**
   * A rule in class-validator's vocabulary: `.rule('min', 0)`.
   *
   * @throws DatabaseError `INVALID_DECORATOR` for a rule the generator does not compile.
   */
  rule(name: string, ...args: readonly (RuleArgument | RegExp)[]): FieldBuilder<T> {
    if (!KNOWN_RULES.has(name))
      throw new DatabaseError('INVALID_DECORATOR', `there is no rule ${name}`, { rule: name });
    const plain = args.map((arg) => (arg instanceof RegExp ? { regExp: arg.source, flags: arg.flags } : arg));
    return this.#with({ rules: [...this.specification.rules, { name, args: plain }] });
  }

  #with(change: Partial<FieldSpecification>): FieldBuilder<T> {
    return new FieldBuilder<T>({ ...this.specification, ...change });
  }

  #withIndex(kind: IndexKind, options: IndexOptions): FieldBuilder<T> {
    return this.#with({ indexes: [...this.specification.indexes, { kind, options }] });
  }
}

/** The type of the documents with these fields. */
export type DocumentOf<F extends Fields> = {
  -readonly [K in keyof F as undefined extends F[K]['valueType'] ? never : K]: F[K]['valueType'];
} & {
  -readonly [K in keyof F as undefined extends F[K]['valueType'] ? K : never]?: F[K]['valueType'];
};

/** The union of objects that `field.variants` describes. */
export type VariantOf<D extends string, V extends Readonly<Record<string, Fields>>> = {
  [K in keyof V & string]: { [P in D]: K } & DocumentOf<V[K]>;
}[keyof V & string];

/** What JSON has. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A builder of any type, as far as a document needs it. */
export interface SomeField<T = unknown> {
  readonly valueType: T;
  readonly specification: FieldSpecification;
}

/** Fields by name, in order of storage. */
export interface Fields {
  readonly [name: string]: SomeField;
}

/** One builder per type. */
export const field = {
  string: () => scalar<string>('string'),
  number: () => scalar<number>('number'),
  boolean: () => scalar<boolean>('boolean'),
  bigint: () => scalar<bigint>('bigint'),
  date: () => scalar<Date>('date'),
  bytes: () => scalar<Uint8Array>('bytes'),
  /** Numbers of single precision, such as an embedding. */
  floats: () => scalar<Float32Array>('floats'),
  /** A reference to a blob, as `db.blobs.put` gives it. */
  blob: () => build<BlobRef>(BLOB_REF_TYPE),
  /** One of the values. */
  literal: <const V extends readonly LiteralValue[]>(...values: V) => build<V[number]>({ kind: 'literal', values }),
  array: <E>(element: SomeField<E>) => build<E[]>({ kind: 'array', element: element.specification.type }),
  set: <E>(element: SomeField<E>) => build<Set<E>>({ kind: 'set', element: element.specification.type }),
  map: <K, V>(key: SomeField<K>, value: SomeField<V>) =>
    build<Map<K, V>>({ kind: 'map', key: key.specification.type, value: value.specification.type }),
  /** A nested object. */
  object: <F extends Fields>(fields: F) => build<DocumentOf<F>>({ kind: 'object', fields: fieldModels(fields) }),
  /** Any value that JSON has; `field.json<Settings>()` where its type is known. */
  json: <T = JsonValue>() => build<T>({ kind: 'json' }),
  /** A plain object whose property names are data. */
  record: <V>(value: SomeField<V>) =>
    build<Record<string, V>>({
      kind: 'record',
      fields: [],
      key: { kind: 'string' },
      value: value.specification.type,
    }),
  /** An array with a type for each position. */
  tuple: <const M extends readonly SomeField[]>(...elements: M) =>
    build<{ -readonly [I in keyof M]: M[I]['valueType'] }>({
      kind: 'tuple',
      elements: elements.map((element) => element.specification.type),
      least: elements.length,
    }),
  /** One of several types that `typeof` or `instanceof` tells apart. */
  union: <M extends readonly SomeField[]>(...members: M) =>
    build<M[number]['valueType']>({ kind: 'union', members: members.map((member) => member.specification.type) }),
  /** One of several kinds of objects: `field.variants('kind', { sponsor: { name: field.string() }, none: {} })`. */
  variants: <D extends string, V extends Readonly<Record<string, Fields>>>(discriminator: D, variants: V) =>
    build<VariantOf<D, V>>({
      kind: 'variants',
      discriminator,
      variants: Object.entries(variants).map(([value, fields]) => ({
        value,
        type: variantType(discriminator, value, fields),
      })),
    }),
} as const;

/** The fields as the model has them. */
export function fieldModels(fields: Fields): readonly FieldModel[] {
  return Object.entries(fields).map(([name, { specification }]) => ({
    name,
    type: specification.type,
    optional: specification.optional,
    ...(specification.default && { default: specification.default }),
    rules: specification.rules,
  }));
}

function variantType(discriminator: string, value: string, fields: Fields): ObjectType {
  const tag: FieldModel = {
    name: discriminator,
    type: { kind: 'literal', values: [value] },
    optional: false,
    rules: [],
  };
  return { kind: 'object', fields: [tag, ...fieldModels(fields)] };
}

function scalar<T>(kind: ScalarKind): FieldBuilder<T> {
  return build<T>({ kind });
}

function build<T>(type: FieldType): FieldBuilder<T> {
  return new FieldBuilder<T>({ type, optional: false, rules: [], isId: false, idOptions: {}, indexes: [] });
}

function describeDefault(value: unknown): FieldDefault {
  if (Array.isArray(value) && value.length === 0) return { kind: 'empty', of: 'array' };
  if (value instanceof Map && value.size === 0) return { kind: 'empty', of: 'map' };
  if (value instanceof Set && value.size === 0) return { kind: 'empty', of: 'set' };
  if (value instanceof Uint8Array && value.length === 0) return { kind: 'empty', of: 'bytes' };
  if (isJsonData(value))
    return Object.keys(value ?? {}).length === 0 && typeof value === 'object' && value !== null
      ? { kind: 'empty', of: 'object' }
      : { kind: 'literal', json: JSON.stringify(value) };
  return typeof value === 'bigint'
    ? { kind: 'literal', json: JSON.stringify({ bigint: String(value) }) }
    : { kind: 'initializer' };
}
