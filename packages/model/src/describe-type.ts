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
    case 'tuple':
      return `a tuple of ${[...type.elements.map(describeType), ...(type.rest ? [`any number of ${describeType(type.rest)}`] : [])].join(', ')}`;
    case 'record':
      return `a record of ${describeType(type.value)}`;
    case 'json':
      return type.isObject ? 'an object or array of JSON' : 'a value of JSON';
    case 'any':
      return 'a value of any shape';
    case 'recursive':
    case 'reference':
      return type.name;
    case 'string':
      return type.pattern === undefined ? 'string' : `a string like ${type.pattern}`;
    case 'object':
      if (type.isBlob) return 'a BlobRef';
      return type.className ? `an object of class ${type.className}` : 'an object';
    case 'variants':
      return 'a union of objects';
    case 'union':
      return type.members.map(describeType).join(' or ');
    case 'nullable':
      return `${describeType(type.of)} or null`;
    case 'floats':
      return 'Float32Array';
    case 'literal':
      return type.values.map((value) => JSON.stringify(value)).join(' | ');
    default:
      return 'className' in type && type.className !== undefined ? type.className : type.kind;
  }
}
