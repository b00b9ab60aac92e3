/** Recursive types, one level at a time: code that walks types meets `recursive`, unfolds it, and never a `reference`. */
import type { FieldModel, FieldType, ObjectType, RecursiveType } from './document-model.js';

const UNFOLDED = new WeakMap<RecursiveType, FieldType>();

/**
 * A recursive type unfolded once: each reference to it is replaced by the type itself, the same object. So what is made
 * for types can be remembered by their identity. O(type), once for a type.
 */
export function unfold(type: RecursiveType): FieldType {
  let unfolded = UNFOLDED.get(type);
  if (!unfolded) {
    unfolded = replaceReferences(type.of, type.name, type);
    UNFOLDED.set(type, unfolded);
  }
  return unfolded;
}

/** The type with `replacement` in place of each reference to `name`. O(type). */
export function replaceReferences(type: FieldType, name: string, replacement: FieldType): FieldType {
  const inside = (part: FieldType): FieldType => replaceReferences(part, name, replacement);
  const fieldsOf = (fields: readonly FieldModel[]): readonly FieldModel[] =>
    fields.map((field) => ({ ...field, type: inside(field.type) }));
  switch (type.kind) {
    case 'reference':
      return type.name === name ? replacement : type;
    case 'recursive':
      return type.name === name ? type : { ...type, of: inside(type.of) };
    case 'array':
    case 'set':
      return { ...type, element: inside(type.element) };
    case 'map':
      return { ...type, key: inside(type.key), value: inside(type.value) };
    case 'tuple':
      return { ...type, elements: type.elements.map(inside), ...(type.rest && { rest: inside(type.rest) }) };
    case 'object':
      return { ...type, fields: fieldsOf(type.fields) };
    case 'record':
      return { ...type, fields: fieldsOf(type.fields), value: inside(type.value) };
    case 'variants':
      return {
        ...type,
        variants: type.variants.map((variant) => ({ ...variant, type: inside(variant.type) as ObjectType })),
      };
    case 'union':
      return { ...type, members: type.members.map(inside) };
    case 'nullable':
      return { ...type, of: inside(type.of) };
    default:
      return type;
  }
}

/** Whether a value of the type may be null. O(type). */
export function mayBeNull(type: FieldType): boolean {
  switch (type.kind) {
    case 'nullable':
    case 'any':
      return true;
    case 'json':
      return type.isObject !== true;
    case 'recursive':
      return mayBeNull(type.of);
    case 'union':
      return type.members.some(mayBeNull);
    default:
      return false;
  }
}
