/** TypeScript's own generic types: containers, and the utility types over objects and unions. */
import { type FieldModel, type FieldType, isWider } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { behaviourOf, withBehaviour } from './behaviour.js';
import { conversionOf } from './foreign-types.js';
import { recordOf } from './mapped-type.js';
import { STORABLE } from './type-refusals.js';
import type { Member, TypeReading, TypeScope } from './type-scope.js';

const GLOBAL_SCALARS: Readonly<Record<string, FieldType>> = {
  Date: { kind: 'date' },
  Uint8Array: { kind: 'bytes' },
  Buffer: { kind: 'bytes', className: 'Buffer' },
  Float32Array: { kind: 'floats' },
  String: { kind: 'string' },
  Number: { kind: 'number' },
  Boolean: { kind: 'boolean' },
  BigInt: { kind: 'bigint' },
  Object: { kind: 'json', isObject: true },
};

/** The form of texts of `Uppercase<string>` and of the other such types. */
const CASE_PATTERNS: Readonly<Record<string, string>> = {
  Uppercase: '^\\P{Changes_When_Uppercased}*$',
  Lowercase: '^\\P{Changes_When_Lowercased}*$',
  Capitalize: '^(?:\\P{Changes_When_Uppercased}[\\s\\S]*)?$',
  Uncapitalize: '^(?:\\P{Changes_When_Lowercased}[\\s\\S]*)?$',
};
const CASES: Readonly<Record<string, (text: string) => string>> = {
  Uppercase: (text) => text.toUpperCase(),
  Lowercase: (text) => text.toLowerCase(),
  Capitalize: (text) => text.charAt(0).toUpperCase() + text.slice(1),
  Uncapitalize: (text) => text.charAt(0).toLowerCase() + text.slice(1),
};

/** A type that no source declares; `undefined` after a diagnostic. */
export function readGlobal(
  name: string,
  args: readonly ts.TypeNode[],
  node: ts.Node,
  scope: TypeScope,
  reading: TypeReading,
  depth: number,
): readonly Member[] | undefined {
  const { refusals } = reading;
  if (Object.hasOwn(GLOBAL_SCALARS, name)) return [GLOBAL_SCALARS[name]!];
  const [first, second] = args;
  const members = (of: ts.TypeNode): readonly Member[] | undefined => reading.members({ node: of, scope }, depth + 1);
  const conversion = conversionOf(name);
  if (conversion) return refusals.refuse('UNSUPPORTED_TYPE', node, `${name} cannot be stored`, conversion);
  if (!first) return refusals.refuse('UNKNOWN_TYPE', node, `the type ${name} cannot be found or stored`, STORABLE);
  switch (name) {
    case 'Array':
    case 'ReadonlyArray':
      return container('array', first, scope, reading);
    case 'Set':
    case 'ReadonlySet':
      return container('set', first, scope, reading);
    case 'Map':
    case 'ReadonlyMap': {
      const key = reading.element(first, scope);
      const value = second && reading.element(second, scope);
      return key && value && [{ kind: 'map', key, value }];
    }
    case 'InstanceType':
      return ts.isTypeQueryNode(first) && ts.isEntityName(first.exprName)
        ? reading.reference(first.exprName, first.typeArguments ?? [], scope, node, depth + 1)
        : refusals.unsupported(node);
    case 'Readonly':
    case 'NoInfer':
      return members(first);
    case 'NonNullable':
      return members(first)?.filter((member) => typeof member === 'object');
    case 'Partial':
      return changeFields(
        first,
        members(first),
        reading,
        (fields) => fields.map((field) => ({ ...field, optional: true })),
        () => false,
      );
    case 'Required':
      return changeFields(first, members(first), reading, (fields) =>
        fields.map((field) => ({ ...field, optional: false })),
      );
    case 'Pick':
    case 'Omit': {
      const names = second && namesOf(members(second));
      const isIn = name === 'Pick';
      return (
        names &&
        changeFields(
          first,
          members(first),
          reading,
          (fields) => fields.filter((field) => names.includes(field.name) === isIn),
          (method) => names.includes(method) === isIn,
        )
      );
    }
    case 'Exclude':
    case 'Extract': {
      const from = members(first);
      const others = second && members(second);
      return from && others && from.flatMap((member) => chosen(member, others, name === 'Extract'));
    }
    case 'Record': {
      const keys = members(first);
      return keys && second && recordOf(keys, first, () => reading.read(second, scope), reading);
    }
    default:
      if (Object.hasOwn(CASES, name)) return members(first)?.map((member) => cased(member, name));
      return refusals.refuse('UNKNOWN_TYPE', node, `the type ${name} cannot be found or stored`, STORABLE);
  }
}

function container(
  kind: 'array' | 'set',
  element: ts.TypeNode,
  scope: TypeScope,
  reading: TypeReading,
): readonly Member[] | undefined {
  const type = reading.element(element, scope);
  return type && [{ kind, element: type }];
}

/** An object with other fields, of no class any more; of a union, each of its objects. */
function changeFields(
  node: ts.TypeNode,
  members: readonly Member[] | undefined,
  { refusals }: TypeReading,
  change: (fields: readonly FieldModel[]) => readonly FieldModel[],
  keeps: (method: string) => boolean = () => true,
): readonly Member[] | undefined {
  if (!members) return undefined;
  const changed = members.map((member): Member | undefined => {
    if (typeof member !== 'object') return member;
    if (member.kind === 'object')
      return withBehaviour({ kind: 'object', fields: change(member.fields) }, behaviourOf(member).filter(keeps));
    if (member.kind === 'record') return { ...member, fields: change(member.fields) };
    return member.kind === 'json' ? member : undefined;
  });
  return changed.includes(undefined) ? refusals.unsupported(node) : (changed as readonly Member[]);
}

/** The names that a type of keys lists. */
function namesOf(members: readonly Member[] | undefined): readonly string[] | undefined {
  return members?.flatMap((member) =>
    typeof member === 'object' && member.kind === 'literal' ? member.values.map(String) : [],
  );
}

/** What `Extract` takes of a member, or `Exclude` leaves: literals one by one. */
function chosen(member: Member, others: readonly Member[], isExtract: boolean): readonly Member[] {
  if (typeof member === 'string') return others.includes(member) === isExtract ? [member] : [];
  const isOf = (type: FieldType): boolean => others.some((other) => typeof other === 'object' && isWider(type, other));
  if (member.kind === 'boolean') {
    return chosen({ kind: 'literal', values: [true, false] }, others, isExtract);
  }
  if (member.kind !== 'literal') return isOf(member) === isExtract ? [member] : [];
  const values = member.values.filter((value) => isOf({ kind: 'literal', values: [value] }) === isExtract);
  return values.length > 0 ? [{ kind: 'literal', values }] : [];
}

function cased(member: Member, name: string): Member {
  if (typeof member !== 'object') return member;
  if (member.kind === 'string' && member.pattern === undefined)
    return { kind: 'string', pattern: CASE_PATTERNS[name]! };
  if (member.kind !== 'literal') return member;
  const change = CASES[name]!;
  return { kind: 'literal', values: member.values.map((value) => (typeof value === 'string' ? change(value) : value)) };
}
