/**
 * The reference to a blob: bytes too large for a document (a photo, a drawing), kept beside the documents under their hash.
 *
 * To codecs, queries and copies it is an object like any other. The mark `isBlob` of its type tells the engine that the
 * hash names a blob: it must be there before the document, and stays as long as a document refers to it.
 */
import type { FieldType, ObjectType } from './document-model.js';

/** What a document keeps of a blob. Made by `db.blobs.put`; frozen plain data. */
export interface BlobRef {
  /** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Length in bytes. */
  readonly size: number;
  /** What the bytes are, as `image/jpeg`. The database does not look at them. */
  readonly mediaType: string;
}

/** What a hash looks like. */
export const BLOB_HASH_PATTERN = '^[0-9a-f]{64}$';

/** The field type of a `BlobRef`. Never change it: it stands in the models of files. */
export const BLOB_REF_TYPE: ObjectType = {
  kind: 'object',
  isBlob: true,
  fields: [
    { name: 'hash', type: { kind: 'string', pattern: BLOB_HASH_PATTERN }, optional: false, rules: [] },
    {
      name: 'size',
      type: { kind: 'number' },
      optional: false,
      rules: [
        { name: 'isInt', args: [] },
        { name: 'min', args: [0] },
      ],
    },
    { name: 'mediaType', type: { kind: 'string' }, optional: false, rules: [] },
  ],
};

const HOLDING = new WeakMap<FieldType, boolean>();

/** Whether a value of the type may hold a reference to a blob somewhere inside. O(type), once for a type. */
export function mayHoldBlobs(type: FieldType): boolean {
  let isHolding = HOLDING.get(type);
  if (isHolding === undefined) {
    isHolding = look(type);
    HOLDING.set(type, isHolding);
  }
  return isHolding;
}

function look(type: FieldType): boolean {
  switch (type.kind) {
    case 'object':
      return type.isBlob === true || type.fields.some((field) => mayHoldBlobs(field.type));
    case 'array':
    case 'set':
      return mayHoldBlobs(type.element);
    case 'map':
      return mayHoldBlobs(type.key) || mayHoldBlobs(type.value);
    case 'tuple':
      return type.elements.some(mayHoldBlobs) || (type.rest !== undefined && mayHoldBlobs(type.rest));
    case 'record':
      return type.fields.some((field) => mayHoldBlobs(field.type)) || mayHoldBlobs(type.value);
    case 'variants':
      return type.variants.some((variant) => mayHoldBlobs(variant.type));
    case 'union':
      return type.members.some(mayHoldBlobs);
    case 'nullable':
    case 'recursive':
      return mayHoldBlobs(type.of);
    default:
      return false;
  }
}
