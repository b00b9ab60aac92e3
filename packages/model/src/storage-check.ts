/** Rules of `storage: 'cold'`: a document is passed over and read in parts where it lies, which its form has to allow. */
import type { DocumentModel, FieldModel, FieldType } from './document-model.js';
import type { ModelProblem } from './model-problem.js';

/** Optional fields of one object, whose presence the runtime reads as one number. */
const MOST_OPTIONAL_FIELDS = 24;

export function checkStorage({ storage, fields }: DocumentModel): ModelProblem[] {
  if (storage !== 'cold') return [];
  const problems: ModelProblem[] = [];
  const add = (field: string | undefined, message: string): void => {
    const hint = "join some of them into an object of their own, or take `storage: 'cold'` away.";
    problems.push({ code: 'BAD_STORAGE', ...(field !== undefined && { field }), message, hint });
  };
  if (isWide(fields)) add(undefined, `documents are cold, and have more than ${MOST_OPTIONAL_FIELDS} optional fields`);
  for (const { name, type } of fields)
    if (hasWide(type))
      add(name, `documents are cold, and ${name} holds objects of more than ${MOST_OPTIONAL_FIELDS} optional fields`);
  return problems;
}

function isWide(fields: readonly FieldModel[]): boolean {
  return fields.filter(({ optional }) => optional).length > MOST_OPTIONAL_FIELDS;
}

function isAnyWide(fields: readonly FieldModel[]): boolean {
  return isWide(fields) || fields.some(({ type }) => hasWide(type));
}

function hasWide(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return hasWide(type.element);
    case 'map':
      return hasWide(type.key) || hasWide(type.value);
    case 'object':
      return isAnyWide(type.fields);
    case 'variants':
      return type.variants.some((variant) => hasWide(variant.type));
    case 'union':
      return type.members.some(hasWide);
    case 'tuple':
      return type.elements.some(hasWide) || (type.rest !== undefined && hasWide(type.rest));
    case 'record':
      return isAnyWide(type.fields) || hasWide(type.value);
    case 'recursive':
    case 'nullable':
      return hasWide(type.of);
    default:
      return false;
  }
}
