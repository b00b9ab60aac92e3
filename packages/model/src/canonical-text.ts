/**
 * Canonical text of a model: JSON with a fixed order of keys and one field or index per line, so that equal models have
 * equal text and a change reads well in a diff.
 */
import type { DocumentModel } from './document-model.js';

/** Order in which the keys of any object of a model are written; others follow alphabetically. */
const KEY_ORDER = [
  'name',
  'collection',
  'storage',
  'kind',
  'className',
  'discriminator',
  'value',
  'type',
  'of',
  'element',
  'key',
  'optional',
  'default',
  'json',
  'rules',
  'fields',
  'generate',
  'computed',
  'indexes',
  'where',
  'caseInsensitive',
  'values',
  'members',
  'variants',
  'args',
  'message',
  'each',
  'opaque',
];
const RANK = new Map(KEY_ORDER.map((key, rank) => [key, rank]));

/** The model's canonical text, several lines, no trailing line break. Two models are equal iff their texts are. */
export function canonicalText(model: DocumentModel): string {
  const lines = [
    `  "name": ${compact(model.name)}`,
    `  "collection": ${compact(model.collection)}`,
    `  "storage": ${compact(model.storage)}`,
  ];
  lines.push(`  "key": ${compact(model.key)}`);
  for (const part of ['fields', 'computed', 'indexes'] as const) {
    const rows = model[part].map((row) => `    ${compactRow(row)}`);
    lines.push(rows.length === 0 ? `  "${part}": []` : `  "${part}": [\n${rows.join(',\n')}\n  ]`);
  }
  if (model.expires !== undefined) lines.push(`  "expires": ${compact(model.expires)}`);
  if (model.minReader !== undefined) lines.push(`  "minReader": ${compact(model.minReader)}`);
  if (model.sync !== undefined) lines.push(`  "sync": ${compact(model.sync)}`);
  if (model.released !== undefined) lines.push(`  "released": ${compact(model.released)}`);
  if (model.lifetime !== undefined) lines.push(`  "lifetime": ${compact(model.lifetime)}`);
  if (model.vectors !== undefined) lines.push(`  "vectors": ${compact(model.vectors)}`);
  if (model.references !== undefined) {
    const rows = model.references.map((row) => `    ${compactRow(row)}`);
    lines.push(`  "references": [\n${rows.join(',\n')}\n  ]`);
  }
  if (model.search !== undefined) lines.push(`  "search": ${compact(model.search)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** Rows of models are never changed, and each is written several times: into a fingerprint, a module and models.json. */
const ROWS = new WeakMap<object, string>();

/** The line of one field, computed field or index of a model, remembered. */
export function compactRow(row: object): string {
  let text = ROWS.get(row);
  if (text === undefined) {
    text = compact(row);
    ROWS.set(row, text);
  }
  return text;
}

/** One line of JSON with keys in canonical order; absent (`undefined`) properties are left out. */
export function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const record = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const { key, quoted } of inCanonicalOrder(Object.keys(record))) {
    const part = record[key];
    if (part !== undefined) text += `${text && ', '}${quoted}${compact(part)}`;
  }
  return text === '' ? '{}' : `{ ${text} }`;
}

/** A key and how it is written. */
interface KeyText {
  readonly key: string;
  readonly quoted: string;
}

/** Objects of a model have few sets of keys: each set is sorted once. Bounded, since data of a user's has any keys. */
const ORDERS = new Map<string, readonly KeyText[]>();
const MAX_ORDERS = 1_000;

function inCanonicalOrder(keys: string[]): readonly KeyText[] {
  const set = keys.join('\u0000');
  let order = ORDERS.get(set);
  if (!order) {
    order = keys
      .sort((a, b) => (RANK.get(a) ?? 99) - (RANK.get(b) ?? 99) || (a < b ? -1 : 1))
      .map((key) => ({ key, quoted: `${JSON.stringify(key)}: ` }));
    if (ORDERS.size < MAX_ORDERS) ORDERS.set(set, order);
  }
  return order;
}
