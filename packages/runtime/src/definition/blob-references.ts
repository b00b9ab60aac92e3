/** Which blobs a document refers to, by the fields that its model says are references. */
import { type BlobRef, type DocumentModel, type FieldType, mayHoldBlobs, unfold } from '@nuthatch/model';
import { isMapValue, isRecord } from '../document/brands.js';
import { elementsOf } from './generated-support.js';

/** The references of a document, in order of its fields; a blob that is named twice is there twice. */
export interface BlobFinder {
  (document: object): readonly BlobRef[];
  /** The document's own fields in which they are. */
  readonly fields: readonly string[];
}

const FINDERS = new WeakMap<DocumentModel, BlobFinder | 'none'>();

/** The finder of a model; undefined for nearly every model, which has no field of a `BlobRef`. O(model), once. */
export function blobFinder(model: DocumentModel): BlobFinder | undefined {
  let finder = FINDERS.get(model);
  if (finder === undefined) {
    finder = finderOf(model) ?? 'none';
    FINDERS.set(model, finder);
  }
  return finder === 'none' ? undefined : finder;
}

function finderOf(model: DocumentModel): BlobFinder | undefined {
  const holding = model.fields.filter(({ type }) => mayHoldBlobs(type));
  if (holding.length === 0) return undefined;
  const find = (document: object): readonly BlobRef[] => {
    const found: BlobRef[] = [];
    for (const { name, type } of holding) collect((document as Record<string, unknown>)[name], type, found);
    return found;
  };
  return Object.assign(find, { fields: holding.map(({ name }) => name) });
}

/** Values are of their types: validation and codecs see to that. What is absent or null refers to nothing. */
function collect(value: unknown, type: FieldType, found: BlobRef[]): void {
  if (value === undefined || value === null || !mayHoldBlobs(type)) return;
  switch (type.kind) {
    case 'object':
      if (type.isBlob) found.push(value as BlobRef);
      else for (const field of type.fields) collect((value as Values)[field.name], field.type, found);
      return;
    case 'array':
    case 'set':
      for (const element of elementsOf(value)) collect(element, type.element, found);
      return;
    case 'map':
      if (!isMapValue(value)) return;
      for (const [key, element] of value) {
        collect(key, type.key, found);
        collect(element, type.value, found);
      }
      return;
    case 'tuple':
      elementsOf(value).forEach((element, index) => {
        const of = type.elements[index] ?? type.rest;
        if (of !== undefined) collect(element, of, found);
      });
      return;
    case 'record': {
      const named = new Map(type.fields.map((field) => [field.name, field.type]));
      for (const [name, part] of Object.entries(value)) collect(part, named.get(name) ?? type.value, found);
      return;
    }
    case 'variants': {
      const variant = type.variants.find((each) => each.value === (value as Values)[type.discriminator]);
      if (variant !== undefined) collect(value, variant.type, found);
      return;
    }
    case 'union': {
      // The kinds of a union are told apart by what JavaScript tells apart: that of the value is the one that can hold it.
      const member = type.members.find((each) => mayHoldBlobs(each) && isOfKind(value, each));
      if (member !== undefined) collect(value, member, found);
      return;
    }
    case 'nullable':
      collect(value, type.of, found);
      return;
    case 'recursive':
      collect(value, unfold(type), found);
  }
}

type Values = Readonly<Record<string, unknown>>;

function isOfKind(value: unknown, { kind }: FieldType): boolean {
  if (kind === 'array' || kind === 'tuple') return Array.isArray(value);
  if (kind === 'map') return isMapValue(value);
  if (kind === 'set') return !isRecord(value) && !Array.isArray(value);
  return isRecord(value);
}
