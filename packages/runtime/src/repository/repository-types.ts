/** The words of the typed face: what generated repositories are made of. Types only. */
import type { Durability } from '../journal/durability.js';

/** Everything a generated repository is typed by; one interface per class, so that few types are instantiated. */
export interface CollectionTypes {
  /** The user's class, read only. */
  readonly document: object;
  /** The keys that reads and writes take. */
  readonly key: unknown;
  /** What `insert` takes: generated ids, defaults and optional fields may be left out. */
  readonly input: object;
  /** What `update` takes: any fields but the key's. */
  readonly patch: object;
  /** What `find` takes: indexed fields. */
  readonly where: object;
  /** Fields `orderBy` takes: range-indexed ones. */
  readonly order: string;
  /** Tag fields → type of one tag. */
  readonly tags: object;
  /** Range fields → type of the value. */
  readonly ranges: object;
  /** Those range fields that hold numbers: what `sum` takes. */
  readonly sums: string;
  /** Fields that are set once: the class calls them `readonly`, and they are no part of the key. */
  readonly fixed: string;
  /** Names of unique indexes: what `upsertBy` takes. */
  readonly unique: string;
  /** Fields that hold numbers: what `increment` takes. */
  readonly numbers: string;
  /** Fields that hold vectors; left out where there is none. */
  readonly vectors?: string;
  /** Fields that refer to documents → the document, or documents; left out where there are none. */
  readonly related?: object;
}

/** What a class refers to, by field. */
export type RelatedOf<T extends CollectionTypes> = NonNullable<T['related']>;

/**
 * A document as reads give it: nothing in it can be changed, at any depth, and the compiler says so. Fields are only
 * looked at where they are used, so that a class costs the compiler next to nothing.
 */
export type Frozen<T> = { readonly [Field in keyof T]: FrozenValue<T[Field]> };

/**
 * A value of a document: arrays, sets, maps and objects without what would change them. Arrays are said by themselves:
 * a mapped type over them would be worked out at once, and of a type that contains arrays of itself never end.
 */
export type FrozenValue<T> = T extends
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Date
  | Uint8Array
  | Float32Array
  ? T
  : T extends (...args: never[]) => unknown
    ? T
    : T extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyMap<FrozenValue<Key>, FrozenValue<Value>>
      : T extends ReadonlySet<infer Element>
        ? ReadonlySet<FrozenValue<Element>>
        : T extends readonly (infer Element)[]
          ? Element[] extends T
            ? readonly FrozenValue<Element>[]
            : Frozen<T>
          : T extends object
            ? Frozen<T>
            : T;

export interface WriteOptions {
  /** Acknowledge this write at another level than the database's. */
  readonly durability?: Durability;
  /** Refuses the write before its commit point when aborted. */
  readonly signal?: AbortSignal;
  /** The origin of the write in the change feed: `load` for bulk loads. Default `live`. */
  readonly origin?: 'live' | 'load';
}

/** The option that makes a write depend on the document's present state. */
export interface RevisionOptions {
  /** Refuse with REVISION_MISMATCH unless the document has this revision. */
  readonly ifRevision?: number;
}

export interface UpdateOptions extends WriteOptions, RevisionOptions {}

/**
 * The option that makes a write return the document with its revision, and whether it is new: `{ returning: 'entry' }`.
 */
export interface ReturningEntry {
  readonly returning: 'entry';
}

export type { WrittenEntry } from '../collection/writing/write-answer.js';

export interface PutOptions extends WriteOptions {
  /** `'entry'`: answer `{ document, revision, inserted }`. Default `'document'`. */
  readonly returning?: 'document';
  /**
   * The document expires this many milliseconds from now and is deleted then, with a change event of origin `expiry`.
   * Left out: an update keeps the expiry the document has; an insert or upsert has none.
   * Refused with INVALID_OPTION for a class with a field of `@Expires()`, which alone says when a document ends.
   */
  readonly ttlMs?: number;
}

/** The fields to change, or a pure function from the present document to them. */
export type Patch<T extends CollectionTypes> = T['patch'] | ((document: T['document']) => T['patch']);

/** What `upsertBy` takes: an input, or one without its key, which the document that is found gives. */
export type UpsertInput<T extends CollectionTypes> =
  | T['input']
  | Pick<T['input'], keyof T['input'] & (keyof T['patch'] | T['fixed'])>;
