/** The values that are of two types at once: objects have the fields of both, a field of both has a value of both. */
import { compact, type FieldModel, type FieldType, isWider, type RecordType } from '@nuthatch/model';
import { behaviourOf, withBehaviour } from './behaviour.js';

/** The type of both; `undefined` when no value is of both, or none that could be told. */
function intersectTypes(left: FieldType, right: FieldType): FieldType | undefined {
  if (compact(left) === compact(right)) return left;
  if (isStructure(left) && isStructure(right)) return intersectStructures(left, right);
  // A brand, `string & { __brand: 'Id' }`: no string has such a field when the program runs.
  if (isStructure(right) && isScalar(left)) return left;
  if (isStructure(left) && isScalar(right)) return right;
  if (left.kind === 'json') return left.isObject && !isObjectLike(right) ? undefined : right;
  if (right.kind === 'json') return right.isObject && !isObjectLike(left) ? undefined : left;
  if (left.kind === 'literal' && right.kind === 'literal') {
    const values = left.values.filter((value) => right.values.includes(value));
    return values.length > 0 ? { kind: 'literal', values } : undefined;
  }
  if (isWider(left, right)) return left;
  return isWider(right, left) ? right : undefined;
}

/** Of unions: what is of one member of each. */
export function intersectMembers<T extends FieldType | string>(left: readonly T[], right: readonly T[]): readonly T[] {
  const both = left.flatMap((one) =>
    right.flatMap((other): readonly T[] => {
      if (typeof one === 'string' || typeof other === 'string') return one === other ? [one] : [];
      const type = intersectTypes(one, other);
      return type ? [type as T] : [];
    }),
  );
  return both;
}

type Structure = Extract<FieldType, { readonly kind: 'object' | 'record' }>;

function isStructure(type: FieldType): type is Structure {
  return type.kind === 'object' || type.kind === 'record';
}

function isScalar({ kind }: FieldType): boolean {
  return ['string', 'number', 'boolean', 'bigint', 'literal', 'date', 'bytes', 'floats'].includes(kind);
}

function isObjectLike({ kind }: FieldType): boolean {
  return !['string', 'number', 'boolean', 'bigint', 'literal'].includes(kind);
}

function intersectStructures(left: Structure, right: Structure): FieldType | undefined {
  const fields = new Map<string, FieldModel>(left.fields.map((field) => [field.name, field]));
  for (const field of right.fields) {
    const other = fields.get(field.name);
    const type = other ? intersectTypes(other.type, field.type) : field.type;
    if (!type) return undefined;
    fields.set(field.name, { ...(other ?? field), type, optional: field.optional && (other?.optional ?? true) });
  }
  const records = [left, right].filter((type): type is RecordType => type.kind === 'record');
  const [first, second] = records;
  if (!first)
    return withBehaviour({ kind: 'object', fields: [...fields.values()] }, [
      ...new Set([...behaviourOf(left), ...behaviourOf(right)]),
    ]);
  if (!second) return { ...first, fields: [...fields.values()] };
  const value = intersectTypes(first.value, second.value);
  return value && { kind: 'record', fields: [...fields.values()], key: first.key, value };
}
