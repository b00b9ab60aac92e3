/**
 * Types of packages that people meet in document classes: those that stand for one of their arguments, those that are
 * JSON, and those that cannot be stored, each with the conversion to a type that can.
 */

/** Types that say something to their library and are their first argument otherwise. */
const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  typeorm: ['Relation'],
  '@mikro-orm/core': ['Opt', 'Hidden', 'Rel', 'RequiredNullable'],
  sequelize: ['CreationOptional', 'ForeignKey'],
  'sequelize-typescript': ['CreationOptional', 'ForeignKey'],
  '@sequelize/core': ['CreationOptional', 'ForeignKey'],
  kysely: ['Generated'],
};

export function isWrapper(module: string, name: string): boolean {
  return WRAPPERS[module]?.includes(name) ?? false;
}

/** Values of JSON under the names that libraries give them. */
const JSON_TYPES = /^(Input)?Json(Value|Object|Array|Primitive)(Base)?$/;

/** The last part of a name: `Prisma.JsonValue` is `JsonValue`. */
export function jsonShape(name: string): 'any' | 'object' | undefined {
  if (!JSON_TYPES.test(name)) return undefined;
  return /Object|Array/.test(name) ? 'object' : 'any';
}

const KEY = 'keep the key of the other document: `authorId!: string`.';
const TEXT = 'keep its text: `String(value)` when writing, its constructor when reading.';
const LEFTOVER = 'drop the field: it belongs to the library that stored these objects before.';

/** By name, as classes of these names mean the same in many packages. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  Decimal: 'keep a string (`value.toString()`), or a bigint of the smallest unit.',
  Decimal128: 'keep a string (`value.toString()`), or a bigint of the smallest unit.',
  BigNumber: 'keep a string (`value.toString()`), or a bigint of the smallest unit.',
  Big: 'keep a string (`value.toString()`), or a bigint of the smallest unit.',
  Long: 'keep a bigint: `value.toBigInt()`.',
  ObjectId: 'keep its text: `value.toHexString()` is a string that can be an id.',
  ObjectID: 'keep its text: `value.toHexString()` is a string that can be an id.',
  UUID: 'keep its text: `value.toString()`.',
  Ref: KEY,
  Reference: KEY,
  IdentifiedReference: KEY,
  LoadStrategy: LEFTOVER,
  Collection: 'keep the keys of the other documents: `postIds: string[] = []`.',
  Loaded: KEY,
  NonAttribute: LEFTOVER,
  HasManyGetAssociationsMixin: LEFTOVER,
  Moment: 'keep a Date: `value.toDate()`.',
  Dayjs: 'keep a Date: `value.toDate()`.',
  DateTime: 'keep a Date: `value.toJSDate()`.',
  Duration: 'keep a number of milliseconds: `value.toMillis()`.',
  LocalDate: TEXT,
  Instant: 'keep a Date, or the text of `value.toString()`.',
  PlainDate: TEXT,
  ZonedDateTime: TEXT,
  URL: 'keep its text: `value.href`.',
  URLSearchParams: TEXT,
  RegExp: 'keep its text: `value.source`.',
  Promise: 'keep the value it resolves to, or the key of the other document.',
  Observable: 'keep the value, not what announces it.',
  Function: 'write a method or a getter: functions are not stored.',
  Error: 'keep its message: `error.message`.',
  Symbol: 'keep a string.',
  ArrayBuffer: 'keep a Uint8Array: `new Uint8Array(value)`.',
  DataView: 'keep a Uint8Array over the same bytes.',
  Int8Array: 'keep a Uint8Array, or number[].',
  Uint8ClampedArray: 'keep a Uint8Array, or number[].',
  Uint16Array: 'keep a Uint8Array over the same bytes, or number[].',
  Int16Array: 'keep a Uint8Array over the same bytes, or number[].',
  Uint32Array: 'keep a Uint8Array over the same bytes, or number[].',
  Int32Array: 'keep a Uint8Array over the same bytes, or number[].',
  Float64Array: 'keep number[], or a Float32Array.',
  BigInt64Array: 'keep bigint[].',
  BigUint64Array: 'keep bigint[].',
  WeakMap: 'keep a Map.',
  WeakSet: 'keep a Set.',
  Blob: 'keep a Uint8Array: `new Uint8Array(await value.arrayBuffer())`.',
  File: 'keep a Uint8Array: `new Uint8Array(await value.arrayBuffer())`.',
  FileUpload: 'keep the bytes as a Uint8Array, or where the file lies as a string.',
  Readable: 'keep the bytes as a Uint8Array, or where they lie as a string.',
  ReadStream: 'keep the bytes as a Uint8Array, or where they lie as a string.',
};

/** The replacement for a type that cannot be stored; undefined for a name that says nothing. */
export function conversionOf(name: string): string | undefined {
  return Object.hasOwn(CONVERSIONS, name) ? CONVERSIONS[name] : undefined;
}

/** Why a base class of a library cannot be the base of a document. */
export function droppedBase(module: string): string {
  return `drop \`extends\`: a document needs no base class of ${module}; write the fields you used of it, such as \`createdAt!: Date\`.`;
}

/** Functions that make a class of another's fields: NestJS's mapped types. */
export const MAPPED_TYPE_MODULES: readonly string[] = ['@nestjs/mapped-types', '@nestjs/swagger', '@nestjs/graphql'];
