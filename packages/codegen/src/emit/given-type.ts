/**
 * The type of what is given to a write. It goes by the class's own types, so that brands and documentation stay; only
 * where a nested class stands is it spelled out, for a plain object has no methods and getters, and need not.
 */
import type { FieldType, ObjectType } from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { isFlat } from './shape.js';
import { propertyName, quote } from './source-text.js';

/** @param own how the class says it: `Player['cage']`. @param isOptional it may be undefined there. */
export function givenType(module: GeneratedModule, type: FieldType, own: string, isOptional = false): string {
  if (isOptional && hasClass(type)) return givenType(module, type, `NonNullable<${own}>`);
  if (!hasClass(type)) return readOnly(module, type, own);
  switch (type.kind) {
    case 'array':
      return `readonly (${givenType(module, type.element, `${own}[number]`)})[]`;
    case 'set':
      return `ReadonlySet<${givenType(module, type.element, `Parameters<${own}['has']>[0]`)}>`;
    case 'map': {
      const [key, value] = [`Parameters<${own}['get']>[0]`, `NonNullable<ReturnType<${own}['get']>>`];
      return `ReadonlyMap<${givenType(module, type.key, key)}, ${givenType(module, type.value, value)}>`;
    }
    case 'nullable':
      return `${givenType(module, type.of, `NonNullable<${own}>`)} | null`;
    case 'object':
      return objectText(module, type, own);
    default:
      return own;
  }
}

function objectText(module: GeneratedModule, { fields }: ObjectType, own: string): string {
  const members = fields.map((field) => {
    const inner = `${own}[${quote(field.name)}]`;
    const given = givenType(module, field.type, inner, field.optional);
    return `readonly ${propertyName(field.name)}${field.optional ? '?' : ''}: ${given}${field.optional ? ' | undefined' : ''}`;
  });
  return members.length === 0 ? 'object' : `{ ${members.join('; ')} }`;
}

/** The value of a document is taken as it was read: without what would change it, at any depth. */
function readOnly(module: GeneratedModule, type: FieldType, own: string): string {
  if (isFlat(type)) return own;
  if (type.kind === 'array' && isFlat(type.element)) return `Readonly<${own}>`;
  module.runtime('type FrozenValue');
  return `FrozenValue<${own}>`;
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
