/** A model, and plain data in it, as code. */
import { compact, compactRow, type DocumentModel } from '@nuthatch/model';
import { propertyName, quote } from './source-text.js';

/** The model as an object literal, one row per line. */
export function emitModel(model: DocumentModel): string {
  const rows = (items: readonly object[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${asCode(compactRow(item))},\n`).join('')}  ]`;
  return [
    '{',
    `  name: ${quote(model.name)},`,
    `  collection: ${quote(model.collection)},`,
    `  storage: ${quote(model.storage)},`,
    `  key: ${asCode(compact(model.key))},`,
    `  fields: ${rows(model.fields)},`,
    `  computed: ${rows(model.computed)},`,
    `  indexes: ${rows(model.indexes)},`,
    ...(model.expires === undefined ? [] : [`  expires: ${quote(model.expires)},`]),
    ...(model.minReader === undefined ? [] : [`  minReader: ${model.minReader},`]),
    ...(model.sync === undefined ? [] : [`  sync: ${quote(model.sync)},`]),
    ...(model.released === undefined ? [] : ['  released: true,']),
    ...(model.lifetime === undefined ? [] : [`  lifetime: ${asCode(compact(model.lifetime))},`]),
    ...(model.vectors === undefined ? [] : [`  vectors: ${asCode(compact(model.vectors))},`]),
    ...(model.references === undefined ? [] : [`  references: ${rows(model.references)},`]),
    ...(model.search === undefined ? [] : [`  search: ${asCode(compact(model.search))},`]),
    '}',
  ].join('\n');
}

/** Plain data on one line. */
export function emitData(value: object): string {
  return asCode(compact(value));
}

/** JSON in the words of code; the canonical order of keys keeps the text stable. */
function asCode(json: string): string {
  return dataText(JSON.parse(json));
}

function dataText(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(dataText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, part]) => `${propertyName(key)}: ${dataText(part)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Code that makes the plain data again; `{ "bigint": "1" }` stands for 1n. */
export function literalExpression(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(literalExpression).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === 'bigint') return `BigInt(${quote(String(entries[0]![1]))})`;
  return `{ ${entries.map(([key, part]) => `${quote(key)}: ${literalExpression(part)}`).join(', ')} }`;
}
