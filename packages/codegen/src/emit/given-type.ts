/**
 * The type of what is given to a write. It goes by the class's own types, so that brands and documentation stay; only
 * where a nested class stands is it spelled out, for a plain object has no methods and getters, and need not.
 */
import type { FieldType, ObjectType } from '@nuthatch/model';
import { propertyName, quote } from './source-text.js';

/** @param own how the class says it: `Player['cage']`. @param isOptional it may be undefined there. */
export function givenType(type: FieldType, own: string, isOptional = false): string {
  if (isOptional && hasClass(type)) return givenType(type, `NonNullable<${own}>`);
  if (!hasClass(type)) return type.kind === 'array' ? `Readonly<${own}>` : own;
  switch (type.kind) {
    case 'array':
      return `readonly (${givenType(type.element, `${own}[number]`)})[]`;
    case 'set':
      return `ReadonlySet<${givenType(type.element, `Parameters<${own}['has']>[0]`)}>`;
    case 'map': {
      const [key, value] = [`Parameters<${own}['get']>[0]`, `NonNullable<ReturnType<${own}['get']>>`];
      return `ReadonlyMap<${givenType(type.key, key)}, ${givenType(type.value, value)}>`;
    }
    case 'nullable':
      return `${givenType(type.of, `NonNullable<${own}>`)} | null`;
    case 'object':
      return objectText(type, own);
    default:
      return own;
  }
}

function objectText({ fields }: ObjectType, own: string): string {
  const members = fields.map((field) => {
    const inner = `${own}[${quote(field.name)}]`;
    const given = givenType(field.type, inner, field.optional);
    return `readonly ${propertyName(field.name)}${field.optional ? '?' : ''}: ${given}${field.optional ? ' | undefined' : ''}`;
  });
  return members.length === 0 ? 'object' : `{ ${members.join('; ')} }`;
}

/** A class lies in the type, where a plain object is taken for its instance. */
function hasClass(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return hasClass(type.element);
    case 'map':
      return hasClass(type.key) || hasClass(type.value);
    case 'nullable':
      return hasClass(type.of);
    case 'object':
      return type.className !== undefined || type.fields.some((field) => hasClass(field.type));
    default:
      return false;
  }
}
