/** The members of a union → one field type: a literal, a scalar, variants, or a union whose members can be told apart. */
import { describeType, type FieldType, type ObjectType } from '@nuthatch/model';

/** The type, or why there is none and what to do. */
export type UnionResult = { readonly type: FieldType } | { readonly problem: string; readonly hint: string };

/** @param members at least one; null and undefined are taken out before. */
export function unionOf(members: readonly FieldType[]): UnionResult {
  const { values, others } = gatherLiterals(members);
  const objects = others.filter((type): type is ObjectType => type.kind === 'object');
  const merged = objects.length > 1 ? variantsOf(objects) : undefined;
  if (merged && 'problem' in merged) return merged;
  const all: FieldType[] = [
    ...(values.length > 0 ? [{ kind: 'literal', values } as const] : []),
    ...others.filter((type) => type.kind !== 'object'),
    ...(merged ? [merged.type] : objects),
  ];
  if (all.length === 1) return { type: all[0]! };
  const kinds = all.map(kindAtRunTime);
  if (new Set(kinds).size === kinds.length) return { type: { kind: 'union', members: all } };
  return {
    problem: `${all.map(describeType).join(' or ')} cannot be told apart when it is read`,
    hint: 'use one kind of container, or objects with a discriminating literal field.',
  };
}

/** Literals together; `true | false` is a boolean, and `'a' | string` a string. */
function gatherLiterals(members: readonly FieldType[]) {
  const literals = [...new Set(members.flatMap((type) => (type.kind === 'literal' ? type.values : [])))];
  const isBoolean = literals.includes(true) && literals.includes(false);
  const others: FieldType[] = members.filter((type) => type.kind !== 'literal');
  if (isBoolean) others.push({ kind: 'boolean' });
  return { values: literals.filter((value) => !others.some(({ kind }) => kind === typeof value)), others };
}

/** What `typeof` and `instanceof` see of a value of the type. */
function kindAtRunTime(type: FieldType): string {
  if (type.kind === 'variants') return 'object';
  return type.kind === 'literal' ? [...new Set(type.values.map((value) => typeof value))].join() : type.kind;
}

function variantsOf(objects: readonly ObjectType[]): UnionResult {
  for (const { name: discriminator } of objects[0]!.fields) {
    const values = objects.map((object) => {
      const type = object.fields.find((field) => field.name === discriminator)?.type;
      return type?.kind === 'literal' && type.values.length === 1 ? type.values[0] : undefined;
    });
    if (values.includes(undefined) || new Set(values).size < values.length) continue;
    const variants = objects.map((type, index) => ({ value: values[index]!, type }));
    return { type: { kind: 'variants', discriminator, variants } };
  }
  return {
    problem: 'the objects of the union have no literal field that tells them apart',
    hint: "give each a field such as `kind: 'circle'` with a value of its own.",
  };
}
