/** Values that another program wrote, in a table or a file, as the model's types want them. */
import { dateOfText, mayBeNull } from '@nuthatch/model';
import type { ColumnShape } from './collection-shape.js';
import { fromJsonValue } from './json-value.js';

/**
 * A document of foreign values, one for each column: null and undefined are no value. A value that does not fit its
 * field stays as it is, and the validation refuses it.
 */
export function foreignDocument(columns: readonly ColumnShape[], values: readonly unknown[]): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const value = values[index];
    if (value !== null && value !== undefined) document[column.field] = coerced(column, value);
    else if (mayBeNull(column.type)) document[column.field] = null;
  }
  return document;
}

/** The model's reading of a foreign value; what it cannot make stays as it is. */
function coerced({ kind, type }: ColumnShape, value: unknown): unknown {
  switch (kind) {
    case 'text':
      return typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    case 'number':
    case 'integer':
    case 'bigint': {
      const base = type.kind === 'nullable' ? type.of : type;
      return base.kind === 'literal'
        ? numberOf(value)
        : fromJsonValue(base, typeof value === 'string' ? value.trim() : value);
    }
    case 'boolean':
      return booleanOf(value);
    case 'date':
      return value instanceof Date ? value : dateOf(value);
    case 'bytes':
      return typeof value === 'string' && /^([\da-f]{2})*$/i.test(value)
        ? new Uint8Array(Buffer.from(value, 'hex'))
        : value;
    default:
      return typeof value === 'string' ? fromJsonValue(type, parsed(value)) : fromJsonValue(type, value);
  }
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
}

function booleanOf(value: unknown): unknown {
  if (value === 1 || value === 't' || value === 'true' || value === '1') return true;
  return value === 0 || value === 'f' || value === 'false' || value === '0' ? false : value;
}

/** Epoch milliseconds, or a text with or without a zone; without one it is UTC. */
function dateOf(value: unknown): unknown {
  const text = String(value).trim();
  if (/^-?\d+$/.test(text)) return new Date(Number(text));
  return dateOfText(text) ?? value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the validation says what was expected.
    return text;
  }
}
