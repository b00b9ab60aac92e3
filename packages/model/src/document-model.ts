/**
 * The document model: frozen plain data that says everything about one document class.
 *
 * It is read statically by the generator, built from metadata or from `defineDocument()` at run time, stored in
 * `generated/models.json` and in every journal page, so that a page is readable with no code at all. Every
 * property is JSON: no functions, no undefined, no bigint (bigint literals are written as `{ bigint: '1' }`).
 *
 *   DocumentModel := name, collection, storage, key, fields*, computed*, indexes*, expires?, minReader?, sync?, released?,
 *                    lifetime?, vectors*?, references*?, search*?
 *   FieldModel    := name, type, optional, default, rules*
 *   FieldType     := scalar | literal | array | set | map | tuple | object | record | variants | union | nullable
 *                  | json | any | recursive | reference
 *
 * A new kind of field type begins here, in `FieldType`: the compiler then names each switch that lacks it. They are in
 * this package (check, diff, description), in the generator (read/, emit/), in the runtime's codec/ and in
 * packages/copy/src/json-value.ts; its bytes are written into the runtime's docs/journal-format.md first.
 */
import type { ValidationRule } from './validation-rule.js';

/**
 * Where a collection lives: `disk`: journaled, and all of it in memory; `memory`: in memory only, lost with the process;
 * `cold`: journaled, with keys and indexes in memory and the documents of the image in their file.
 */
export type CollectionStorage = 'disk' | 'memory' | 'cold';

/** All that is known of one document class. */
export interface DocumentModel {
  /** Class name, `Player`. */
  readonly name: string;
  /** Collection name, `player`: the class name with its first letter lowered, or what `@Document` says. */
  readonly collection: string;
  readonly storage: CollectionStorage;
  readonly key: KeyModel;
  /** Stored fields: inherited ones first, then in order of declaration. The order is the codec's order. */
  readonly fields: readonly FieldModel[];
  /** Getters that an index uses; computed from the document, never stored. */
  readonly computed: readonly ComputedFieldModel[];
  /** Every index, in order of declaration; class-level (composite) ones last. */
  readonly indexes: readonly IndexModel[];
  /** The date field that says when a document is deleted (@Expires); absent: documents expire by `ttlMs` or never. */
  readonly expires?: string;
  /**
   * Raised when documents begin to mean something that older code would misread: a whole number, 0 when absent. Code
   * whose own class has a lower one refuses to open a directory with documents of this model.
   */
  readonly minReader?: number;
  /** How replicas write to it; absent: by revision. */
  readonly sync?: SyncMode;
  /** Documents are drafts until they are released, and frozen from then on (@Released). Absent: they are not. */
  readonly released?: true;
  /** The field of states (@Lifetime); absent: there is none. */
  readonly lifetime?: LifetimeModel;
  /** The fields of which nearest neighbours are asked (@Vector), in order of declaration; absent: there is none. */
  readonly vectors?: readonly VectorModel[];
  /** Fields that hold keys of other documents (@Ref), in order of declaration; absent: there are none. */
  readonly references?: readonly ReferenceModel[];
  /** Fields that a text index holds (@Search), in the order of the fields; absent: there is none. */
  readonly search?: readonly SearchModel[];
}

/** A field whose words are found by `search`. */
export interface SearchModel {
  readonly field: string;
  /** How much more a word counts in it than in another field. Absent: 1. */
  readonly weight?: number;
  /** ISO 639-1 code of the language whose base forms are compared. Absent: words are compared as they are. */
  readonly language?: string;
}

/** A stored field that holds a vector: a Float32Array or an array of numbers. */
export interface VectorModel {
  readonly field: string;
  /** How many numbers each vector has. */
  readonly dimensions: number;
  readonly metric: VectorMetric;
}

/** How far apart two vectors are: by the angle between them, by their inner product, or in a straight line. */
export type VectorMetric = (typeof VECTOR_METRICS)[number];

export const VECTOR_METRICS = ['cosine', 'dot', 'euclidean'] as const;

/** Longer ones are no embedding; a mistake costs memory for each document. */
export const MAX_VECTOR_DIMENSIONS = 65_536;

/** Whether a decorator or the options of `.vector()` may say so. */
export function isVectorMetric(value: unknown): value is VectorMetric {
  return (VECTOR_METRICS as readonly unknown[]).includes(value);
}

/** A field that holds the key of a document: one, an array or a set of them; or, where it is pinned, releases. */
export interface ReferenceModel {
  readonly field: string;
  /** The collection that the keys are of. */
  readonly to: string;
  /** What becomes of the document when the one that it refers to is deleted; absent where `pin` is. */
  readonly onDelete?: OnDelete;
  /** The field holds `{ key, release }`: a release of a document, which is never deleted. */
  readonly pin?: true;
}

/**
 * `restrict`: the delete is refused. `cascade`: the document is deleted, too. `setAbsent`: the key is taken out of the
 * field: of an array or set that key alone, otherwise the field is undefined, or null where it must be there.
 */
export type OnDelete = (typeof ON_DELETE)[number];

export const ON_DELETE = ['restrict', 'cascade', 'setAbsent'] as const;

/** Whether a decorator may say so. */
export function isOnDelete(value: unknown): value is OnDelete {
  return (ON_DELETE as readonly unknown[]).includes(value);
}

/** A field that holds a state, and the states that may follow each one. */
export interface LifetimeModel {
  readonly field: string;
  /** The state that a document begins with. */
  readonly initial: string;
  /** State → the states that may follow; every state of the field's type has an entry. */
  readonly transitions: Readonly<Record<string, readonly string[]>>;
}

/**
 * How a replica's edits of a class are taken: `checkOut`: only with a lease; `lastWrite`: the last one stays, whatever it
 * was made on. Absent, or `revision` in a decorator: an edit on an older revision is a conflict.
 */
export type SyncMode = 'checkOut' | 'lastWrite';

/** The identity of a document: one field, or several in order (composite). */
export interface KeyModel {
  readonly fields: readonly string[];
  /** Absent: the caller gives the id. */
  readonly generate?: KeyGeneration;
}

/** How an id is made when an insert leaves it out: time-ordered UUID or ULID (strings), or a counter per collection. */
export type KeyGeneration = (typeof KEY_GENERATIONS)[number];

export const KEY_GENERATIONS = ['uuidv7', 'ulid', 'sequence'] as const;

/** Whether a decorator or the options of `.id()` may say so. */
export function isKeyGeneration(value: unknown): value is KeyGeneration {
  return (KEY_GENERATIONS as readonly unknown[]).includes(value);
}

/** One stored field. */
export interface FieldModel {
  readonly name: string;
  readonly type: FieldType;
  /** The value may be absent (`field?: T` or `T | undefined`). */
  readonly optional: boolean;
  /** The value for an insert that leaves the field out; absent: nothing, the field is then required or optional. */
  readonly default?: FieldDefault;
  /** Rules beyond the type, from class-validator decorators or `defineDocument()`, in order of declaration. */
  readonly rules: readonly ValidationRule[];
}

/**
 * A default value: `literal` when its source text is plain data (the JSON text, or one of the empty containers
 * and `new Date()`), `initializer` when only running the class's own initializer can make it.
 */
export type FieldDefault =
  | { readonly kind: 'literal'; readonly json: string }
  | { readonly kind: 'empty'; readonly of: 'array' | 'map' | 'set' | 'bytes' | 'object' }
  | { readonly kind: 'now' }
  | { readonly kind: 'initializer' };

/** A getter that an index uses. */
export interface ComputedFieldModel {
  readonly name: string;
  readonly type: FieldType;
  readonly optional: boolean;
}

/** `floats`: a Float32Array. */
export type ScalarKind = 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'bytes' | 'floats';

export type LiteralValue = string | number | boolean;

/** The type of a value. `object` covers nested object types and nested classes (`className` set). */
export type FieldType =
  | { readonly kind: Exclude<ScalarKind, 'string' | 'bytes'> }
  | BytesType
  | StringType
  /** Enums and unions of literals; values sorted as declared. */
  | { readonly kind: 'literal'; readonly values: readonly LiteralValue[] }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'set'; readonly element: FieldType }
  | { readonly kind: 'map'; readonly key: FieldType; readonly value: FieldType }
  /** An array with a type for each position. */
  | TupleType
  | ObjectType
  | RecordType
  /** Any value that JSON has: `any`, `unknown`, a `JsonValue`. `isObject`: an object or array on the outside. */
  | { readonly kind: 'json'; readonly isObject?: true }
  /** Any value that a key-value store takes, dates, maps and bytes too: it describes itself. No class has such a field. */
  | { readonly kind: 'any' }
  | RecursiveType
  /** Stands for the nearest `recursive` around it of that name. */
  | { readonly kind: 'reference'; readonly name: string }
  /** Discriminated union of objects: each variant has the literal field `discriminator` with its own `value`. */
  | { readonly kind: 'variants'; readonly discriminator: string; readonly variants: readonly VariantModel[] }
  /** Union of types that `typeof`/`instanceof` tells apart, such as `string | number`; at most one of each kind. */
  | { readonly kind: 'union'; readonly members: readonly FieldType[] }
  | { readonly kind: 'nullable'; readonly of: FieldType };

export interface BytesType {
  readonly kind: 'bytes';
  /** Of a field of that type: stored as any bytes, and made a Buffer again when they are read. */
  readonly className?: 'Buffer';
}

export interface StringType {
  readonly kind: 'string';
  /** Source of the regular expression that a template literal type stands for; the whole text has to match. */
  readonly pattern?: string;
}

export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly FieldType[];
  /** How many elements are always there; the others are optional. */
  readonly least: number;
  /** The type of all elements behind these; absent: there are none. */
  readonly rest?: FieldType;
}

/** A plain object whose property names are data: `Record<string, T>`, an index signature. */
export interface RecordType {
  readonly kind: 'record';
  /** Properties with a type of their own, beside the others. */
  readonly fields: readonly FieldModel[];
  /** A string, perhaps with a pattern; `number`: names are numbers as JavaScript writes them. */
  readonly key: StringType | { readonly kind: 'number' };
  /** The type of every other property; one that is `undefined` is absent. */
  readonly value: FieldType;
}

/** A type that contains itself: in `of`, a `reference` of this name stands for the whole. */
export interface RecursiveType {
  readonly kind: 'recursive';
  readonly name: string;
  readonly of: FieldType;
}

export interface ObjectType {
  readonly kind: 'object';
  /** Set when the value is an instance of a class: decoded values get its prototype. */
  readonly className?: string;
  /** Set for a `BlobRef`: its `hash` names a blob that the database keeps beside its documents. */
  readonly isBlob?: true;
  readonly fields: readonly FieldModel[];
}

export interface VariantModel {
  readonly value: LiteralValue;
  readonly type: ObjectType;
}

export type IndexKind = 'unique' | 'tag' | 'range';

/** One index: `unique` (@Index), `tag` (@Tag), `range` (@Range). */
export interface IndexModel {
  /** Name within the collection: the field's name, or composite fields joined by `_`. */
  readonly name: string;
  readonly kind: IndexKind;
  /** Field or computed field names; several for a composite index. */
  readonly fields: readonly string[];
  /** Source text of the condition, whitespace collapsed; absent: every document with the value is indexed. */
  readonly where?: string;
  /** Strings are compared without regard to case (unique indexes over strings). */
  readonly caseInsensitive?: true;
}
