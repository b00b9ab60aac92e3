/** What a field holds, as far as sums, ends and groups must know. */
import { DatabaseError, type FieldType } from '@nuthatch/model';
import type { CollectionDefinition } from '../../../definition/collection-definition.js';

/** A field that is read for a sum, an end or a group. */
export interface ReadField {
  readonly name: string;
  /** Undefined: a getter, of which the model says nothing. */
  readonly type: FieldType | undefined;
}

/** One kind of scalar; `mixed`: several. */
export type ScalarKind = 'string' | 'number' | 'bigint' | 'boolean' | 'date' | 'mixed';

export function readField({ model }: Pick<CollectionDefinition, 'model'>, name: string): ReadField {
  return { name, type: [...model.fields, ...model.computed].find((field) => field.name === name)?.type };
}

/** The kind of a field's values, null and absence apart; undefined where they are no scalars, or not known. */
export function scalarKind(type: FieldType | undefined): ScalarKind | undefined {
  switch (type?.kind) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'date':
      return type.kind;
    case 'literal':
      return oneOf(type.values.map((value) => typeof value as ScalarKind));
    case 'nullable':
      return scalarKind(type.of);
    case 'union':
      return oneOf(type.members.map(scalarKind));
    default:
      return undefined;
  }
}

function oneOf(kinds: readonly (ScalarKind | undefined)[]): ScalarKind | undefined {
  if (kinds.includes(undefined)) return undefined;
  return kinds.every((kind) => kind === kinds[0]) ? kinds[0] : 'mixed';
}

/** The type of one element of an array or a set; any other type is its own. */
export function elementType(type: FieldType | undefined): FieldType | undefined {
  if (type?.kind === 'nullable') return isList(type.of) ? elementType(type.of) : type;
  return type?.kind === 'array' || type?.kind === 'set' ? type.element : type;
}

function isList({ kind }: FieldType): boolean {
  return kind === 'array' || kind === 'set';
}

/** Whether null is among its values. */
export function mayBeNull(type: FieldType | undefined): boolean {
  if (type?.kind === 'union') return type.members.some(mayBeNull);
  return type === undefined || type.kind === 'nullable';
}

/** @throws DatabaseError `INVALID_QUERY` for a field that holds what cannot be added up. */
export function requireNumeric(method: string, { name, type }: ReadField): void {
  const kind = scalarKind(type);
  if (type === undefined || kind === 'number' || kind === 'bigint' || kind === 'mixed') return;
  refuseField(method, name, 'numbers or bigints', type);
}

/** @throws DatabaseError `INVALID_QUERY` for a field whose values have no order. */
export function requireOrdered(method: string, { name, type }: ReadField): void {
  if (type !== undefined && scalarKind(type) === undefined)
    refuseField(method, name, 'texts, numbers, bigints, booleans or dates', type);
}

/** @throws DatabaseError `INVALID_QUERY` for a field whose values do not make groups. */
export function requireGrouping(method: string, { name, type }: ReadField): void {
  if (type !== undefined && scalarKind(elementType(type)) === undefined)
    refuseField(method, name, 'texts, numbers, bigints, booleans or dates, or lists of such', type);
}

function refuseField(method: string, field: string, expected: string, { kind }: FieldType): never {
  const what = `\`${method}\` takes fields that hold ${expected}; ${field} holds values of the kind ${kind}`;
  throw new DatabaseError('INVALID_QUERY', what, { field, type: kind });
}
