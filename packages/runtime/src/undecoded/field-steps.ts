/**
 * The way through the bytes of a document, field by field: how each is passed over, and how it is read alone.
 *
 * The bytes have passed the scan at the opening, so no place is checked twice. Fields that hold objects of a class of the
 * user are not read so: only the generated codec makes those.
 */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { bitmapBytesOf, isScannable, type Pass, passOf, type Read, readOf } from './document-scan.js';

/** One field on the way. */
export interface FieldStep {
  readonly name: string;
  /** Its bit among the optional fields; 0: it is always there. */
  readonly bit: number;
  readonly pass: Pass;
  /** Undefined where only the generated codec can. */
  readonly read: Read | undefined;
}

export interface FieldSteps {
  readonly bitmapBytes: number;
  /** In the order of the bytes. */
  readonly steps: readonly FieldStep[];
}

/** Undefined for a model no scan is made of. O(model). @param reads the fields that will be read; left out: all that can be. */
export function fieldStepsOf(
  { fields }: Pick<DocumentModel, 'fields'>,
  reads?: (name: string) => boolean,
): FieldSteps | undefined {
  if (!isScannable({ kind: 'object', fields })) return undefined;
  let bit = 1;
  const steps = fields.map(({ name, optional, type }): FieldStep => {
    const isRead = (reads === undefined || reads(name)) && isReadAlone(type);
    const step = { name, bit: optional ? bit : 0, pass: passOf(type), read: isRead ? readOf(type) : undefined };
    if (optional) bit *= 2;
    return step;
  });
  return { bitmapBytes: bitmapBytesOf(fields), steps };
}

/** Whether values of the type are the same without the classes of the user. O(type). */
export function isReadAlone(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return isReadAlone(type.element);
    case 'map':
      return isReadAlone(type.key) && isReadAlone(type.value);
    case 'tuple':
      return type.elements.every(isReadAlone) && (type.rest === undefined || isReadAlone(type.rest));
    case 'object':
      return type.className === undefined && type.fields.every((field) => isReadAlone(field.type));
    case 'record':
      return type.fields.every((field) => isReadAlone(field.type)) && isReadAlone(type.value);
    case 'variants':
      return type.variants.every((variant) => isReadAlone(variant.type));
    case 'nullable':
    case 'recursive':
      return isReadAlone(type.of);
    case 'union':
      return type.members.every(isReadAlone);
    default:
      return true;
  }
}
