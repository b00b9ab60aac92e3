/** Questions about field types that several emitters ask. */
import { DatabaseError, type FieldType, type ObjectType, type ScalarKind, unfold } from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { literalExpression } from './model-literal.js';

/** Bytes of the presence bitmap of an object. */
export function bitmapBytes(fields: ObjectType['fields']): number {
  return Math.ceil(fields.filter((field) => field.optional).length / 8);
}

/** The least bytes an encoded value takes: what a count is checked against before anything is allocated. */
export function leastBytes(type: FieldType): number {
  if (type.kind !== 'object' && type.kind !== 'record') return 1;
  const required = type.fields.filter((field) => !field.optional);
  const fieldBytes = required.reduce((sum, field) => sum + leastBytes(field.type), bitmapBytes(type.fields));
  return type.kind === 'record' ? fieldBytes + 1 : fieldBytes;
}

/** True when values of the type are shared without a copy: nothing in them can be changed. */
export function isImmutable(type: FieldType): boolean {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'literal':
      return true;
    case 'nullable':
      return isImmutable(type.of);
    case 'union':
      return type.members.every(isImmutable);
    default:
      return false;
  }
}

/** True when the compiler sees nothing in values of the type that could be changed by writing to it. */
export function isFlat(type: FieldType): boolean {
  if (type.kind === 'nullable') return isFlat(type.of);
  return isImmutable(type) || type.kind === 'date' || type.kind === 'bytes' || type.kind === 'floats';
}

/** A condition that holds for values of the type and for no other member of a union. */
export function membershipTest(module: GeneratedModule, type: FieldType, value: string): string {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return `typeof ${value} === '${type.kind}'`;
    case 'literal':
      return type.values.map((literal) => `${value} === ${literalExpression(literal)}`).join(' || ');
    case 'date':
      module.runtime('isDateValue');
      return `isDateValue(${value})`;
    case 'bytes':
      module.runtime('isBytesValue');
      return `isBytesValue(${value})`;
    case 'floats':
      module.runtime('isFloatsValue');
      return `isFloatsValue(${value})`;
    case 'array':
      return `Array.isArray(${value})`;
    case 'set':
      module.runtime('isSetValue');
      return `isSetValue(${value})`;
    case 'map':
      module.runtime('isMapValue');
      return `isMapValue(${value})`;
    case 'tuple':
      return `Array.isArray(${value})`;
    case 'json':
      module.runtime('isRecord');
      return type.isObject ? `Array.isArray(${value}) || isRecord(${value})` : `${value} !== undefined`;
    case 'any':
      return 'true';
    case 'recursive':
      return membershipTest(module, unfold(type), value);
    case 'reference':
      throw outsideReference(type.name);
    case 'record':
      module.runtime('isPlainRecord');
      return `isPlainRecord(${value})`;
    case 'object':
    case 'variants':
      // Dates and containers are objects too, and may be other members.
      module.runtime('isRecord');
      return `isRecord(${value})`;
    case 'nullable':
      return `${value} === null || ${membershipTest(module, type.of, value)}`;
    case 'union':
      return type.members.map((member) => membershipTest(module, member, value)).join(' || ');
  }
}

/** TypeScript's name of a scalar type. */
export const SCALAR_TYPES: Readonly<Record<ScalarKind, string>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  bigint: 'bigint',
  date: 'Date',
  bytes: 'Uint8Array',
  floats: 'Float32Array',
};

/** No model that the reader or the page gave has one: references stand inside the type they refer to. */
function outsideReference(name: string): DatabaseError {
  return new DatabaseError('INVALID_MODEL', `a type refers to ${name}, which is not around it`, { name });
}
