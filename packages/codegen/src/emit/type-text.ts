/** A model's types as TypeScript, without the classes they came from: for code that outlives them. */
import type { FieldModel, FieldType } from '@nuthatch/model';
import { SCALAR_TYPES } from './shape.js';
import { indent, propertyName, quote } from './source-text.js';

/** An object type with one property per line. */
export function objectTypeText(fields: readonly FieldModel[]): string {
  return `{\n${fields.map((field) => `  ${propertyName(field.name)}${field.optional ? '?' : ''}: ${typeText(field.type)};\n`).join('')}}`;
}

/** A field type as TypeScript. */
export function typeText(type: FieldType): string {
  switch (type.kind) {
    case 'literal':
      return type.values.map((value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value))).join(' | ');
    case 'array':
      return `(${typeText(type.element)})[]`.replace(/^\((\w+)\)\[\]$/, '$1[]');
    case 'set':
      return `Set<${typeText(type.element)}>`;
    case 'map':
      return `Map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'tuple':
      return `[${[...type.elements.map((element, index) => (index < type.least ? typeText(element) : `(${typeText(element)})?`)), ...(type.rest ? [`...(${typeText(type.rest)})[]`] : [])].join(', ')}]`;
    case 'record': {
      const record = `Record<${type.key.kind === 'number' ? 'number' : typeText(type.key)}, ${typeText(type.value)}>`;
      if (type.fields.length === 0) return record;
      return `${indent(objectTypeText(type.fields)).trimStart()} & Record<string, any>`;
    }
    case 'any':
      return 'any';
    case 'json':
      return type.isObject ? 'object' : 'any';
    case 'recursive':
      return typeText(type.of);
    // A type without a name cannot name itself.
    case 'reference':
      return 'any';
    case 'object':
      return indent(objectTypeText(type.fields)).trimStart();
    case 'variants':
      return type.variants.map((variant) => typeText(variant.type)).join(' | ');
    case 'union':
      return type.members.map(typeText).join(' | ');
    case 'nullable':
      return `${typeText(type.of)} | null`;
    default:
      return ('className' in type ? type.className : undefined) ?? SCALAR_TYPES[type.kind];
  }
}
