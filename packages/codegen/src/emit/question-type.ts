/** Types of what is asked of fields and indexes, by the class's own types; the values of fields as they are when there. */
import type { DocumentModel, FieldType, IndexModel } from '@nuthatch/model';
import type { DocumentSource } from '../document-source.js';
import type { GeneratedModule } from './generated-module.js';
import { keyTypeIn, type Relations } from './relation-emitter.js';
import { propertyName, quote } from './source-text.js';

/** The type of a condition on an index. */
export function conditionType(
  module: GeneratedModule,
  source: DocumentSource,
  index: IndexModel,
  relations: Relations,
): string {
  const question = questionType(module, source, index, relations);
  if (index.fields.length > 1) {
    module.runtime('type CompositeQuery');
    return `CompositeQuery<${question}>`;
  }
  if (index.kind !== 'unique') return question;
  module.runtime('type ValueQuery');
  return `ValueQuery<${question}${isNullable(source.model, index.fields[0]!) ? ' | null' : ''}>`;
}

/** The type of what an index is asked for. */
export function questionType(
  module: GeneratedModule,
  source: DocumentSource,
  index: IndexModel,
  relations: Relations,
): string {
  const { model } = source;
  const keyIn = (field: string, own: string): string => keyTypeIn(module, source, field, own, relations);
  const [first] = index.fields as readonly [string];
  if (index.kind === 'tag') {
    module.runtime('type TagQuery');
    return `TagQuery<${keyIn(first, elementType(model, first))}${isNullable(model, first) ? ' | null' : ''}>`;
  }
  const last = index.fields.length - 1;
  const present = (field: string): string => keyIn(field, presentType(model, field));
  if (last === 0) {
    if (index.kind === 'unique') return present(first);
    module.runtime('type RangeQuery');
    return `RangeQuery<${present(first)}${isNullable(model, first) ? ' | null' : ''}>`;
  }
  const parts = index.fields.map((field, position) => {
    const isBound = index.kind === 'range' && position === last;
    if (isBound) module.runtime('type RangeQuery');
    const asked = isBound ? `RangeQuery<${present(field)}>` : present(field);
    return `readonly ${propertyName(field)}${isBound ? '?' : ''}: ${asked}`;
  });
  return `{ ${parts.join('; ')} }`;
}

/** Of an array or set the type of what it holds, else that of the field. */
export function elementType(model: DocumentModel, field: string): string {
  const type = typeOf(model, field);
  const inner = type?.kind === 'nullable' ? type.of : type;
  if (inner?.kind === 'array') return `${presentType(model, field)}[number]`;
  if (inner?.kind === 'set') return `Parameters<${presentType(model, field)}['has']>[0]`;
  return presentType(model, field);
}

export function fieldType(className: string, field: string): string {
  return `${className}[${quote(field)}]`;
}

/** The type of a value that is there; what always is needs no conditional type. */
export function presentType(model: DocumentModel, name: string): string {
  const field = [...model.fields, ...model.computed].find((candidate) => candidate.name === name);
  const own = fieldType(model.name, name);
  return field && !field.optional && field.type.kind !== 'nullable' && field.type.kind !== 'json'
    ? own
    : `NonNullable<${own}>`;
}

function isNullable(model: DocumentModel, name: string): boolean {
  return typeOf(model, name)?.kind === 'nullable';
}

export function typeOf(model: DocumentModel, name: string): FieldType | undefined {
  return [...model.fields, ...model.computed].find((field) => field.name === name)?.type;
}
