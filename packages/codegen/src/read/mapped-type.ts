/** Objects by their keys: `Record<K, T>` and mapped types `{ [K in Keys]?: T }`. */
import type { FieldModel, FieldType, RecordType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { behaviourOf } from './behaviour.js';
import { literalNode, type Member, type ReadType, type TypeReading, type TypeScope } from './type-scope.js';

/**
 * Keys that are listed are fields; all strings, or all of a pattern, are a record.
 *
 * @param readValue reads the value of a listed key, or with none that of the others.
 */
export function recordOf(
  keys: readonly Member[],
  node: ts.Node,
  readValue: (key?: string | number | boolean) => ReadType | undefined,
  { refusals }: TypeReading,
  optional: (key: string) => boolean = () => false,
): readonly Member[] | undefined {
  const fields: FieldModel[] = [];
  let key: RecordType['key'] | undefined;
  for (const member of keys) {
    if (typeof member !== 'object') return refusals.unsupported(node);
    if (member.kind === 'literal') {
      for (const name of member.values) {
        const value = readValue(name);
        if (!value) return undefined;
        fields.push({
          name: String(name),
          type: value.type,
          optional: value.optional || optional(String(name)),
          rules: [],
        });
      }
    } else if (member.kind === 'string') key = member;
    else if (member.kind === 'number') key ??= { kind: 'number' };
    else return refusals.unsupported(node);
  }
  if (!key) return [{ kind: 'object', fields }];
  const value = readValue()?.type;
  return value && [{ kind: 'record', fields, key, value }];
}

export function readMapped(
  node: ts.MappedTypeNode,
  scope: TypeScope,
  reading: TypeReading,
  depth: number,
): readonly Member[] | undefined {
  const { typeParameter, nameType, type, questionToken } = node;
  if (nameType || !type || !typeParameter.constraint) return reading.refusals.unsupported(node);
  const keys = reading.members({ node: typeParameter.constraint, scope }, depth + 1);
  if (!keys) return undefined;
  const source = sourceType(typeParameter.constraint, scope, reading, depth);
  const own = source?.fields;
  const readValue = (key?: string | number | boolean): ReadType | undefined => {
    const bound = { node: key === undefined ? typeParameter.constraint! : literalNode(key), scope };
    const parameters = new Map(scope.parameters).set(typeParameter.name.text, bound);
    const value = reading.read(type, { file: scope.file, parameters });
    return value && questionToken?.kind === ts.SyntaxKind.MinusToken ? { ...value, optional: false } : value;
  };
  const isOptional = (name: string): boolean => {
    if (questionToken) return questionToken.kind !== ts.SyntaxKind.MinusToken;
    return own?.find((field) => field.name === name)?.optional ?? false;
  };
  // Methods and getters that may be absent are.
  const methods = (source ? behaviourOf(source) : []).filter(isOptional);
  const kept = keys.map((key) =>
    typeof key === 'object' && key.kind === 'literal'
      ? { ...key, values: key.values.filter((name) => !methods.includes(String(name))) }
      : key,
  );
  return recordOf(kept, node, readValue, reading, isOptional);
}

/** The `T` in `[K in keyof T]`, by its fields: the mapped ones are optional where they are. */
function sourceType(
  constraint: ts.TypeNode,
  scope: TypeScope,
  reading: TypeReading,
  depth: number,
): Extract<FieldType, { readonly kind: 'object' }> | undefined {
  if (ts.isTypeReferenceNode(constraint) && ts.isIdentifier(constraint.typeName)) {
    const bound = scope.parameters.get(constraint.typeName.text);
    return bound && depth < 50 ? sourceType(bound.node, bound.scope, reading, depth + 1) : undefined;
  }
  if (!ts.isTypeOperatorNode(constraint) || constraint.operator !== ts.SyntaxKind.KeyOfKeyword) return undefined;
  const of = reading.members({ node: constraint.type, scope }, depth + 1)?.[0];
  return typeof of === 'object' && of.kind === 'object' ? of : undefined;
}

/** The keys of a type, as `keyof` has them; undefined for types whose keys are not fields. */
export function keysOf(members: readonly Member[]): readonly Member[] | undefined {
  const [type, ...more] = members;
  if (typeof type !== 'object' || more.length > 0) return undefined;
  if (type.kind === 'json') return [{ kind: 'string' }];
  if (type.kind === 'tuple') return [{ kind: 'literal', values: type.elements.map((_, index) => String(index)) }];
  if (type.kind !== 'object' && type.kind !== 'record') return undefined;
  const names = [...type.fields.map(({ name }) => name), ...behaviourOf(type)];
  const listed: readonly FieldType[] = names.length > 0 ? [{ kind: 'literal', values: names }] : [];
  return type.kind === 'record' ? [...listed, type.key] : listed;
}

/** The members of `T[K]`; undefined where there is no such part. */
export function partsAt(of: readonly Member[], keys: readonly Member[]): readonly Member[] | undefined {
  const parts = of.flatMap((type) =>
    keys.flatMap((key): readonly (Member | undefined)[] => {
      if (typeof type !== 'object' || typeof key !== 'object') return [undefined];
      if (key.kind === 'literal') return key.values.flatMap((value) => partAt(type, value));
      return partsOfAny(type, key.kind);
    }),
  );
  return parts.includes(undefined) ? undefined : (parts as readonly Member[]);
}

function partAt(type: FieldType, key: string | number | boolean): readonly (Member | undefined)[] {
  if (type.kind === 'json') return [type, 'undefined'];
  if (type.kind === 'tuple') return [type.elements[Number(key)] ?? type.rest];
  if (type.kind === 'array' && Number.isInteger(Number(key))) return [type.element];
  if (type.kind !== 'object' && type.kind !== 'record') return [undefined];
  const field = type.fields.find(({ name }) => name === String(key));
  if (field) return field.optional ? [field.type, 'undefined'] : [field.type];
  return type.kind === 'record' ? [type.value] : [undefined];
}

function partsOfAny(type: FieldType, key: string): readonly (Member | undefined)[] {
  if (type.kind === 'array' && key === 'number') return [type.element];
  if (type.kind === 'tuple' && key === 'number') return [...type.elements, ...(type.rest ? [type.rest] : [])];
  if (type.kind === 'record' && (key === 'string' || key === type.key.kind)) return [type.value];
  return type.kind === 'json' ? [type, 'undefined'] : [undefined];
}
