import type { FieldType } from './document-model.js';

/** A type in words, for messages. */
export function describeType(type: FieldType): string {
  switch (type.kind) {
    case 'array':
      return `an array of ${describeType(type.element)}`;
    case 'set':
      return `a set of ${describeType(type.element)}`;
    case 'map':
      return `a map from ${describeType(type.key)} to ${describeType(type.value)}`;
    case 'object':
      return type.className ? `an object of class ${type.className}` : 'an object';
    case 'variants':
      return 'a union of objects';
    case 'union':
      return type.members.map(describeType).join(' or ');
    case 'nullable':
      return `${describeType(type.of)} or null`;
    case 'literal':
      return type.values.map((value) => JSON.stringify(value)).join(' | ');
    default:
      return type.kind;
  }
}
