/** The members of a union → one field type: a literal, a scalar, variants, or a union whose members can be told apart. */
import { compact, describeType, type FieldType, type ObjectType, unfold } from '@nuthatch/model';
import { joinedPattern } from './template-type.js';

/** The type, or why there is none and what to do. */
export type UnionResult = { readonly type: FieldType } | { readonly problem: string; readonly hint: string };

/** @param members at least one; null and undefined are taken out before. */
export function unionOf(members: readonly FieldType[]): UnionResult {
  const [only, ...more] = members;
  // Nearly every field's type.
  if (only && more.length === 0 && /^(number|boolean|bigint|date|array|object)$/.test(only.kind)) return { type: only };
  const anything = members.find((member) => member.kind === 'json' && !member.isObject);
  if (anything) return { type: anything };
  const { values, others } = gatherLiterals(distinct(members));
  const objects = others.filter((type): type is ObjectType => type.kind === 'object');
  const structures = others.filter((type) => objectOf(type) !== undefined);
  const merged = structures.length > 1 ? variantsOf(structures.map((type) => objectOf(type)!)) : undefined;
  if (merged && 'problem' in merged) return merged;
  const all: FieldType[] = [
    ...(values.length > 0 ? [{ kind: 'literal', values } as const] : []),
    ...others.filter((type) => type.kind !== 'object' && !(merged && structures.includes(type))),
    ...(merged ? [merged.type] : objects),
  ];
  if (all.length === 1) return { type: all[0]! };
  const kinds = all.flatMap(kindsAtRunTime);
  if (new Set(kinds).size === kinds.length) return { type: { kind: 'union', members: all } };
  return {
    problem: `${all.map(describeType).join(' or ')} cannot be distinguished when the value is read`,
    hint: 'use one kind of container, or objects with a discriminating literal field.',
  };
}

/** Each once; one union within another is the same union. */
function distinct(members: readonly FieldType[]): readonly FieldType[] {
  const flat = members.flatMap((member) => (member.kind === 'union' ? member.members : [member]));
  return [...new Map(flat.map((member) => [compact(member), member])).values()];
}

/** Literals together; `true | false` is a boolean, and `'a' | string` a string. */
function gatherLiterals(members: readonly FieldType[]) {
  const literals = [...new Set(members.flatMap((type) => (type.kind === 'literal' ? type.values : [])))];
  const isBoolean = literals.includes(true) && literals.includes(false);
  let others: FieldType[] = members.filter((type) => type.kind !== 'literal');
  if (isBoolean && !others.some(({ kind }) => kind === 'boolean')) others.push({ kind: 'boolean' });
  const texts = others.filter(({ kind }) => kind === 'string');
  if (texts.length > 0) {
    const listed = literals.filter((value) => typeof value === 'string');
    const all: FieldType[] = listed.length > 0 ? [...texts, { kind: 'literal', values: listed }] : texts;
    const pattern = joinedPattern(all);
    const text: FieldType = { kind: 'string', ...(pattern !== undefined && { pattern }) };
    // Where the first one stands: the order of members is that of the bytes.
    others = others.flatMap((type): FieldType[] => (type === texts[0] ? [text] : type.kind === 'string' ? [] : [type]));
  }
  return { values: literals.filter((value) => !others.some(({ kind }) => kind === typeof value)), others };
}

/** What `typeof` and `instanceof` see of a value of the type. */
function kindsAtRunTime(type: FieldType): readonly string[] {
  switch (type.kind) {
    case 'recursive':
      return kindsAtRunTime(type.of);
    case 'union':
      return type.members.flatMap(kindsAtRunTime);
    case 'tuple':
      return ['array'];
    case 'variants':
    case 'record':
      return ['object'];
    case 'json':
      return ['object', 'array'];
    case 'literal':
      return [...new Set(type.values.map((value) => typeof value))];
    default:
      return [type.kind];
  }
}

/** The object that a type is, perhaps one that contains itself. */
function objectOf(type: FieldType): ObjectType | undefined {
  if (type.kind === 'object') return type;
  return type.kind === 'recursive' ? objectOf(unfold(type)) : undefined;
}

function variantsOf(objects: readonly ObjectType[]): UnionResult {
  for (const { name: discriminator } of objects[0]!.fields) {
    const values = objects.map((object) => {
      const type = object.fields.find((field) => field.name === discriminator && !field.optional)?.type;
      return type?.kind === 'literal' ? type.values : [];
    });
    const all = values.flat();
    if (values.some((list) => list.length === 0) || new Set(all).size < all.length) continue;
    // An object that several values stand for is a variant of each.
    const variants = objects.flatMap((type, index) =>
      values[index]!.map((value) => ({ value, type: withTag(type, discriminator, value) })),
    );
    return { type: { kind: 'variants', discriminator, variants } };
  }
  return {
    problem: 'the objects of the union have no literal field that distinguishes them',
    hint: "give each a field such as `kind: 'circle'` with a value of its own.",
  };
}

function withTag(type: ObjectType, tag: string, value: string | number | boolean): ObjectType {
  const fields = type.fields.map((field) =>
    field.name === tag ? { ...field, type: { kind: 'literal', values: [value] } as const } : field,
  );
  return { ...type, fields };
}
