/** Emits the stub of a migration: both versions of a class as interfaces, and the two functions the user fills in. */
import {
  compact,
  type DocumentModel,
  type FieldModel,
  type FieldType,
  type ModelChange,
  modelFingerprint,
} from '@nuthatch/model';
import { SCALAR_TYPES } from './shape.js';
import { commentText, indent, propertyName, quote } from './source-text.js';

/** The stub's text; `version` numbers the older model. */
export function emitMigration(
  before: DocumentModel,
  after: DocumentModel,
  changes: readonly ModelChange[],
  version: number,
): string {
  const from = `${before.name}V${version}`;
  const to = `${after.name}V${version + 1}`;
  const dropped = before.fields
    .filter((field) => !after.fields.some((now) => now.name === field.name))
    .map((field) => field.name);
  const added = after.fields
    .filter((field) => !before.fields.some((was) => was.name === field.name))
    .map((field) => field.name);
  return `/**
 * ${changes.map((change) => commentText(change.description)).join('\n * ')}
 *
 * From ${modelFingerprint(before)} to ${modelFingerprint(after)}. Written once, then yours: it is never overwritten.
 */
export const collection = ${quote(after.collection)};
export const from = ${quote(modelFingerprint(before))};
export const to = ${quote(modelFingerprint(after))};

export interface ${from} ${objectType(before.fields)}

export interface ${to} ${objectType(after.fields)}

/** The newer document${added.length > 0 ? `; give ${added.map(commentText).join(', ')} a value` : ''}. */
export function up(document: ${from}): ${to} {
  return { ...document } as unknown as ${to};
}

/** The older document${dropped.length > 0 ? `; ${dropped.map(commentText).join(', ')} cannot be had back` : ''}. */
export function down(document: ${to}): ${from} {
  return { ...document } as unknown as ${from};
}
`;
}

function objectType(fields: readonly FieldModel[]): string {
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
    case 'object':
      return indent(objectType(type.fields)).trimStart();
    case 'variants':
      return type.variants.map((variant) => typeText(variant.type)).join(' | ');
    case 'union':
      return type.members.map(typeText).join(' | ');
    case 'nullable':
      return `${typeText(type.of)} | null`;
    default:
      return SCALAR_TYPES[type.kind];
  }
}

/** The name of a stub's folder: what changed first, in a file name's letters. */
export function migrationName(collection: string, changes: readonly ModelChange[]): string {
  const first = changes.find((change) => change.needsMigration) ?? changes[0];
  const words = `${collection} ${first?.description ?? 'change'}`.toLowerCase().match(/[a-z0-9]+/g) ?? ['change'];
  return words.slice(0, 6).join('-');
}

/** Equal models need no stub. */
export function isSameModel(a: DocumentModel, b: DocumentModel): boolean {
  return compact(a) === compact(b);
}
