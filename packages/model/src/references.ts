/** What follows from the references of a class: the type of a key in a field, the index a field gets, names of finders. */
import type { DocumentModel, FieldType, IndexModel, ReferenceModel } from './document-model.js';

/** Kinds of values that a tag index takes; a date is found by an index that no query names. */
const TAG_KINDS: ReadonlySet<string> = new Set(['string', 'number', 'bigint', 'boolean', 'literal']);

/** The type of one reference in a field: of an array or set that of its elements; never nullable itself. */
export function referenceTypeOf(type: FieldType): FieldType {
  if (type.kind === 'nullable') return referenceTypeOf(type.of);
  return type.kind === 'array' || type.kind === 'set' ? type.element : type;
}

/**
 * The tag indexes of fields that hold keys and have no index: `find({ club: 'fcb' })` asks them, and they say which
 * documents refer to one. Fields whose keys have several parts or are dates have none here.
 */
export function referenceIndexes({
  fields,
  indexes,
  references = [],
}: Pick<DocumentModel, 'fields' | 'indexes' | 'references'>): readonly IndexModel[] {
  return references.flatMap(({ field: name, pin }) => {
    const field = fields.find((each) => each.name === name);
    const isIndexed = indexes.some((index) => index.fields.length === 1 && index.fields[0] === name);
    if (field === undefined || isIndexed || pin || !isTag(referenceTypeOf(field.type))) return [];
    return [{ name, kind: 'tag' as const, fields: [name] }];
  });
}

function isTag(type: FieldType): boolean {
  return type.kind === 'union' ? type.members.every(isTag) : TAG_KINDS.has(type.kind);
}

/**
 * Name of the method that finds the documents which refer to one: `playersOf`; `homeMatchesOf` and `awayMatchesOf` where
 * two fields of a class refer to one collection.
 */
export function referenceFinderName({ name, references = [] }: DocumentModel, reference: ReferenceModel): string {
  const plural = pluralOf(name.charAt(0).toLowerCase() + name.slice(1));
  const isOnly = references.filter(({ to }) => to === reference.to).length === 1;
  return `${isOnly ? plural : `${reference.field}${plural.charAt(0).toUpperCase()}${plural.slice(1)}`}Of`;
}

function pluralOf(name: string): string {
  if (/(ss|us|is|x|z|ch|sh)$/i.test(name)) return `${name}es`;
  if (/s$/i.test(name)) return name;
  return /[^aeiou]y$/i.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
