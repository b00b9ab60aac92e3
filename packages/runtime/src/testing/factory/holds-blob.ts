import type { FieldType } from '@nuthatch/model';

/** Whether values of the type refer to blobs: those have to be put into the database first, so nobody can make them up. O(type). */
export function holdsBlob(type: FieldType): boolean {
  switch (type.kind) {
    case 'object':
      return type.isBlob === true || type.fields.some((field) => holdsBlob(field.type));
    case 'array':
    case 'set':
      return holdsBlob(type.element);
    case 'map':
      return holdsBlob(type.key) || holdsBlob(type.value);
    case 'tuple':
      return type.elements.some(holdsBlob) || (type.rest !== undefined && holdsBlob(type.rest));
    case 'record':
      return holdsBlob(type.value) || type.fields.some((field) => holdsBlob(field.type));
    case 'variants':
      return type.variants.some((variant) => holdsBlob(variant.type));
    case 'union':
      return type.members.some(holdsBlob);
    case 'nullable':
    case 'recursive':
      return holdsBlob(type.of);
    default:
      return false;
  }
}
